"""Stages: one question about a document, given what earlier stages found."""

from dataclasses import dataclass
from typing import FrozenSet, List, Tuple

from spacy.util import registry

from ...errors import Errors

ROLES = ("relation", "head", "tail")
ANSWERS = ("list", "score")


@dataclass(frozen=True)
class Stage:
    """A stage.

    name (str): Its name, which its adapter has, too.
    given (Tuple[str, ...]): The parts of a triple that are known: of "relation", "head"
        and "tail". A question is asked for each of their combinations that was found.
    asks (Tuple[str, ...]): The parts that are asked for, in the order of the answer.
    prompt (str): The name of a template of this package, or the path of a file.
    answer (str): "list" to generate what holds; "score" to ask about each candidate, yes or
        no, and only if a single part is asked for.
    together (bool): Whether a single question is asked about all relations that were found,
        in place of one for each. The relation is then part of the answer.
    share (float): The probability with which the stage is trained on a document in a pass.
    negatives (float): Questions with an empty answer, as a multiple of the others, and at
        least one of them. For "score" also candidates to say no to.
    questions (int): The largest number of questions to learn from a passage in a pass, drawn from
        all; 0 for all.
    """

    name: str
    given: Tuple[str, ...]
    asks: Tuple[str, ...]
    prompt: str
    answer: str = "list"
    together: bool = False
    share: float = 1.0
    negatives: float = 1.0
    questions: int = 0

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ValueError(Errors.DRE607.format(name=self.name, problem=problem))

    def _problem(self) -> str:
        if not self.name.isidentifier() or self.name in "lora_":
            return "its name must be an identifier, and no part of 'lora_'"
        if not set(self.given) | set(self.asks) <= set(ROLES):
            return f"`given` and `asks` are made of {', '.join(ROLES)}"
        if not self.asks:
            return "`asks` is empty"
        if self.answer not in ANSWERS:
            return f"`answer` must be one of {', '.join(ANSWERS)}"
        if self.answer == "score" and len(self.asks) > 1:
            return "only a single part can be asked for with yes or no"
        if self.together and (self.given != ("relation",) or "relation" not in self.asks):
            return "`together` asks about relations that are given, so they must be asked for, too"
        if not self.together and set(self.given) & set(self.asks):
            return "what is given must not be asked for"
        numbers = (self.share, self.negatives, self.questions)
        if not all(isinstance(number, (int, float)) and number >= 0 for number in numbers):
            return "`share`, `negatives` and `questions` are numbers, and not negative"
        if self.share > 1:
            return "`share` lies between 0 and 1"
        return ""

    @property
    def known(self) -> Tuple[str, ...]:
        """The parts of a triple that its questions take as they are."""
        return () if self.together else self.given

    @property
    def found(self) -> FrozenSet[str]:
        """The parts of a triple that are known once it is answered."""
        return frozenset((*self.known, *self.asks))


@registry.misc("spacy_docre.Stage.v1")
def make_stage(
    name: str,
    given: List[str],
    asks: List[str],
    prompt: str,
    answer: str = "list",
    together: bool = False,
    share: float = 1.0,
    negatives: float = 1.0,
    questions: int = 0,
) -> Stage:
    """Create a stage. See `Stage`."""
    return Stage(
        name, tuple(given), tuple(asks), prompt, answer, together, share, negatives, questions
    )

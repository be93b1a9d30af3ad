"""The interviewer: it knows which questions to ask a language model about documents, for one
schema, and makes triples or losses of the answers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Callable, Dict, List, Mapping, Optional, Sequence

import numpy
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..entities import EntityDoc
from ..errors import Errors
from ..extractor import Triples
from ..outside import LazyMapping
from ..schema import Schema
from .answers import AnswerFormat
from .chains import Chain
from .decoding import Limits
from .endpoint import Endpoint
from .extraction import batches, follow, merge, to_the_end
from .language_model import LanguageModel
from .learning import Learner, Losses
from .local import LocalSession, Session
from .lora import LoRA
from .open_entities import OPEN
from .passages import Passage, whole
from .prompts import PASSAGE, EncodedPrompts, Prompts
from .questions import Question
from .relation_texts import Descriptions, relation_texts
from .remote import RemoteSession
from .spelling import Spelling
from .windows import OVERFLOWS, fit

# The room that the names of a head and a tail need in a question.
NAMES = 64
# For how many relations there is room in a question about several.
TOGETHER = 16


@dataclass(frozen=True)
class Settings:
    """What is asked, and how.

    chain (Tuple[Stage, ...]): The stages.
    texts (Dict[str, str]): The texts of templates, see `read_prompts`.
    described (bool): Whether relations are described, or only named.
    descriptions (Optional[Descriptions]): Descriptions for relations whose schema has none.
    max_length (Optional[int]): The number of tokens of a prompt with its answer; what the base
        model can hold if None.
    overflow (str): "windows" to divide documents that are too long, "error" to refuse them.
    answer_tokens (int): The largest number of tokens of an answer.
    row_tokens (int): How many tokens of questions about one passage are computed at a time.
    batch_tokens (int): How many tokens are computed at a time, with padding.
    open_entities (str): When answers may name spans that are no entities yet, see `propose`.
    span_tokens (int): The largest number of tokens of such a span.
    """

    chain: Chain
    texts: Mapping[str, str]
    described: bool
    descriptions: Optional[Descriptions]
    max_length: Optional[int]
    overflow: str
    answer_tokens: int
    row_tokens: int
    batch_tokens: int
    open_entities: str = "never"
    span_tokens: int = 6

    def __post_init__(self) -> None:
        for name, choices in (("overflow", OVERFLOWS), ("open_entities", OPEN)):
            if getattr(self, name) not in choices:
                value, expected = repr(getattr(self, name)), f"one of {', '.join(choices)}"
                raise ValueError(Errors.DRE610.format(name=name, value=value, expected=expected))
        if not isinstance(self.texts, LazyMapping):
            self._check_passage()
        for name in ("max_length", "answer_tokens", "row_tokens", "batch_tokens", "span_tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(
                    Errors.DRE610.format(name=name, value=value, expected="at least 1")
                )

    def _check_passage(self) -> None:
        if self.open_entities != "never" and "{entities}" in self.texts[PASSAGE]:
            raise ValueError(Errors.DRE641)

    def with_texts(self, texts: Dict[str, str]) -> "Settings":
        """RETURNS (Settings): The settings with the texts of other templates."""
        return replace(self, texts=texts)

    def prompts(self, schema: Schema) -> Prompts:
        """RETURNS (Prompts): The prompts about the relations of a schema."""
        self._check_passage()
        relations = relation_texts(schema, self.descriptions, self.described)
        return Prompts(self.texts, self.chain, schema, relations)


class Interviewer(ABC):
    """Asks a language model, wherever it is.

    settings (Settings): What is asked, and how.
    schema (Schema): The relations.
    """

    def __init__(self, settings: Settings, schema: Schema) -> None:
        self.settings = settings
        self.schema = schema

    @abstractmethod
    def passages(self, docs: Sequence[EntityDoc]) -> List[Passage]:
        """RETURNS (List[Passage]): The passages of documents, each of which leaves room for a
        question and an answer."""

    @abstractmethod
    def session(self, passages: Sequence[Passage], threshold: float) -> Session:
        """RETURNS (Session): Answers questions about passages."""

    @abstractmethod
    def losses(self, docs: Sequence[EntityDoc], rng: numpy.random.Generator) -> Losses:
        """RETURNS (Losses): The losses of documents with gold triples."""

    def extract(self, docs: Sequence[EntityDoc], threshold: float) -> List[Triples]:
        """Extract triples.

        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score that a triple needs.
        RETURNS (List[List[Triple]]): The triples of each document.
        """
        passages = self.passages(docs)
        leads = self.by_batch(
            passages,
            lambda group: to_the_end(
                follow(
                    self.settings.chain,
                    self.session(group, threshold),
                    group,
                    self.schema,
                    threshold,
                )
            ),
        )
        return merge(passages, leads, self.schema, len(docs))

    def by_batch(
        self, passages: Sequence[Passage], action: Callable[[List[Passage]], Sequence]
    ) -> List:
        """Do something with passages, as many at a time as there is room for.

        passages (Sequence[Passage]): The passages.
        action (Callable): Returns something for each passage of a batch.
        RETURNS (List): What it returned for each passage.
        """
        results: List = [None] * len(passages)
        for numbers in batches(passages, lambda p: len(p.text), self.settings.batch_tokens * 3):
            for number, result in zip(numbers, action([passages[n] for n in numbers])):
                results[number] = result
        return results


class LocalInterviewer(Interviewer):
    """Asks a language model in this process.

    lm (LanguageModel): The model.
    settings (Settings): What is asked, and how.
    schema (Schema): The relations.
    """

    def __init__(self, lm: LanguageModel, settings: Settings, schema: Schema) -> None:
        super().__init__(settings, schema)
        self.lm = lm
        prompts = settings.prompts(schema)
        self.prompts = EncodedPrompts(prompts, lm.tokens)
        self.spelling = Spelling(AnswerFormat(lm.tokens), schema, prompts.relation_names)
        self.max_length = min(settings.max_length or lm.limit, lm.limit)

    def passages(self, docs: Sequence[EntityDoc]) -> List[Passage]:
        """RETURNS (List[Passage]): The passages of documents, each of which leaves room for a
        question and an answer."""
        room = self.settings.answer_tokens + self._longest_question
        return fit(
            docs,
            self.prompts,
            self.lm.tokens,
            budget=self.max_length - room,
            overflow=self.settings.overflow,
        )

    def session(self, passages: Sequence[Passage], threshold: float) -> Session:
        """RETURNS (Session): Answers questions about passages."""
        limits = Limits(threshold, self.settings.answer_tokens, self.max_length)
        return LocalSession(
            self.lm, self.prompts, self.spelling, passages, limits, self.settings.row_tokens
        )

    def losses(self, docs: Sequence[EntityDoc], rng: numpy.random.Generator) -> Losses:
        """RETURNS (Losses): The losses of documents with gold triples."""
        settings = self.settings
        learner = Learner(
            self.lm,
            self.prompts,
            self.spelling,
            settings.chain,
            self.schema,
            min(self.max_length, settings.row_tokens),
            settings.batch_tokens,
        )
        return learner.losses(self.passages(docs), len(docs), rng)

    @cached_property
    def _longest_question(self) -> int:
        """The number of tokens of the longest question, with room for the names in it."""
        nobody = Passage(EntityDoc(Doc(Vocab())), 0, 0, 0)
        everything = tuple(range(len(self.schema.relations)))
        questions = []
        for stage in self.settings.chain:
            candidate = stage.asks[0] if stage.answer == "score" else ""
            about_relation = "relation" in stage.known or candidate == "relation"
            for relation in everything if about_relation else [0]:
                given = (("relation", relation),) if about_relation else ()
                asked = everything[:TOGETHER] if stage.together else everything
                questions.append(Question(stage, nobody, given, asked))
        return max(map(len, self.prompts.questions(questions))) + NAMES


class RemoteInterviewer(Interviewer):
    """Asks a language model behind an endpoint. How long a prompt may be is the endpoint's to
    say: it refuses those that are too long.

    endpoint (Endpoint): The endpoint.
    lora (LoRA): Which stage uses which adapter.
    settings (Settings): What is asked, and how.
    schema (Schema): The relations.
    """

    def __init__(self, endpoint: Endpoint, lora: LoRA, settings: Settings, schema: Schema) -> None:
        super().__init__(settings, schema)
        self._endpoint = endpoint
        self._lora = lora
        self._prompts = settings.prompts(schema)

    def passages(self, docs: Sequence[EntityDoc]) -> List[Passage]:
        """RETURNS (List[Passage]): A passage for each document."""
        return whole(docs)

    def session(self, passages: Sequence[Passage], threshold: float) -> Session:
        """RETURNS (Session): Answers questions about passages."""
        tokens = self.settings.answer_tokens
        return RemoteSession(self._endpoint, self._prompts, self._lora, self.schema, tokens)

    def losses(self, docs: Sequence[EntityDoc], rng: numpy.random.Generator) -> Losses:
        """Not possible: what is behind an endpoint is not trained.

        RAISES (ValueError): Always.
        """
        raise ValueError(Errors.DRE618)

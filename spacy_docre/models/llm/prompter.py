"""Prompters: they know what to ask a language model about documents, for one schema, and make
triples or losses of its answers."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Callable, ClassVar, List, Optional, Sequence

import numpy
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ...data.entities import EntityDoc
from ...data.schema import Schema
from ...errors import Errors
from ..batching import batch_by_length
from ..extractor import Triples
from .answers.answer_tokenizer import AnswerTokenizer
from .answers.lists import AnswerFormat, Item
from .extraction import Session, merge_windows, run_chain
from .learning import Learner, Losses
from .local.decoding import StoppingCriteria
from .local.language_model import LanguageModel
from .local.lora import LoRA
from .local.session import LocalSession
from .prompter_settings import PrompterSettings
from .prompts.encoded import EncodedPrompts
from .prompts.estimated import EstimatedPrompts
from .prompts.passage_windows import MeasuredPrompts, fit
from .prompts.passages import Passage, whole
from .questions import PartialTriple, Question
from .remote.endpoint import Endpoint
from .remote.session import RemoteSession
from .stages import Stage

# The room that the names of a head and a tail need in a question.
NAMES = 64
# For how many relations there is room in a question about several.
TOGETHER = 16
# About how many characters a token has.
CHARACTERS = 3
# What is less probable is not worth an answer, whatever the threshold: with a threshold of 0, a
# model would list everything.
LEAST = 0.05


class Prompter(ABC):
    """Asks a language model, wherever it is.

    settings (PrompterSettings): What is asked, and how.
    schema (Schema): The relations.
    """

    # The score below which what is asked for is not worth an answer.
    least: ClassVar[float] = 0.0
    prompts: MeasuredPrompts

    def __init__(self, settings: PrompterSettings, schema: Schema) -> None:
        self.settings = settings
        self.schema = schema
        # The questions of all extractions so far.
        self.asked = 0

    @property
    @abstractmethod
    def max_length(self) -> Optional[int]:
        """The number of tokens of a prompt with its answer; None if nobody says it."""

    @abstractmethod
    def session(self, passages: Sequence[Passage], threshold: float) -> Session:
        """RETURNS (Session): Answers questions about passages."""

    def counted_session(self, passages: Sequence[Passage], threshold: float) -> Session:
        """RETURNS (Session): The same, of an extraction: its questions are counted."""
        return _Counting(self, self.session(passages, threshold))

    @abstractmethod
    def losses(self, docs: Sequence[EntityDoc], rng: numpy.random.Generator) -> Losses:
        """RETURNS (Losses): The losses of documents with gold triples."""

    def passages(self, docs: Sequence[EntityDoc]) -> List[Passage]:
        """RETURNS (List[Passage]): The passages of documents, each of which leaves room for a
        question and an answer: windows, where documents are long."""
        length = self.max_length
        if length is None:
            return whole(docs, numbered=self.prompts.numbered)
        room = self.settings.budget.answer_tokens + self._longest_question
        return fit(docs, self.prompts, budget=length - room)

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

    def extract(self, docs: Sequence[EntityDoc], threshold: float) -> List[Triples]:
        """Extract triples.

        docs (Sequence[EntityDoc]): The documents.
        threshold (float): The score that a triple needs.
        RETURNS (List[List[Triple]]): The triples of each document.
        """
        passages = self.passages(docs)
        found = [steps[-1] for steps in self.run_chain(passages, threshold)]
        return merge_windows(passages, found, self.schema, len(docs))

    def run_chain(
        self, passages: Sequence[Passage], threshold: float
    ) -> List[List[List[PartialTriple]]]:
        """Ask all stages about passages.

        passages (Sequence[Passage]): The passages.
        threshold (float): The score that a triple needs, and `least` at least.
        RETURNS (List[List[List[PartialTriple]]]): For each passage, after each stage, what is known
            of it.
        RAISES (ValueError): If the chain begins with what somebody else has to find.
        """
        if self.settings.chain[0].given:
            raise ValueError(Errors.DRE784.format(stage=self.settings.chain[0].name))
        threshold = max(threshold, self.least)

        def run(group: List[Passage]) -> List[List[List[PartialTriple]]]:
            session = self.counted_session(group, threshold)
            steps = run_chain(self.settings.chain, session, group, self.schema, threshold)
            return [list(own) for own in zip(*steps)]

        return self.by_batch(passages, run)

    def by_batch(
        self, passages: Sequence[Passage], action: Callable[[List[Passage]], Sequence]
    ) -> List:
        """Do something with passages, as many at a time as there is room for.

        passages (Sequence[Passage]): The passages.
        action (Callable): Returns something for each passage of a batch.
        RETURNS (List): What it returned for each passage.
        """
        results: List = [None] * len(passages)
        size = self.settings.budget.batch_tokens * CHARACTERS
        for numbers in batch_by_length([len(passage.text) for passage in passages], size):
            for number, result in zip(numbers, action([passages[n] for n in numbers])):
                results[number] = result
        return results


class _Counting:
    """A session whose questions are counted."""

    def __init__(self, prompter: Prompter, session: Session) -> None:
        self.prompter = prompter
        self.session = session

    def answer(self, stage: Stage, questions: Sequence[Question]) -> List[List[Item]]:
        self.prompter.asked += len(questions)
        return self.session.answer(stage, questions)


class LocalPrompter(Prompter):
    """Asks a language model in this process.

    lm (LanguageModel): The model.
    settings (PrompterSettings): What is asked, and how.
    schema (Schema): The relations.
    """

    least = LEAST
    prompts: EncodedPrompts

    def __init__(self, lm: LanguageModel, settings: PrompterSettings, schema: Schema) -> None:
        super().__init__(settings, schema)
        self.lm = lm
        prompts = settings.prompts_about(schema)
        self.prompts = EncodedPrompts(prompts, lm.tokens)
        form = AnswerFormat(lm.tokens, self.prompts.answers_behind)
        self.answer_tokenizer = AnswerTokenizer(form, schema, prompts.relation_names)

    @cached_property
    def max_length(self) -> int:
        """The number of tokens of a prompt with its answer."""
        return min(self.settings.budget.max_length or self.lm.limit, self.lm.limit)

    def session(self, passages: Sequence[Passage], threshold: float) -> Session:
        """RETURNS (Session): Answers questions about passages."""
        budget = self.settings.budget
        criteria = StoppingCriteria(
            max(threshold, self.least), budget.answer_tokens, self.max_length, budget.cache_tokens
        )
        return LocalSession(
            self.lm, self.prompts, self.answer_tokenizer, passages, criteria, budget.row_tokens
        )

    def losses(self, docs: Sequence[EntityDoc], rng: numpy.random.Generator) -> Losses:
        """RETURNS (Losses): The losses of documents with gold triples."""
        settings = self.settings
        learner = Learner(
            self.lm,
            self.prompts,
            self.answer_tokenizer,
            settings.chain,
            self.schema,
            min(self.max_length, settings.budget.row_tokens),
            settings.budget.batch_tokens,
        )
        return learner.losses(self.passages(docs), len(docs), rng)


class RemotePrompter(Prompter):
    """Asks a language model behind an endpoint.

    endpoint (Endpoint): The endpoint.
    lora (LoRA): Which stage uses which adapter.
    settings (PrompterSettings): What is asked, and how.
    schema (Schema): The relations.
    """

    def __init__(
        self, endpoint: Endpoint, lora: LoRA, settings: PrompterSettings, schema: Schema
    ) -> None:
        super().__init__(settings, schema)
        self._endpoint = endpoint
        self._lora = lora
        self._texts = settings.prompts_about(schema)
        self.prompts = EstimatedPrompts(self._texts)

    @property
    def max_length(self) -> Optional[int]:
        """The number of tokens of a prompt with its answer, as far as the config and the server say
        it. What the server refuses nevertheless is warned about."""
        limits = (self.settings.budget.max_length, self._endpoint.context())
        return min((limit for limit in limits if limit is not None), default=None)

    def session(self, passages: Sequence[Passage], threshold: float) -> Session:
        """RETURNS (Session): Answers questions about passages."""
        tokens = self.settings.budget.answer_tokens
        return RemoteSession(self._endpoint, self._texts, self._lora, self.schema, tokens)

    def losses(self, docs: Sequence[EntityDoc], rng: numpy.random.Generator) -> Losses:
        """Not possible: what is behind an endpoint is not trained.

        RAISES (ValueError): Always.
        """
        raise ValueError(Errors.DRE618)

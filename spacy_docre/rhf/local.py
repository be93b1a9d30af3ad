"""Answers from a model in this process: each passage is computed once for an adapter, and all
questions about it continue it."""

import warnings
from typing import Dict, List, Optional, Protocol, Sequence, Tuple

from ..errors import Warnings
from .answers import Item
from .decoding import Branch, Limits, decode_lists, decode_verdicts, items_of
from .language_model import LanguageModel
from .packing import Past
from .passages import Passage
from .prompts import EncodedPrompts
from .questions import Question
from .spelling import Spelled, Spelling
from .stages import Stage
from .stems import shared


class Session(Protocol):
    """Answers questions about a batch of passages."""

    def answer(self, stage: Stage, questions: Sequence[Question]) -> List[List[Item]]:
        """Answer the questions of a stage.

        stage (Stage): The stage.
        questions (Sequence[Question]): Its questions, about passages of the batch.
        RETURNS (List[List[Item]]): For each question the items of its answer. The answer to
            a question with a candidate holds the candidate, whatever its score.
        """
        ...


class LocalSession:
    """Answers with a language model.

    lm (LanguageModel): The model.
    prompts (EncodedPrompts): The prompts.
    spelling (Spelling): How names are spelled.
    passages (Sequence[Passage]): The passages of the batch.
    limits (Limits): Where to stop.
    row_tokens (int): How many tokens of questions about one passage are computed at a time.
    """

    def __init__(
        self,
        lm: LanguageModel,
        prompts: EncodedPrompts,
        spelling: Spelling,
        passages: Sequence[Passage],
        limits: Limits,
        row_tokens: int,
    ) -> None:
        self._lm = lm
        self._prompts = prompts
        self._spelling = spelling
        self._limits = limits
        self._row_tokens = row_tokens
        self._rows = {id(passage): row for row, passage in enumerate(passages)}
        self._prefixes = prompts.passages(passages)
        self._names: Dict[int, Spelled] = {}
        # For each adapter what was computed, and the place of each row in it.
        self._pasts: Dict[str, Tuple[Past, Dict[int, int]]] = {}

    def answer(self, stage: Stage, questions: Sequence[Question]) -> List[List[Item]]:
        """Answer the questions of a stage. See `Session`."""
        answers: List[Optional[List[Item]]] = [None] * len(questions)
        adapter = self._lm.lora.name_for(stage.name)
        rows = [self._rows[id(question.passage)] for question in questions]
        encoded = self._prompts.questions(questions)
        unfinished = 0
        for wave in _waves(rows, encoded, self._row_tokens):
            wanted = sorted({rows[i] for i in wave})
            past = self._past(adapter, wanted)
            branches = [Branch(wanted.index(rows[i]), encoded[i]) for i in wave]
            asked = [questions[i] for i in wave]
            if stage.answer == "score":
                scores = decode_verdicts(self._lm, past, branches, self._spelling.form)
                for i, question, score in zip(wave, asked, scores):
                    assert question.candidate is not None
                    answers[i] = [Item((question.candidate,), score)]
                continue
            listings = [
                self._spelling.listing(question, self._spelled(question.passage))
                for question in asked
            ]
            known = [question.score for question in asked]
            unfinished += decode_lists(self._lm, past, branches, listings, known, self._limits)
            for i, listing in zip(wave, listings):
                answers[i] = items_of(listing)
        if unfinished:
            warnings.warn(
                Warnings.DRW600.format(
                    count=unfinished,
                    total=len(questions),
                    stage=stage.name,
                    tokens=self._limits.answer_tokens,
                ),
                stacklevel=2,
            )
        return [answer or [] for answer in answers]

    def _past(self, adapter: str, rows: List[int]) -> Past:
        if adapter not in self._pasts or not self._pasts[adapter][1].keys() >= set(rows):
            mix = self._lm.lora.inference == "mix"
            self._compute(self._lm.adapters if mix else [adapter], rows)
        past, places = self._pasts[adapter]
        return past.select([places[row] for row in rows])

    def _compute(self, adapters: Sequence[str], rows: List[int]) -> None:
        """Compute passages for adapters, in one batch."""
        each = [(adapter, row) for adapter in adapters for row in rows]
        past = self._lm.encode(
            [adapter for adapter, _ in each], [self._prefixes[row] for _, row in each]
        )
        for number, adapter in enumerate(adapters):
            own = past.select(range(number * len(rows), (number + 1) * len(rows)))
            self._pasts[adapter] = own, {row: place for place, row in enumerate(rows)}

    def _spelled(self, passage: Passage) -> Spelled:
        if id(passage) not in self._names:
            self._names[id(passage)] = self._spelling.entities(passage)
        return self._names[id(passage)]


def _waves(
    rows: Sequence[int], questions: Sequence[Sequence[int]], row_tokens: int
) -> List[List[int]]:
    """Divide questions, so that those about one passage do not take too much room."""
    waves: List[List[int]] = []
    # The wave of each row, its tokens, and its last question.
    used: Dict[int, Tuple[int, int, Sequence[int]]] = {}
    for i, (row, question) in enumerate(zip(rows, questions)):
        wave, taken, last = used.get(row, (0, 0, question))
        length = len(question) - (shared([last, question]) if taken else 0)
        if taken and taken + length > row_tokens:
            wave, taken, length = wave + 1, 0, len(question)
        used[row] = wave, taken + length, question
        if wave == len(waves):
            waves.append([])
        waves[wave].append(i)
    return waves

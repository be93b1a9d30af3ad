"""Answers from a model in this process: each passage is computed once for an adapter, and all
questions about it continue it."""

import warnings
from typing import Dict, List, Optional, Sequence, Tuple

from ....data.triples import rank_of
from ....errors import Warnings
from ..answers.answer_tokenizer import AnswerTokenizer, TokenizedNames
from ..answers.lists import Item
from ..prompts.encoded import EncodedPrompts
from ..prompts.passages import Passage
from ..questions import Question
from ..stages import Stage
from .decoding import Branch, StoppingCriteria, decode_lists, decode_verdicts, items_of
from .language_model import LanguageModel
from .packing import RowCache
from .shared_prefixes import shared_length


class LocalSession:
    """Answers with a language model.

    lm (LanguageModel): The model.
    prompts (EncodedPrompts): The prompts.
    answer_tokenizer (AnswerTokenizer): How names are spelled.
    passages (Sequence[Passage]): The passages of the batch.
    criteria (StoppingCriteria): Where to stop.
    row_tokens (int): How many tokens of questions about one passage are computed at a time.
    """

    def __init__(
        self,
        lm: LanguageModel,
        prompts: EncodedPrompts,
        answer_tokenizer: AnswerTokenizer,
        passages: Sequence[Passage],
        criteria: StoppingCriteria,
        row_tokens: int,
    ) -> None:
        self._lm = lm
        self._prompts = prompts
        self._answer_tokenizer = answer_tokenizer
        self._criteria = criteria
        self._row_tokens = row_tokens
        self._rows = {id(passage): row for row, passage in enumerate(passages)}
        self._prefixes = prompts.passages(passages)
        self._names: Dict[int, TokenizedNames] = {}
        # The last adapter with what it computed, and the place of each row in it.
        self._cache: Optional[Tuple[str, RowCache, Dict[int, int]]] = None

    def answer(self, stage: Stage, questions: Sequence[Question]) -> List[List[Item]]:
        """Answer the questions of a stage. See `spacy_docre.models.llm.extraction.Session`."""
        answers: List[Optional[List[Item]]] = [None] * len(questions)
        adapter = self._lm.lora.name_for(stage.name)
        rows = [self._rows[id(question.passage)] for question in questions]
        encoded = self._prompts.questions(questions)
        unfinished = 0
        waves = _waves(rows, encoded, self._row_tokens)
        while waves:
            wave = waves.pop(0)
            if len(wave) > 1 and self._size(wave, rows, encoded) > self._criteria.cache_tokens:
                middle = len(wave) // 2
                wave = sorted(wave, key=rows.__getitem__)
                waves[:0] = [wave[:middle], wave[middle:]]
                continue
            wanted = sorted({rows[i] for i in wave})
            cached = self._cached(adapter, wanted)
            branches = [Branch(wanted.index(rows[i]), encoded[i]) for i in wave]
            asked = [questions[i] for i in wave]
            if stage.answer == "score":
                scores = decode_verdicts(self._lm, cached, branches, self._answer_tokenizer.form)
                for i, question, score in zip(wave, asked, scores):
                    assert question.candidate is not None
                    answers[i] = [Item((question.candidate,), score)]
                continue
            listings = [
                self._answer_tokenizer.listing(question, self._spelled(question.passage))
                for question in asked
            ]
            known = [rank_of(question.score) for question in asked]
            missing, given_up = decode_lists(
                self._lm, cached, branches, listings, known, self._criteria
            )
            unfinished += missing
            if given_up:
                waves.insert(0, [wave[n] for n in given_up])
            for i, listing in zip(wave, listings):
                answers[i] = items_of(listing)
        if unfinished:
            warnings.warn(
                Warnings.DRW600.format(
                    count=unfinished,
                    total=len(questions),
                    stage=stage.name,
                    tokens=self._criteria.answer_tokens,
                ),
                stacklevel=2,
            )
        return [answer or [] for answer in answers]

    def _size(
        self, wave: Sequence[int], rows: Sequence[int], questions: Sequence[Sequence[int]]
    ) -> int:
        """How many tokens passages and questions of a wave have, with padding."""
        lengths: Dict[int, int] = {}
        for i in wave:
            lengths.setdefault(rows[i], len(self._prefixes[rows[i]]))
            lengths[rows[i]] += len(questions[i])
        return len(lengths) * max(lengths.values())

    def _cached(self, adapter: str, rows: List[int]) -> RowCache:
        """What an adapter computed of the passages of rows: once for each of them."""
        known = self._cache
        if known is None or known[0] != adapter or not known[2].keys() >= set(rows):
            self._cache = None
            cached = self._lm.encode(adapter, [self._prefixes[row] for row in rows])
            known = self._cache = adapter, cached, {row: place for place, row in enumerate(rows)}
        _, cached, places = known
        return cached.select([places[row] for row in rows])

    def _spelled(self, passage: Passage) -> TokenizedNames:
        if id(passage) not in self._names:
            self._names[id(passage)] = self._answer_tokenizer.entities(passage)
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
        length = len(question) - (shared_length([last, question]) if taken else 0)
        if taken and taken + length > row_tokens:
            wave, taken, length = wave + 1, 0, len(question)
        used[row] = wave, taken + length, question
        if wave == len(waves):
            waves.append([])
        waves[wave].append(i)
    return waves

"""Losses: on answers alone, of rows that hold a passage and many questions about it."""

from collections import Counter
from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ...data.schema import Schema
from ..batching import batch_by_length
from .answers.answer_tokenizer import AnswerTokenizer
from .chains import Chain
from .local.language_model import LanguageModel
from .local.packing import PREFIX, Piece
from .local.shared_prefixes import build_prefix_tree, shared_length
from .prompts.encoded import EncodedPrompts
from .prompts.passages import Passage
from .training_questions import draw_questions

# The tokens of a question, and those of its answer.
QuestionAnswer = Tuple[List[int], List[int]]


class Row(NamedTuple):
    """A passage with questions and answers, in the order of their tokens.

    number (int): The document.
    prefix (List[int]): The tokens of the passage.
    branches (List[QuestionAnswer]): The tokens of questions and answers.
    weight (float): The weight of each token of an answer in the loss of the document.
    """

    number: int
    prefix: List[int]
    branches: List[QuestionAnswer]
    weight: float

    @property
    def length(self) -> int:
        """The number of tokens."""
        return len(self.prefix) + sum(_lengths(self.branches))


class Losses(NamedTuple):
    """The losses of documents, in parts, each of which has a graph of its own.

    parts (List[Tuple[str, Tensor]]): The adapter, and the losses of all documents.
    """

    parts: List[Tuple[str, Tensor]]

    def total(self, docs: int) -> Tensor:
        """RETURNS (Tensor): The losses of the documents, on their device. *Shape:* (docs,)"""
        values = [values.detach() for _, values in self.parts]
        return torch.stack(values).sum(0) if values else torch.zeros(docs)

    def backward(self, lm: LanguageModel, gradient: Tensor) -> None:
        """Go back, one part after the other, each with its adapter in place: checkpoints
        compute activations again.

        lm (LanguageModel): The model.
        gradient (Tensor): The gradients of the losses. *Shape:* (docs,)
        """
        with lm.training():
            for adapter, values in self.parts:
                if values.requires_grad:
                    lm.activate(adapter)
                    values.backward(gradient.to(values))


class Learner(NamedTuple):
    """Makes losses.

    lm (LanguageModel): The model.
    prompts (EncodedPrompts): The prompts.
    answer_tokenizer (AnswerTokenizer): How names are spelled.
    chain (Tuple[Stage, ...]): The stages.
    schema (Schema): The relations.
    row_tokens (int): How many tokens a row has at most, unless it holds one question.
    batch_tokens (int): How many tokens are computed at a time, with padding.
    """

    lm: LanguageModel
    prompts: EncodedPrompts
    answer_tokenizer: AnswerTokenizer
    chain: Chain
    schema: Schema
    row_tokens: int
    batch_tokens: int

    def losses(self, passages: Sequence[Passage], docs: int, rng: numpy.random.Generator) -> Losses:
        """Draw questions, and compute losses. That of a document is the sum over the stages of
        the mean over the tokens of their answers.

        passages (Sequence[Passage]): Passages of documents with gold triples.
        docs (int): The number of documents.
        rng (numpy.random.Generator): Draws questions.
        RETURNS (Losses): The losses.
        """
        parts: List[Tuple[str, Tensor]] = []
        with self.lm.training():
            for adapter, rows in self._rows(passages, rng).items():
                for batch in batch_by_length([row.length for row in rows], self.batch_tokens):
                    parts.append((adapter, self._loss(adapter, [rows[n] for n in batch], docs)))
        return Losses(parts)

    def _rows(
        self, passages: Sequence[Passage], rng: numpy.random.Generator
    ) -> Dict[str, List[Row]]:
        prefixes = self.prompts.passages(passages)
        entities = [self.answer_tokenizer.entities(passage) for passage in passages]
        rows: Dict[str, List[Row]] = {}
        for stage in self.chain:
            drawn: List[List[QuestionAnswer]] = []
            # The passages of a document are its windows: their answers count together.
            tokens: Counter[int] = Counter()
            for passage, names in zip(passages, entities):
                asked = draw_questions(stage, passage, self.schema, rng)
                questions = self.prompts.questions([each.question for each in asked])
                answers = [
                    self.answer_tokenizer.target(each.question, each.items, names) for each in asked
                ]
                tokens[passage.number] += sum(map(len, answers))
                drawn.append(list(zip(questions, answers)))
            own = rows.setdefault(self.lm.lora.name_for(stage.name), [])
            for passage, prefix, branches in zip(passages, prefixes, drawn):
                for part in _divide(branches, self.row_tokens - len(prefix)):
                    own.append(Row(passage.number, prefix, part, 1 / tokens[passage.number]))
        return {adapter: found for adapter, found in rows.items() if found}

    def _loss(self, adapter: str, rows: Sequence[Row], docs: int) -> Tensor:
        branches = [(place, *branch) for place, row in enumerate(rows) for branch in row.branches]
        tree = build_prefix_tree(
            [place for place, _, _ in branches], [question for _, question, _ in branches]
        )
        starts = [len(row.prefix) for row in rows]
        pieces = [Piece(place, PREFIX, row.prefix, 0, 0) for place, row in enumerate(rows)]
        pieces += tree.pieces(starts)
        answers: List[int] = []
        numbers: List[int] = []
        weights: List[float] = []
        for number, ((place, question, answer), depth) in enumerate(zip(branches, tree.depths)):
            tokens = question[depth:] + answer[:-1]
            pieces.append(Piece(place, number + 1, tokens, starts[place] + depth, len(answer)))
            answers += answer
            numbers += [rows[place].number] * len(answer)
            weights += [rows[place].weight] * len(answer)
        logits = self.lm.read(adapter, pieces, len(rows), tree.parents)
        device = logits.device
        losses = cross_entropy(
            logits.float(), torch.tensor(answers, device=device), reduction="none"
        ) * torch.tensor(weights, device=device)
        return losses.new_zeros(docs).index_add(0, torch.tensor(numbers, device=device), losses)


def _divide(branches: Sequence[QuestionAnswer], room: int) -> List[List[QuestionAnswer]]:
    """Divide the questions about a passage over several rows, where one has no room for all."""
    rows: List[List[QuestionAnswer]] = []
    used = room
    # Questions that have much in common stand together.
    branches = sorted(branches)
    for branch, length in zip(branches, _lengths(branches)):
        if used + length > room or not rows:
            rows.append([])
            used, length = 0, sum(map(len, branch))
        rows[-1].append(branch)
        used += length
    return rows


def _lengths(branches: Sequence[QuestionAnswer]) -> List[int]:
    """How many tokens each question with its answer adds to the ones before it."""
    lengths = [len(question) + len(answer) for question, answer in branches]
    for number, ((before, _), (question, _)) in enumerate(zip(branches, branches[1:]), start=1):
        lengths[number] -= shared_length([before, question])
    return lengths

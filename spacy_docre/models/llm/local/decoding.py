"""Greedy decoding under constraints, of all branches of all rows at once."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate
from typing import Dict, List, NamedTuple, Sequence, Tuple

import torch
from torch import Tensor

from ..answers.lists import AnswerFormat, Item, Listing
from .language_model import LanguageModel
from .packing import NOTHING, Piece, RowCache, visibility
from .shared_prefixes import build_prefix_tree


class Branch(NamedTuple):
    """A question about the passage of a row.

    row (int): The row.
    question (Sequence[int]): Its tokens.
    """

    row: int
    question: Sequence[int]


class StoppingCriteria(NamedTuple):
    """Where to stop.

    threshold (float): The score that a whole triple needs.
    answer_tokens (int): The largest number of tokens of an answer.
    positions (int): The largest number of tokens of a prompt with its answer.
    cache_tokens (int): Of how many tokens keys and values are kept at a time. Where there is no
        room for more, some answers are given up for now. One alone may take as much as it needs.
    """

    threshold: float
    answer_tokens: int
    positions: int
    cache_tokens: int


def decode_lists(
    lm: LanguageModel,
    cached: RowCache,
    branches: Sequence[Branch],
    listings: Sequence[Listing],
    known: Sequence[float],
    criteria: StoppingCriteria,
) -> Tuple[int, List[int]]:
    """Generate lists: at each step the most probable token of those that may come next. Where
    only one may, it needs no step. An answer goes on as long as its next item can still make a
    triple whose score reaches the threshold, which at 0.5, for what is certain so far, is the
    greedy choice.

    lm (LanguageModel): The model.
    cached (RowCache): The prefixes of rows.
    branches (Sequence[Branch]): The questions.
    listings (Sequence[Listing]): Their answers, to be filled.
    known (Sequence[float]): The scores of what the questions take as known.
    criteria (StoppingCriteria): Where to stop.
    RETURNS (Tuple[int, List[int]]): The number of answers that were not finished before it had to
        stop, and which ones were given up, to be generated anew.
    """
    cached, pieces, own = _begin(cached, branches)
    feed = {number: list(piece.tokens) for number, piece in enumerate(own)}
    position = [piece.start for piece in own]
    places = [branch.row for branch in branches]
    written = [0] * len(branches)
    unfinished = 0
    given_up: List[int] = []
    while feed:
        active = list(feed)
        # Where an answer ends, or goes on with an item, what follows its bullet is computed at
        # once: an answer that ends needs nothing more.
        ahead = [listings[i].onward if listings[i].at_boundary else [] for i in active]
        for i, bullet in zip(active, ahead):
            tokens = feed[i] + bullet
            pieces.append(Piece(places[i], i + 1, tokens, position[i], 1 + len(bullet)))
        logits, cached = lm.go_on(cached, pieces)
        after = list(accumulate(1 + len(bullet) for bullet in ahead))
        at = [end - 1 - len(bullet) for end, bullet in zip(after, ahead)]
        said = _choose(logits[at], [(listings[i], known[i]) for i in active], criteria.threshold)
        on = [n for n, bullet in enumerate(ahead) if bullet and said[n] == bullet]
        behind = [(listings[active[n]], known[active[n]]) for n in on]
        chosen = _choose(logits[[after[n] - 1 for n in on]], behind, criteria.threshold)
        for n, tokens in zip(on, chosen):
            said[n] = said[n] + tokens
        following: Dict[int, List[int]] = {}
        for i, bullet, tokens in zip(active, ahead, said):
            position[i] += len(feed[i]) + len(bullet)
            written[i] += len(tokens)
            tokens = tokens[len(bullet) :]
            if listings[i].finished:
                continue
            room = criteria.positions - position[i] - len(tokens) - len(listings[i].onward)
            if written[i] > criteria.answer_tokens or room <= 0:
                unfinished += 1
                continue
            following[i] = tokens
        feed, pieces = following, []
        if feed:
            cached, places = _without_finished(cached, places, feed)
        while len(feed) > 1 and _places(cached, places, feed) > criteria.cache_tokens:
            kept = list(feed)[: len(feed) // 2]
            given_up += [i for i in feed if i not in kept]
            feed = {i: feed[i] for i in kept}
            cached, places = _without_finished(cached, places, feed, share=1.0)
    return unfinished, given_up


def decode_verdicts(
    lm: LanguageModel,
    cached: RowCache,
    branches: Sequence[Branch],
    form: AnswerFormat,
) -> List[float]:
    """Ask for yes or no.

    lm (LanguageModel): The model.
    cached (RowCache): The prefixes of rows.
    branches (Sequence[Branch]): The questions.
    form (AnswerFormat): The tokens of which answers consist.
    RETURNS (List[float]): The probability of yes, against no, for each question.
    """
    cached, prefixes, own = _begin(cached, branches)
    logits, _ = lm.go_on(cached, prefixes + own)
    pairs = logits[:, [form.yes[0], form.no[0]]].double()
    return pairs.softmax(-1)[:, 0].tolist()


def items_of(listing: Listing) -> List[Item]:
    """RETURNS (List[Item]): The items of an answer, with scores."""
    return [Item(values, sigmoid(margin)) for values, margin in listing.items]


def log_probs_of(logits: Tensor, allowed: Sequence[Sequence[int]]) -> List[List[float]]:
    """The distribution over the tokens that may come next.

    logits (Tensor): Logits. *Shape:* (N, vocabulary)
    allowed (Sequence[Sequence[int]]): The tokens.
    RETURNS (List[List[float]]): Their log-probabilities.
    """
    width = max(map(len, allowed))
    index = torch.tensor(
        [[*tokens, *[tokens[0]] * (width - len(tokens))] for tokens in allowed],
        device=logits.device,
    )
    number = torch.tensor([len(tokens) for tokens in allowed], device=logits.device)
    padding = torch.arange(width, device=logits.device) >= number[:, None]
    chosen = logits.gather(1, index).double().masked_fill(padding, -math.inf)
    values = chosen.log_softmax(-1).tolist()
    return [row[: len(tokens)] for row, tokens in zip(values, allowed)]


def log_sum(values: Iterable[float]) -> float:
    """RETURNS (float): The logarithm of the sum of probabilities, given their logarithms."""
    values = list(values)
    most = max(values, default=-math.inf)
    if most == -math.inf:
        return most
    return most + math.log(sum(math.exp(value - most) for value in values))


def sigmoid(margin: float) -> float:
    """RETURNS (float): The logistic function, without overflow."""
    return 1 / (1 + math.exp(-margin)) if margin >= 0 else 1 - 1 / (1 + math.exp(margin))


def _begin(
    cached: RowCache, branches: Sequence[Branch]
) -> Tuple[RowCache, List[Piece], List[Piece]]:
    """The pieces of questions: the prefixes that they share, and what is each one's own."""
    lengths = (cached.branches != NOTHING).sum(1).tolist()
    tree = build_prefix_tree(
        [branch.row for branch in branches], [branch.question for branch in branches]
    )
    own = [
        Piece(row, number, question[depth:], lengths[row] + depth, 1)
        for number, ((row, question), depth) in enumerate(zip(branches, tree.depths), start=1)
    ]
    sees = visibility(tree.parents, cached.branches.device)
    return replace(cached, sees=sees), tree.pieces(lengths), own


def _choose(
    logits: Tensor, listings: Sequence[Tuple[Listing, float]], threshold: float
) -> List[List[int]]:
    """Let answers, of which each has the score of what it takes as known, go on. Returns what they
    said."""
    if not listings:
        return []
    allowed = [listing.allowed() for listing, _ in listings]
    return [
        _advance(listing, tokens, log_probs, known, threshold)
        for (listing, known), tokens, log_probs in zip(
            listings, allowed, log_probs_of(logits, allowed)
        )
    ]


def _advance(
    listing: Listing, tokens: List[int], log_probs: List[float], known: float, threshold: float
) -> List[int]:
    """Choose a token, and go on while there is no choice. Returns what was said."""
    said: List[int] = []
    while True:
        turn = listing.turn
        scores = dict(zip(tokens, log_probs))
        done = log_sum(scores[token] for token in turn)
        token = max(tokens, key=lambda token: -math.inf if token in turn else scores[token])
        if turn and (token in turn or done >= scores[token]):
            # The name is done. Whether the answer is, too, is another question.
            listing.close(done)
            listing.end_here(scores[turn[0]] - done)
            token = turn[-1]
            if len(turn) > 1 and known * math.exp(scores[token] - done) < threshold:
                token = turn[0]
            scores[token] -= done
        listing.push(token, scores[token])
        said.append(token)
        if listing.finished:
            return said
        tokens = listing.allowed()
        if len(tokens) > 1:
            return said
        log_probs = [0.0]


def _without_finished(
    cached: RowCache, places: List[int], feed: Dict[int, List[int]], *, share: float = 0.5
) -> Tuple[RowCache, List[int]]:
    """Forget finished rows, and the keys and values of finished branches, once no more than a share
    of what there is goes on."""
    rows = sorted({places[i] for i in feed})
    if len(rows) <= len(cached.branches) * share:
        cached = cached.select(rows)
        moved = {row: place for place, row in enumerate(rows)}
        places = [moved.get(place, NOTHING) for place in places]
    active = torch.tensor([i + 1 for i in feed], device=cached.branches.device)
    alive = cached.sees[active].any(0)[cached.branches]
    if int(alive.sum(1).max()) <= alive.shape[1] * share:
        cached = cached.keep(alive)
    return cached, places


def _places(cached: RowCache, places: List[int], feed: Dict[int, List[int]]) -> int:
    """For how many tokens there must be room in the next step, with padding."""
    coming: Counter[int] = Counter()
    for i, tokens in feed.items():
        coming[places[i]] += len(tokens)
    rows, before = cached.branches.shape
    return int(rows * (before + max(coming.values())))

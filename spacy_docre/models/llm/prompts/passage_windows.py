"""Passages that fit into a model: whole documents, or windows of them."""

from bisect import bisect_left
from dataclasses import replace
from typing import List, Protocol, Sequence, Sized

from ....data.entities import EntityDoc, name_of
from ....errors import Errors
from ..questions import Question
from .passages import Passage, whole

# A window is tokenized by itself, which may make a few tokens more of it.
SLACK = 8


class MeasuredPrompts(Protocol):
    """Prompts whose tokens are counted or, if the tokenizer is not here, estimated.

    numbered (bool): Whether entities are called by numbers.
    """

    numbered: bool

    def passages(self, passages: Sequence[Passage]) -> Sequence[Sized]:
        """RETURNS (Sequence[Sized]): The tokens that all prompts about a passage begin with."""
        ...

    def questions(self, questions: Sequence[Question]) -> Sequence[Sized]:
        """RETURNS (Sequence[Sized]): The tokens of questions."""
        ...

    def offsets(self, text: str) -> List[int]:
        """RETURNS (List[int]): The character at which each token of a text begins."""
        ...


def fit(docs: Sequence[EntityDoc], prompts: MeasuredPrompts, *, budget: int) -> List[Passage]:
    """Divide documents into passages. Windows overlap by half, and begin where sentences do
    if the document has sentences, so that what is stated within half a window is never cut.

    docs (Sequence[EntityDoc]): The documents.
    prompts (MeasuredPrompts): The prompts.
    budget (int): The number of tokens that a prompt may have before its question.
    RETURNS (List[Passage]): The passages, one for each document that fits.
    RAISES (ValueError): If not even a token of a document fits.
    """
    passages: List[Passage] = []
    wholes = whole(docs, numbered=prompts.numbered)
    for passage, ids in zip(wholes, prompts.passages(wholes)):
        if len(ids) <= budget:
            passages.append(passage)
        else:
            passages.extend(_windows(passage, prompts, budget))
    return passages


def _windows(passage: Passage, prompts: MeasuredPrompts, budget: int) -> List[Passage]:
    """The windows of a document, each as long as the budget allows."""
    doc = passage.doc.doc
    begins = prompts.offsets(passage.text)
    # The number of tokens before each token of the document.
    before = [bisect_left(begins, token.idx) for token in doc] + [len(begins)]
    starts = [sentence.start for sentence in doc.sents] if doc.has_annotation("SENT_START") else []
    windows: List[Passage] = []
    start = 0
    while start < len(doc):
        frame = len(prompts.passages([replace(passage, start=start, end=start)])[0])
        room = budget - frame - SLACK
        end = min(len(doc), bisect_left(before, before[start] + room + 1) - 1)
        if end > start and end < len(doc):
            end = max([s for s in starts if start < s <= end], default=end)
        window = replace(passage, start=start, end=end)
        # A list of entities grows with the window.
        while end > start and len(prompts.passages([window])[0]) > budget:
            end -= max(1, (end - start) // 8)
            window = replace(passage, start=start, end=end)
        if end <= start:
            raise ValueError(
                Errors.DRE613.format(doc=name_of(doc), text=doc[start].text[:40], budget=budget)
            )
        windows.append(window)
        if end == len(doc):
            break
        middle = (start + end + 1) // 2
        start = min([s for s in starts if middle <= s < end], default=middle)
    return windows

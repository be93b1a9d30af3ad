"""Documents joined into longer ones for training, so that a model learns that unrelated texts which
stand in one document state nothing of each other."""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import List

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from ..data.join_and_cut import join_docs
from ..errors import Errors

Reader = Callable[[Language], Iterable[Example]]


@registry.readers("spacy_docre.JoinedDocs.v1")
def create_joined_docs(corpus: Reader, share: float = 0.5, most: int = 3, seed: int = 0) -> Reader:
    """Create a reader that adds joined documents to those of another one. No relation holds across
    the documents that are joined, and their entities stay apart, whatever their names and ids.

    corpus (Callable[[Language], Iterable[Example]]): The other reader.
    share (float): How many joined documents there are for each document of the corpus.
    most (int): How many documents are joined at most, two at least.
    seed (int): Which documents are joined, drawn anew at each pass.
    RETURNS (Callable[[Language], Iterator[Example]]): The reader.
    RAISES (ValueError): If a number is out of range.
    """
    if share < 0 or most < 2:
        raise ValueError(Errors.DRE575.format(share=share, most=most))
    return JoinedDocs(corpus, share, most, seed)


class JoinedDocs:
    """See `create_joined_docs`."""

    def __init__(self, corpus: Reader, share: float, most: int, seed: int) -> None:
        self.corpus = corpus
        self.share = share
        self.most = most
        self._random = random.Random(seed)

    def __call__(self, nlp: Language) -> Iterator[Example]:
        references: List[Doc] = []
        for example in self.corpus(nlp):
            references.append(example.reference)
            yield example
        for _ in range(round(self.share * len(references))):
            count = min(len(references), self._random.randint(2, self.most))
            joined = join_docs(self._random.sample(references, count))
            words = [token.text for token in joined]
            spaces = [bool(token.whitespace_) for token in joined]
            yield Example(Doc(nlp.vocab, words=words, spaces=spaces), joined)

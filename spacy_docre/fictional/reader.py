"""The corpus as a reader, to be named in a training config."""

from typing import Callable, Iterable

from spacy import registry
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from ..errors import Errors
from ..storage import DEFAULT_ATTR, move_relations
from .corpus import generate_docs


@registry.readers("spacy_docre.FictionalCorpus.v1")
def create_fictional_corpus(
    documents: int, seed: int = 0, attr: str = DEFAULT_ATTR
) -> Callable[[Language], Iterable[Example]]:
    """Generate documents to train or evaluate on, without a file.

    documents (int): How many.
    seed (int): Where it comes from. Give training, development and test corpora seeds
        that differ modulo 16, and they share neither names nor sentences.
    attr (str): The attribute that receives relations: that of the component.
    RETURNS (Callable[[Language], Iterable[Example]]): The corpus.
    RAISES (ValueError): If the number of documents is negative.
    """
    if documents < 0:
        raise ValueError(Errors.DRE350.format(documents=documents))

    def read_fictional_corpus(nlp: Language) -> Iterable[Example]:
        for reference in generate_docs(nlp.make_doc, documents, seed):
            move_relations(reference, DEFAULT_ATTR, attr)
            words = [token.text for token in reference]
            spaces = [bool(token.whitespace_) for token in reference]
            yield Example(Doc(nlp.vocab, words=words, spaces=spaces), reference)

    return read_fictional_corpus

"""The corpus as a reader, for training configs that are run in the project's folder with
`--code fictional/reader.py`, which spaCy loads as a file of its own."""

from typing import Callable, Iterable

from spacy import registry
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from fictional.corpus import generate_docs


@registry.readers("spacy_docre.FictionalCorpus.v1")
def create_fictional_corpus(
    documents: int, seed: int = 0
) -> Callable[[Language], Iterable[Example]]:
    """Generate documents to train or evaluate on, without a file.

    documents (int): How many.
    seed (int): Where it comes from. Give training, development and test corpora seeds
        that differ modulo 16, and they share neither names nor sentences.
    RETURNS (Callable[[Language], Iterable[Example]]): The corpus.
    """

    def read_fictional_corpus(nlp: Language) -> Iterable[Example]:
        for reference in generate_docs(nlp.make_doc, documents, seed):
            words = [token.text for token in reference]
            spaces = [bool(token.whitespace_) for token in reference]
            yield Example(Doc(nlp.vocab, words=words, spaces=spaces), reference)

    return read_fictional_corpus

"""One document to try a trained pipeline on."""

from itertools import count
from typing import Callable

from spacy.tokens import Doc

from spacy_docre.data.relations import get_relations

from .corpus import generate_story, to_doc

TRIPLES = 12
CROSSING = 3
LABELS = 8


def sample_doc(tokenizer: Callable[[str], Doc], seed: int) -> Doc:
    """Generate a document each of whose sentences names what it speaks about, by full
    names, surnames, short names and acronyms. All of its relations can be found without
    a coreference model.

    tokenizer (Callable[[str], Doc]): Makes a document of a text, as `nlp.make_doc` does.
    seed (int): Take one that differs modulo 16 from those of the training corpus.
    RETURNS (Doc): The annotated document. It has at least `TRIPLES` relations of
        `LABELS` kinds, and `CROSSING` of them cross sentences.
    """
    for number in count():
        story = generate_story(seed, number, pronouns=False)
        doc = to_doc(story, tokenizer, f"{seed}-sample {story.title}")
        relations = get_relations(doc)
        crossing = sum(relation.crosses_sentences for relation in relations)
        labels = {relation.label for relation in relations}
        if len(relations) >= TRIPLES and crossing >= CROSSING and len(labels) >= LABELS:
            return doc
    raise AssertionError("unreachable")

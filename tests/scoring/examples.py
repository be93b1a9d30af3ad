"""Examples with relations, written as words."""

from typing import Dict, Optional, Sequence, Tuple

from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple

WORDS = "Ann met Bob . She likes Bob and Cleo . Dora left ."
#        0   1   2   3 4   5     6   7   8    9 10   11   12
ANN, BOB, CLEO, DORA = [(0, 1), (4, 5)], [(2, 3), (6, 7)], [(8, 9)], [(10, 11)]
GOLD = [ANN, BOB, CLEO, DORA]

Mentions = Sequence[Tuple[int, int]]


def make_doc(
    entities: Sequence[Mentions],
    triples: Sequence[Tuple],
    *,
    words: str = WORDS,
    sentences: bool = True,
    roles: Optional[Dict[str, Sequence[str]]] = None,
    attr: str = "relations",
) -> Doc:
    """Triples are written as (label, entity, entity, …)."""
    tokens = words.split(" ")
    starts = [i == 0 or tokens[i - 1] == "." for i in range(len(tokens))]
    doc = Doc(Vocab(), words=tokens, sent_starts=starts if sentences else None)
    store_relations(
        doc,
        [Entity.of(mentions) for mentions in entities],
        [Triple(tuple(arguments), label) for label, *arguments in triples],
        roles=roles or {},
        attr=attr,
    )
    return doc


def make_example(
    predicted: Sequence[Tuple],
    gold: Sequence[Tuple],
    *,
    entities: Sequence[Mentions] = GOLD,
    **kwargs,
) -> Example:
    return Example(make_doc(entities, predicted, **kwargs), make_doc(GOLD, gold, **kwargs))

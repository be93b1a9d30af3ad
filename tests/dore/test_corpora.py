"""Triples of whole corpora become symbols and come back, in every mode, order and choice of
negatives. Name the folder that holds `redocred/train.json` in SPACY_DOCRE_DATA to run this."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_docre.dore.cells import Cells, TypeTrie
from spacy_docre.dore.linearize import MODES, delinearize, linearize
from spacy_docre.dore.negatives import AllNegatives, DynamicNegatives, NoNegatives
from spacy_docre.dore.orders import ORDERS
from spacy_docre.dore.symbols import SymbolTable
from spacy_docre.formats import formats
from spacy_docre.gold import gold_entity_doc
from spacy_docre.schema import Schema

DATA = os.environ.get("SPACY_DOCRE_DATA")
FILES = ["redocred/train.json", "redocred/dev.json"]
pytestmark = pytest.mark.skipif(not DATA, reason="SPACY_DOCRE_DATA names no folder")
NEGATIVES = [NoNegatives(), DynamicNegatives(1, 1, 3), AllNegatives()]


@pytest.fixture(scope="module")
def docs():
    read = []
    format, vocab, dropped = formats.get("docred")(), Vocab(), Counter()
    for name in FILES:
        for record in format.records(Path(DATA) / name):
            doc = format.to_doc(record, vocab, dropped)
            read.append(gold_entity_doc(Example(doc.copy(), doc)))
    return read


@pytest.mark.parametrize("types", [False, True], ids=["any types", "learnt types"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", ORDERS)
def test_no_triple_of_a_corpus_is_lost(docs, mode, order, types):
    schema = Schema.learn(docs, types=types)
    trie = TypeTrie(schema)
    table, typed = (SymbolTable.learn(schema, docs, typed=each) for each in (False, True))
    rng = np.random.default_rng(0)
    counts = Counter()
    for number, doc in enumerate(docs):
        cells = Cells(trie, doc)
        for each in (table, typed):
            assert len(set(each.rows(doc))) == len(doc.entities)
        # All cells of all documents would only say the same again.
        strategy = NEGATIVES[number % len(NEGATIVES)]
        negatives = strategy(cells, {triple.entities for triple in doc.gold}, rng)
        sequences = linearize(table, cells, doc.gold, negatives, mode=mode, order=order, rng=rng)
        content = delinearize(table, cells, sequences)
        lengths = [len(each.symbols) for each in sequences]
        counts["documents"] += 1
        counts["triples"] += len(doc.gold)
        counts["symbols"] += sum(lengths)
        counts["longest"] = max(counts["longest"], *lengths)
        counts["lost"] += len(set(doc.gold) - set(content.triples))
        counts["invented"] += len(set(content.triples) - set(doc.gold))
        assert set(content.negatives) == set(negatives)
    print(mode, order, dict(counts))
    assert counts["triples"] > counts["lost"] == counts["invented"] == 0

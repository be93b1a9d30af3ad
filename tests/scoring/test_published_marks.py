"""Hypernym filtering leaves out what the published data of CDR mark, where they are at hand."""

import os
from pathlib import Path

import pytest
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.scoring import compare_all, read_mesh_tree
from spacy_docre.scoring.filtering import more_general

DATA = Path(os.environ.get("SPACY_DOCRE_DATA", "nowhere")) / "cdr"
TREE = DATA / "2017MeshTree.txt.gz"
VOCAB = Vocab()


def pairs_of(line):
    """(mark, chemical, disease) of the pairs of a document; each pair has 17 columns."""
    columns = line.rstrip("\n").split("\t")[2:]
    return [(columns[i], columns[i + 5], columns[i + 11]) for i in range(0, len(columns), 17)]


def doc_of(entities, pairs):
    """All that matters are ids, so a word stands for each entity."""
    doc = Doc(VOCAB, words=entities)
    store_relations(
        doc,
        [Entity.of([(i, i + 1)], id=id) for i, id in enumerate(entities)],
        [Triple((entities.index(chemical), entities.index(d)), "CID") for _, chemical, d in pairs],
    )
    return doc


@pytest.mark.skipif(not TREE.exists(), reason="needs CDR, below the folder SPACY_DOCRE_DATA")
@pytest.mark.parametrize(("part", "expected"), [("train", 192), ("dev", 174)])
def test_of_all_pairs_those_marked_as_not_included_are_left_out(part, expected):
    tree = read_mesh_tree(TREE)
    found = 0
    for line in (DATA / "eog" / f"{part}_filter.data").read_text(encoding="utf8").splitlines():
        pairs = pairs_of(line)
        entities = sorted({id for _, *ids in pairs for id in ids})
        gold = [pair for pair in pairs if pair[0] == "1:CID:2"]
        example = Example(doc_of(entities, pairs), doc_of(entities, gold))
        (comparison,) = compare_all([example])
        left_out = {
            tuple(comparison.entities[argument].id for argument in statement.arguments)
            for statement in more_general(comparison, tree, 1)
        }
        assert left_out == {(c, d) for mark, c, d in pairs if mark == "not_include"}
        found += len(left_out)
    assert found == expected

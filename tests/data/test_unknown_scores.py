"""A triple whose score nobody has told says so wherever it goes, and is not taken for certain."""

import json

import pytest
import spacy
from spacy.tokens import Doc, DocBin

from spacy_docre.data.conditioning import condition_on_any_relation
from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.relations import register_extension
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.symmetry import merge_directions
from spacy_docre.data.triples import Triple
from spacy_docre.formats import read_docs, to_inline, to_record

register_extension()
UNTOLD = Triple((0, 1), "met", None)


def document():
    doc = Doc(spacy.blank("en").vocab, words=["Ann", "met", "Bob", "."])
    entities = [Entity.of([(0, 1)], "PER"), Entity.of([(2, 3)], "PER")]
    store_relations(doc, entities, [UNTOLD])
    return doc


def test_it_is_kept_with_the_document():
    (relation,) = document()._.relations
    assert relation.score is None
    assert relation.to_dict()["score"] is None
    assert "score=unknown" in repr(relation)
    again = DocBin().from_bytes(DocBin(docs=[document()], store_user_data=True).to_bytes())
    (doc,) = again.get_docs(spacy.blank("en").vocab)
    assert load_relations(doc).triples[0].score is None
    doc._.relations = doc._.relations
    assert load_relations(doc).triples[0].score is None


def test_it_passes_thresholds_and_gives_way_to_nothing():
    assert UNTOLD.rank == 1.0
    assert condition_on_any_relation([UNTOLD, Triple((1, 0), "met", 0.2)], 0.5) == [UNTOLD]
    doc = document()
    entities = load_relations(doc).entities
    schema = Schema((RelationType("met", symmetric=True),))
    both = [Triple((1, 0), "met", 0.3), UNTOLD]
    (merged,) = merge_directions(both, EntityDoc(doc, entities), schema)
    assert merged.score is None


@pytest.mark.parametrize("name", ["jsonl", "inline"])
def test_files_say_so(tmp_path, name):
    doc = document()
    path = tmp_path / f"docs.{name}"
    text = to_inline(doc) if name == "inline" else json.dumps(to_record(doc))
    path.write_text(text + "\n", "utf8")
    (again,) = read_docs(path, spacy.blank("en").vocab, format=name)
    assert load_relations(again).triples == (UNTOLD,)
    assert load_relations(again).triples[0].score is None

"""The record of a document says what, where and why, in the form that its JSON Schema states."""

import copy
import json
import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin

from spacy_docre.data.join_and_cut import cut_doc, join_docs
from spacy_docre.data.schema import RelationWords, Schema
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.graph.records import SCHEMA_PATH, columns, document_record, triple_rows

from ..data.making import BORN, ENTITIES, LIVES, MOVED, NLP, ROLES, TEXT, berg

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = jsonschema.Draft202012Validator(json.loads(SCHEMA_PATH.read_text(encoding="utf8")))
NAMES = Schema.from_dict(
    {"relations": [{"label": "born_in", "name": "place of birth", "description": "Where one is."}]}
)


def named(*triples: Triple) -> Doc:
    doc = NLP(TEXT)
    triples = triples or (BORN, LIVES, MOVED)
    store_relations(doc, ENTITIES, triples, roles=ROLES, words=NAMES.words)
    return doc


def test_it_is_a_schema():
    SCHEMA.check_schema(SCHEMA.schema)


def test_a_record_says_what_where_and_why():
    doc = named()
    doc.user_data.update({"id": 7, "meta": {"source": "a letter"}})
    record = json.loads(json.dumps(document_record(doc)))
    SCHEMA.validate(record)
    assert (record["id"], record["text"], record["meta"]) == ("7", TEXT, {"source": "a letter"})
    assert record["sentences"] == [[0, 26], [27, 49]]
    assert [entity["text"] for entity in record["entities"]] == ["Ann Berg", "Bonn", "Kiel"]
    assert [entity["kb_id"] for entity in record["entities"]] == ["", "Q586", ""]
    born = record["relations"][0]
    assert (born["name"], born["description"]) == ("place of birth", "Where one is.")
    assert (born["head"], born["tail"], born["score"]) == (0, 1, 0.9)
    assert born["evidence"][0]["text"] == "Ann Berg was born in Bonn."
    assert born["evidence_from"] == "annotated"
    for mention in record["entities"][0]["mentions"]:
        assert TEXT[mention["start"] : mention["end"]] == mention["text"]


@pytest.mark.parametrize(("meta", "expected"), [("a letter", {"meta": "a letter"}), (None, {})])
def test_what_others_say_of_a_document_is_in_its_record_whatever_it_is(meta, expected):
    doc = named()
    doc.user_data["meta"] = meta
    record = document_record(doc)
    SCHEMA.validate(record)
    assert record["meta"] == expected


@given(
    st.lists(
        st.tuples(
            st.sampled_from([BORN, LIVES, MOVED]),
            st.floats(0, 1),
            st.sampled_from(["annotated", "predicted", "closest"]),
        ),
        unique_by=lambda known: known[0],
    )
)
def test_whatever_a_document_holds_conforms_to_the_schema(known):
    triples = [replace(t, score=score, evidence_from=source) for t, score, source in known]
    doc = NLP(TEXT)
    store_relations(doc, ENTITIES, triples, roles=ROLES)
    record = document_record(doc)
    SCHEMA.validate(json.loads(json.dumps(record)))
    assert len(triple_rows(record)) == len(triples)
    for said, relation in zip(record["relations"], doc._.relations, strict=True):
        alone = relation.to_dict()
        assert alone.pop("entities") == [record["entities"][i] for i in said.pop("entities")]
        assert alone == said


def test_without_evidence_it_is_the_sentences_of_the_closest_mentions_and_says_so():
    doc = NLP("Ann Berg left. Kiel is far. She was born in Bonn.")
    entities = [replace(ENTITIES[0], mentions=((0, 2), (8, 9)))]
    entities += [
        replace(ENTITIES[1], mentions=((12, 13),)),
        replace(ENTITIES[2], mentions=((4, 5),)),
    ]
    store_relations(doc, entities, [replace(t, evidence=()) for t in (BORN, LIVES)])
    born, lives = document_record(doc)["relations"]
    assert [e["text"] for e in born["evidence"]] == ["She was born in Bonn."]
    assert [e["sentence"] for e in lives["evidence"]] == [1, 2]
    assert born["evidence_from"] == lives["evidence_from"] == "closest"


def test_who_named_evidence_stays_known():
    doc = NLP(TEXT)
    store_relations(doc, ENTITIES, [replace(BORN, evidence_from="predicted")])
    for again in (doc, Doc(NLP.vocab).from_bytes(doc.to_bytes()), cut_doc(doc, 0, 13)):
        again._.relations = again._.relations
        assert document_record(again)["relations"][0]["evidence_from"] == "predicted"
    with pytest.raises(ValueError, match=r"DRE083.*annotated, predicted, closest"):
        store_relations(doc, ENTITIES, [replace(BORN, evidence_from="somebody")])


def test_without_boundaries_of_sentences_there_is_no_evidence_to_show():
    doc = Doc(NLP.vocab, words=[t.text for t in NLP(TEXT)])
    store_relations(doc, ENTITIES, [MOVED], roles=ROLES)
    record = document_record(doc)
    assert (record["sentences"], record["relations"][0]["evidence"]) == ([], [])
    assert doc._.relations[0].sentences == ()
    store_relations(doc, ENTITIES, [BORN])
    with pytest.warns(UserWarning, match="DRW700"):
        document_record(doc)


def test_evidence_is_spans_too():
    assert [s.text for s in berg()._.relations[1].sentences] == ["She now lives in Kiel."]


def test_names_stay_with_the_relations():
    doc = named()
    relation = doc._.relations[0]
    ways = [copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r)), replace]
    for again in (relation, *(way(relation) for way in ways)):
        assert (again.name, again.description) == ("place of birth", "Where one is.")
    assert (replace(relation, label="lives_in").name, doc._.relations[1].name) == ("lives_in",) * 2
    (stored,) = DocBin(docs=[doc], store_user_data=True).get_docs(NLP.vocab)
    plain = berg()
    plain._.relations_data = json.loads(json.dumps(doc._.relations_data))
    other = NLP(TEXT)
    other._.relations = doc._.relations
    cut, joined = cut_doc(named(BORN), 0, 13), join_docs([berg(BORN), doc])
    for known in (stored, plain, other, cut, joined):
        assert known._.relations[0].name == "place of birth"
        assert load_relations(known).words == {"born_in": NAMES.words["born_in"]}


def test_a_schema_names_what_a_document_does_not():
    doc = berg(BORN)
    assert document_record(doc)["relations"][0]["name"] == "born_in"
    born = document_record(doc, schema=NAMES)["relations"][0]
    assert (born["name"], born["description"]) == tuple(RelationWords(*NAMES.words["born_in"]))


def test_rows_are_flat_and_have_the_same_columns():
    doc = berg()
    doc.user_data.update({"id": "a", "meta": {"year": 1901}})
    rows = triple_rows(document_record(doc))
    assert all(list(row) == list(columns()) for row in rows)
    assert {type(value) for row in rows for value in row.values()} == {str, int, float}
    born, _, moved = rows
    assert (born["doc_id"], born["head_text"], born["tail_id"]) == ("a", "Ann Berg", "Q586")
    assert json.loads(born["head_mentions"]) == [[0, 8], [27, 30]]
    assert json.loads(born["evidence"]) == [[0, 0, 26]]
    assert json.loads(born["meta"]) == {"year": 1901}
    assert json.loads(moved["roles"]) == ["who", "from", "to"]
    assert [entity["text"] for entity in json.loads(moved["further"])] == ["Kiel"]


def test_rows_make_a_data_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(triple_rows(document_record(berg())))
    assert list(frame.columns) == list(columns())
    assert frame[frame.label == "born_in"].tail_text.tolist() == ["Bonn"]

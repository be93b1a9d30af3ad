"""A saved pair scorer is the same pair scorer."""

import pytest
import spacy
import srsly

from spacy_docre.data.storage import load_relations
from tests.pipe.making import BILINEAR, blank, stories, untrained, without_relations


@pytest.fixture(
    scope="module",
    params=[{}, {"salience": True, "counts": True}],
    ids=["plain", "features"],
)
def nlp(request):
    """A pipeline that finds a relation in every pair."""
    return untrained({**BILINEAR, **request.param}, threshold=0.0)


def exact(nlp):
    """What is found, with scores to the last bit."""
    docs = [load_relations(nlp(without_relations(doc))) for doc in stories()]
    return [[(t.entities, t.label, t.score) for t in doc.triples] for doc in docs]


def test_it_comes_back_from_bytes_to_the_last_bit(nlp):
    again = blank().from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert exact(again) == exact(nlp)
    assert all(exact(nlp))
    assert again.get_pipe("docre").model.to_bytes() == nlp.get_pipe("docre").model.to_bytes()


def test_it_comes_back_from_disk_to_the_last_bit(nlp, tmp_path):
    nlp.to_disk(tmp_path)
    assert exact(spacy.load(tmp_path)) == exact(nlp)


def test_it_refuses_a_schema_it_was_not_trained_with(nlp, tmp_path):
    nlp.to_disk(tmp_path)
    schema = srsly.read_json(tmp_path / "docre" / "schema.json")
    schema["relations"][0]["label"] = "likes"
    srsly.write_json(tmp_path / "docre" / "schema.json", schema)
    with pytest.raises(ValueError, match=r"DRE028.*DRE504.*born_in.*likes"):
        spacy.load(tmp_path)


def test_it_refuses_types_of_entities_it_was_not_trained_with(nlp, tmp_path):
    nlp.to_disk(tmp_path)
    schema = srsly.read_json(tmp_path / "docre" / "schema.json")
    schema["relations"][0]["types"] = [["NOWHERE"] for _ in range(2)]
    srsly.write_json(tmp_path / "docre" / "schema.json", schema)
    with pytest.raises(ValueError, match=r"DRE504.*types of entities.*born_in"):
        spacy.load(tmp_path)


def test_how_many_relations_of_a_pair_are_extracted_can_be_changed_when_it_is_loaded(nlp, tmp_path):
    """No weights depend on it."""
    nlp.to_disk(tmp_path)
    for limit in (1, 3):
        head = {"max_labels": limit}
        again = spacy.load(tmp_path, config={"components": {"docre": {"model": {"head": head}}}})
        for doc in stories():
            candidates = [t.entities for t in load_relations(again(without_relations(doc))).triples]
            assert max(map(candidates.count, candidates)) == limit

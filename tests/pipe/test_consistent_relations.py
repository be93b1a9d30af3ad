"""What a schema rules out is not extracted, whichever head found it, and may be learnt from."""

from dataclasses import replace

import pytest
import spacy
import srsly

from spacy_docre.data.consistency import keep_consistent
from spacy_docre.data.storage import load_relations

from .making import (
    BILINEAR,
    GENERATED,
    STORIES,
    example_of,
    examples,
    facts_of,
    small_pipeline,
    stories,
    tell,
    untrained,
    without_relations,
)

WAYS = {"given": {}, "generated": GENERATED, "bilinear": BILINEAR}
ONE_HOME = {"relations": [{"label": "born_in"}, {"label": "lies_in"}]}
ONE_HOME["relations"].append({"label": "lives_in", "functional": True, "excludes": ["born_in"]})


def limited(schema):
    """The schema with a place of residence for each, where nobody was born."""
    lives_in = replace(schema["lives_in"], functional=True, excludes=("born_in",))
    others = [relation for relation in schema.relations if relation.label != "lives_in"]
    return replace(schema, relations=(*others, lives_in))


def found_by(nlp):
    docs = nlp.pipe(map(without_relations, stories()))
    return [load_relations(doc).triples for doc in docs]


@pytest.mark.parametrize("model", WAYS.values(), ids=WAYS)
def test_every_head_states_what_can_be_true_at_once(model):
    nlp = untrained(model, threshold=0.0)
    docre = nlp.get_pipe("docre")
    everything = found_by(nlp)
    docre.schema = limited(docre.schema)
    consistent = found_by(nlp)
    assert consistent != everything
    for all_of, some_of in zip(everything, consistent):
        homes = [t for t in some_of if t.label == "lives_in"]
        assert len({t.head for t in homes}) == len(homes)
        assert not {t.entities for t in homes} & {
            t.entities for t in some_of if t.label == "born_in"
        }
        assert list(some_of) == keep_consistent(all_of, docre.schema)


def test_gold_that_contradicts_the_schema_is_learnt_with_a_warning():
    nlp = small_pipeline()
    two_homes = tell([("Ann", "lives_in", "Bonn"), ("Ann", "lives_in", "Kiel")])
    data = [*examples(nlp), example_of(two_homes)]
    # Bob lives where he was born.
    with pytest.warns(UserWarning, match=r"DRW680.*2 of 10.*in 2 of.*'Bob.*of lives_in"):
        nlp.get_pipe("docre").initialize(lambda: data, labels=ONE_HOME)
    assert nlp.update(data)["docre"] > 0


def test_a_trained_pipeline_gets_limits_by_editing_its_schema(trained, tmp_path):
    trained.to_disk(tmp_path)
    path = tmp_path / "docre" / "schema.json"
    schema = srsly.read_json(path)
    for relation in schema["relations"]:
        relation["functional"] = True
    srsly.write_json(path, schema)
    nlp = spacy.load(tmp_path)
    assert all(relation.functional for relation in nlp.get_pipe("docre").schema.relations)
    assert facts_of(nlp(without_relations(stories()[0]))) == set(STORIES[0])

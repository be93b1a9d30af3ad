"""The relations of the shipped pipeline: their words, and what is known of them."""

from spacy_docre.data.schema import Schema
from spacy_docre.models.llm.prompts.relation_texts import read_descriptions


def test_relations_have_the_words_of_prompts(relations):
    """Both are read by people; `relations.json` repeats them so that it is a schema by itself."""
    described = read_descriptions("wikidata")
    assert {each["label"]: (each["name"], each["description"]) for each in relations} == {
        label: (entry["name"], entry["description"]) for label, entry in described.items()
    }


def test_names_tell_relations_apart(relations):
    assert len({each["name"] for each in relations}) == len(relations)


def test_inverses_name_each_other(relations):
    inverses = {each["label"]: each["inverse"] for each in relations if "inverse" in each}
    assert inverses == {inverse: label for label, inverse in inverses.items()}


def test_relations_exclude_others_of_the_schema_once(relations):
    labels = {each["label"] for each in relations}
    pairs = [(each["label"], other) for each in relations for other in each.get("excludes", ())]
    assert {other for _, other in pairs} <= labels
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    assert all(len(set(pair)) == 2 for pair in pairs)


def test_a_relation_turned_round_is_as_unique_as_its_inverse(relations):
    by_label = {each["label"]: each for each in relations}
    for each in relations:
        if "inverse" in each:
            inverse = by_label[each["inverse"]]
            assert each.get("functional") == inverse.get("inverse_functional"), each["label"]


def test_they_are_a_schema(relations):
    assert len(Schema.from_dict({"relations": relations}).relations) == 96

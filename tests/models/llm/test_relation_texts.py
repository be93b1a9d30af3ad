"""Relations in words: complete, unambiguous, and none points the wrong way."""

import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.models.llm.prompts.relation_texts import (
    RelationText,
    read_descriptions,
    relation_texts,
)

FILES = ("wikidata", "biomedical")
ENTRIES = [(label, entry) for file in FILES for label, entry in read_descriptions(file).items()]


def data(*parts):
    folder = os.environ.get("SPACY_DOCRE_DATA")
    path = Path(folder or "nowhere").joinpath(*parts)
    if not path.exists():
        pytest.skip(f"SPACY_DOCRE_DATA names no folder with {'/'.join(parts)}")
    return path


@pytest.mark.parametrize(("label", "entry"), ENTRIES, ids=[label for label, _ in ENTRIES])
def test_a_relation_has_one_sentence_and_one_example(label, entry):
    assert entry["description"].endswith(".")
    assert entry["description"].count(". ") == 0
    assert entry["example"].startswith("In ")
    assert "head" in entry["description"] or "two" in entry["description"]
    assert "the head is" in entry["example"]
    assert "the tail" in entry["example"]


def test_an_example_names_its_head_and_tail_in_the_quotation():
    for label, entry in ENTRIES:
        _, quotation, claim = entry["example"].split('"')
        head, tail = claim.split("the head is ")[1].removesuffix(".").split(" and the tail ")
        assert head in quotation, label
        assert tail in quotation, label


def test_no_two_relations_have_the_same_name():
    for file in FILES:
        names = [entry["name"] for entry in read_descriptions(file).values()]
        assert len(set(names)) == len(names)


def expect_directions(seen, descriptions):
    """The described types are those of most facts, and not those of the inverse relation."""
    assert seen
    for label, pairs in seen.items():
        entry = descriptions[label]
        forth = sum(n for (h, t), n in pairs.items() if h in entry["head"] and t in entry["tail"])
        back = sum(n for (h, t), n in pairs.items() if t in entry["head"] and h in entry["tail"])
        assert forth >= back, label
        assert forth >= 0.65 * sum(pairs.values()), label


def test_documents_of_the_docred_family_agree():
    descriptions = read_descriptions("wikidata")
    names = json.loads(data("redocred", "rel_info.json").read_text("utf8"))
    assert {label: entry["name"] for label, entry in descriptions.items()} == names
    seen = defaultdict(Counter)
    for doc in json.loads(data("redocred", "train.json").read_text("utf8")):
        types = [cluster[0]["type"] for cluster in doc["vertexSet"]]
        for label in doc["labels"]:
            seen[label["r"]][types[label["h"]], types[label["t"]]] += 1
    expect_directions(seen, descriptions)


def test_documents_about_chemicals_and_diseases_agree():
    seen = defaultdict(Counter)
    types = {}
    for line in data("cdr", "CDR_TrainingSet.PubTator.txt").read_text("utf8").splitlines():
        fields = line.split("\t")
        if len(fields) == 6:
            types[fields[0], fields[5]] = fields[4]
        elif len(fields) == 4:
            number, label, head, tail = fields
            seen[label][types.get((number, head)), types.get((number, tail))] += 1
    expect_directions(seen, read_descriptions("biomedical"))


def test_what_the_schema_says_counts_first():
    schema = Schema(
        (
            RelationType("P17"),
            RelationType("P19", name="born", description="Where."),
            RelationType("new", description="Something | else."),
        )
    )
    country, born, new = relation_texts(schema, read_descriptions("wikidata"), described=True)
    assert country.name == "country"
    assert country.description.startswith("The head is anything")
    assert born == RelationText("born", "Where.")
    assert new == RelationText("new", "Something ¦ else.")


def test_relations_may_be_named_without_being_described():
    (text,) = relation_texts(Schema((RelationType("P17", description="x"),)), None, described=False)
    assert text == RelationText("P17", "")


def test_a_relation_without_description_is_warned_about():
    with pytest.warns(UserWarning, match=r"DRW601.*1 relations.*P17"):
        relation_texts(Schema((RelationType("P17"),)), None, described=True)


def test_two_relations_of_the_same_name_are_refused():
    schema = Schema((RelationType("a", name="x y"), RelationType("b", name="x  y")))
    with pytest.raises(ValueError, match="DRE612"):
        relation_texts(schema, None, described=False)


@pytest.mark.parametrize("content", ["[]", '{"P17": "text"}', '{"P17": {"name": "x"}}', "{"])
def test_other_files_are_refused(content, tmp_path):
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(ValueError, match="DRE614"):
        read_descriptions(str(tmp_path / "x.json"))


def test_the_types_of_heads_and_tails_are_part_of_it():
    schema = Schema((RelationType("owns", types=(("PER", "ORG"), ())),))
    (text,) = relation_texts(schema, None, described=False)
    assert (text.head, text.tail) == ("PER or ORG", "")

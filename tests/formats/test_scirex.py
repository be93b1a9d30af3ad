"""SciREX's papers become documents with clusters as entities and results as triples."""

import json
from itertools import combinations

import pytest
from spacy.tokens import DocBin
from spacy.vocab import Vocab

from spacy_docre.data.notes import load_notes
from spacy_docre.data.storage import has_relations, load_relations
from spacy_docre.formats import ReadReport, get_format, read_docs
from spacy_docre.formats.counts import CorpusCounts

from .reading import VOCAB, read, read_reporting
from .shared_data import DATA, needs

TEXT = "Parsing with Deepo . On Treebank , Deepo and Baseo reach high accuracy ."
WORDS = TEXT.split()
CLUSTERS = {"Parsing": [[0, 1]], "Deepo": [[2, 3], [7, 8]], "Treebank": [[5, 6]]}
ROLES = ("Task", "Method", "Material", "Metric")


def paper(**changes):
    return {
        "doc_id": "p1",
        "words": WORDS,
        "sentences": [[0, 4], [4, 14]],
        "sections": [[0, 4], [4, 14]],
        "ner": [
            [0, 1, "Task"],
            [2, 3, "Method"],
            [5, 6, "Material"],
            [7, 8, "Method"],
            [9, 10, "Method"],
            [12, 13, "Metric"],
        ],
        "coref": {**CLUSTERS, "Accuracy": [[12, 13]], "Speed": [], "Deep": [[7, 8]]},
        "coref_non_salient": {"0": [[9, 10]]},
        "n_ary_relations": [result("Accuracy", score="91.2"), result("Speed", score=3.5)],
        "method_subrelations": {"Deepo": [[[0, 4], "Deep"], [[0, 5], "Deepo"]]},
        **changes,
    }


def result(metric, **score):
    return dict(zip(ROLES, ["Parsing", "Deepo", "Treebank", metric]), **score)


def dump(*papers):
    return "".join(json.dumps(paper) + "\n" for paper in papers)


def triples(doc):
    stored = load_relations(doc)
    names = [doc[entity.mentions[0][0]].text for entity in stored.entities]
    return [(t.label, *(names[index] for index in t.entities)) for t in stored.triples]


def read_one(tmp_path, **settings):
    (doc,), report = read_reporting(tmp_path, dump(paper()), "scirex", **settings)
    return doc, dict(report.dropped)


def test_words_sentences_sections_and_clusters_are_those_of_the_file(tmp_path):
    doc, _ = read_one(tmp_path)
    assert [token.text for token in doc] == WORDS
    assert [(sent.start, sent.end) for sent in doc.sents] == [(0, 4), (4, 14)]
    assert load_notes(doc).sections == [(0, 4), (4, 14)]
    assert doc.user_data["id"] == "p1"
    entities = load_relations(doc).entities
    assert [(entity.type, entity.mentions) for entity in entities] == [
        ("Task", ((0, 1),)),
        ("Method", ((2, 3), (7, 8))),
        ("Material", ((5, 6),)),
        ("Metric", ((12, 13),)),
        ("Method", ((7, 8),)),
    ]


BINARY = [
    ("task-method", "Parsing", "Deepo"),
    ("task-material", "Parsing", "Treebank"),
    ("task-metric", "Parsing", "accuracy"),
    ("method-material", "Deepo", "Treebank"),
    ("method-metric", "Deepo", "accuracy"),
    ("material-metric", "Treebank", "accuracy"),
]
WHOLE = [("task-method-material-metric", "Parsing", "Deepo", "Treebank", "accuracy")]


@pytest.mark.parametrize(
    ("relations", "expected"), [("binary", BINARY), ("4-ary", WHOLE), ("both", BINARY + WHOLE)]
)
def test_results_are_pairs_of_roles_or_whole(tmp_path, relations, expected):
    doc, _ = read_one(tmp_path, relations=relations)
    assert triples(doc) == expected
    stored = load_relations(doc)
    assert stored.roles_of(stored.triples[-1]) == tuple(expected[-1][0].split("-"))


def test_what_is_never_mentioned_is_counted(tmp_path):
    doc, dropped = read_one(tmp_path, relations="both")
    assert sorted(dropped.values()) == [1, 4]
    assert load_notes(doc).unmentioned == {
        "task-metric": 1,
        "method-metric": 1,
        "material-metric": 1,
        "task-method-material-metric": 1,
    }
    counts = CorpusCounts()
    counts.add(doc)
    assert (counts.triples, counts.unmentioned) == (7, 4)


def test_the_score_that_the_paper_reports_is_noted(tmp_path):
    doc, _ = read_one(tmp_path, relations="4-ary")
    doc_bin = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    (copy,) = DocBin().from_bytes(doc_bin).get_docs(Vocab())
    assert load_notes(copy) == load_notes(doc)
    assert load_notes(copy).triple_attrs == [{"score": "91.2"}]


def test_a_method_is_related_to_its_parts_on_request(tmp_path):
    doc, _ = read_one(tmp_path, subrelations=True)
    stored = load_relations(doc)
    assert [t.entities for t in stored.triples if t.label == "method-part"] == [(1, 4)]
    assert stored.roles["method-part"] == ("method", "part")


COMPOSITE = {
    "coref": {
        "Parsing": [[0, 1]],
        "Both": [],
        "Deepo": [[2, 3]],
        "Baseo": [[9, 10]],
        "T": [[5, 6]],
    },
    "n_ary_relations": [dict(zip(ROLES, ["Parsing", "Both", "T", "Parsing"]))],
    "method_subrelations": {"Both": [[[0, 4], "Deepo"], [[5, 9], "Baseo"]]},
}


def test_a_method_is_mentioned_where_its_parts_are_on_request(tmp_path):
    data = dump(paper(**COMPOSITE))
    (doc,), report = read_reporting(tmp_path, data, "scirex", merge_parts=True)
    mentions = [entity.mentions for entity in load_relations(doc).entities]
    assert mentions == [((0, 1),), ((2, 3), (9, 10)), ((5, 6),)]
    assert ("task-method", "Parsing", "Deepo") in triples(doc)
    merged = {reason: count for reason, count in report.dropped.items() if "parts of" in reason}
    assert list(merged.values()) == [2, 2]
    (apart,), _ = read_reporting(tmp_path, data, "scirex")
    assert not any("method" in label for label, *_ in triples(apart))


def test_a_part_that_a_result_names_stays_an_entity(tmp_path):
    also = dict(zip(ROLES, ["Parsing", "Deepo", "T", "Parsing"]))
    data = paper(**{**COMPOSITE, "n_ary_relations": [*COMPOSITE["n_ary_relations"], also]})
    (doc,), _ = read_reporting(tmp_path, dump(data), "scirex", merge_parts=True)
    mentions = [entity.mentions for entity in load_relations(doc).entities]
    assert mentions == [((0, 1),), ((2, 3), (9, 10)), ((2, 3),), ((5, 6),)]


def test_a_part_of_a_part_counts_where_it_was_listed_first(tmp_path):
    parts = {"Both": [[[0, 4], "Deepo"]], "All": [[[0, 4], "Both"]], "Deepo": [[[0, 1], "Baseo"]]}
    coref = {**COMPOSITE["coref"], "All": []}
    data = paper(coref=coref, n_ary_relations=[], method_subrelations=parts)
    del data["n_ary_relations"]
    (doc,), _ = read_reporting(tmp_path, dump(data), "scirex", merge_parts=True)
    groups = {name: [(s.start, s.end) for s in group] for name, group in doc.spans.items()}
    assert list(groups.values()) == [
        [(0, 1)],
        [(2, 3)],
        [(2, 3), (9, 10)],
        [(9, 10)],
        [(5, 6)],
        [(2, 3)],
    ]


def test_parts_are_either_merged_or_related():
    with pytest.raises(ValueError, match="DRE373"):
        get_format("scirex", {"merge_parts": True, "subrelations": True})


def test_clusters_that_are_not_salient_are_entities_on_request(tmp_path):
    doc, _ = read_one(tmp_path, salient=False)
    assert [doc[e.mentions[0][0]].text for e in load_relations(doc).entities][-1] == "Baseo"
    assert load_notes(doc).salient == [0, 1, 2, 3, 4]
    assert triples(doc) == BINARY


def test_a_cluster_in_two_roles_gives_no_triple_of_itself(tmp_path):
    same = {**result("Accuracy"), "Material": "Parsing"}
    (doc,), report = read_reporting(tmp_path, dump(paper(n_ary_relations=[same])), "scirex")
    assert ("task-material", "Parsing", "Parsing") not in triples(doc)
    assert report.dropped["relations of an entity to itself were left out: triples have different entities"] == 1  # noqa: E501  # fmt: skip


def test_a_result_listed_twice_is_kept_once_and_counted(tmp_path):
    data = paper(n_ary_relations=[result("Accuracy", score="1"), result("Accuracy", score="2")])
    (doc,), report = read_reporting(tmp_path, dump(data), "scirex", relations="4-ary")
    assert triples(doc) == WHOLE
    assert sum(report.dropped.values()) == 2


def test_without_results_a_document_is_not_annotated(tmp_path):
    data = paper()
    del data["n_ary_relations"]
    (doc,), _ = read_reporting(tmp_path, dump(data), "scirex")
    assert not has_relations(doc)


def test_a_long_paper_is_kept_whole(tmp_path):
    length = 14_000
    data = paper(
        words=["w"] * length,
        sentences=[[i, i + 20] for i in range(0, length, 20)],
        sections=[[0, length]],
        coref={"A": [[length - 1, length]]},
        ner=[[length - 1, length, "Task"]],
        n_ary_relations=[],
        method_subrelations={},
    )
    (doc,) = read(tmp_path, dump(data), "scirex")
    assert len(doc) == length
    assert load_relations(doc).entities[0].mentions == ((length - 1, length),)


@needs("scirex")
@pytest.mark.parametrize(("part", "documents"), [("train", 220), ("dev", 43)])
def test_all_results_of_the_corpus_are_held_or_counted(part, documents):
    path = DATA / "scirex" / f"{part}.jsonl"
    expected = {2: [0, 0], 4: [0, 0]}
    mentions = 0
    for line in path.read_text(encoding="utf8").splitlines():
        data = json.loads(line)
        mentioned = {name for name, places in data["coref"].items() if places}
        mentions += sum(len(places) for places in data["coref"].values())
        results = {tuple(r[role] for role in ROLES) for r in data["n_ary_relations"]}
        for size, totals in expected.items():
            stated = {
                (roles, tuple(result[role] for role in roles))
                for result in results
                for roles in combinations(range(4), size)
            }
            proper = [names for _, names in stated if len(set(names)) == size]
            totals[0] += sum(mentioned.issuperset(names) for names in proper)
            totals[1] += sum(not mentioned.issuperset(names) for names in proper)
    counts, report = CorpusCounts(), ReadReport()
    both = {"relations": "both"}
    sizes = {2: 0, 4: 0}
    for doc in read_docs(path, VOCAB, format="scirex", settings=both, report=report):
        counts.add(doc)
        for triple in load_relations(doc).triples:
            sizes[len(triple.entities)] += 1
    assert (report.kept, counts.mentions) == (documents, mentions)
    assert sizes == {2: expected[2][0], 4: expected[4][0]}
    assert counts.unmentioned == expected[2][1] + expected[4][1]


@needs("scirex")
@pytest.mark.parametrize(("part", "pairs", "whole"), [("train", 2158 - 1, 472), ("dev", 386, 72)])
def test_with_merged_parts_gold_is_that_of_the_authors_evaluation(part, pairs, whole):
    """Their script counts the tuples of a paper whose clusters are all mentioned. One pair of the
    training papers is that of a cluster with itself, in two roles."""
    path = DATA / "scirex" / f"{part}.jsonl"
    settings = {"relations": "both", "merge_parts": True}
    sizes = {2: 0, 4: 0}
    for doc in read_docs(path, VOCAB, format="scirex", settings=settings, report=ReadReport()):
        for triple in load_relations(doc).triples:
            sizes[len(triple.entities)] += 1
    assert sizes == {2: pairs, 4: whole}


def test_a_second_type_of_a_place_and_a_mention_without_one_are_counted(tmp_path):
    types = [entry for entry in paper()["ner"] if entry[:2] != [5, 6]]
    types += [[0, 1, "Method"], [2, 3, "Method"]]
    (doc,), report = read_reporting(tmp_path, dump(paper(ner=types)), "scirex")
    assert [entity.type for entity in load_relations(doc).entities][:3] == ["Task", "Method", ""]
    counted = [what for what, count in report.dropped.items() if count == 1]
    assert [what for what in counted if "with another type" in what or "no type" in what] == [
        "entries of 'ner' repeat the place of one with another type, and are left out",
        "mentions of clusters have no entry in 'ner', and so no type",
    ]

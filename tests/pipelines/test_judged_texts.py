"""How relations of the texts are judged, and whether what the files say can be true."""

import pytest
import spacy
from judged_texts import (
    ABSURD,
    ANY,
    EASY,
    TRUE,
    TURNED,
    UNKNOWN,
    JudgedText,
    Pattern,
    Reading,
    is_within,
    read_texts,
    words_of,
)
from read_texts import summary

from spacy_docre.data.entities import Entity
from spacy_docre.data.relations import get_relations
from spacy_docre.data.schema import RelationWords
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple

TEXTS = read_texts()
ENTITIES = {
    "Ann": [(0, 2), (11, 12)],  # Ann Berg, Ann
    "Bob": [(13, 14)],
    "Bonn": [(5, 6)],
    "Kiel": [(15, 16)],
}
TEXT = "Ann Berg was born in Bonn . Later she , Ann , married Bob in Kiel ."
NAMES = {"P19": "place of birth", "P26": "spouse", "P131": "located in", "P22": "father"}


def said(*facts):
    """The relations of a document that states these facts, each with a score of 0.9."""
    doc = spacy.blank("en")(TEXT)
    entities = [Entity.of(mentions, type="X") for mentions in ENTITIES.values()]
    numbers = {name: number for number, name in enumerate(ENTITIES)}
    triples = [Triple((numbers[h], numbers[t]), label, score=0.9) for h, label, t in facts]
    words = {label: RelationWords(name) for label, name in NAMES.items()}
    store_relations(doc, entities, triples, words=words)
    return get_relations(doc)


def judged(easy=(), facts=(), absurd=()):
    lists = (tuple(map(Pattern.read, lines)) for lines in (easy, facts, absurd))
    return JudgedText("ann", "story", TEXT, *lists)


ANN = judged(
    easy=["Ann Berg | place of birth | Bonn", "Ann | spouse | Bob"],
    facts=["Bonn / Kiel | located in / country | Kiel"],
    absurd=["Bob | place of birth / father | *", "Ann | * | Kiel"],
)


@pytest.mark.parametrize(
    "fact, verdict",
    [
        (("Ann", "P19", "Bonn"), EASY),
        (("Bob", "P26", "Ann"), EASY),
        (("Bonn", "P131", "Kiel"), TRUE),
        (("Bob", "P19", "Bonn"), ABSURD),
        (("Bob", "P22", "Ann"), ABSURD),
        (("Ann", "P19", "Kiel"), ABSURD),
        (("Bonn", "P19", "Ann"), UNKNOWN),
        (("Kiel", "P131", "Bonn"), UNKNOWN),
    ],
)
def test_a_relation_is_what_the_patterns_say(fact, verdict):
    assert [ANN.verdict(relation) for relation in said(fact)] == [verdict]


def test_easy_facts_are_missing_until_something_states_them():
    assert ANN.missing([]) == list(ANN.easy)
    assert ANN.missing(said(("Ann", "P19", "Bonn"))) == [ANN.easy[1]]
    assert ANN.missing(said(("Ann", "P19", "Bonn"), ("Bob", "P26", "Ann"))) == []


def test_an_entity_is_known_by_whole_words_of_any_mention():
    names = (words_of("Paris"), words_of("the University of Paris, France"))
    known = ["university of paris", "France", "The University"]
    unknown = ["Pari", "University of France", "Paris University", "Franc"]
    for words in known + unknown:
        pattern = Pattern((words,), ("country",), (ANY,))
        reading = Reading(names, "country", (("france",),))
        assert pattern.fits(reading) == (words in known), words


def test_inverses_and_symmetric_relations_may_be_stated_either_way():
    assert TURNED["spouse"] == "spouse"
    assert (TURNED["capital"], TURNED["capital of"]) == ("capital of", "capital")
    assert "father" not in TURNED


def test_a_report_shows_what_was_said_the_worst_first_and_what_is_missing():
    relations = said(("Ann", "P19", "Bonn"), ("Bonn", "P19", "Ann"), ("Ann", "P19", "Kiel"))
    assert ANN.report(relations).splitlines() == [
        "ann (story): 3 relations",
        "  absurd   0.90  Ann Berg | place of birth | Kiel",
        "  easy     0.90  Ann Berg | place of birth | Bonn",
        "  unknown  0.90  Bonn | place of birth | Ann Berg",
        "  missing        Ann | spouse | Bob",
    ]


def test_precision_leaves_out_what_is_unknown_or_counts_it_as_wrong():
    figures = summary({EASY: 2, TRUE: 1, ABSURD: 1, UNKNOWN: 4}, asked=3, found=2)
    assert figures["precision of judged"] == 75.0
    assert figures["precision at least"] == 37.5


@pytest.mark.parametrize("line", ["Ann | spouse", "Ann | spouse | ", "Ann | spouse | Bob | Eve"])
def test_a_line_that_is_no_fact_is_refused(line):
    with pytest.raises(ValueError, match="is not of the form"):
        Pattern.read(line)


@pytest.mark.parametrize("text", TEXTS, ids=[text.name for text in TEXTS])
def test_a_file_speaks_of_names_of_its_text_and_of_relations_that_exist(text, relation_names):
    for pattern in (*text.easy, *text.facts, *text.absurd):
        assert set(pattern.relations) <= {*relation_names, ANY}, pattern
        for name in (*pattern.heads, *pattern.tails):
            assert name == ANY or is_within(words_of(name), words_of(text.text)), name


@pytest.mark.parametrize("text", TEXTS, ids=[text.name for text in TEXTS])
def test_no_fact_of_a_text_is_absurd(text):
    for pattern in (*text.easy, *text.facts):
        for head, name, tail in each_fact(pattern):
            ways = [Reading((words_of(head),), name, (words_of(tail),))]
            if name in TURNED:
                ways.append(Reading(ways[0].tail, TURNED[name], ways[0].head))
            absurd = [each for each in text.absurd for way in ways if each.fits(way)]
            assert not absurd, (head, name, tail, [str(each) for each in absurd])


def each_fact(pattern):
    return [
        (head, name, tail)
        for head in pattern.heads
        for name in pattern.relations
        for tail in pattern.tails
        if head != tail
    ]

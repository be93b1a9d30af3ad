"""Text is cut where mentions and sentences begin and end, and nothing of it is lost."""

import pytest
from hypothesis import given

from spacy_docre.rendering.view import view_of
from spacy_docre.showing import visible

from ..graph.making import ann, entity, hostile_records, record, relation

TEXT = "The Bank of America is in Charlotte."


def pieces(*entities, text=TEXT, sentences=()):
    return view_of(record("d", list(entities), [], text, sentences))["pieces"]


def test_a_mention_within_another_is_a_piece_of_both():
    bank = entity(0, "Bank of America", mentions=[(4, 19)])
    america = entity(1, "America", mentions=[(12, 19)])
    cut = [(text, inside) for text, _, inside, _ in pieces(america, bank)]
    assert cut == [("The ", []), ("Bank of ", [1]), ("America", [1, 0]), (" is in Charlotte.", [])]


def test_mentions_that_cross_are_three_pieces():
    one, two = entity(0, "x", mentions=[(0, 8)]), entity(1, "y", mentions=[(4, 11)])
    cut = [(text, set(inside)) for text, _, inside, _ in pieces(one, two)]
    assert cut[:3] == [("The ", {0}), ("Bank", {0, 1}), (" of", {1})]


def test_the_first_mention_of_an_entity_says_its_type():
    bank = entity(0, "Bank", mentions=[(4, 8), (26, 35)])
    assert [ends for *_, ends in pieces(bank)] == [[], [0], [], [], []]


def test_pieces_know_their_sentence_and_what_lies_between_has_none():
    cut = pieces(sentences=[(0, 8), (9, 19)])
    assert [(text, sentence) for text, sentence, *_ in cut] == [
        ("The Bank", 0),
        (" ", -1),
        ("of America", 1),
        (" is in Charlotte.", -1),
    ]


def test_offsets_count_characters_whatever_a_browser_counts():
    text = "👩‍🚀 Ann flew."
    start = text.index("Ann")
    cut = pieces(entity(0, "Ann", mentions=[(start, start + 3)]), text=text)
    assert [piece[0] for piece in cut if piece[2]] == ["Ann"]


def test_evidence_is_found_where_sentences_are_not_known():
    document = {**ann(), "sentences": []}
    view = view_of(document)
    assert view["triples"][0]["evidence"] == [0]
    assert {piece[1] for piece in view["pieces"]} == {0}


def test_entities_are_found_by_their_id():
    entities = [entity(7, "a"), entity(3, "b")]
    view = view_of(record("d", entities, [relation("r", 3, 7)]))
    assert view["triples"][0]["entities"] == [1, 0]


def test_marks_of_scripts_from_right_to_left_stay_and_overrides_are_shown():
    cut = pieces(text="א\u200fב\u202eג\r\nד")
    assert [piece[0] for piece in cut] == ["א\u200fב\\u202eג\nד"]


@given(hostile_records())
def test_no_text_is_lost_and_every_mention_is_drawn(document):
    view = view_of(document)
    shown = "".join(piece[0] for piece in view["pieces"])
    marks = dict.fromkeys(map(ord, "\u061c\u200b\u200e\u200f\ufeff\r"))
    plain = visible(document["text"].translate(marks), lines=True)
    assert shown.translate(marks).replace("\\r", "") == plain
    drawn = {index for piece in view["pieces"] for index in piece[2]}
    assert drawn == set(range(len(document["entities"])))
    tags = [index for piece in view["pieces"] for index in piece[3]]
    assert sorted(tags) == sorted(drawn)


@pytest.mark.parametrize(
    "change",
    [
        {"entities": [entity(0, "x", mentions=[(0, 99)])], "relations": []},
        {"relations": [relation("x", 0, 9)]},
        {"relations": [relation("x", 0, 1, score=float("inf"))]},
        {"text": None},
        {"relations": [{}]},
    ],
)
def test_what_is_no_record_is_refused_by_its_name(change):
    with pytest.raises(ValueError, match=r"DRE740.*'letter'"):
        view_of({**ann("letter"), **change})

"""Every mention gets its entity's symbol on both sides, and the text stays what it was."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.data.schema import Schema
from spacy_docre.models.grammar.symbols import SymbolTable

from ...worlds import VOCAB, make_schema, make_table, relaxed
from .models import START, STOP, make_tokenizer

pytest.importorskip("transformers")
from spacy_docre.models.encoders.frame import Frame
from spacy_docre.models.encoders.seq2seq import marking
from spacy_docre.models.encoders.seq2seq.marking import to_pieces, write

TOKENIZER = make_tokenizer()
SCHEMA = make_schema(P1=2)


def make(words, *clusters, spaces=None):
    entities = [Entity.of(mentions, "A") for mentions in clusters]
    return EntityDoc(Doc(VOCAB, words=words.split(), spaces=spaces), tuple(entities))


def mark(doc):
    """Texts and entities."""
    return [part if isinstance(part, str) else part.entity for part in marking.mark(doc)]


def test_symbols_stand_around_mentions():
    doc = make("Ann met Bob .", [(0, 1)], [(2, 3)])
    assert mark(doc) == [0, "Ann", 0, " met", 1, " Bob", 1, " ."]


def test_a_mention_in_a_mention_is_marked_inside_it():
    doc = make("The University of Bonn", [(0, 4)], [(3, 4)])
    assert mark(doc) == [0, "The University of", 1, " Bonn", 1, 0]


def test_mentions_may_cross():
    doc = make("a b c", [(0, 2)], [(1, 3)])
    assert mark(doc) == [0, "a", 1, " b", 0, " c", 1]


def test_entities_with_the_same_mention_are_nested():
    doc = make("x y", [(0, 1)], [(0, 1)])
    assert mark(doc) == [0, 1, "x", 1, 0, " y"]


def test_a_mention_may_end_inside_a_word():
    doc = make("U.S. -based firm", [(0, 1)], spaces=[False, True, True])
    assert mark(doc) == [0, "U.S.", 0, "-based firm"]


@st.composite
def documents(draw):
    words = draw(st.lists(st.text("abc\u00e9.", min_size=1, max_size=4), min_size=1, max_size=8))
    spaces = draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    spans = st.tuples(st.integers(0, len(words) - 1), st.integers(1, 4)).map(
        lambda pair: (pair[0], min(pair[0] + pair[1], len(words)))
    )
    clusters = draw(st.lists(st.lists(spans, min_size=1, max_size=3), max_size=4))
    entities = tuple(Entity.of(mentions, "A") for mentions in clusters)
    return EntityDoc(Doc(VOCAB, words=words, spaces=spaces), entities)


@relaxed
@given(documents())
def test_without_its_symbols_a_text_is_what_it_was(doc):
    marked = mark(doc)
    assert "".join(part for part in marked if isinstance(part, str)) == doc.doc.text.rstrip()
    assert all(part for part in marked if isinstance(part, str))


@relaxed
@given(documents())
def test_each_mention_lies_between_its_symbols(doc):
    marked = mark(doc)
    text = ""
    places = {}
    for part in marked:
        if isinstance(part, str):
            text += part
        else:
            places.setdefault(part, []).append(len(text))
    for index, entity in enumerate(doc.entities):
        borders = sorted(
            char
            for start, end in entity.mentions
            for char in (
                doc.doc[start - 1 : start].end_char if start else 0,
                doc.doc[start:end].end_char,
            )
        )
        assert places[index] == borders


@relaxed
@given(documents())
def test_pieces_are_those_of_the_text_and_symbols_follow_the_last_of_them(doc):
    table = make_table(SCHEMA, doc)
    (written,) = to_pieces([doc], TOKENIZER, table, 1000)
    pieces = written[written < 1000].tolist()
    assert TOKENIZER.decode(pieces, clean_up_tokenization_spaces=False) == doc.doc.text.rstrip()
    symbols = written[written >= 1000] - 1000 - table.first_entity
    assert symbols.tolist() == [part for part in mark(doc) if not isinstance(part, str)]


@relaxed
@given(documents())
def test_a_mention_goes_from_its_first_symbol_to_its_last(doc):
    table = make_table(SCHEMA, doc)
    (written,) = write([doc], TOKENIZER, table, 1000)
    for index, (entity, places) in enumerate(zip(doc.entities, written.mentions)):
        assert len(places) == len(entity.mentions)
        for (start, end), (first, last) in zip(entity.mentions, places):
            ids = written.ids[first:last]
            assert ids[0] == ids[-1] == 1000 + table.first_entity + index
            text = TOKENIZER.decode(ids[ids < 1000], clean_up_tokenization_spaces=False)
            before = doc.doc[start - 1 : start].end_char if start else 0
            assert text == doc.doc.text[before : doc.doc[start:end].end_char]


def test_documents_written_together_are_written_alike():
    docs = [make("Ann met Bob .", [(0, 1)], [(2, 3)]), make("Bob", [(0, 1)]), make("")]
    table = make_table(SCHEMA, *docs)
    for doc, together in zip(docs, to_pieces(docs, TOKENIZER, table, 1000)):
        numpy.testing.assert_array_equal(together, to_pieces([doc], TOKENIZER, table, 1000)[0])


def test_types_have_symbols_of_their_own():
    doc = EntityDoc(
        Doc(VOCAB, words=["x", "y", "z"]),
        tuple(Entity.of([(i, i + 1)], type) for i, type in enumerate("BAB")),
    )
    table = make_table(Schema((), ("A", "B")), doc, typed=True)
    (written,) = to_pieces([doc], TOKENIZER, table, 1000)
    first = 1000 + table.first_entity
    assert (written[written >= 1000] - first).tolist() == [1, 1, 0, 0, 2, 2]


def test_text_that_looks_like_a_control_token_is_text():
    doc = make("Ann </s> met <pad> Bob", [(0, 1)])
    (ids,) = to_pieces([doc], TOKENIZER, make_table(SCHEMA, doc), 1000)
    assert not {*TOKENIZER.all_special_ids} & {*ids.tolist()}
    assert TOKENIZER.decode(ids[ids < 1000]) == "Ann </s> met <pad> Bob"


def test_a_type_that_no_document_had_has_symbols_too():
    learnt = EntityDoc(Doc(VOCAB, words=["x"]), (Entity.of([(0, 1)], "A"),))
    table = SymbolTable.learn(Schema((), ("A",)), [learnt], typed=True, at_least=1)
    doc = EntityDoc(
        Doc(VOCAB, words=["x", "y"]),
        tuple(Entity.of([(i, i + 1)], type) for i, type in enumerate(["new", "A"])),
    )
    (written,) = to_pieces([doc], TOKENIZER, table, 1000)
    first = 1000 + table.first_entity
    assert (written[written >= 1000] - first).tolist() == [0, 0, 1, 1]


def test_more_entities_than_symbols_are_refused():
    doc = make("a b c", [(0, 1)], [(1, 2)], [(2, 3)])
    table = make_table(SCHEMA, make("a", [(0, 1)]))
    with pytest.raises(ValueError, match=r"DRE201.*3 entities.*capacity"):
        to_pieces([doc], TOKENIZER, table, 1000)


def test_the_frame_is_what_the_tokenizer_puts_around_a_text():
    assert Frame.of(TOKENIZER) == ([START], [STOP])


def test_a_tokenizer_may_put_nothing_before_a_text():
    from transformers import ByT5Tokenizer

    assert Frame.of(ByT5Tokenizer()) == ([], [1])

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.models.grammar.symbols import END, NA, SymbolTable

from ..worlds import TYPES, make_doc, make_schema, make_table, relaxed

SCHEMA = make_schema(P1=2, P2=2)


def test_symbols_are_end_na_relations_and_entities_in_this_order():
    doc = make_doc("A", "B")
    table = make_table(SCHEMA, doc)
    symbols = [END, NA, table.relation("P1"), table.relation("P2"), table.entity(0)]
    assert symbols == [0, 1, 2, 3, 4]
    assert table.size(doc) == 6
    assert [table.label(symbol) for symbol in (2, 3)] == ["P1", "P2"]
    assert [table.is_entity(symbol) for symbol in range(6)] == [False] * 4 + [True] * 2
    assert table.index(table.entity(1)) == 1


def test_a_sequence_without_a_head_starts_with_end():
    assert make_table(SCHEMA).entity(-1) == END


def test_a_relation_that_the_schema_lacks_is_an_error():
    with pytest.raises(KeyError, match="DRE014"):
        make_table(SCHEMA).relation("P3")


def test_without_types_an_entity_takes_the_row_of_its_index():
    docs = [make_doc("A", "B", "A"), make_doc("A")]
    table = make_table(SCHEMA, *docs)
    assert table.n_rows == 3
    assert table.rows(docs[0]) == [0, 1, 2]


def test_with_types_each_type_has_a_range_of_the_size_it_was_seen_with():
    docs = [make_doc("A", "B", "A"), make_doc("B", "B", "B")]
    table = make_table(SCHEMA, *docs, typed=True)
    assert table.capacity == {"": 0, "A": 2, "B": 3, "C": 0}
    assert table.rows(docs[0]) == [0, 2, 1]
    assert table.rows(docs[1]) == [2, 3, 4]


@relaxed
@given(st.lists(st.lists(TYPES, max_size=6), max_size=4), st.booleans(), st.integers(0, 3))
def test_every_document_it_learnt_from_fits_and_shares_no_row(types, typed, at_least):
    docs = [make_doc(*each) for each in types]
    table = SymbolTable.learn(SCHEMA, docs, typed=typed, at_least=at_least)
    assert min(table.capacity.values()) >= at_least
    for doc in docs:
        rows = table.rows(doc)
        assert table.fits(doc)
        assert len(set(rows)) == len(doc.entities)
        assert all(0 <= row < table.n_rows for row in rows)


def test_a_document_with_too_many_entities_is_an_error_that_names_the_type():
    table = make_table(SCHEMA, make_doc("A", "B"), typed=True)
    larger = make_doc("A", "A")
    assert not table.fits(larger)
    with pytest.raises(ValueError, match=r"DRE201.*2 entities of type 'A'.*for 1"):
        table.rows(larger)


def test_entities_of_types_that_the_table_does_not_know_share_a_range():
    table = SymbolTable.learn(SCHEMA, [make_doc("A", "B")], typed=True, at_least=2)
    assert table.rows(make_doc("new", "B", "A", "other")) == [0, 4, 2, 1]
    with pytest.raises(ValueError, match=r"DRE201.*3 entities of unknown types.*for 2"):
        table.rows(make_doc("new", "A", "other", ""))


def test_a_table_without_types_has_a_single_range():
    with pytest.raises(ValueError, match="DRE202"):
        SymbolTable(SCHEMA, typed=False, capacity={"A": 3})

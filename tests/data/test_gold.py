"""Gold triples are checked once, against the schema, and everything behind that relies on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.data.alignment import check_gold
from spacy_docre.data.triples import Triple
from tests.models.worlds import (
    annotated,
    make_candidates,
    make_doc,
    make_schema,
    relaxed,
    triples_of,
)


@pytest.mark.parametrize(
    ("fact", "problem"),
    [
        ((0, 1, "P9"), r"DRE024.*P9"),
        ((0, 1, 2, "P1"), "DRE029"),
        ((1, 0, "P1"), r"DRE204.*P1"),
        ((0, 0, "P1"), r"DRE204.*P1"),
        ((0, 2, "P1"), r"DRE204.*P1"),
    ],
)
def test_a_triple_that_the_schema_does_not_allow_is_refused(fact, problem):
    schema = make_schema(P1=("A", "B"))
    doc = make_doc("A", "B", "A", gold=triples_of(schema, fact))
    with pytest.raises(ValueError, match=problem) as caught:
        check_gold(doc, schema)
    assert "'w0 w1 w2'" in str(caught.value)


@relaxed
@given(annotated(), st.data())
def test_what_is_accepted_is_what_extractors_can_learn(world, data):
    schema, doc = world[0].trie.schema, world[0].doc
    label = data.draw(st.sampled_from(schema.labels))
    indices = st.lists(st.integers(0, max(0, len(doc.entities) - 1)), min_size=1, max_size=3)
    entities = tuple(data.draw(indices)) if doc.entities else ()
    gold = make_doc(*(entity.type for entity in doc.entities), gold=(Triple(entities, label),))
    learnable = schema.index(label) in make_candidates(schema, gold).labels(entities)
    try:
        check_gold(gold, schema)
    except ValueError:
        assert not learnable
    else:
        assert learnable

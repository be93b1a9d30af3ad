"""How often, where and how near to each other entities are mentioned."""

from math import log

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.models.pairs import salience
from spacy_docre.models.pairs.batch import EntityBatch
from spacy_docre.models.pairs.salience import (
    NEAR,
    entity_counts,
    entity_salience,
    nearby_mentions,
)
from tests.models.worlds import VOCAB

TYPES = {"A": 1, "B": 2}
LENGTH = 80
entities = st.tuples(
    st.sampled_from(["A", "B", "unknown"]),
    st.lists(st.integers(0, LENGTH - 1), min_size=1, max_size=6, unique=True),
)
documents = st.lists(st.lists(entities, max_size=5), min_size=1, max_size=3)


def documented(described):
    """A document of entities that are mentioned at these tokens."""
    doc = Doc(VOCAB, words=["w"] * LENGTH)
    made = [Entity.of([(at, at + 1) for at in places], type) for type, places in described]
    return EntityDoc(doc, tuple(made))


def batch_of(described):
    docs = [documented(each) for each in described]
    return EntityBatch.of(docs, TYPES, torch.device("cpu"))


def written_down(entity, others):
    """The salience of an entity, which is one of the others of its document."""
    type, places = entity
    alike = [other for kind, other in others if kind == type]
    return [
        log(len(places)),
        log(len(alike)),
        log(1 + sum(len(other) > len(places) for other in alike)),
        log(1 + sum(min(other) < min(places) for other in alike)),
        len(places) / sum(map(len, alike)),
        min(places) / LENGTH,
        max(places) / LENGTH,
    ]


@given(described=documents)
def test_salience_compares_an_entity_with_those_of_its_type_in_its_document(described):
    expected = [written_down(entity, each) for each in described for entity in each]
    found = entity_salience(batch_of(described), len(TYPES))
    assert found.shape == (len(expected), salience.SALIENCE)
    torch.testing.assert_close(found, torch.tensor(expected).view_as(found))


def test_mentions_and_entities_of_a_type_are_counted_within_each_document():
    often = [("A", [0, 2, 4]), ("X", [1])]
    described = [[("A", [0]), ("A", [1]), ("B", [2])], [], often]
    mentions, alike = entity_counts(batch_of(described), len(TYPES))
    assert mentions.tolist() == [1, 1, 1, 3, 1]
    assert alike.tolist() == [2, 2, 1, 1, 1]


@given(described=documents, slice=st.sampled_from([1, 20, salience.SLICE]))
def test_pairs_of_mentions_that_are_near_each_other_are_counted(described, slice):
    pairs = [
        [(head, tail) for head in range(len(each)) for tail in range(len(each)) if head != tail]
        for each in described
    ]
    expected = [
        [
            log(1 + sum(abs(a - b) < limit for a in each[head][1] for b in each[tail][1]))
            for limit in NEAR
        ]
        for each, ends in zip(described, pairs)
        for head, tail in ends
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(salience, "SLICE", slice)
        found = nearby_mentions(
            batch_of(described),
            [torch.tensor(ends, dtype=torch.long).view(-1, 2) for ends in pairs],
        )
    torch.testing.assert_close(found, torch.tensor(expected).view(-1, len(NEAR)))

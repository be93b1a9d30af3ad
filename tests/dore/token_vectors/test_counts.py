"""Symbols that know numbers of mentions and of entities of their type."""

import torch
from spacy.tokens import Doc

from spacy_docre.dore.token_vectors.grounding import EntitySymbols, entity_counts
from spacy_docre.entities import Entity, EntityDoc
from spacy_docre.token_vectors.batch import EntityBatch

from ..worlds import VOCAB, make_doc

TYPES = {"A": 1, "B": 2}


def batch_of(*docs):
    return EntityBatch.of(docs, TYPES, torch.device("cpu"))


def test_mentions_and_entities_of_a_type_are_counted_within_each_document():
    often = EntityDoc(
        Doc(VOCAB, words=list("abcde")),
        (Entity.of([(0, 1), (2, 3), (4, 5)], "A"), Entity.of([(1, 2)], "X")),
    )
    mentions, alike = entity_counts(batch_of(make_doc(*"AAB"), make_doc(), often), len(TYPES))
    assert mentions.tolist() == [1, 1, 1, 3, 1]
    assert alike.tolist() == [2, 2, 1, 1, 1]


def test_a_symbol_depends_on_the_other_entities_of_its_type_only_if_it_counts():
    def first_symbols(counts):
        torch.manual_seed(0)
        symbols = EntitySymbols(4, types=len(TYPES), capacity=8, grounded=False, counts=counts)
        return [
            symbols(torch.zeros(len(types), 4), batch_of(make_doc(*types)))[0][0]
            for types in ("AB", "AA", "BAB")
        ]

    alone, beside, _ = first_symbols(counts=False)
    torch.testing.assert_close(alone, beside)
    alone, beside, _ = first_symbols(counts=True)
    assert not torch.allclose(alone, beside)


def test_a_batch_without_entities_has_no_symbols():
    symbols = EntitySymbols(4, types=len(TYPES), capacity=8, grounded=True, counts=True)
    assert symbols(torch.zeros(1, 4), batch_of(make_doc()))[0].shape == (0, 4)

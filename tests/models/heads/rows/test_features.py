"""Symbols and pairs that know numbers of mentions and of entities, and where they are."""

import pytest
import torch
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity, EntityDoc
from spacy_docre.models.heads.rows.entity_symbols import EntitySymbols
from spacy_docre.models.pairs.batch import EntityBatch
from spacy_docre.models.pairs.features import PairFeatures

from ...worlds import VOCAB, make_doc, make_schema
from .networks import make_network, make_tokens, read

TYPES = {"A": 1, "B": 2}


def batch_of(*docs):
    return EntityBatch.of(docs, TYPES, torch.device("cpu"))


@pytest.mark.parametrize("knows", ["counts", "salience"])
def test_a_symbol_depends_on_the_other_entities_of_its_type_only_if_it_knows_of_them(knows):
    def first_symbols(**shape):
        torch.manual_seed(0)
        features = PairFeatures(**shape)
        symbols = EntitySymbols(4, types=len(TYPES), grounded=False, features=features)
        return [
            symbols(torch.zeros(len(types), 4), batch_of(make_doc(*types)))[0][0]
            for types in ("AB", "AA", "BAB")
        ]

    alone, beside, _ = first_symbols()
    torch.testing.assert_close(alone, beside)
    alone, beside, _ = first_symbols(**{knows: True})
    assert not torch.allclose(alone, beside)


def test_a_batch_without_entities_has_no_symbols():
    features = PairFeatures(counts=True, salience=True)
    symbols = EntitySymbols(4, types=len(TYPES), grounded=True, features=features)
    assert symbols(torch.zeros(1, 4), batch_of(make_doc()))[0].shape == (0, 4)


def test_a_pair_knows_how_often_its_entities_are_near_only_with_salience():
    """The documents differ in nothing but where the second entity is mentioned the second time."""
    pairs = [torch.tensor([[0, 1]])]

    def pair(second, salience):
        entities = (Entity.of([(0, 1)], "A"), Entity.of([(1, 2), (second, second + 1)], "B"))
        doc = EntityDoc(Doc(VOCAB, words=["w"] * 90), entities)
        network = make_network(make_schema(P1=2), salience=salience)
        tokens = make_tokens([doc])
        reading = read(network, [doc], tokens * 0 + tokens[0])
        symbols = torch.ones_like(reading.symbols)
        return network.pair_vectors(reading._replace(symbols=symbols), pairs)

    assert torch.allclose(pair(5, False), pair(80, False))
    assert not torch.allclose(pair(5, True), pair(80, True))

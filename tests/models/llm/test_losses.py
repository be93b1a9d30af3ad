"""Losses of a batch, computed in parts."""

import torch

from spacy_docre.models.llm.learning import Losses


def test_the_losses_of_documents_stay_on_the_device_of_their_parts():
    parts = [(adapter, torch.zeros(2, device="meta")) for adapter in ("relations", "heads")]
    assert Losses(parts).total(2).device.type == "meta"


def test_the_losses_of_documents_are_the_sums_of_their_parts():
    parts = [("relations", torch.tensor([1.0, 0.0])), ("heads", torch.tensor([2.0, 4.0]))]
    assert Losses(parts).total(2).tolist() == [3.0, 4.0]
    assert Losses([]).total(2).tolist() == [0.0, 0.0]

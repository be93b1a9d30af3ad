"""Networks with random weights that say much."""

import torch

from spacy_docre.classifier.network import PairNetwork
from spacy_docre.classifier.settings import Settings

WIDTH = 8  # that of the token vectors of dore.token_vectors.networks


def make_network(schema, seed=0, **shape):
    """A network that depends strongly on all that it reads. In double precision, so that no
    choice hangs on the order in which numbers are added."""
    torch.manual_seed(seed)
    defaults = {
        "width": WIDTH,
        "groups": 2,
        "dropout": 0.1,
        "objective": "adaptive",
        "entity_types": True,
        "distance": True,
        "closest_mentions": True,
        "context_heads": 2,
        "labels_per_pair": 3,
        "salience": True,
    }
    network = PairNetwork(Settings(schema=schema, input_width=WIDTH, **{**defaults, **shape}))
    with torch.no_grad():
        network.bilinear.output.weight.normal_(std=1.5)
        for embedding in (network.type_embedding, network.distance_embedding):
            if embedding is not None:
                embedding.weight.normal_()
    return network.double().eval()

"""Networks with random weights that say much."""

import torch

from spacy_docre.models.heads.pair_scorer.network import PairNetwork, PairShape
from spacy_docre.models.pairs.features import PairFeatures
from spacy_docre.models.sizes import Sizes

WIDTH = 8  # that of the token vectors of heads.rows.networks


def make_network(schema, seed=0, *, max_labels=3, closest_mentions=True, salience=True):
    """A network that depends strongly on all that it reads. In double precision, so that no
    choice hangs on the order in which numbers are added."""
    torch.manual_seed(seed)
    features = PairFeatures(closest_mentions=closest_mentions, salience=salience)
    shape = PairShape(features, groups=2)
    network = PairNetwork(Sizes(schema, WIDTH, max_labels), shape)
    with torch.no_grad():
        network.bilinear.output.weight.normal_(std=1.5)
        for embedding in (network.type_embedding, network.distance_embedding):
            embedding.weight.normal_()
    return network.double().eval()

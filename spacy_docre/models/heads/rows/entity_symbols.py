"""Entity symbols: grounded in the entity's mentions, or static as in the paper."""

from torch import Tensor, nn

from ...pairs.batch import EntityBatch
from ...pairs.features import PairFeatures
from ...pairs.pooling import mention_vectors, pool_mentions
from ...pairs.salience import COUNT_BUCKETS, SALIENCE, count_vectors, entity_salience

# How many entities of a document have an index embedding of their own. Those beyond share them,
# and are told apart by their mentions.
INDICES = 64


class EntitySymbols(nn.Module):
    """Embed each entity of a document as a symbol, and mark its mentions in the text.

    A symbol is the embedding of the entity's index and of its type and, where symbols are
    grounded, a projection of its mention vectors, pooled by logsumexp (ATLOP, Zhou et al. 2021).
    Mentions are marked by adding the symbol's index embedding to their token vectors, so that the
    encoder need not see markers and can be shared with other pipes.

    On demand a symbol also knows how often its entity is mentioned, and how many entities of its
    type there are. Where entities were chosen because relations hold between them, a document
    with few of them relates nearly all, and nothing else that a pair sees could tell. Or it knows
    how salient its entity is among those of its type: what a document is about is in its title,
    and mentioned often.

    width (int): Width of the vectors.
    types (int): Number of entity types.
    grounded (bool): Whether symbols take part of their meaning from the mentions.
    features (PairFeatures): What symbols know besides.
    indices (int): Number of indices that have an embedding of their own.
    """

    def __init__(
        self,
        width: int,
        *,
        types: int,
        grounded: bool,
        features: PairFeatures,
        indices: int = INDICES,
    ) -> None:
        super().__init__()
        self.index_embedding = nn.Embedding(indices, width)
        self.type_embedding = nn.Embedding(types + 1, width)
        nn.init.normal_(self.index_embedding.weight, std=0.1)
        nn.init.normal_(self.type_embedding.weight, std=0.1)
        self.project = nn.Linear(width, width) if grounded else None
        self.types = types
        self.count_embedding = nn.Embedding(2 * COUNT_BUCKETS, width) if features.counts else None
        if self.count_embedding is not None:
            nn.init.normal_(self.count_embedding.weight, std=0.1)
        self.salience = nn.Linear(SALIENCE, width) if features.salience else None

    def forward(self, tokens: Tensor, batch: EntityBatch) -> "tuple[Tensor, Tensor]":
        """Compute the symbols.

        tokens (Tensor): All tokens of the batch. *Shape:* (tokens, width)
        batch (EntityBatch): The entities.
        RETURNS (Tuple[Tensor, Tensor]): The symbols and the tokens with marked mentions.
            *Shapes:* (entities, width), (tokens, width)
        """
        indices = self.index_embedding.num_embeddings
        index = self.index_embedding(batch.entity_index % indices)
        symbols = index + self.type_embedding(batch.entity_type)
        if self.project is not None:
            symbols = symbols + self.project(pool_mentions(mention_vectors(tokens, batch), batch))
        if self.count_embedding is not None:
            symbols = symbols + count_vectors(self.count_embedding, batch, self.types)
        if self.salience is not None:
            numbers = entity_salience(batch, self.types).to(symbols.dtype)
            symbols = symbols + self.salience(numbers)
        marks = index[batch.entity_of_mention[batch.mention_of_token]]
        return symbols, tokens.index_add(0, batch.mention_tokens, marks)

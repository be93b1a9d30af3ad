"""Entity symbols: static as in the paper, or grounded in the entity's mentions."""

from torch import Tensor, nn

from ...token_vectors.batch import EntityBatch
from ...token_vectors.pooling import mention_vectors, pool_mentions
from ...token_vectors.salience import SALIENCE, entity_counts, entity_salience

# Counts are told apart by twice their binary logarithm, so 1 to 4 exactly, up to about 90.
COUNT_BUCKETS = 14


class EntitySymbols(nn.Module):
    """Embed each entity of a document as a symbol, and mark its mentions in the text.

    A symbol is the embedding of the entity's index and of its type and, where symbols are
    grounded, a projection of its mention vectors, pooled by logsumexp (ATLOP, Zhou et
    al. 2021). Mentions are marked by adding the symbol's index embedding to their token
    vectors, so that the encoder need not see markers and can be shared with other pipes.

    On demand a symbol also knows how often its entity is mentioned, and how many entities of its
    type there are. Where entities were chosen because relations hold between them, a document
    with few of them relates nearly all, and nothing else that a cell sees could tell. Or it knows
    how salient its entity is among those of its type: what a document is about is in its title,
    and mentioned often.

    width (int): Width of the vectors.
    types (int): Number of entity types.
    capacity (int): Number of indices that have an embedding of their own; entities beyond
        it share embeddings, which only grounded symbols can bear.
    grounded (bool): Whether symbols take part of their meaning from the mentions.
    counts (bool): Whether symbols know the two numbers.
    salience (bool): Whether symbols know the salience of their entities.
    """

    def __init__(
        self,
        width: int,
        *,
        types: int,
        capacity: int,
        grounded: bool,
        counts: bool = False,
        salience: bool = False,
    ) -> None:
        super().__init__()
        self.capacity = capacity
        self.index_embedding = nn.Embedding(capacity, width)
        self.type_embedding = nn.Embedding(types + 1, width)
        nn.init.normal_(self.index_embedding.weight, std=0.1)
        nn.init.normal_(self.type_embedding.weight, std=0.1)
        self.project = nn.Linear(width, width) if grounded else None
        self.types = types
        self.count_embedding = nn.Embedding(2 * COUNT_BUCKETS, width) if counts else None
        if self.count_embedding is not None:
            nn.init.normal_(self.count_embedding.weight, std=0.1)
        self.salience = nn.Linear(SALIENCE, width) if salience else None

    def forward(self, tokens: Tensor, batch: EntityBatch) -> "tuple[Tensor, Tensor]":
        """Compute the symbols.

        tokens (Tensor): All tokens of the batch. *Shape:* (tokens, width)
        batch (EntityBatch): The entities.
        RETURNS (Tuple[Tensor, Tensor]): The symbols and the tokens with marked mentions.
            *Shapes:* (entities, width), (tokens, width)
        """
        index = self.index_embedding(batch.entity_index % self.capacity)
        symbols = index + self.type_embedding(batch.entity_type)
        if self.project is not None:
            symbols = symbols + self.project(pool_mentions(mention_vectors(tokens, batch), batch))
        if self.count_embedding is not None:
            mentions, alike = entity_counts(batch, self.types)
            symbols = symbols + self.count_embedding(_bucket(mentions))
            symbols = symbols + self.count_embedding(_bucket(alike) + COUNT_BUCKETS)
        if self.salience is not None:
            numbers = entity_salience(batch, self.types).to(symbols.dtype)
            symbols = symbols + self.salience(numbers)
        marks = index[batch.entity_of_mention[batch.mention_of_token]]
        return symbols, tokens.index_add(0, batch.mention_tokens, marks)


def _bucket(count: Tensor) -> Tensor:
    """*Shape:* (entities,) -> (entities,), from 0 for a count of 1"""
    return (2 * count.clamp(min=1).float().log2()).long().clamp(max=COUNT_BUCKETS - 1)

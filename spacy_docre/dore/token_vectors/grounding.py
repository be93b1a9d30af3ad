"""Entity symbols: static as in the paper, or grounded in the entity's mentions."""

from torch import Tensor, nn

from ...token_vectors.batch import EntityBatch
from ...token_vectors.pooling import mention_vectors, pool_mentions


class EntitySymbols(nn.Module):
    """Embed each entity of a document as a symbol, and mark its mentions in the text.

    A symbol is the embedding of the entity's index and of its type and, where symbols are
    grounded, a projection of its mention vectors, pooled by logsumexp (ATLOP, Zhou et
    al. 2021). Mentions are marked by adding the symbol's index embedding to their token
    vectors, so that the encoder need not see markers and can be shared with other pipes.

    width (int): Width of the vectors.
    types (int): Number of entity types.
    capacity (int): Number of indices that have an embedding of their own; entities beyond
        it share embeddings, which only grounded symbols can bear.
    grounded (bool): Whether symbols take part of their meaning from the mentions.
    """

    def __init__(self, width: int, *, types: int, capacity: int, grounded: bool) -> None:
        super().__init__()
        self.capacity = capacity
        self.index_embedding = nn.Embedding(capacity, width)
        self.type_embedding = nn.Embedding(types + 1, width)
        nn.init.normal_(self.index_embedding.weight, std=0.1)
        nn.init.normal_(self.type_embedding.weight, std=0.1)
        self.project = nn.Linear(width, width) if grounded else None

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
        marks = index[batch.entity_of_mention[batch.mention_of_token]]
        return symbols, tokens.index_add(0, batch.mention_tokens, marks)

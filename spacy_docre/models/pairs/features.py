"""What pairs of entities know besides what an encoder made of their text. One block says it for
every head, so that heads are compared on the same knowledge."""

from dataclasses import dataclass

from spacy.util import registry


@dataclass(frozen=True)
class PairFeatures:
    """What a pair knows. See `make_pair_features`."""

    closest_mentions: bool = True
    salience: bool = False
    counts: bool = False


@registry.misc("spacy_docre.PairFeatures.v1")
def make_pair_features(
    closest_mentions: bool = True, salience: bool = False, counts: bool = False
) -> PairFeatures:
    """Choose what pairs know.

    closest_mentions (bool): The two mentions at which the entities are closest. Vectors that know
        little of their context need it; those of a transformer know enough.
    salience (bool): How much of its document each entity takes up, among those of its type, and
        how often the two are mentioned near each other. It tells much of abstracts.
    counts (bool): How often each entity is mentioned, and how many entities of its type the
        document has. It tells much where the given entities were chosen because relations
        hold between them.
    RETURNS (PairFeatures): The choice.
    """
    return PairFeatures(closest_mentions, salience, counts)

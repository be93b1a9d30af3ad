"""Scores of relation extraction, with predicted entities that may differ from gold."""

from ..data.mapping import map_by_share, map_entities
from .comparison import compare_all
from .facts import TrainFact, read_facts, train_facts, write_facts
from .filtering import score_filtered
from .hypernyms import MeshTree, read_mesh_tree
from .pairs import score_pairs
from .relations import score_comparisons, score_relations
from .scorer import DEFAULT_SCORE_WEIGHTS, make_relations_scorer
from .strings import score_strings
from .tuples import score_tuples

__all__ = [
    "DEFAULT_SCORE_WEIGHTS",
    "MeshTree",
    "TrainFact",
    "compare_all",
    "make_relations_scorer",
    "map_by_share",
    "map_entities",
    "read_facts",
    "read_mesh_tree",
    "score_comparisons",
    "score_filtered",
    "score_pairs",
    "score_relations",
    "score_strings",
    "score_tuples",
    "train_facts",
    "write_facts",
]

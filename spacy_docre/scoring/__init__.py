"""Scores of relation extraction, with predicted entities that may differ from gold."""

from .facts import TrainFact, read_facts, train_facts, write_facts
from .mapping import map_entities
from .relations import score_relations
from .scorer import DEFAULT_SCORE_WEIGHTS, make_relations_scorer

__all__ = [
    "DEFAULT_SCORE_WEIGHTS",
    "TrainFact",
    "make_relations_scorer",
    "map_entities",
    "read_facts",
    "score_relations",
    "train_facts",
    "write_facts",
]

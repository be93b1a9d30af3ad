"""Small documents in DocRED's form."""

import json
from typing import Any, Dict


def ada() -> Dict[str, Any]:
    """Three entities, one of them mentioned twice, in two sentences."""
    return {
        "title": "Ada",
        "sents": [
            ["Ada", "Lovelace", "met", "Charles", "Babbage", "."],
            ["Lovelace", "lived", "in", "London", "."],
        ],
        "vertexSet": [
            [
                {"name": "Ada Lovelace", "sent_id": 0, "pos": [0, 2], "type": "PER"},
                {"name": "Lovelace", "sent_id": 1, "pos": [0, 1], "type": "PER"},
            ],
            [{"name": "Charles Babbage", "sent_id": 0, "pos": [3, 5], "type": "PER"}],
            [{"name": "London", "sent_id": 1, "pos": [3, 4], "type": "LOC"}],
        ],
        "labels": [
            {"h": 0, "t": 1, "r": "knows", "evidence": [0]},
            {"h": 0, "t": 2, "r": "residence", "evidence": [1]},
        ],
    }


def rome() -> Dict[str, Any]:
    """A document that was annotated, but states nothing."""
    return {
        "title": "Rome",
        "sents": [["Rome", "is", "old", "."]],
        "vertexSet": [[{"name": "Rome", "sent_id": 0, "pos": [0, 1], "type": "LOC"}]],
        "labels": [],
    }


def dump(*docs: Any) -> str:
    return json.dumps(list(docs))

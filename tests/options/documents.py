"""Small documents that have, together, whatever makes documents difficult."""

from typing import Any, Dict, List, Tuple

from spacy.tokens import Doc

from spacy_docre.data.entities import Entity
from spacy_docre.data.triples import Triple
from tests.pipe.making import BLANK, annotate

BINARY: Dict[str, Any] = {
    "relations": [
        {"label": "born_in", "types": [["PER"], ["LOC"]], "description": "where life began"},
        {"label": "lives_in", "types": [["PER"], ["LOC"]], "description": "where life goes on"},
        {"label": "likes", "description": "what somebody likes"},
        {
            "label": "near",
            "types": [["LOC"], ["LOC"]],
            "symmetric": True,
            "description": "not far away",
        },
    ],
    "entity_types": ["LOC", "PER"],
}
N_ARY: Dict[str, Any] = {
    "relations": [
        {
            "label": "result",
            "roles": ["method", "material", "metric"],
            "types": [["METHOD"], ["MATERIAL"], ["METRIC"]],
        },
        {
            "label": "run_on",
            "roles": ["method", "material"],
            "types": [["METHOD"], ["MATERIAL"]],
        },
        {"label": "like", "symmetric": True},
    ],
    "entity_types": ["MATERIAL", "METHOD", "METRIC"],
}
ROLES = {
    relation["label"]: tuple(relation["roles"])
    for relation in N_ARY["relations"]
    if "roles" in relation
}
SCHEMAS = {"binary": BINARY, "n-ary": N_ARY}

# Text, types of entities by name, and triples with the sentences that state them. Two people, one
# of no type, and towns: two relations of one pair, a symmetric one in the order that is not the
# canonical one, and a relation of an entity that nothing is known of.
TEXTS: Dict[str, List[Tuple[str, Dict[str, str], List[Tuple[str, List[str], List[int]]]]]] = {
    "binary": [
        (
            "Ann was born in Bonn . Ann now lives in Bonn near Kiel . Zed likes Ann .",
            {"Ann": "PER", "Bonn": "LOC", "Kiel": "LOC", "Zed": ""},
            [
                ("born_in", ["Ann", "Bonn"], [0]),
                ("lives_in", ["Ann", "Bonn"], [0, 1]),
                ("near", ["Kiel", "Bonn"], [1]),
                ("likes", ["Zed", "Ann"], []),
            ],
        ),
        ("Bob lives in Ulm .", {"Bob": "PER", "Ulm": "LOC"}, [("lives_in", ["Bob", "Ulm"], [0])]),
    ],
    "n-ary": [
        (
            "CRF on news reaches F1 . It is like SVM . CRF runs on chat , too .",
            {"CRF": "METHOD", "news": "MATERIAL", "F1": "METRIC", "SVM": "", "chat": "MATERIAL"},
            [
                ("result", ["CRF", "news", "F1"], [0]),
                ("run_on", ["CRF", "news"], [0]),
                ("run_on", ["CRF", "chat"], [2]),
                ("like", ["SVM", "CRF"], [1]),
            ],
        ),
        (
            "SVM runs on chat .",
            {"SVM": "METHOD", "chat": "MATERIAL"},
            [("run_on", ["SVM", "chat"], [0])],
        ),
    ],
}
# Documents with too few entities for a relation.
SMALL = [("Cleo sleeps .", {"Cleo": "PER"}, []), ("nothing is named here .", {}, [])]


def documents(world: str) -> List[Doc]:
    """Annotated documents of four, or five, of two, of one and of no entities."""
    return [_tell(*each) for each in [*TEXTS[world], *SMALL]]


def _tell(text: str, types: Dict[str, str], facts: List[Tuple[str, List[str], List[int]]]) -> Doc:
    words = text.split()
    starts = [i == 0 or words[i - 1] == "." for i in range(len(words))]
    doc = Doc(BLANK.vocab, words=words, sent_starts=starts)
    names = sorted(types, key=words.index)
    entities = [
        Entity.of([(i, i + 1) for i, word in enumerate(words) if word == name], types[name], name)
        for name in names
    ]
    triples = [
        Triple(tuple(map(names.index, ends)), label, evidence=tuple(sentences))
        for label, ends, sentences in facts
    ]
    annotate(doc, entities, triples, roles=ROLES)
    return doc

"""What a corpus says beyond entities and relations, as plain data in `Doc.user_data`.

Nothing here takes part in training. A scorer may want to know it.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Tuple

from spacy.tokens import Doc

KEY = "spacy_docre.corpus_notes"


@dataclass(frozen=True)
class CorpusNotes:
    """Notes of a corpus on one document. Entities are named by their position in the stored
    relations.

    excluded_pairs (List[Tuple[int, int]]): Pairs that the corpus leaves out of evaluation:
        stating them is neither right nor wrong.
    triple_attrs (List[Dict[str, str]]): For each stored triple further attributes, such as
        {"novelty": "Novel"}. Empty if no triple has any.
    entity_attrs (List[Dict[str, str]]): For each entity further attributes, such as
        {"CorrespondingGene": "627"}. Empty if no entity has any.
    doc_attrs (Dict[str, str]): What the corpus says of the document, such as {"source": "PubMed"}.
    sections (List[Tuple[int, int]]): The sections, in tokens.
    salient (List[int]): The entities that the document is about, where a corpus tells.
    unmentioned (Dict[str, int]): For each relation how many triples of the corpus the document
        cannot hold, because one of their entities is never mentioned.
    """

    excluded_pairs: List[Tuple[int, int]] = field(default_factory=list)
    triple_attrs: List[Dict[str, str]] = field(default_factory=list)
    entity_attrs: List[Dict[str, str]] = field(default_factory=list)
    doc_attrs: Dict[str, str] = field(default_factory=dict)
    sections: List[Tuple[int, int]] = field(default_factory=list)
    salient: List[int] = field(default_factory=list)
    unmentioned: Dict[str, int] = field(default_factory=dict)


def store_notes(doc: Doc, notes: CorpusNotes) -> None:
    """Write notes to a document. Empty ones leave no trace."""
    data = {key: _plain(value) for key, value in asdict(notes).items() if value}
    if data:
        doc.user_data[KEY] = data


def load_notes(doc: Doc) -> CorpusNotes:
    """RETURNS (CorpusNotes): The notes of a document, empty if it has none."""
    data = doc.user_data.get(KEY, {})
    return CorpusNotes(
        excluded_pairs=_pairs(data.get("excluded_pairs", ())),
        triple_attrs=[dict(attrs) for attrs in data.get("triple_attrs", ())],
        entity_attrs=[dict(attrs) for attrs in data.get("entity_attrs", ())],
        doc_attrs=dict(data.get("doc_attrs", {})),
        sections=_pairs(data.get("sections", ())),
        salient=[int(index) for index in data.get("salient", ())],
        unmentioned=dict(data.get("unmentioned", {})),
    )


def _plain(value: Any) -> Any:
    # Tuples become lists in some serialisations and not in others.
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _pairs(value: Any) -> List[Tuple[int, int]]:
    return [(int(first), int(second)) for first, second in value]

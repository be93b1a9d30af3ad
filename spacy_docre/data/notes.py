"""What a corpus says beyond entities and relations, as plain data in `Doc.user_data`.

Nothing here takes part in training. A scorer may want to know it.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Mapping, Tuple

from spacy.tokens import Doc

from ..errors import Errors
from .entities import name_of
from .plain_data import as_dict, as_dicts, as_index, as_indices, as_list, as_text

KEY = "spacy_docre.data.notes"
# Far more than any document has; what is larger may not be saved.
LARGEST = 2**31


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
    else:
        doc.user_data.pop(KEY, None)


def load_notes(doc: Doc) -> CorpusNotes:
    """Read the notes of a document.

    RETURNS (CorpusNotes): The notes, empty if it has none.
    RAISES (ValueError): If what the document holds is not what `store_notes` writes.
    """
    try:
        data = as_dict(doc.user_data.get(KEY, {}), "notes")
        return CorpusNotes(
            excluded_pairs=_pairs(data, "excluded_pairs"),
            triple_attrs=_attrs(data, "triple_attrs"),
            entity_attrs=_attrs(data, "entity_attrs"),
            doc_attrs=_texts(data.get("doc_attrs", {}), "doc_attrs"),
            sections=_pairs(data, "sections"),
            salient=list(as_indices(data.get("salient", ()), "salient", LARGEST)),
            unmentioned={
                key: as_index(value, f"unmentioned.{key}", LARGEST)
                for key, value in as_dict(data.get("unmentioned", {}), "unmentioned").items()
            },
        )
    except ValueError as error:
        raise ValueError(Errors.DRE084.format(doc=name_of(doc), key=KEY, error=error)) from error


def _plain(value: Any) -> Any:
    # Tuples become lists in some serialisations and not in others.
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _pairs(data: Mapping[str, Any], key: str) -> List[Tuple[int, int]]:
    pairs = []
    for i, item in enumerate(as_list(data.get(key, ()), key)):
        pair = as_indices(item, f"{key}[{i}]", LARGEST)
        if len(pair) != 2:
            raise ValueError(f"'{key}[{i}]' has {len(pair)} numbers, but must have two")
        pairs.append((pair[0], pair[1]))
    return pairs


def _attrs(data: Mapping[str, Any], key: str) -> List[Dict[str, str]]:
    return [_texts(attrs, name) for name, attrs in as_dicts(data.get(key, ()), key)]


def _texts(value: Any, name: str) -> Dict[str, str]:
    return {key: as_text(text, f"{name}.{key}") for key, text in as_dict(value, name).items()}

"""What the network was made for: its symbols, and the shape of its classifier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Dict, Optional

from ...dore.seq2seq.settings import Settings
from ...entities import EntityDoc
from ...schema import Schema


@dataclass(frozen=True)
class Seq2SeqPairSettings(Settings):
    """The symbols that stand around mentions, and the classifier.

    shape (Mapping[str, Any]): What `spacy_docre.classifier.settings.Settings.fitted` completes
        when the width of the pretrained model is known.
    """

    shape: Mapping[str, Any] = field(default_factory=dict)

    @property
    def computes(self) -> Dict[str, Any]:
        """See `spacy_docre.dore.seq2seq.settings.Settings`."""
        return {name: self.shape.get(name) for name in ("objective", "context_heads")}

    @classmethod
    def of(
        cls,
        schema: Schema,
        docs: Sequence[EntityDoc],
        *,
        typed: bool,
        capacity: int,
        labels: Optional[int],
        shape: Mapping[str, Any],
    ) -> "Seq2SeqPairSettings":
        """Size the symbols for documents.

        schema (Schema): The relations.
        docs (Sequence[EntityDoc]): The training documents.
        typed (bool): Whether each entity type has symbols of its own.
        capacity (int): The least number of entity symbols, of each type if typed.
        labels (Optional[int]): The largest number of relations of a pair; that of the documents if
            None.
        shape (Mapping[str, Any]): See `Seq2SeqPairSettings`.
        RETURNS (Seq2SeqPairSettings): The settings.
        """
        symbols = Settings.learn(schema, docs, typed=typed, capacity=capacity, labels=labels)
        return cls(symbols.table, symbols.labels_per_cell, shape=dict(shape))

    def unlike(self, given: Mapping[str, Any]) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What differs from the arguments that a config gives `of`."""
        shape = {n: value for n, value in given["shape"].items() if value is not None}
        different = {n: self.shape.get(n) for n in shape if self.shape.get(n) != shape[n]}
        return {**super().unlike(given), **different}

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON."""
        return {**super().to_dict(), "shape": dict(self.shape)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Seq2SeqPairSettings":
        """Create settings from what `to_dict` returned."""
        symbols = Settings.from_dict(data)
        return cls(symbols.table, symbols.labels_per_cell, shape=data["shape"])

"""What the component consists of: an extractor, the schema and the settings. How they are set, how
they are extended, and how they are saved."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Dict, Optional, Tuple, TypeVar, Union

from spacy.pipeline.trainable_pipe import TrainablePipe
from spacy.vocab import Vocab

from ..data.calibration import Calibration
from ..data.schema import Schema
from ..errors import Errors, Warnings
from ..models.extractor import Extractor, hooks_of, use_schema
from ..trust import lock
from .saving import load_bytes, load_directory, save_bytes, save_directory
from .settings import Settings, Threshold
from .upstream import Upstream

PipeT = TypeVar("PipeT", bound="SchemaPipe")


class SchemaPipe(TrainablePipe):
    """A component whose labels are a schema.

    vocab (Vocab): The shared vocabulary.
    model (Extractor): The extractor.
    name (str): The name of the component instance.
    scorer (Optional[Callable]): The scoring method.
    settings (Dict[str, Any]): The settings, by name.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Extractor,
        name: str,
        scorer: Optional[Callable],
        settings: Dict[str, Any],
    ) -> None:
        self.upstream = Upstream()
        self.cfg: Settings = Settings(name, self._config, **settings)
        self.vocab = vocab
        self.model = model
        self.name = name
        self.scorer = scorer
        self._schema: Optional[Schema] = None
        self.calibration: Optional[Calibration] = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "cfg" and not isinstance(value, Settings):
            # As `spacy find-threshold` does.
            self.cfg.update(value)
            return
        super().__setattr__(name, value)
        if name == "name":
            # spaCy names components whenever it connects them, as in a new pipeline.
            self.cfg.name = value
            self.upstream.relinked(self)

    def _config(self) -> Optional[Dict[str, Any]]:
        nlp = self.upstream.home
        names = [name for name, pipe in nlp.components if pipe is self] if nlp else []
        return nlp.get_pipe_config(names[0]) if nlp and names else None

    @property
    def attr(self) -> str:
        """The attribute that receives relations."""
        return str(self.cfg["attr"])

    @attr.setter
    def attr(self, value: str) -> None:
        self.cfg["attr"] = value

    @property
    def use_gold_entities(self) -> bool:
        """Whether to train and score on the entities of the reference."""
        return bool(self.cfg["use_gold_entities"])

    @use_gold_entities.setter
    def use_gold_entities(self, value: bool) -> None:
        self.cfg["use_gold_entities"] = value

    @property
    def schema(self) -> Optional[Schema]:
        """The relations that are extracted: those that the component was told last, or that its
        extractor has of its own; None before it was initialized."""
        if self._schema is None:
            self._schema = hooks_of(self.model).own_schema(self.model)
        return self._schema

    @schema.setter
    def schema(self, schema: Optional[Schema]) -> None:
        self._schema = schema

    @property
    def labels(self) -> Tuple[str, ...]:
        """RETURNS (Tuple[str, ...]): The labels of the schema."""
        # spaCy asks for them before a loaded component is locked, so no file is read for them.
        schema = self._schema or hooks_of(self.model).own_schema(self.model, read=False)
        return schema.labels if schema else ()

    @property
    def label_data(self) -> Optional[Dict[str, Any]]:
        """RETURNS (Optional[Dict]): The schema, in the form that `initialize` takes, so that
        `spacy init labels` can write it."""
        return self.schema.to_dict() if self.schema else None

    def add_label(self, label: Union[str, Mapping[str, Any]]) -> int:
        """Let a trained component learn a further relation. What it knows stays as it is.

        label (Union[str, Mapping[str, Any]]): The label of a relation between two entities, or an
            entry of a schema: a mapping with a "label" and, if you like, "roles" and so on.
        RETURNS (int): See `add_labels`.
        """
        relation = {"label": label} if isinstance(label, str) else label
        return self.add_labels({"relations": [relation]})

    def add_labels(self, labels: Mapping[str, Any]) -> int:
        """Let a trained component learn further relations and types of entities, and keep what it
        knows. What is new competes with that until it was trained.

        labels (Mapping[str, Any]): The further ones, in the form of a schema.
        RETURNS (int): The number of relations and types that were not there.
        RAISES (ValueError): If the component was not initialized, a relation is there with other
            fields, or the extractor cannot serve it.
        """
        if self.schema is None:
            raise ValueError(Errors.DRE031.format(name=self.name))
        schema = self.schema.extended(labels)
        added = len(schema.labels) - len(self.schema.labels)
        added += len(schema.entity_types) - len(self.schema.entity_types)
        if added:
            hooks_of(self.model).grow(self.model, schema)
            self.schema = schema
        return added

    def use_schema(self, schema: Schema) -> None:
        """Extract other relations from now on, if the extractor can: one that reads what
        relations mean needs no training for them.

        schema (Schema): The relations.
        RAISES (ValueError): If the weights serve only those they were trained for.
        """
        use_schema(self.model, schema, name=self.name)
        self.schema = schema

    def threshold_of(self, threshold: Optional[Threshold] = None) -> float:
        """Find out which score a triple needs.

        threshold (Optional[Union[float, str]]): A score, or the name of an operating point; the
            component's setting if None.
        RETURNS (float): The score.
        RAISES (ValueError): If it is no score, and no operating point of the component.
        """
        self.cfg.check(threshold=threshold)
        wanted = self.cfg["threshold"] if threshold is None else threshold
        if not isinstance(wanted, str):
            return float(wanted)
        points = self.calibration.thresholds if self.calibration else {}
        if wanted not in points:
            known = ", ".join(f"{name} ({score:.2f})" for name, score in points.items())
            raise ValueError(
                Errors.DRE690.format(name=self.name, wanted=wanted, known=known or "none")
            )
        return points[wanted]

    def forget_calibration(self) -> None:
        """Drop the calibration, as the scores of other weights are worth something else."""
        if self.calibration is not None:
            warnings.warn(Warnings.DRW690.format(name=self.name), stacklevel=3)
            self.calibration = None

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """RETURNS (bytes): The component, with its schema."""
        return save_bytes(self, tuple(exclude))

    def from_bytes(self: PipeT, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> PipeT:
        """Load the component from bytes.

        RAISES (ValueError): If they are incomplete or changed, or schema and weights disagree.
        """
        lock(self.model, self.scorer)
        load_bytes(self, bytes_data, tuple(exclude))
        return self

    def to_disk(self, path: Union[str, Path], *, exclude: Iterable[str] = ()) -> None:
        """Save the component to a directory, with its schema as readable JSON. What was saved there
        before is replaced only when all is written."""
        save_directory(self, Path(path), tuple(exclude))

    def from_disk(self: PipeT, path: Union[str, Path], *, exclude: Iterable[str] = ()) -> PipeT:
        """Load the component from a directory.

        RAISES (ValueError): If the directory is incomplete, or its files were changed or do not
            belong together, or schema and weights disagree.
        """
        lock(self.model, self.scorer)
        load_directory(self, Path(path), tuple(exclude))
        return self

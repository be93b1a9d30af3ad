"""A pretrained sequence-to-sequence model as an encoder."""

import json
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, ClassVar, Dict, List, Mapping, Optional, Tuple

import torch
from spacy.util import registry
from thinc.api import Model
from torch import nn

from ....data.entities import EntityDoc, Mention
from ....data.schema import Schema
from ....errors import Errors
from ...batching import batch_by_length
from ...grammar.symbols import SymbolTable
from ...limits import check_limits
from ...pairs.groups import in_groups
from ...stepping import AdamWStepper, Stepper
from ...weight_settings import check_weight_settings
from ...windows import Part
from ..encoder import Encoder
from ..frame import Frame
from .backbone import Backbone, Loader, load_backbone
from .marking import Written, write
from .network import PretrainedNetwork, SymbolNetwork
from .reading import Seq2SeqReading

PRECISIONS = {"bfloat16": torch.bfloat16, "float16": torch.float16}
SETTINGS = "docre.json"


@registry.misc("spacy_docre.Seq2Seq.v1")
def make_seq2seq(
    backbone: Loader,
    typed: bool = False,
    capacity: int = 64,
    window: Optional[int] = None,
    stride: Optional[int] = None,
    output_length: Optional[int] = None,
    batch_pieces: int = 8192,
    gradient_checkpointing: bool = False,
    mixed_precision: Optional[str] = None,
) -> Encoder:
    """Create an encoder of a pretrained sequence-to-sequence model, which reads text with a symbol
    around every mention (DORE, Section 3.1). Any head may use what it read; its decoder is at hand
    for heads that write symbols.

    backbone (Callable[[], Backbone]): Where model and tokenizer come from. It is called only
        when the pipeline is initialized.
    typed (bool): Whether each entity type has symbols of its own.
    capacity (int): The number of entities that a document may have, of each type if typed, where
        no document of the training data has more.
    window (Optional[int]): How many word pieces the encoder reads at once, with the symbols. What
        is longer is read in windows that overlap. As many as the model can if None.
    stride (Optional[int]): How far a window starts after the one before; half its size if None.
    output_length (Optional[int]): How many symbols the decoder can write, where its model has a
        limit that is too low: positions after that begin as copies of those before. As many as the
        model can if None.
    batch_pieces (int): About how many word pieces to encode together in extraction.
    gradient_checkpointing (bool): Whether to compute states again on the way back, which takes
        longer and needs much less memory.
    mixed_precision (Optional[str]): "bfloat16" or "float16" to compute in that on a GPU.
    RETURNS (Encoder): The encoder.
    RAISES (ValueError): If a setting is out of range.
    """
    return Seq2Seq(
        backbone,
        window,
        stride,
        output_length,
        batch_pieces,
        gradient_checkpointing,
        mixed_precision,
        typed,
        capacity,
    )


@dataclass(frozen=True)
class PretrainedEncoder(ABC):
    """What all encoders of pretrained sequence-to-sequence models have in common, whatever they
    write documents as. See `make_seq2seq` and `Encoder`."""

    backbone: Loader
    window: Optional[int] = None
    stride: Optional[int] = None
    output_length: Optional[int] = None
    batch_pieces: int = 8192
    gradient_checkpointing: bool = False
    mixed_precision: Optional[str] = None

    averages: ClassVar[bool] = True
    reads_tokens: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_limits(
            window=self.window,
            stride=self.stride,
            output_length=self.output_length,
            batch_pieces=self.batch_pieces,
        )
        if self.mixed_precision not in (None, *PRECISIONS):
            raise ValueError(
                Errors.DRE523.format(
                    name="mixed_precision", value=self.mixed_precision, expected=[None, *PRECISIONS]
                )
            )

    @property
    def layers(self) -> List[Model]:
        """See `Encoder`. There are none of thinc's."""
        return []

    @abstractmethod
    def symbols(self, docs: Sequence[EntityDoc], schema: Schema) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What symbols there are, as plain data."""

    @abstractmethod
    def make(self, backbone: Backbone, symbols: Mapping[str, Any]) -> PretrainedNetwork:
        """RETURNS (PretrainedNetwork): A network with these symbols."""

    @abstractmethod
    def write(self, network: Any, docs: Sequence[EntityDoc]) -> List[Written]:
        """RETURNS (List[Written]): The documents as word pieces and symbols."""

    def initialize(
        self, docs: Sequence[EntityDoc], schema: Schema
    ) -> Tuple[PretrainedNetwork, int]:
        """Fetch the pretrained weights, and make symbols for the schema and the documents.

        RAISES (ValueError): If windows are longer than what the model can read, or hold nothing.
        """
        network = self._ready(self.backbone(), self.symbols(docs, schema))
        network.start_symbols()
        return network, network.width

    def read(
        self, module: Any, docs: Sequence[EntityDoc]
    ) -> Tuple[Seq2SeqReading, Callable[[], None]]:
        """See `Encoder`."""
        written = self.write(module, docs)
        return Seq2SeqReading(module, written, self.window, self.stride), lambda: None

    def batches(
        self, module: Any, docs: Sequence[EntityDoc], parts: Sequence[Part], costs: Sequence[int]
    ) -> Iterator[Tuple[List[int], Seq2SeqReading]]:
        """Parts of about the same length together. See `Encoder`."""
        written = self.write(module, [_text_of(part) for part in parts])
        for alike in batch_by_length([len(each.ids) for each in written], self.batch_pieces):
            for part in in_groups([costs[i] for i in alike]):
                group = [alike[place] for place in part]
                some = [written[i] for i in group]
                yield group, Seq2SeqReading(module, some, self.window, self.stride)

    def grow(self, module: Any, schema: Schema) -> nn.Module:
        """See `Encoder`. Symbols begin as pieces of the pretrained model, which both share."""
        backbone = Backbone(module.model, module.tokenizer)
        network = self._ready(backbone, self.grown(self.symbols_of(module), schema))
        network.start_symbols()
        return network

    @abstractmethod
    def grown(self, symbols: Dict[str, Any], schema: Schema) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What `symbols` would have returned for more relations."""

    def stepper(self, network: Any, id: int, learn_rate_factor: float) -> Stepper:
        """See `Encoder`. All gradients are clipped together, as published."""
        encoder: PretrainedNetwork = network.encoder
        return AdamWStepper(
            network,
            lambda name: not name.startswith("encoder.model."),
            learn_rate_factor,
            device_type=encoder.device.type,
            scales=encoder.compute_type is torch.float16,
        )

    def save(self, module: Any, folder: Path) -> None:
        """Write model and tokenizer as `transformers` does, and the symbols beside them."""
        with warnings.catch_warnings():
            # Settings for `generate`, which nobody calls here.
            warnings.filterwarnings("ignore", message="Moving the following attributes")
            module.model.save_pretrained(folder, safe_serialization=True)
        module.tokenizer.save_pretrained(folder)
        settings = json.dumps(self.symbols_of(module), ensure_ascii=False, indent=2)
        (folder / SETTINGS).write_text(settings, encoding="utf8")

    def comparable(self, symbols: Dict[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """RETURNS (Tuple[Dict[str, Any], Dict[str, Any]]): What symbols were learnt under, and what
        the config says of that."""
        return (
            {"output_length": symbols["output_length"]},
            {"output_length": self.output_length},
        )

    @abstractmethod
    def symbols_of(self, module: Any) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What `symbols` returned for a network."""

    def load(self, folder: Path) -> nn.Module:
        """See `Encoder`. Nothing but the folder is asked for, least of all the network.

        RAISES (ValueError): If the config has other settings than the weights were learnt under.
        """
        symbols = json.loads((folder / SETTINGS).read_text(encoding="utf8"))
        check_weight_settings(*self.comparable(symbols))
        return self._ready(load_backbone(folder, offline=True), symbols)

    def _ready(self, backbone: Backbone, symbols: Mapping[str, Any]) -> PretrainedNetwork:
        network = self.make(backbone, symbols)
        network.use_checkpoints(self.gradient_checkpointing)
        frame = Frame.of(network.tokenizer)
        least = len(frame.before) + len(frame.after) + 1
        most = network.family.longest_input
        window = self.window
        if window is not None and not (least <= window and (most is None or window <= most)):
            expected = f"at least {least}" if most is None else f"{least} to {most}"
            raise ValueError(Errors.DRE523.format(name="window", value=window, expected=expected))
        return network


@dataclass(frozen=True)
class Seq2Seq(PretrainedEncoder):
    """Read documents with a symbol around every mention. See `make_seq2seq`."""

    typed: bool = False
    capacity: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        check_limits(capacity=self.capacity)

    def symbols(self, docs: Sequence[EntityDoc], schema: Schema) -> Dict[str, Any]:
        """See `PretrainedEncoder`."""
        table = SymbolTable.learn(schema, docs, typed=self.typed, at_least=self.capacity)
        return _to_dict(table, self.output_length)

    def make(self, backbone: Backbone, symbols: Mapping[str, Any]) -> SymbolNetwork:
        """See `PretrainedEncoder`."""
        table = SymbolTable(
            Schema.from_dict(symbols["schema"]), symbols["typed"], symbols["capacity"]
        )
        return SymbolNetwork(
            backbone.model,
            backbone.tokenizer,
            table,
            symbols["output_length"],
            PRECISIONS.get(self.mixed_precision or ""),
        )

    def write(self, network: Any, docs: Sequence[EntityDoc]) -> List[Written]:
        """See `PretrainedEncoder`."""
        return write(docs, network.tokenizer, network.table, network.n_pieces)

    def symbols_of(self, module: Any) -> Dict[str, Any]:
        """See `PretrainedEncoder`."""
        return _to_dict(module.table, module.output_length)

    def comparable(self, symbols: Dict[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """See `PretrainedEncoder`. There are as many symbols as the config says at least."""
        saved, given = super().comparable(symbols)
        fewest = min(symbols["capacity"].values(), default=self.capacity)
        saved.update(typed=symbols["typed"], capacity=min(fewest, self.capacity))
        given.update(typed=self.typed, capacity=self.capacity)
        return saved, given

    def grown(self, symbols: Dict[str, Any], schema: Schema) -> Dict[str, Any]:
        """See `PretrainedEncoder`. Symbols of a new type are as many as those of the type that has
        most."""
        capacity = dict(symbols["capacity"])
        if symbols["typed"]:
            new = set(schema.entity_types) - set(capacity)
            capacity.update(dict.fromkeys(new, max(capacity.values())))
        return {**symbols, "schema": schema.to_dict(), "capacity": capacity}


def _text_of(part: Part) -> EntityDoc:
    """The text of a part as a document of its own."""
    if part.is_whole:
        return part.content
    text = part.content.doc[part.start : part.end].as_doc()
    entities = [
        replace(
            entity,
            mentions=tuple(Mention(a - part.start, b - part.start) for a, b in entity.mentions),
        )
        for entity in part.content.entities
    ]
    return EntityDoc(text, tuple(entities))


def _to_dict(table: SymbolTable, output_length: Optional[int]) -> Dict[str, Any]:
    return {
        "schema": table.schema.to_dict(),
        "typed": table.typed,
        "capacity": dict(table.capacity),
        "output_length": output_length,
    }

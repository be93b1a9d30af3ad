"""A network as a directory: what makes it run without the place its weights came from.

The model and the tokenizer are written as `transformers` writes them, weights as safetensors,
and the symbols beside them.
"""

import json
import shutil
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, NamedTuple, Type

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ...errors import Errors
from .backbone import load_backbone
from .network import PretrainedNetwork

SETTINGS = "docre.json"
SYMBOLS = "symbols.safetensors"


class Loaded(NamedTuple):
    """What a directory holds."""

    network: PretrainedNetwork
    tokenizer: Any


def write_network(path: Path, network: PretrainedNetwork, tokenizer: Any) -> None:
    """Write a network to a directory. Another one in its place is replaced only when all is
    written, so that nothing is lost halfway, nor overwritten while its weights are in use.

    path (Path): The directory.
    network (PretrainedNetwork): The network.
    tokenizer (PreTrainedTokenizerBase): Its tokenizer.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as temporary:
        fresh = Path(temporary) / path.name
        with warnings.catch_warnings():
            # Settings for `generate`, which nobody calls here.
            warnings.filterwarnings("ignore", message="Moving the following attributes")
            network.model.save_pretrained(fresh, safe_serialization=True)
        tokenizer.save_pretrained(fresh)
        weights = {
            name: tensor.detach().cpu().contiguous() for name, tensor in network.own_state().items()
        }
        save_file(weights, fresh / SYMBOLS)
        settings = json.dumps(network.settings.to_dict(), ensure_ascii=False, indent=2)
        (fresh / SETTINGS).write_text(settings, encoding="utf8")
        remove(path)
        fresh.rename(path)


def read_network(path: Path, kind: Type[PretrainedNetwork]) -> Loaded:
    """Build the network that a directory holds. Nothing else is asked for, least of all the
    network.

    path (Path): The directory.
    kind (Type[PretrainedNetwork]): What network it is.
    RETURNS (Loaded): The network and its tokenizer.
    RAISES (ValueError): If the directory is incomplete, or its parts do not fit.
    """
    data = json.loads((path / SETTINGS).read_text(encoding="utf8"))
    settings = kind.settings_type.from_dict(data)
    backbone = load_backbone(path, offline=True)
    network = kind(backbone.model, settings)  # type: ignore[call-arg]
    try:
        own = load_file(path / SYMBOLS)
        if own.keys() != network.own_state().keys():
            raise RuntimeError(f"{sorted(own)}")
        network.load_state_dict(own, strict=False)
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(Errors.DRE502.format(error=error)) from error
    return Loaded(network, backbone.tokenizer)


def pack(network: PretrainedNetwork, tokenizer: Any) -> Dict[str, bytes]:
    """RETURNS (Dict[str, bytes]): The files of a network's directory."""
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "network"
        write_network(path, network, tokenizer)
        return {file.name: file.read_bytes() for file in sorted(path.iterdir())}


def unpack(files: Dict[str, bytes], kind: Type[PretrainedNetwork]) -> Loaded:
    """RETURNS (Loaded): The network of files that `pack` returned."""
    with TemporaryDirectory() as temporary:
        for name, data in files.items():
            (Path(temporary) / Path(name).name).write_bytes(data)
        return read_network(Path(temporary), kind)


def remove(path: Path) -> None:
    """Remove what was saved at a path before, a directory or a file."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

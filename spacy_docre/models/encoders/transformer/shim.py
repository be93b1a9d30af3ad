"""The thinc shim around a pretrained transformer: it fetches it, steps it, saves and loads it."""

from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, cast

import torch
from thinc.api import get_torch_default_device

from ....errors import Errors
from ....optional_packages import need
from ...folder_shim import FolderShim
from ...stepping import Stepper, ThincStepper
from ..lower_layers import freeze_lower_layers
from .network import TransformerNetwork

STORED = {"float32": torch.float32, "float16": torch.float16}


class Reading(NamedTuple):
    """How documents are read. It is no part of what is saved: what a config says at loading counts.

    window (Optional[int]): How many pieces are read at once, with their frame; as many as the model
        can if None.
    overlap (int): How many of them the next window reads again.
    batch_pieces (int): About how many pieces are read together.
    precision (str): See `precision.compute_type`.
    """

    window: Optional[int] = None
    overlap: int = 128
    batch_pieces: int = 8192
    precision: str = "auto"


class TransformerShim(FolderShim):
    """Hold a pretrained transformer.

    name (str): A name on the hub, or a folder. Asked for only in `initialize`.
    revision (str): The version on the hub.
    options (Dict[str, Any]): Settings of the transformer, in place of its own.
    reading (Reading): How it reads documents.
    width (int): The width that its vectors must have.
    frozen_layers (int): How many layers are not trained, from the lowest.
    frozen_embeddings (bool): Whether the embeddings are not trained.
    learn_rate_factor (float): Its learning rate, as a multiple of the optimizer's.
    stored (str): What weights are saved in.
    """

    def __init__(
        self,
        name: str,
        revision: str,
        options: Dict[str, Any],
        reading: Reading,
        *,
        width: int,
        frozen_layers: int,
        frozen_embeddings: bool,
        learn_rate_factor: float,
        stored: str,
    ) -> None:
        super().__init__()
        self.name = name
        self.revision = revision
        self.options = options
        self.reading = reading
        self.width = width
        self.frozen_layers = frozen_layers
        self.frozen_embeddings = frozen_embeddings
        self.learn_rate_factor = learn_rate_factor
        self.stored = stored

    @property
    def network(self) -> TransformerNetwork:
        """See `FolderShim`."""
        return cast(TransformerNetwork, super().network)

    def fetch(self) -> None:
        """Fetch the pretrained weights, unless there are weights already.

        RAISES (ValueError): If there are none by that name, or of another width.
        """
        if self._model is None:
            network = self._load(self.name, self.revision, **self.options)
            self.hold(network, get_torch_default_device())

    def make_stepper(self) -> Stepper:
        """See `FolderShim`."""
        factor = self.learn_rate_factor
        return ThincStepper(self.id, self.network.named_parameters, lambda name: factor)

    def save(self, folder: Path) -> None:
        """See `FolderShim`. Files are those that `transformers` writes, without pickle."""
        network = self.network
        dtype = STORED[self.stored]
        state = {
            name: weight.to(dtype) if weight.is_floating_point() else weight
            for name, weight in network.model.state_dict().items()
        }
        network.model.save_pretrained(folder, state_dict=state, safe_serialization=True)
        network.tokenizer.save_pretrained(folder)

    def load(self, folder: Path) -> TransformerNetwork:
        """See `FolderShim`. Nothing but the folder is asked for, least of all the network."""
        return self._load(folder, None, local_files_only=True)

    def _load(self, name: Any, revision: Optional[str], **options: Any) -> TransformerNetwork:
        transformers: Any = need("transformers", extra="encoder")
        where = {"revision": revision, "trust_remote_code": False}
        local = {key: options[key] for key in options if key == "local_files_only"}
        try:
            model = transformers.AutoModel.from_pretrained(
                name, torch_dtype=torch.float32, use_safetensors=True, **where, **options
            )
            tokenizer = transformers.AutoTokenizer.from_pretrained(name, **where, **local)
        except (OSError, ValueError) as error:
            raise ValueError(Errors.DRE531.format(name=name, problem=error)) from error
        network = TransformerNetwork(model.eval(), tokenizer)
        if network.width != self.width:
            raise ValueError(Errors.DRE530.format(name=name, width=self.width, found=network.width))
        freeze_lower_layers(
            model, self.frozen_layers, embeddings=self.frozen_embeddings, pipe="tok2vec"
        )
        return network

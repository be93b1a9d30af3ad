"""A base model with adapters, which computes rows of branches."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple, Union

import torch
from torch import Tensor

from ....optional_packages import need
from .block_attention import can_flatten, compute, flatten, take_over
from .cache import key_values
from .lora import LoRA
from .packing import PREFIX, PackedRows, Piece, RowCache, attention_mask, pack, visibility
from .tokens import Tokens


class LanguageModel:
    """A causal language model with an adapter for each stage, or one for all.

    tokenizer (PreTrainedTokenizerBase): Its tokenizer.
    model (PreTrainedModel): The base model.
    lora (LoRA): The settings of adapters.
    adapters (Sequence[str]): The names of adapters.

    passage_tokens (int): How many tokens of passages it computed.
    """

    def __init__(self, tokenizer: Any, model: Any, lora: LoRA, adapters: Sequence[str]) -> None:
        peft = need("peft")
        self.tokens = Tokens(tokenizer, _ends(model))
        self.base = model
        self.lora = lora
        self.adapters = tuple(adapters)
        self.passage_tokens = 0
        first, *others = adapters
        self.model = peft.get_peft_model(model, lora.peft_config(), adapter_name=first)
        for name in others:
            self.model.add_adapter(name, lora.peft_config())
        if lora.checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        take_over(model)
        self._active = ""
        self.activate(first)
        self.model.eval()

    @property
    def device(self) -> torch.device:
        return self.base.get_input_embeddings().weight.device

    @property
    def limit(self) -> int:
        """The number of positions that the base model knows."""
        config = self.base.config
        lengths = [config.max_position_embeddings, getattr(config, "sliding_window", None)]
        return min(length for length in lengths if length)

    def activate(self, adapter: str) -> None:
        """Switch to an adapter. All of them remain trainable."""
        if adapter != self._active:
            self.model.set_adapter(adapter)
            for parameter in self.parameters().values():
                parameter.requires_grad_(True)
            self._active = adapter

    def parameters(self) -> Dict[str, torch.nn.Parameter]:
        """RETURNS (Dict[str, Parameter]): The parameters of all adapters, by name."""
        return {
            name: parameter for name, parameter in self.model.named_parameters() if ".lora_" in name
        }

    def weights(self, adapter: str) -> Dict[str, Tensor]:
        """RETURNS (Dict[str, Tensor]): The weights of an adapter, by peft's names."""
        state = need("peft").get_peft_model_state_dict(self.model, adapter_name=adapter)
        return {name: value.detach().cpu().contiguous() for name, value in state.items()}

    def load_weights(self, adapter: str, weights: Dict[str, Tensor]) -> None:
        """Replace the weights of an adapter.

        RAISES (RuntimeError): If they are not those of an adapter of this shape.
        """
        expected = self.weights(adapter)
        if {n: w.shape for n, w in expected.items()} != {n: w.shape for n, w in weights.items()}:
            raise RuntimeError(f"the weights of '{adapter}' have other names or shapes")
        need("peft").set_peft_model_state_dict(self.model, weights, adapter_name=adapter)

    def export(self, folder: Union[str, Path]) -> None:
        """Write the adapters as peft does, each into a folder of its own name, for servers.

        folder (Union[str, Path]): Where to write.
        """
        self.model.save_pretrained(str(folder), selected_adapters=list(self.adapters))

    def remove_adapters(self) -> Any:
        """RETURNS (PreTrainedModel): The base model, without adapters."""
        base = self.model.unload()
        # Older versions of peft leave it, and would warn of it when other adapters come.
        if hasattr(base, "peft_config"):
            del base.peft_config
        return base

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """Use dropout and checkpoints, for the time of a `with` block."""
        self.model.train()
        try:
            yield
        finally:
            self.model.eval()

    def encode(self, adapter: str, prefixes: Sequence[Sequence[int]]) -> RowCache:
        """Compute the prefixes of rows.

        adapter (str): The adapter to compute them with, and all that continues them.
        prefixes (Sequence[Sequence[int]]): Their tokens.
        RETURNS (RowCache): What can be continued by any number of branches.
        """
        pieces = [Piece(row, PREFIX, tokens, 0, 0) for row, tokens in enumerate(prefixes)]
        packed = pack(pieces, len(prefixes), self.tokens.pad, self.device)
        nothing = packed.ids[:, :0]
        sees = visibility([PREFIX], self.device)
        self.passage_tokens += sum(map(len, prefixes))
        return self._compute(RowCache((), nothing, nothing, sees, adapter), packed)[1]

    def go_on(self, cached: RowCache, pieces: Sequence[Piece]) -> Tuple[Tensor, RowCache]:
        """Continue branches.

        cached (RowCache): What was computed before. What `encode` returned can be continued any
            number of times, and what this returned once.
        pieces (Sequence[Piece]): What continues it.
        RETURNS (Tuple[Tensor, RowCache]): Logits at the wanted tokens, *Shape:* (N, vocabulary),
            and what was computed up to now.
        """
        packed = pack(pieces, len(cached.branches), self.tokens.pad, self.device)
        return self._compute(cached, packed)

    def read(
        self, adapter: str, pieces: Sequence[Piece], rows: int, parents: Sequence[int]
    ) -> Tensor:
        """Compute whole rows at once, to learn from them.

        adapter (str): The adapter.
        pieces (Sequence[Piece]): Prefixes and branches.
        rows (int): The number of rows.
        parents (Sequence[int]): What each branch continues, see `visibility`.
        RETURNS (Tensor): Logits at the wanted tokens. *Shape:* (N, vocabulary)
        """
        packed = pack(pieces, rows, self.tokens.pad, self.device)
        sees = visibility(parents, self.device)
        self.activate(adapter)
        # A checkpoint computes attention again when nothing tells it of blocks any more.
        if self.lora.checkpointing or not can_flatten(self.base):
            mask = attention_mask(None, packed, sees, self.base.dtype)
            return self._compute_rows(packed, mask, use_cache=False)
        return compute(self.model, flatten(None, packed, sees, self.base.dtype))

    def _compute(self, cached: RowCache, packed: PackedRows) -> Tuple[Tensor, RowCache]:
        cache = key_values(cached.layers, cached.branches.shape[1])
        self.activate(cached.adapter)
        with torch.inference_mode():
            if can_flatten(self.base):
                flat = flatten(cached, packed, cached.sees, self.base.dtype, cache)
                logits = compute(self.model, flat, cache)
            else:
                mask = attention_mask(cached, packed, cached.sees, self.base.dtype)
                logits = self._compute_rows(packed, mask, past_key_values=cache, use_cache=True)
        return logits, replace(
            cached,
            layers=tuple(cache.kept),
            branches=torch.cat([cached.branches, packed.branches], 1),
            positions=torch.cat([cached.positions, packed.positions], 1),
        )

    def _compute_rows(self, packed: PackedRows, mask: Tensor, **settings: Any) -> Tensor:
        """Rows with padding, for checkpoints, and for models that compute attention in their own
        way."""
        output = self.model(
            input_ids=packed.ids,
            attention_mask=mask,
            position_ids=packed.positions,
            logits_to_keep=packed.keep,
            **settings,
        )
        return output.logits.to(packed.ids.device)[packed.wanted_rows, packed.wanted]


def _ends(model: Any) -> List[int]:
    """The tokens that end what a model generates."""
    found = getattr(model.generation_config, "eos_token_id", None)
    return [] if found is None else list(found) if isinstance(found, (list, tuple)) else [found]

"""A base model with adapters, which computes rows of branches."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Sequence, Tuple, Union

import torch
from torch import Tensor

from .block_attention import can_flatten, compute, flatten, take_over
from .caching import roomy_cache
from .extra import need
from .lora import LoRA
from .merging import Merger
from .packing import PREFIX, Layout, Past, Piece, attention_mask, lay_out, visibility
from .tokens import Tokens


class LanguageModel:
    """A causal language model with an adapter for each stage, or one for all.

    tokenizer (PreTrainedTokenizerBase): Its tokenizer.
    model (PreTrainedModel): The base model.
    lora (LoRA): The settings of adapters.
    adapters (Sequence[str]): The names of adapters.

    calls (int): How often the model was called.
    passage_tokens (int): How many tokens of passages it computed.
    """

    def __init__(self, tokenizer: Any, model: Any, lora: LoRA, adapters: Sequence[str]) -> None:
        peft = need("peft")
        self.tokens = Tokens(tokenizer)
        self.base = model
        self.lora = lora
        self.adapters = tuple(adapters)
        self.calls = self.passage_tokens = 0
        first, *others = adapters
        self.model = peft.get_peft_model(model, lora.peft_config(), adapter_name=first)
        for name in others:
            self.model.add_adapter(name, lora.peft_config())
        if lora.checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        take_over(model)
        self.merger = Merger(self.model)
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
        self.merger.restore()
        if adapter != self._active:
            self.model.set_adapter(adapter)
            for parameter in self._parameters().values():
                parameter.requires_grad_(True)
            self._active = adapter

    def parameters(self) -> Dict[str, torch.nn.Parameter]:
        """RETURNS (Dict[str, Parameter]): The parameters of all adapters, by name. None of them is
        merged, since whoever asks may change them."""
        self.merger.restore()
        return self._parameters()

    def _parameters(self) -> Dict[str, torch.nn.Parameter]:
        return {
            name: parameter for name, parameter in self.model.named_parameters() if ".lora_" in name
        }

    def adapter_of(self, parameter: str) -> str:
        """RETURNS (str): The adapter that a parameter belongs to."""
        return parameter.rpartition(".lora_")[2].split(".")[1]

    def weights(self, adapter: str) -> Dict[str, Tensor]:
        """RETURNS (Dict[str, Tensor]): The weights of an adapter, by peft's names."""
        state = need("peft").get_peft_model_state_dict(self.model, adapter_name=adapter)
        return {name: value.detach().cpu().contiguous() for name, value in state.items()}

    def load_weights(self, adapter: str, weights: Dict[str, Tensor]) -> None:
        """Replace the weights of an adapter.

        RAISES (RuntimeError): If they are not those of an adapter of this shape.
        """
        self.merger.restore()
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
        self.merger.restore()
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

    def encode(self, adapters: Sequence[str], prefixes: Sequence[Sequence[int]]) -> Past:
        """Compute the prefixes of rows.

        adapters (Sequence[str]): The adapter of each row.
        prefixes (Sequence[Sequence[int]]): Their tokens.
        RETURNS (Past): What can be continued by any number of branches.
        """
        pieces = [Piece(row, PREFIX, tokens, 0, 0) for row, tokens in enumerate(prefixes)]
        layout = lay_out(pieces, len(prefixes), self.tokens.pad, self.device)
        nothing = layout.ids[:, :0]
        sees = visibility([PREFIX], self.device)
        self.passage_tokens += sum(map(len, prefixes))
        return self._compute(Past((), nothing, nothing, sees, tuple(adapters)), layout)[1]

    def go_on(self, past: Past, pieces: Sequence[Piece]) -> Tuple[Tensor, Past]:
        """Continue branches.

        past (Past): What was computed before. What `encode` returned can be continued any number
            of times, and what this returned once.
        pieces (Sequence[Piece]): What continues it.
        RETURNS (Tuple[Tensor, Past]): Logits at the wanted tokens, *Shape:* (N, vocabulary), and
            what was computed up to now.
        """
        layout = lay_out(pieces, len(past.branches), self.tokens.pad, self.device)
        return self._compute(past, layout)

    def read(
        self, adapter: str, pieces: Sequence[Piece], rows: int, parents: Sequence[int]
    ) -> Tuple[Tensor, Layout]:
        """Compute whole rows at once, to learn from them.

        adapter (str): The adapter.
        pieces (Sequence[Piece]): Prefixes and branches.
        rows (int): The number of rows.
        parents (Sequence[int]): What each branch continues, see `visibility`.
        RETURNS (Tuple[Tensor, Layout]): Logits at the wanted tokens, *Shape:* (N, vocabulary), and
            where these are.
        """
        layout = lay_out(pieces, rows, self.tokens.pad, self.device)
        sees = visibility(parents, self.device)
        self.activate(adapter)
        self.calls += 1
        # A checkpoint computes attention again when nothing tells it of blocks any more.
        if self.lora.checkpointing or not can_flatten(self.base):
            output = self.model(
                input_ids=layout.ids,
                attention_mask=attention_mask(None, layout, sees, self.base.dtype),
                position_ids=layout.positions,
                use_cache=False,
                logits_to_keep=layout.keep,
            )
            return output.logits[layout.wanted_rows, layout.wanted], layout
        flat = flatten(None, layout, sees, self.base.dtype)
        return compute(self.model, flat), layout

    def _compute(self, past: Past, layout: Layout) -> Tuple[Tensor, Past]:
        self.calls += 1
        cache = roomy_cache(past.layers, past.branches.shape[1])
        mixed = self.put(past.adapters)
        with torch.inference_mode():
            if not mixed and can_flatten(self.base):
                flat = flatten(past, layout, past.sees, self.base.dtype, cache)
                logits = compute(self.model, flat, cache)
            else:
                logits = self._compute_rows(past, layout, cache, mixed)
        return logits, replace(
            past,
            layers=tuple(cache.kept),
            branches=torch.cat([past.branches, layout.branches], 1),
            positions=torch.cat([past.positions, layout.positions], 1),
        )

    def _compute_rows(self, past: Past, layout: Layout, cache: Any, mixed: Dict) -> Tensor:
        """Rows with padding, for models that compute attention in their own way, and rows of
        different adapters."""
        output = self.model(
            input_ids=layout.ids,
            attention_mask=attention_mask(past, layout, past.sees, self.base.dtype),
            position_ids=layout.positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=layout.keep,
            **mixed,
        )
        return output.logits[layout.wanted_rows, layout.wanted]

    def put(self, adapters: Sequence[str]) -> Dict[str, Any]:
        """Put the adapters of rows in place.

        adapters (Sequence[str]): The adapter of each row.
        RETURNS (Dict[str, Any]): What the model has to be told of them.
        """
        first = adapters[0]
        if any(adapter != first for adapter in adapters):
            self.merger.restore()
            return {"adapter_names": list(adapters)}
        if self.lora.inference == "merge":
            self.merger.merge(first)
        else:
            self.activate(first)
        return {}

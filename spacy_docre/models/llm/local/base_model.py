"""The base model: which one, how it is loaded, and whether it is the one that adapters
were made for. It is never saved with a pipeline."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

import torch
from spacy.util import registry
from thinc.api import get_torch_default_device

from ....errors import Errors
from ....optional_packages import need
from ....trust import Outside
from ....unchanged_files import state_of_files
from ..checks import check_choice
from .twins import share

QUANTIZATIONS = ("none", "8bit", "nf4")
DTYPES = ("auto", "float32", "bfloat16", "float16")
# What makes the shape of a causal language model, as its config calls it.
SHAPE = (
    "model_type",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
)

# How many numbers a fingerprint has, and what precision does to one of them at most.
SUMS = 16
ROUNDING = 0.05


@dataclass(frozen=True)
class CausalLM:
    """A causal language model to be loaded.

    name (str): Its name on the hub, or a folder.
    revision (Optional[str]): The revision on the hub.
    quantization (str): "none", "8bit" or "nf4", which is 4-bit NF4, with constants that are
        quantized, too.
    dtype (str): The type of weights, or of computation with quantized ones. With "auto" that of the
        weights as they were published or, for computation in 4 bits, bfloat16 where the device has
        it, and else float16.
    device_map (Optional[str]): Where layers go, as accelerate reads it. Without one all
        go to the device that spaCy was told to use.
    trust_remote_code (bool): Whether to run code that comes with the model.
    """

    name: str
    revision: Optional[str] = None
    quantization: str = "none"
    dtype: str = "auto"
    device_map: Optional[str] = None
    trust_remote_code: bool = False
    outside: Outside = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        what = f"fetch the model {self.name!r} from the hub, if it is not on this machine"
        if self.trust_remote_code:
            what = f"run code that comes with the model {self.name!r}"
        object.__setattr__(self, "outside", Outside(what))
        check_choice("quantization", self.quantization, QUANTIZATIONS)
        check_choice("dtype", self.dtype, DTYPES)


@registry.misc("spacy_docre.CausalLM.v1")
def make_causal_lm(
    name: str,
    revision: Optional[str] = None,
    quantization: str = "none",
    dtype: str = "auto",
    device_map: Optional[str] = None,
    trust_remote_code: bool = False,
) -> CausalLM:
    """Describe a base model. See `CausalLM`."""
    return CausalLM(name, revision, quantization, dtype, device_map, trust_remote_code)


def load_base(base: CausalLM) -> Tuple[Any, Any]:
    """Load a tokenizer and a model, which will not be trained.

    base (CausalLM): Which.
    RETURNS (Tuple[PreTrainedTokenizerBase, PreTrainedModel]): The two.
    RAISES (ValueError): If they cannot be loaded.
    """
    if base.trust_remote_code:
        base.outside.use()
    transformers = need("transformers")
    settings: Dict[str, Any] = {
        "revision": base.revision,
        "local_files_only": not base.outside.allowed,
        "trust_remote_code": base.trust_remote_code,
    }
    device = get_torch_default_device()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(base.name, **settings)
        if base.device_map is not None or base.quantization == "8bit":
            return tokenizer, _load_model(base, device, settings)
        key = (base, str(device), state_of_files(base.name))
        return tokenizer, share(key, lambda: _load_model(base, device, settings))
    except (OSError, ValueError) as error:
        problem = str(error)
        if not base.outside.allowed:
            problem = f"{problem} It was looked for on this machine only: {Errors.DRE571}"
        revision = "" if base.revision is None else f", revision {base.revision}"
        raise ValueError(
            Errors.DRE603.format(name=base.name, revision=revision, error=problem)
        ) from error


def _load_model(base: CausalLM, device: torch.device, settings: Dict[str, Any]) -> Any:
    transformers = need("transformers")
    settings = dict(settings)
    if base.quantization != "none":
        need("bitsandbytes")
        settings["quantization_config"] = _quantization(base)
    if base.device_map is not None or base.quantization != "none":
        need("accelerate")
        settings["device_map"] = base.device_map or {"": str(device)}
    dtype = base.dtype if base.dtype == "auto" else getattr(torch, base.dtype)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        base.name, torch_dtype=dtype, **settings
    )
    if "device_map" not in settings:
        model.to(device)
    model.eval().requires_grad_(False)
    _keep_weights(model)
    model.config.use_cache = True
    return model


def identity(base: CausalLM, model: Any) -> Dict[str, Any]:
    """RETURNS (Dict[str, Any]): What is saved of a base, to know it again."""
    config = model.config.to_dict()
    return {
        "name": base.name,
        "revision": base.revision,
        "shape": {key: config[key] for key in SHAPE if key in config},
        "fingerprint": fingerprint(model),
    }


def fingerprint(model: Any) -> List[float]:
    """What tells the weights of a model from those of others, whatever their precision: sums of
    parts of its embeddings, which are never quantized.

    model (PreTrainedModel): The model.
    RETURNS (List[float]): The sums, each of which lies about 1 away from 0; none if the weights are
        not in memory.
    """
    weight = model.get_input_embeddings().weight.detach()
    if weight.device.type == "meta":
        return []
    rows = torch.linspace(0, len(weight) - 1, SUMS * 16).long()
    sample = weight[rows.to(weight.device)].double().cpu().view(SUMS, -1)
    signs = torch.ones(sample.shape[1], dtype=sample.dtype)
    signs[1::2] = -1
    spread = (sample.square().sum(1)).sqrt().clamp(min=1e-12)
    return [round(value, 4) for value in ((sample * signs).sum(1) / spread).tolist()]


def check_identity(saved: Dict[str, Any], found: Dict[str, Any]) -> None:
    """Refuse a base that is not the one that adapters were made for. It may lie elsewhere, under
    another name, and have another precision.

    saved (Dict[str, Any]): What `identity` returned when the adapters were made.
    found (Dict[str, Any]): What it returns now.
    RAISES (ValueError): If the two differ.
    """
    different = [
        f"{key} {found['shape'].get(key)} instead of {value}"
        for key, value in saved["shape"].items()
        if found["shape"].get(key) != value
    ]
    pairs = list(zip(saved.get("fingerprint", ()), found["fingerprint"]))
    if not different and any(abs(before - now) > ROUNDING for before, now in pairs):
        different.append(f"{found['name']!r} has other weights")
    if different:
        raise ValueError(Errors.DRE604.format(name=saved["name"], different="; ".join(different)))


def _keep_weights(model: Any) -> None:
    """Keep 4-bit weights as they were loaded. On processors with AVX512-BF16, bitsandbytes packs
    them anew at the first extraction, in a form through which no gradient passes later on."""
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _quantization(base: CausalLM) -> Any:
    transformers = need("transformers")
    if base.quantization == "8bit":
        return transformers.BitsAndBytesConfig(load_in_8bit=True)
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=_compute_dtype(base),
    )


def _compute_dtype(base: CausalLM) -> torch.dtype:
    if base.dtype != "auto":
        dtype: torch.dtype = getattr(torch, base.dtype)
        return dtype
    device = get_torch_default_device()
    # Older cards compute bfloat16 by other means, which takes long.
    emulated = device.type == "cuda" and torch.cuda.get_device_capability(device) < (8, 0)
    return torch.float16 if emulated else torch.bfloat16

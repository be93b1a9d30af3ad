"""The base model: which one, how it is loaded, and whether it is the one that adapters
were made for. It is never saved with a pipeline."""

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Dict, Optional, Tuple

import torch
from spacy.util import registry
from thinc.api import get_torch_default_device

from ....errors import Errors
from ....trust import Outside
from ..checks import check_choice
from ..extra import need

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


@dataclass(frozen=True)
class CausalLM:
    """A causal language model to be loaded.

    name (str): Its name on the hub, or a folder.
    revision (Optional[str]): The revision on the hub.
    quantization (str): "none", "8bit" or "nf4", which is 4-bit NF4, with constants that are
        quantized, too.
    dtype (str): The type of weights, or of computation with quantized ones.
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
    dtype = base.dtype if base.dtype == "auto" else getattr(torch, base.dtype)
    device = get_torch_default_device()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(base.name, **settings)
        if base.quantization != "none":
            need("bitsandbytes")
            settings["quantization_config"] = _quantization(base)
        if base.device_map is not None or base.quantization != "none":
            need("accelerate")
            settings["device_map"] = base.device_map or {"": str(device)}
        model = transformers.AutoModelForCausalLM.from_pretrained(
            base.name, torch_dtype=dtype, **settings
        )
    except (OSError, ValueError) as error:
        problem = str(error)
        if not base.outside.allowed:
            problem = f"{problem} It was looked for on this machine only: {Errors.DRE571}"
        revision = "" if base.revision is None else f", revision {base.revision}"
        raise ValueError(
            Errors.DRE603.format(name=base.name, revision=revision, error=problem)
        ) from error
    if "device_map" not in settings:
        model.to(device)
    model.eval().requires_grad_(False)
    _keep_weights(model)
    model.config.use_cache = True
    return tokenizer, model


def identity(base: CausalLM, model: Any) -> Dict[str, Any]:
    """RETURNS (Dict[str, Any]): What is saved of a base, to know it again."""
    config = model.config.to_dict()
    return {
        "name": base.name,
        "revision": base.revision,
        "shape": {key: config[key] for key in SHAPE if key in config},
    }


def check_identity(saved: Dict[str, Any], found: Dict[str, Any]) -> None:
    """Refuse a base that is not the one that adapters were made for. The folder in which it
    lies may differ, its last part may not.

    saved (Dict[str, Any]): What `identity` returned when the adapters were made.
    found (Dict[str, Any]): What it returns now.
    RAISES (ValueError): If the two differ.
    """
    different = [
        f"{key} {found['shape'].get(key)} instead of {value}"
        for key, value in saved["shape"].items()
        if found["shape"].get(key) != value
    ]
    if PurePath(saved["name"]).name != PurePath(found["name"]).name:
        different.insert(0, f"name {found['name']!r} instead of {saved['name']!r}")
    if saved["revision"] != found["revision"]:
        different.append(f"revision {found['revision']} instead of {saved['revision']}")
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
        bnb_4bit_compute_dtype=torch.float32
        if base.dtype == "auto"
        else getattr(torch, base.dtype),
    )

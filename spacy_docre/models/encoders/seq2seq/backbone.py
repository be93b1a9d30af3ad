"""The pretrained model and its tokenizer, and where they come from."""

from functools import partial
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional, Union

import torch
from spacy.util import registry

from ....errors import Errors
from ....optional_packages import need


class Backbone(NamedTuple):
    """A pretrained model with its tokenizer.

    model (PreTrainedModel): A model for sequence-to-sequence generation.
    tokenizer (PreTrainedTokenizerBase): What it reads text with.
    """

    model: Any
    tokenizer: Any


Loader = Callable[[], Backbone]


@registry.misc("spacy_docre.PretrainedSeq2Seq.v1")
def make_pretrained_seq2seq(name: str, revision: str = "main") -> Loader:
    """Create a source of pretrained weights. It is asked only when a pipeline is initialized;
    a saved pipeline has its weights with it.

    name (str): The name of a model on the Hugging Face hub, or the path of its directory.
    revision (str): The branch, tag or commit on the hub.
    RETURNS (Callable[[], Backbone]): The source.
    """
    return partial(load_backbone, name, revision=revision)


def load_backbone(
    name: Union[str, Path], *, revision: Optional[str] = None, offline: bool = False
) -> Backbone:
    """Load a model with its tokenizer. Only weights and settings are read, never code.

    name (Union[str, Path]): A name on the hub, or a directory.
    revision (Optional[str]): The version on the hub.
    offline (bool): Whether to look on this machine only.
    RETURNS (Backbone): The model, in single precision, and the tokenizer.
    RAISES (ValueError): If there is no such model.
    RAISES (ImportError): If `transformers` is not installed.
    """
    transformers = need("transformers", extra="seq2seq")
    options = {
        "revision": revision,
        "local_files_only": offline,
        "trust_remote_code": False,
    }
    try:
        model = transformers.AutoModelForSeq2SeqLM.from_pretrained(
            name, torch_dtype=torch.float32, **options
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, **options)
    except (OSError, ValueError) as error:
        raise ValueError(Errors.DRE521.format(name=name, problem=error)) from error
    return Backbone(model, tokenizer)

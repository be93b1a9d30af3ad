"""Adapters: their settings, and which stage uses which."""

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Sequence

from spacy.util import registry

from ....optional_packages import need
from ...limits import check_limits, check_shares

SHARED = "shared"
ALL_LINEAR = "all-linear"


@dataclass(frozen=True)
class LoRA:
    """Low-rank adapters of a base model.

    shared (bool): Whether all stages use one adapter. Else each has its own.
    rank (int): The rank.
    alpha (float): The factor of the update, before it is divided by the rank.
    dropout (float): Dropout on the way into an adapter.
    target_modules (List[str]): The names of the layers that are adapted; `["all-linear"]`
        for all linear layers but the last.
    checkpointing (bool): Whether to compute activations again on the way back, which saves
        memory and takes time.
    """

    shared: bool = False
    rank: int = 16
    alpha: float = 16.0
    dropout: float = 0.05
    target_modules: List[str] = field(default_factory=lambda: ["q_proj", "v_proj"])
    checkpointing: bool = False

    def __post_init__(self) -> None:
        check_limits(rank=self.rank)
        check_shares(dropout=self.dropout)

    def name_for(self, stage: str) -> str:
        """RETURNS (str): The name of the adapter that a stage uses."""
        return SHARED if self.shared else stage

    def names(self, stages: Sequence[str]) -> List[str]:
        """RETURNS (List[str]): The names of all adapters, in the order of the stages."""
        return list(dict.fromkeys(self.name_for(stage) for stage in stages))

    def peft_config(self) -> Any:
        """RETURNS (LoraConfig): The settings as peft reads them."""
        targets = self.target_modules
        return need("peft").LoraConfig(
            task_type="CAUSAL_LM",
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules=ALL_LINEAR if targets == [ALL_LINEAR] else list(targets),
        )

    def to_dict(self) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): Plain data, ready for JSON."""
        return asdict(self)


@registry.misc("spacy_docre.LoRA.v1")
def make_lora(
    shared: bool = False,
    rank: int = 16,
    alpha: float = 16.0,
    dropout: float = 0.05,
    target_modules: List[str] = ["q_proj", "v_proj"],  # noqa: B006
    checkpointing: bool = False,
) -> LoRA:
    """Create the settings of adapters. See `LoRA`."""
    return LoRA(shared, rank, alpha, dropout, list(target_modules), checkpointing)

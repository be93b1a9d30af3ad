"""The options of every architecture, and a few values of each.

A name with a dot is an option of what the option before the dot is made of, as in a config. Whoever
adds an option to a factory adds values of it here.
"""

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

from spacy_docre.classifier.architecture import create_pair_classifier
from spacy_docre.classifier.seq2seq.architecture import create_pair_classifier_seq2seq
from spacy_docre.dore.seq2seq.architecture import create_dore_seq2seq
from spacy_docre.dore.token_vectors.architecture import create_dore
from spacy_docre.lexical.architecture import create_lexical_seq2seq
from spacy_docre.rhf.architecture import create_rhf
from spacy_docre.rhf.base import make_causal_lm
from spacy_docre.rhf.lora import make_lora


def misc(name: str, **settings: Any) -> Dict[str, Any]:
    """The config of something that the registry makes."""
    return {"@misc": f"spacy_docre.{name}.v1", **settings}


@dataclass(frozen=True)
class Architecture:
    """An architecture.

    factories (Mapping[str, Callable]): By the name of an option that has options itself, "" for
        the model, the function that takes them.
    options (Mapping[str, Sequence]): The values to combine.
    refused (Sequence[Tuple[Mapping, str]]): Values that may not stand together, and the number of
        the error that says so.
    apart (Mapping[str, str]): Options that have no other value here, and why.
    """

    factories: Mapping[str, Callable]
    options: Mapping[str, Sequence[Any]]
    refused: Sequence[Tuple[Mapping[str, Sequence[Any]], str]] = ()
    apart: Mapping[str, str] = field(default_factory=dict)


# What the component itself is asked for, and the kind of schema.
COMPONENT: Dict[str, Sequence[Any]] = {
    "component.threshold": (0.0, 0.5),
    "component.at_least_one": (False, True),
    "world": ("binary", "n-ary"),
}
BOTH = (False, True)
NONE, ALL, NO = None, misc("AllNegatives"), misc("NoNegatives")
DIAGONAL = misc("DiagonalNegatives")
FLIPPED = misc("AsymmetricNegatives", flip=True)
DYNAMIC = misc("DynamicNegatives")
SAMPLED = misc("SampledNegatives", share=0.5, limit=6)
RANDOM = misc("RandomNegatives", share=0.5)
FILTERED = misc("FilteredNegatives", negatives=ALL, mesh_tree="<tree>")
ORDERS = ("row_column", "random", "annotation")

DORE = Architecture(
    {"": create_dore},
    {
        "tok2vec": ("own", "shared"),
        "tails": ("given", "generated"),
        "negatives": (NONE, NO, SAMPLED, DYNAMIC),
        "order": ORDERS,
        "tails_per_head": (None, 1),
        "beam_width": (1, 2),
        "length_penalty": (1.0, 0.0),
        "grounded": (True, False),
        "closest_mentions": (True, False),
        "capacity": (64, 3),
        "width": (None, 8),
        "row_width": (8, 12),
        "depth": (1, 2),
        "heads": (2, 4),
        "dropout": (0.0, 0.2),
        "learn_rate_factor": (1.0, 0.5),
        "evidence_weight": (0.0, 0.5),
        "counts": BOTH,
        "exchange_layers": (0, 1),
        "salience": BOTH,
        "labels_per_cell": (None, 2, 1),
        **COMPONENT,
    },
    [
        ({"tails": ["given"], "order": ["random", "annotation"]}, "DRE506"),
        ({"tails": ["given"], "beam_width": [2]}, "DRE506"),
        ({"tails": ["given"], "world": ["n-ary"]}, "DRE507"),
        ({"tails": ["generated"], "tails_per_head": [1]}, "DRE508"),
        ({"tails": ["generated"], "labels_per_cell": [2, 1]}, "DRE523"),
        ({"world": ["n-ary"], "tails": ["generated"], "negatives": [DYNAMIC]}, "DRE209"),
    ],
)

PAIR_CLASSIFIER = Architecture(
    {"": create_pair_classifier},
    {
        "tok2vec": ("own", "shared"),
        "objective": ("adaptive", "binary"),
        "negatives": (NONE, RANDOM, FLIPPED, FILTERED),
        "entity_types": BOTH,
        "distance": BOTH,
        "closest_mentions": BOTH,
        "context_heads": (0, 2),
        "width": (None, 8),
        "groups": (2, 4),
        "dropout": (0.0, 0.2),
        "learn_rate_factor": (1.0, 0.5),
        "salience": BOTH,
        "labels_per_pair": (None, 2, 1),
        **COMPONENT,
    },
    [({"world": ["n-ary"]}, "DRE513")],
)

PRETRAINED: Dict[str, Sequence[Any]] = {
    "backbone": ("t5", "bart"),
    "window": (None, 20),
    "stride": (None, 6),
    "batch_pieces": (8192, 16),
    "learn_rate_factor": (1.0, 0.5),
    "gradient_checkpointing": BOTH,
    "mixed_precision": (None, "bfloat16"),
}

DORE_SEQ2SEQ = Architecture(
    {"": create_dore_seq2seq},
    {
        **PRETRAINED,
        "mode": ("rows", "matrix"),
        "negatives": (NONE, NO, ALL, DIAGONAL),
        "order": ORDERS,
        "beam_width": (1, 2),
        "length_penalty": (1.0, 0.0),
        "typed": BOTH,
        "capacity": (64, 1),
        "output_length": (None, 300),
        "labels_per_cell": (None, 2, 1),
        **COMPONENT,
    },
    [
        # Dynamic ones, if none are named.
        ({"world": ["n-ary"], "negatives": [NONE, DIAGONAL]}, "DRE209"),
    ],
)

PAIR_CLASSIFIER_SEQ2SEQ = Architecture(
    {"": create_pair_classifier_seq2seq},
    {
        **PRETRAINED,
        "objective": ("adaptive", "binary"),
        "negatives": (NONE, SAMPLED),
        "entity_types": BOTH,
        "distance": BOTH,
        "closest_mentions": BOTH,
        "context_heads": (0, 2),
        "width": (None, 8),
        "groups": (2, 4),
        "dropout": (0.0, 0.2),
        "typed": BOTH,
        "capacity": (64, 1),
        "salience": BOTH,
        "labels_per_pair": (None, 2, 1),
        **COMPONENT,
    },
    [({"world": ["n-ary"]}, "DRE513")],
)

LEXICAL = Architecture(
    {"": create_lexical_seq2seq},
    {
        **PRETRAINED,
        "order": ORDERS,
        "max_length": (200, 30),
        "output_length": (None, 300),
        "labels_per_cell": (None, 2, 1),
        **COMPONENT,
    },
)

SCORED = dict.fromkeys(["relations", "heads", "facts"], "score")
RHF = Architecture(
    {"": create_rhf, "base": make_causal_lm, "adapters": make_lora},
    {
        "base.dtype": ("float32", "auto"),
        "base.attention": ("sdpa", "eager"),
        "base.device_map": (None, "cpu"),
        "base.double_quantization": (True, False),
        "chain": (
            misc("RHFChain", questions=[2, 2, 2]),
            misc("RHFChain", **SCORED, negatives=[1, 0, 2]),
            misc("DRFChain", shares=[1.0, 0.5], learn_rate_factors=[1.0, 0.5]),
            misc("DRSFChain", prompts=["relations_listed", "facts_of_relations"]),
            misc("DFChain"),
        ),
        "adapters.shared": BOTH,
        "adapters.rank": (2, 4),
        "adapters.alpha": (16.0, 4.0),
        "adapters.dropout": (0.0, 0.2),
        "adapters.target_modules": (["all-linear"], ["q_proj", "v_proj"]),
        "adapters.checkpointing": BOTH,
        "adapters.inference": ("switch", "merge", "mix"),
        "described": BOTH,
        "descriptions": (None, {"likes": {"name": "likes it", "description": "what one likes"}}),
        "passage_prompt": ("passage", "passage_entities"),
        "wrap_prompt": (None, "chat_vicuna"),
        "max_length": (None, 420),
        "overflow": ("windows", "error"),
        "answer_tokens": (64, 32),
        "row_tokens": (2048, 64),
        "batch_tokens": (8192, 64),
        "open_entities": ("never", "missing", "always"),
        "span_tokens": (2, 1),
        **COMPONENT,
    },
    [
        (
            {"passage_prompt": ["passage_entities"], "open_entities": ["missing", "always"]},
            "DRE641",
        ),
        ({"world": ["n-ary"]}, "DRE606"),
    ],
    {
        "base.name": "the folder of a random model",
        "base.revision": "a folder has none",
        "base.trust_remote_code": "a folder without code",
        "base.quantization": "needs bitsandbytes, see rhf/test_quantization.py",
        "adapters.optimizer": "the other one needs a GPU",
        "endpoint": "needs a server, see rhf/test_serving.py",
    },
)

ARCHITECTURES = {
    "spacy_docre.DORE.v1": DORE,
    "spacy_docre.PairClassifier.v1": PAIR_CLASSIFIER,
    "spacy_docre.DORESeq2Seq.v1": DORE_SEQ2SEQ,
    "spacy_docre.PairClassifierSeq2Seq.v1": PAIR_CLASSIFIER_SEQ2SEQ,
    "spacy_docre.LexicalSeq2Seq.v1": LEXICAL,
    "spacy_docre.RHF.v1": RHF,
}


def cases() -> List[Tuple[str, Dict[str, Any]]]:
    """All rows: the name of an architecture, and the value of each option."""
    from .pairwise import covering_rows

    return [
        (name, row)
        for name, each in ARCHITECTURES.items()
        for row in covering_rows(each.options, [values for values, _ in each.refused])
    ]

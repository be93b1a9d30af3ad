"""The options of every extractor, and a few values of each: of each encoder with each head that it
allows, and of language models.

A name with a dot is an option of what the option before the dot is made of, as in a config. Whoever
adds an option to a factory adds values of it here.
"""

from dataclasses import dataclass, field
from itertools import product
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from baselines.lexical.encoder import make_plain_seq2seq
from baselines.lexical.head import make_lexical_triples
from spacy_docre.models.encoder_with_head import create_extractor, create_tok2vec_extractor
from spacy_docre.models.encoders.seq2seq.encoder import make_seq2seq
from spacy_docre.models.heads.bilinear_pairs import make_bilinear_pairs
from spacy_docre.models.heads.generated_rows import make_generated_rows
from spacy_docre.models.heads.given_rows import make_given_rows
from spacy_docre.models.heads.seq2seq_rows import make_seq2seq_rows
from spacy_docre.models.llm.architecture import create_rhf
from spacy_docre.models.llm.local.base_model import make_causal_lm
from spacy_docre.models.llm.local.lora import make_lora
from spacy_docre.models.llm.pair_first import create_pair_first
from spacy_docre.models.llm.prompts.prompts import make_prompt_settings
from spacy_docre.models.llm.token_budget import make_token_budget
from spacy_docre.models.pairs.features import make_pair_features
from tests.pipe.making import TOK2VEC

Options = Mapping[str, Sequence[Any]]
# What may not stand together, and the number of the error that says so.
Refused = Sequence[Tuple[Options, str]]


def misc(name: str, **settings: Any) -> Dict[str, Any]:
    """The config of something that the registry makes."""
    return {"@misc": f"spacy_docre.{name}.v1", **settings}


@dataclass(frozen=True)
class Kind:
    """A kind of extractor.

    factories (Mapping[str, Tuple[str, Callable]]): By the name of an option that has options
        itself, "" for the model, what makes it, and its registered name.
    options (Mapping[str, Sequence]): The values to combine.
    refused (Sequence[Tuple[Mapping, str]]): Values that may not stand together, and the number of
        the error that says so.
    apart (Mapping[str, str]): Options that have no other value here, and why.
    """

    factories: Mapping[str, Tuple[str, Callable]]
    options: Options
    refused: Refused = ()
    apart: Mapping[str, str] = field(default_factory=dict)


# What the component itself is asked for, and the kind of schema.
COMPONENT: Options = {
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
RANDOM = misc("SampledNegatives", share=0.5, limit=None)
FILTERED = misc("FilteredNegatives", negatives=ALL, mesh_tree="<tree>")
ORDERS = ("row_column", "random", "annotation")


@dataclass(frozen=True)
class Part:
    """An encoder or a head.

    name (str): Its registered name.
    factory (Optional[Callable]): What makes it; None for what the architecture makes itself.
    options (Mapping[str, Sequence]): The values to combine.
    refused (Sequence[Tuple[Mapping, str]]): As for a kind.
    features (bool): Whether it is told what pairs know.
    """

    name: str
    factory: Optional[Callable]
    options: Options
    refused: Refused = ()
    features: bool = False


PRETRAINED: Options = {
    "backbone": ("t5", "bart"),
    "window": (None, 20),
    "stride": (None, 6),
    "output_length": (None, 300),
    "batch_pieces": (8192, 16),
    "gradient_checkpointing": BOTH,
    "mixed_precision": (None, "bfloat16"),
}
FEATURES: Options = {
    f"features.{name}": BOTH for name in ("closest_mentions", "salience", "counts")
}
ROWS: Options = {
    "negatives": (NONE, NO, SAMPLED, DYNAMIC),
    "evidence_weight": (0.0, 0.5),
    "grounded": (True, False),
    "row_width": (8, 12),
    "attention_heads": (2, 4),
    "dropout": (0.0, 0.2),
    **FEATURES,
}
SEARCH: Options = {"order": ORDERS, "beam_width": (1, 2), "length_penalty": (1.0, 0.0)}

TOKEN_VECTORS = Part("spacy_docre.Tok2VecExtractor.v1", None, {"tok2vec": ("own", "shared")})
SEQ2SEQ = Part(
    "spacy_docre.Seq2Seq.v1", make_seq2seq, {**PRETRAINED, "typed": BOTH, "capacity": (64, 1)}
)
PLAIN_SEQ2SEQ = Part("docre_baselines.PlainSeq2Seq.v1", make_plain_seq2seq, PRETRAINED)

GIVEN_ROWS = Part(
    "spacy_docre.GivenRows.v1",
    make_given_rows,
    {**ROWS, "top_k_tails": (None, 1), "max_labels": (None, 2, 1), "exchange_layers": (0, 1)},
    [({"world": ["n-ary"]}, "DRE507")],
    features=True,
)
GENERATED_ROWS = Part(
    "spacy_docre.GeneratedRows.v1",
    make_generated_rows,
    {**ROWS, **SEARCH},
    [({"world": ["n-ary"], "negatives": [DYNAMIC]}, "DRE209")],
    features=True,
)
BILINEAR_PAIRS = Part(
    "spacy_docre.BilinearPairs.v1",
    make_bilinear_pairs,
    {
        "negatives": (NONE, RANDOM, FLIPPED, FILTERED),
        "max_labels": (None, 2, 1),
        "groups": (2, 4),
        "dropout": (0.0, 0.2),
        **FEATURES,
    },
    [({"world": ["n-ary"]}, "DRE513")],
    features=True,
)
SEQ2SEQ_ROWS = Part(
    "spacy_docre.Seq2SeqRows.v1",
    make_seq2seq_rows,
    {
        **SEARCH,
        "mode": ("rows", "matrix"),
        "negatives": (NONE, NO, ALL, DIAGONAL),
        "max_labels": (None, 2, 1),
    },
    # Dynamic ones, if none are named.
    [({"world": ["n-ary"], "negatives": [NONE, DIAGONAL]}, "DRE209")],
)
LEXICAL_TRIPLES = Part(
    "docre_baselines.LexicalTriples.v1",
    make_lexical_triples,
    {"order": ORDERS, "max_length": (200, 30), "max_labels": (None, 2, 1)},
)
ENCODERS = (TOKEN_VECTORS, SEQ2SEQ, PLAIN_SEQ2SEQ)
HEADS = (GIVEN_ROWS, GENERATED_ROWS, BILINEAR_PAIRS, SEQ2SEQ_ROWS, LEXICAL_TRIPLES)
# Heads that write with the decoder of one kind of encoder.
OF_ONE_ENCODER = {SEQ2SEQ_ROWS.name: SEQ2SEQ, LEXICAL_TRIPLES.name: PLAIN_SEQ2SEQ}


def allowed(encoder: Part, head: Part) -> bool:
    """Whether a head can make something of what an encoder reads. What reads plain text is made for
    one head, and tells the others nothing of mentions."""
    if encoder is PLAIN_SEQ2SEQ:
        return head is LEXICAL_TRIPLES
    return OF_ONE_ENCODER.get(head.name, encoder) is encoder


def combined(encoder: Part, head: Part) -> Kind:
    """An encoder with a head."""
    options: Dict[str, Sequence[Any]] = {
        "learn_rate_factor": (1.0, 0.5),
        "windows": (True, False),
        **COMPONENT,
    }
    few = encoder is SEQ2SEQ and head is not SEQ2SEQ_ROWS
    own = list(head.refused)
    if few and "evidence_weight" in head.options:
        own.append(({"evidence_weight": [0.5]}, "DRE529"))
    for place, part in (("encoder.", encoder), ("head.", head)):
        for name, values in part.options.items():
            # Values that were combined on token vectors already.
            options[f"{place if part.factory else ''}{name}"] = values[:2] if few else values
    factories = {"": ("spacy_docre.Extractor.v1", create_extractor)}
    if encoder is TOKEN_VECTORS:
        factories = {"": (encoder.name, create_tok2vec_extractor)}
    for place, part in (("encoder", encoder), ("head", head)):
        if part.factory:
            factories[place] = (part.name, part.factory)
    if head.features:
        factories["head.features"] = ("spacy_docre.PairFeatures.v1", make_pair_features)
    refused = [
        ({name if name == "world" else f"head.{name}": v for name, v in values.items()}, code)
        for values, code in own
    ]
    if few:
        refused = [
            (values, code)
            for values, code in refused
            if all(value in options[name] for name, some in values.items() for value in some)
        ]
    return Kind(factories, options, refused)


RHF = Kind(
    {
        "": ("spacy_docre.RHF.v1", create_rhf),
        "base": ("spacy_docre.CausalLM.v1", make_causal_lm),
        "adapters": ("spacy_docre.LoRA.v1", make_lora),
        "prompts": ("spacy_docre.Prompts.v1", make_prompt_settings),
        "budget": ("spacy_docre.TokenBudget.v1", make_token_budget),
    },
    {
        "base.dtype": ("float32", "auto"),
        "base.device_map": (None, "cpu"),
        "chain": (
            misc("RHFChain", **{key: {"questions": 2} for key in ["relations", "heads", "facts"]}),
            misc(
                "RHFChain",
                relations={"answer": "score"},
                heads={"negatives": 0},
                facts={"answer": "score", "share": 0.5},
            ),
            misc("ListedRHFChain"),
            misc("OneRequestChain"),
        ),
        "adapters.shared": BOTH,
        "adapters.rank": (2, 4),
        "adapters.alpha": (16.0, 4.0),
        "adapters.dropout": (0.0, 0.2),
        "adapters.target_modules": (["all-linear"], ["q_proj", "v_proj"]),
        "adapters.checkpointing": BOTH,
        "prompts.passage": ("passage", "passage_entities", "passage_numbered"),
        "prompts.wrap": (None, "chat_vicuna"),
        "prompts.described": BOTH,
        "prompts.descriptions": (
            None,
            {"likes": {"name": "likes it", "description": "what one likes"}},
        ),
        "prompts.chat_settings": ({}, {"enable_thinking": False}),
        "budget.max_length": (None, 420),
        "budget.answer_tokens": (64, 32),
        "budget.row_tokens": (2048, 64),
        "budget.batch_tokens": (8192, 64),
        "budget.cache_tokens": (32768, 2048),
        "open_entities": (
            None,
            misc("OpenEntities", span_tokens=2),
            misc("OpenEntities", when="always", span_tokens=1),
        ),
        **COMPONENT,
    },
    [
        (
            {
                "prompts.passage": ["passage_entities", "passage_numbered"],
                "open_entities": [
                    misc("OpenEntities", span_tokens=2),
                    misc("OpenEntities", when="always", span_tokens=1),
                ],
            },
            "DRE641",
        ),
        ({"world": ["n-ary"]}, "DRE606"),
    ],
    {
        "base.name": "the folder of a random model",
        "base.revision": "a folder has none",
        "base.trust_remote_code": "a folder without code",
        "base.quantization": "needs bitsandbytes, see tests/models/llm/test_quantization.py",
        "endpoint": "needs a server, see tests/models/llm/test_serving.py",
    },
)

PROPOSER = {"@architectures": TOKEN_VECTORS.name, "tok2vec": TOK2VEC}
PAIR_FIRST = Kind(
    {"": ("spacy_docre.PairFirst.v1", create_pair_first)},
    {
        "proposer": (
            {**PROPOSER, "head": misc("GivenRows", row_width=8, attention_heads=2)},
            {**PROPOSER, "head": misc("BilinearPairs")},
        ),
        # Each gets a base model.
        "judge": (
            {"@architectures": RHF.factories[""][0], "chain": misc("VerdictChain")},
            {
                "@architectures": RHF.factories[""][0],
                "chain": misc("RHFChain", facts={"answer": "score"}),
            },
        ),
        "lowest": (0.4, 0.2),
        "highest": (0.6, 0.8),
        **COMPONENT,
    },
    [({"world": ["n-ary"]}, "DRE507|DRE513")],
)

KINDS = {
    **{
        " with ".join(part.name.split(".")[1] for part in (encoder, head)): combined(encoder, head)
        for encoder, head in product(ENCODERS, HEADS)
        if allowed(encoder, head)
    },
    "RHF": RHF,
    "PairFirst": PAIR_FIRST,
}


def cases() -> List[Tuple[str, Dict[str, Any]]]:
    """All rows: the name of a kind, and the value of each option."""
    from .pairwise import covering_rows

    return [
        (name, row)
        for name, each in KINDS.items()
        for row in covering_rows(each.options, [values for values, _ in each.refused])
    ]

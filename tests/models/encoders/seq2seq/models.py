"""Small models of each family with random weights, and the tokenizers that go with them."""

import pytest
import torch

pytest.importorskip("transformers")

import tokenizers
import transformers
from tokenizers import decoders, pre_tokenizers, processors, trainers

from spacy_docre.models.encoders.seq2seq.backbone import Backbone
from spacy_docre.models.encoders.seq2seq.encoder import Seq2Seq
from spacy_docre.models.encoders.seq2seq.network import SymbolNetwork
from spacy_docre.models.grammar.symbols import SymbolTable
from spacy_docre.models.network import Network
from spacy_docre.models.sizes import Sizes

WIDTH = 32
PAD, START, STOP = 0, 1, 2
TEXTS = [
    "Ann was born in Bonn . Ann now lives in Kiel . Bonn is a town of Germany .",
    "no relation end 0 1 2 3 4 5 6 7 8 9 Bob Cleo Dan Ulm Freedonia A B C LAND PER LOC",
]

SPECIAL = {
    "pad_token_id": PAD,
    "bos_token_id": START,
    "eos_token_id": STOP,
    "decoder_start_token_id": STOP,
    "forced_eos_token_id": None,
}
T5 = {
    "d_model": WIDTH,
    "d_kv": 8,
    "d_ff": 64,
    "num_layers": 2,
    "num_heads": 4,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 20,
    "dropout_rate": 0.0,
    "decoder_start_token_id": PAD,
    "eos_token_id": STOP,
}
BART = {
    "d_model": WIDTH,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "dropout": 0.0,
    "max_position_embeddings": 256,
    **SPECIAL,
}
LED = {
    **{k: v for k, v in BART.items() if k != "max_position_embeddings"},
    "max_encoder_position_embeddings": 512,
    "max_decoder_position_embeddings": 256,
    "attention_window": 16,
}
# What is special about each, besides its class.
CONFIGS = {
    "t5": ("T5Config", T5),
    "flan-t5": (
        "T5Config",
        {**T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    ),
    "mt5": ("MT5Config", {**T5, "tie_word_embeddings": False}),
    "longt5": ("LongT5Config", {**T5, "local_radius": 5}),
    "bart": ("BartConfig", BART),
    "scaled bart": ("BartConfig", {**BART, "scale_embedding": True}),
    "led": ("LEDConfig", LED),
    "mbart": ("MBartConfig", {**BART, "scale_embedding": True}),
    "pegasus": ("PegasusConfig", {**BART, "scale_embedding": True}),
}
FAMILIES = ["t5", "bart", "led"]


def make_model(kind, seed=0, *, strong=True, **settings):
    """A model with random weights: as its family begins, or one that depends strongly on all
    that it reads."""
    name, values = CONFIGS[kind]
    torch.manual_seed(seed)
    config = getattr(transformers, name)(vocab_size=len(make_tokenizer()), **{**values, **settings})
    model = transformers.AutoModelForSeq2SeqLM.from_config(config).eval()
    if strong:
        with torch.no_grad():
            for parameter_name, parameter in model.named_parameters():
                if parameter.ndim > 1 and "shared" not in parameter_name:
                    parameter.normal_(std=0.3)
    return model


def make_tokenizer():
    """Bytes and what is frequent of them, as in BART, between <s> and </s>."""
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(TEXTS, trainer)
    bpe.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", START), ("</s>", STOP)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe, pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )


def make_backbone(kind, seed=0, **settings):
    return Backbone(make_model(kind, seed, **settings), make_tokenizer())


def make_network(kind, schema, docs=(), seed=0, *, typed=False, capacity=8, **settings):
    """A network whose symbols say much. In double precision where `transformers` can compute in
    it, so that no choice hangs on the order in which numbers are added."""
    model = make_model(kind, seed, **settings)
    table = SymbolTable.learn(schema, docs, typed=typed, at_least=capacity)
    network = SymbolNetwork(model, make_tokenizer(), table)
    with torch.no_grad():
        for parameter in network.symbols.parameters():
            parameter.normal_(std=1.0 if network.symbols.output_scale == 1.0 else 2.0)
    return (network if kind == "led" else network.double()).eval()


def read(network, docs, **settings):
    """What the network reads of documents. See `Seq2Seq` for settings."""
    return Seq2Seq(lambda: None, **settings).read(network, docs)[0]


def extractor_of(network, docs, head, max_labels=None):
    """The network of an extractor with this one as its encoder, sized for documents."""
    sizes = Sizes.of(network.table.schema, docs, network.width, max_labels)
    return Network(network, head.network(sizes), sizes, head.weight_settings())


def save_backbone(path, kind, seed=0, **settings):
    """Write a model as the hub has it. Returns its directory."""
    model, tokenizer = make_model(kind, seed, strong=False, **settings), make_tokenizer()
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return str(path)

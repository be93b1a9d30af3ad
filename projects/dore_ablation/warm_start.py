"""Make a sequence-to-sequence model of a pretrained encoder: its encoder and its decoder both begin
as that encoder, only their attention from one to the other begins at random (Rothe et al. 2020,
"Leveraging Pre-trained Checkpoints for Sequence Generation Tasks"). For comparing variants where no
pretrained sequence-to-sequence model is small enough to be trained."""

from pathlib import Path
from typing import Annotated, Any, Dict, Iterator, Optional, Tuple

import torch
import typer
from torch import Tensor
from transformers import (
    AutoModel,
    AutoTokenizer,
    BartConfig,
    BartForConditionalGeneration,
    set_seed,
)
from wasabi import msg

# What the parts of a layer are called in BERT, and in BART.
PARTS = {
    "attention.self.query": "self_attn.q_proj",
    "attention.self.key": "self_attn.k_proj",
    "attention.self.value": "self_attn.v_proj",
    "attention.output.dense": "self_attn.out_proj",
    "attention.output.LayerNorm": "self_attn_layer_norm",
    "intermediate.dense": "fc1",
    "output.dense": "fc2",
    "output.LayerNorm": "final_layer_norm",
}


def warm_start(
    encoder: Annotated[
        str, typer.Argument(help="A model like BERT: a name on the hub, or a folder")
    ],
    output: Annotated[Path, typer.Argument(help="The folder to write")],
    decoder_layers: Annotated[
        Optional[int],
        typer.Option(min=1, help="Layers of the decoder, which begin as the first ones; all"),
    ] = None,
    seed: Annotated[int, typer.Option(help="The seed of what begins at random")] = 0,
) -> None:
    """Write a model that begins as an encoder."""
    set_seed(seed)
    bert = AutoModel.from_pretrained(encoder, torch_dtype=torch.float32)
    if bert.config.model_type != "bert":
        msg.fail(f"{encoder} is a {bert.config.model_type}, not a BERT.", exits=1)
    layers = bert.config.num_hidden_layers
    if decoder_layers is not None and decoder_layers > layers:
        msg.fail(f"{encoder} has {layers} layers, fewer than {decoder_layers}.", exits=1)
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    model = BartForConditionalGeneration(config_like(bert.config, tokenizer, decoder_layers))
    found = model.load_state_dict(dict(weights_like(bert, model)), strict=False)
    if found.unexpected_keys:
        msg.fail(f"There is no place for {sorted(found.unexpected_keys)}.", exits=1)
    # What a tokenizer of BART has, and one of BERT calls by other names.
    tokenizer.eos_token, tokenizer.bos_token = tokenizer.sep_token, tokenizer.cls_token
    model.save_pretrained(output)
    tokenizer.save_pretrained(output)
    msg.good(f"Wrote {output}")


def config_like(bert: Any, tokenizer: Any, decoder_layers: Optional[int]) -> BartConfig:
    """RETURNS (BartConfig): The shape of a model that begins as a BERT."""
    return BartConfig(
        vocab_size=bert.vocab_size,
        max_position_embeddings=bert.max_position_embeddings,
        d_model=bert.hidden_size,
        encoder_layers=bert.num_hidden_layers,
        decoder_layers=decoder_layers or bert.num_hidden_layers,
        encoder_attention_heads=bert.num_attention_heads,
        decoder_attention_heads=bert.num_attention_heads,
        encoder_ffn_dim=bert.intermediate_size,
        decoder_ffn_dim=bert.intermediate_size,
        activation_function=bert.hidden_act,
        dropout=bert.hidden_dropout_prob,
        # PyTorch computes attention in one step without it.
        attention_dropout=0.0,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        decoder_start_token_id=tokenizer.sep_token_id,
        forced_eos_token_id=None,
    )


def weights_like(bert: Any, model: Any) -> Iterator[Tuple[str, Tensor]]:
    """YIELDS (Tuple[str, Tensor]): The weights of a BERT, by their names in a BART."""
    weights: Dict[str, Tensor] = bert.state_dict()
    # All text is of BERT's first type.
    places = weights["embeddings.position_embeddings.weight"]
    places = places + weights["embeddings.token_type_embeddings.weight"][0]
    # Tied: what both sides read pieces with, and what writes them.
    yield "model.shared.weight", weights["embeddings.word_embeddings.weight"]
    for side in ("encoder", "decoder"):
        part = getattr(model.model, side)
        own = part.embed_positions.weight.detach().clone()
        own[part.embed_positions.offset :] = places
        yield f"model.{side}.embed_positions.weight", own
        for kind in ("weight", "bias"):
            norm = weights[f"embeddings.LayerNorm.{kind}"]
            yield f"model.{side}.layernorm_embedding.{kind}", norm
            for number in range(len(part.layers)):
                for theirs, ours in PARTS.items():
                    weight = weights[f"encoder.layer.{number}.{theirs}.{kind}"]
                    yield f"model.{side}.layers.{number}.{ours}.{kind}", weight


if __name__ == "__main__":
    typer.run(warm_start)

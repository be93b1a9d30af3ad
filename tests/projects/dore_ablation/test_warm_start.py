"""A pretrained encoder becomes a sequence-to-sequence model that begins as that encoder."""

import importlib

import pytest

from tests.small_bert import save_bert

TEXT = "Ann was born in Bonn ."


@pytest.fixture
def script():
    pytest.importorskip("transformers")
    return importlib.import_module("warm_start")


def save_encoder(directory, kind="Bert"):
    """A small encoder with random weights, and its tokenizer."""
    shape = {"num_hidden_layers": 3, "max_position_embeddings": 32}
    return save_bert(directory, TEXT.lower().split(), kind, **shape)


@pytest.fixture
def made(script, tmp_path):
    """The encoder, and what the script made of it."""
    import transformers

    from spacy_docre.models.encoders.seq2seq.backbone import load_backbone

    encoder = save_encoder(tmp_path / "encoder")
    script.warm_start(str(encoder), tmp_path / "made", decoder_layers=2)
    bert = transformers.AutoModel.from_pretrained(encoder)
    return bert.eval(), load_backbone(tmp_path / "made", offline=True)


def test_the_encoder_reads_as_before(made):
    import torch

    bert, (model, tokenizer) = made
    ids = tokenizer([TEXT, "Ann ."], padding=True, return_tensors="pt")
    with torch.no_grad():
        before = bert(ids.input_ids, attention_mask=ids.attention_mask)[0]
        after = model.eval().get_encoder()(ids.input_ids, attention_mask=ids.attention_mask)[0]
    seen = ids.attention_mask.bool()
    # Normalization differs in what it adds to a variance.
    torch.testing.assert_close(after[seen], before[seen], atol=1e-3, rtol=1e-3)


def test_the_decoder_begins_as_the_first_layers(made):
    bert, (model, _) = made
    assert len(model.model.decoder.layers) == 2
    for theirs, ours in zip(bert.encoder.layer, model.model.decoder.layers):
        assert ours.self_attn.v_proj.weight.equal(theirs.attention.self.value.weight)
        assert ours.fc2.bias.equal(theirs.output.dense.bias)
        assert not ours.encoder_attn.v_proj.weight.equal(theirs.attention.self.value.weight)
    assert model.lm_head.weight.equal(bert.embeddings.word_embeddings.weight)


def test_sequences_begin_and_end_with_what_separates_texts(made):
    _, (model, tokenizer) = made
    assert tokenizer.eos_token_id == model.config.decoder_start_token_id == 3
    assert tokenizer("ann").input_ids == [2, tokenizer.convert_tokens_to_ids("ann"), 3]


def test_what_begins_at_random_depends_on_the_seed_only(script, tmp_path):
    encoder = str(save_encoder(tmp_path / "encoder"))
    weights = []
    for name, seed in (("one", 0), ("same", 0), ("other", 1)):
        script.warm_start(encoder, tmp_path / name, seed=seed)
        weights.append((tmp_path / name / "model.safetensors").read_bytes())
    assert weights[0] == weights[1] != weights[2]


def test_another_kind_of_encoder_is_refused(script, tmp_path, capsys):
    encoder = save_encoder(tmp_path / "encoder", "Electra")
    with pytest.raises(SystemExit):
        script.warm_start(str(encoder), tmp_path / "made")
    assert "electra, not a BERT" in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "made").exists()


def test_a_decoder_has_no_more_layers_than_the_encoder(script, tmp_path, capsys):
    encoder = save_encoder(tmp_path / "encoder")
    with pytest.raises(SystemExit):
        script.warm_start(str(encoder), tmp_path / "made", decoder_layers=4)
    assert "3 layers, fewer than 4" in " ".join(capsys.readouterr().out.split())

"""A pretrained transformer under spaCy's own `tok2vec` component."""

import numpy
import pytest
import spacy
import torch

from tests.pipe.making import (
    blank,
    examples,
    learn,
    scored,
    small_model,
    stories,
    without_relations,
)
from tests.small_bert import save_bert

pytest.importorskip("transformers")

ARCHITECTURE = "spacy_docre.TransformerTok2Vec.v1"
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "tok2vec"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """An encoder that knows letters, so that most words are several pieces."""
    words = [*LETTERS, *(f"##{letter}" for letter in LETTERS), "ann", "bonn", "born", ".", "in"]
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return save_bert(tmp_path_factory.mktemp("bert") / "bert", words, **still)


def layer(bert, **settings):
    settings = {"name": str(bert), "width": 16, "overlap": 4, "precision": "float32", **settings}
    return {"@architectures": ARCHITECTURE, **settings}


def pipeline(bert, **settings):
    spacy.util.fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe("tok2vec", config={"model": layer(bert, **settings)})
    nlp.add_pipe("docre", config={"model": small_model(tok2vec=LISTENER)})
    nlp.initialize(lambda: examples(nlp))
    return nlp


def vectors(nlp, texts):
    return nlp.get_pipe("tok2vec").predict([nlp.make_doc(text) for text in texts])


def weights(nlp):
    network = nlp.get_pipe("tok2vec").model.shims[0].network
    return {name: value.detach().clone() for name, value in network.named_parameters()}


@pytest.fixture
def nlp(bert):
    return pipeline(bert)


def test_a_token_is_the_mean_of_its_word_pieces(nlp, bert):
    import transformers

    model = transformers.AutoModel.from_pretrained(bert).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(bert)
    with torch.no_grad():
        states = model(**tokenizer("ann was born in bonn .", return_tensors="pt"))[0][0]
    (own,) = vectors(nlp, ["ann was born in bonn ."])
    # [CLS] ann w ##a ##s born in bonn . [SEP]
    expected = [states[1], states[2:5].mean(0), states[5], states[6], states[7], states[8]]
    numpy.testing.assert_allclose(own, torch.stack(expected).numpy(), atol=1e-5)


def test_vectors_do_not_depend_on_the_rest_of_the_batch(nlp):
    texts = ["ann was born in bonn .", "", " ", "bonn", "a " * 30]
    together = vectors(nlp, texts)
    for text, own in zip(texts, together):
        (alone,) = vectors(nlp, [text])
        assert own.shape == alone.shape == (len(nlp.make_doc(text)), 16)
        numpy.testing.assert_allclose(own, alone, atol=1e-5)


def test_white_space_has_no_vector(nlp):
    (own,) = vectors(nlp, ["ann  was"])
    assert [bool(row.any()) for row in own] == [True, False, True]


def test_a_piece_across_two_tokens_counts_for_both(nlp):
    doc = nlp.make_doc("annbonn")
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[0], ["an", "nbonn"], heads=[doc[0], doc[0]])
    (own,) = nlp.get_pipe("tok2vec").predict([doc])
    assert own[0].any() and own[1].any()


def test_windows_overlap_and_leave_no_token_unread(bert):
    long, short = "ann was born in bonn . " * 20, "ann was born in bonn ."
    whole, cut = pipeline(bert), pipeline(bert, window=24)
    (expected,), (own,) = vectors(whole, [long]), vectors(cut, [long])
    assert own.shape == expected.shape
    assert own.any(axis=1).all()
    assert not numpy.allclose(own, expected, atol=1e-4), "there were several windows"
    # What fits into one is read as if there were no windows.
    numpy.testing.assert_allclose(*vectors(cut, [short]), *vectors(whole, [short]), atol=1e-5)


def test_batches_of_pieces_change_nothing(bert):
    texts = ["ann was born in bonn .", "bonn", "was", "a " * 30]
    for a, b in zip(vectors(pipeline(bert), texts), vectors(pipeline(bert, batch_pieces=8), texts)):
        numpy.testing.assert_allclose(a, b, atol=1e-5)


def test_it_learns_the_stories_and_comes_back_from_disk(nlp, tmp_path):
    before = weights(nlp)
    learn(nlp, stories(nlp), steps=40)
    after = weights(nlp)
    assert any(not torch.equal(before[name], after[name]) for name in before)
    expected = [scored(nlp(without_relations(doc))) for doc in stories(nlp)]
    assert any(expected)
    nlp.to_disk(tmp_path / "model")
    again = spacy.load(tmp_path / "model")
    assert [scored(again(without_relations(doc))) for doc in stories(again)] == expected
    third = spacy.util.load_model_from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert [scored(third(without_relations(doc))) for doc in stories(third)] == expected


def test_a_saved_pipeline_needs_neither_folder_nor_pickle(tmp_path):
    bert = save_bert(tmp_path / "bert", LETTERS)
    nlp = pipeline(bert)
    (expected,) = vectors(nlp, ["a b"])
    nlp.to_disk(tmp_path / "model")
    for file in bert.iterdir():
        file.unlink()
    saved = (tmp_path / "model" / "tok2vec" / "model").read_bytes()
    assert b"model.safetensors" in saved
    assert b"pickle" not in saved and b".bin" not in saved
    (own,) = vectors(spacy.load(tmp_path / "model"), ["a b"])
    numpy.testing.assert_array_equal(own, expected)


def test_half_precision_halves_what_is_saved(bert, tmp_path):
    sizes = {}
    for stored in ("float32", "float16"):
        nlp = pipeline(bert, stored=stored)
        nlp.to_disk(tmp_path / stored)
        sizes[stored] = (tmp_path / stored / "tok2vec" / "model").stat().st_size
        (own,) = vectors(nlp, ["ann was born"])
        again = spacy.load(tmp_path / stored)
        (other,) = vectors(again, ["ann was born"])
        numpy.testing.assert_allclose(own, other, atol=1e-2)
        # Once saved, it is exact.
        again.to_disk(tmp_path / "again")
        (third,) = vectors(spacy.load(tmp_path / "again"), ["ann was born"])
        numpy.testing.assert_array_equal(other, third)
    assert sizes["float16"] < 0.75 * sizes["float32"]


def test_bfloat16_is_near_single_precision(bert):
    (own,) = vectors(pipeline(bert, precision="bfloat16"), ["ann was born in bonn ."])
    (expected,) = vectors(pipeline(bert), ["ann was born in bonn ."])
    assert own.dtype == numpy.float32
    assert not numpy.array_equal(own, expected)
    numpy.testing.assert_allclose(own, expected, atol=0.1)


def test_what_is_given_at_loading_counts(bert, tmp_path):
    pipeline(bert).to_disk(tmp_path)
    vector = {}
    for precision in ("float32", "bfloat16"):
        given = {"components.tok2vec.model.precision": precision}
        (vector[precision],) = vectors(spacy.load(tmp_path, config=given), ["ann was born"])
    assert not numpy.array_equal(vector["float32"], vector["bfloat16"])


def test_frozen_parts_stay_as_they_are(bert):
    nlp = pipeline(bert, frozen_layers=1, frozen_embeddings=True)
    before = weights(nlp)
    learn(nlp, stories(nlp), steps=3)
    changed = {name for name, value in weights(nlp).items() if not torch.equal(value, before[name])}
    assert changed
    assert not any("embeddings" in name or ".layer.0." in name for name in changed)
    assert any(".layer.1." in name for name in changed)


def test_a_factor_of_zero_leaves_the_encoder_alone(bert):
    nlp = pipeline(bert, learn_rate_factor=0.0)
    before = weights(nlp)
    learn(nlp, stories(nlp), steps=3)
    after = weights(nlp)
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"width": 32}, "width of 16"),
        ({"name": "nowhere/to/be/found"}, "No transformer could be loaded"),
        ({"frozen_layers": 3}, "its transformer has 2"),
        ({"window": 5}, "'window'"),
        ({"window": 100_000}, "'window'"),
        ({"precision": "half"}, "'precision'"),
        ({"stored": "int8"}, "'stored'"),
        ({"overlap": -1}, "'overlap'"),
    ],
)
def test_what_does_not_fit_is_refused(bert, settings, words, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    nlp = blank()
    with pytest.raises(ValueError, match=words):
        nlp.add_pipe("tok2vec", config={"model": layer(bert, **settings)})
        nlp.initialize()
        nlp("ann was born")


def test_threads_read_at_the_same_time(nlp):
    from concurrent.futures import ThreadPoolExecutor

    texts = ["ann was born in bonn .", "bonn", "was", "a " * 30] * 4
    expected = [vectors(nlp, [text])[0] for text in texts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: vectors(nlp, [text])[0], texts))
    for own, other in zip(found, expected):
        numpy.testing.assert_array_equal(own, other)

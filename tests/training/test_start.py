"""The second of two training stages starts from what the first one learnt."""

import json
import shutil

import pytest
import spacy
from spacy.util import registry

from spacy_docre.training.start import create_start_from
from tests.models.encoders.seq2seq.conftest import backbones  # noqa: F401
from tests.pipe.making import (
    BILINEAR,
    GENERATED,
    TOK2VEC,
    blank,
    example_of,
    scored,
    small_model,
    stories,
    without_relations,
)
from tests.small_bert import save_bert

LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "tok2vec"}


def alone(**settings):
    """A pipeline of one component. What depends on a folder of a test is made there."""
    return lambda _: [("docre", {"model": small_model(**settings)})]


def shared(_):
    return [
        ("tok2vec", {"model": TOK2VEC}),
        ("docre", {"model": small_model(tok2vec=LISTENER)}),
    ]


def pretrained(kind, **settings):
    return lambda directory_of: alone(backbone=directory_of(kind), **settings)(None)


ALL = {"@misc": "spacy_docre.AllNegatives.v1"}
PIPELINES = {
    "given rows": alone(),
    "generated rows": alone(**GENERATED),
    "pairs": alone(**BILINEAR),
    "a shared encoder": shared,
    "symbols on T5": pretrained("t5", head="Seq2SeqRows", negatives=ALL),
    "symbols on LED": pretrained("led", head="Seq2SeqRows", negatives=ALL),
    "given rows on T5": pretrained("t5", top_k_tails=3),
    "generated rows on BART": pretrained("bart", **GENERATED),
    "pairs on BART": pretrained("bart", **BILINEAR),
}


def make(pipes, seed, start=None, labels=None):
    spacy.util.fix_random_seed(seed)
    nlp = blank()
    for name, config in pipes:
        nlp.add_pipe(name, config=config)
    if start is not None:
        nlp.config["initialize"]["after_init"] = {
            "@callbacks": "spacy_docre.StartFrom.v1",
            **start,
        }
    if labels is not None:
        nlp.config["initialize"]["components"]["docre"] = {"labels": labels}
    nlp.initialize(lambda: [example_of(doc) for doc in stories(nlp)])
    return nlp


def train(nlp, steps=5):
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    for _ in range(steps):
        nlp.update([example_of(doc) for doc in stories()], sgd=optimizer)


def first_loss(nlp):
    return nlp.update([example_of(doc) for doc in stories()], sgd=False)["docre"]


def found(nlp):
    nlp.get_pipe("docre").cfg["threshold"] = 0.0
    return [scored(nlp(without_relations(doc))) for doc in stories()]


@pytest.mark.parametrize("name", PIPELINES)
def test_it_finds_and_loses_at_first_what_the_first_stage_did(name, tmp_path, request):
    if " on " in name:
        pytest.importorskip("transformers")
    pipes = PIPELINES[name](lambda kind: request.getfixturevalue("backbones")(kind))
    first = make(pipes, seed=0)
    train(first)
    first.to_disk(tmp_path / "first")
    fresh = make(pipes, seed=1)
    second = make(pipes, seed=1, start={"path": str(tmp_path / "first")})
    assert found(second) == found(first) != found(fresh)
    assert any(found(second))
    loss = first_loss(second)
    assert loss == pytest.approx(first_loss(first), rel=1e-5)
    assert loss != pytest.approx(first_loss(fresh), rel=1e-3)
    # It goes on from there, and the first stage stays what it was.
    train(second)
    assert first_loss(second) < loss
    assert found(spacy.load(tmp_path / "first")) == found(first)


def test_settings_that_change_no_shape_are_those_of_the_second_stage(tmp_path):
    first = make(alone(dropout=0.3)(None), seed=0)
    first.to_disk(tmp_path)
    second = make(alone(dropout=0.1, negatives=ALL)(None), seed=1, start={"path": str(tmp_path)})
    assert second.get_pipe("docre").model.shims[0].head.shape.dropout == 0.1
    assert found(second) == found(first)


LETTERS = [chr(i) for i in range(33, 127)]
PIECES = [*LETTERS, *(f"##{c}" for c in LETTERS)]
WITHOUT_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


@pytest.fixture
def small_transformer(tmp_path):
    pytest.importorskip("spacy_transformers")
    bert = save_bert(tmp_path / "bert", PIECES, **WITHOUT_DROPOUT)
    listener = {
        "@architectures": "spacy-transformers.TransformerListener.v1",
        "grad_factor": 1.0,
        "pooling": {"@layers": "reduce_mean.v1"},
    }
    model = {
        "@architectures": "spacy-transformers.TransformerModel.v3",
        "name": str(bert),
        "get_spans": {"@span_getters": "spacy-transformers.doc_spans.v1"},
        "tokenizer_config": {"use_fast": True},
        "transformer_config": {},
    }
    return [
        ("transformer", {"model": model}),
        ("docre", {"model": small_model(tok2vec=listener)}),
    ]


def both(path):
    """Starts from a pipeline, then freezes a part of its transformer."""
    return {
        "@callbacks": "spacy_docre.Callbacks.v1",
        "*": {
            "start": {"@callbacks": "spacy_docre.StartFrom.v1", "path": str(path)},
            "freeze": {"@callbacks": "spacy_docre.FreezeTransformer.v1", "layers": 1},
        },
    }


def test_a_transformer_starts_where_it_was_and_keeps_frozen_what_is_frozen(
    small_transformer, tmp_path
):
    first = make(small_transformer, seed=0)
    train(first)
    first.to_disk(tmp_path / "first")
    second = make(small_transformer, seed=1, start=both(tmp_path / "first"))
    assert found(second) == found(first) != found(make(small_transformer, seed=1))
    transformer = second.get_pipe("transformer").model.transformer
    before = {name: p.detach().clone() for name, p in transformer.named_parameters()}
    assert first_loss(second) == pytest.approx(first_loss(first), rel=1e-5)
    train(second)
    kept = {name for name, p in transformer.named_parameters() if p.equal(before[name])}
    assert any(name.startswith("encoder.layer.0.") for name in kept)
    assert not any(name.startswith("encoder.layer.1.") for name in kept)


def test_another_tokenizer_of_the_same_size_is_refused(small_transformer, tmp_path):
    make(small_transformer, seed=0).to_disk(tmp_path / "first")
    other = ["\u00c4" if piece == "A" else piece for piece in PIECES]
    save_bert(tmp_path / "bert", other, **WITHOUT_DROPOUT)
    with pytest.raises(ValueError, match=r"DRE525.*'transformer'.* 2 pieces .*\['A', '\u00c4'\]"):
        make(small_transformer, seed=1, start={"path": str(tmp_path / "first")})


def test_another_pretrained_model_of_the_same_shape_is_refused(backbones, tmp_path):  # noqa: F811
    make(pretrained("bart", **BILINEAR)(backbones), seed=0).to_disk(tmp_path / "first")
    fewer_heads = backbones("bart", encoder_attention_heads=2)
    with pytest.raises(ValueError, match=r"DRE565.*'docre'.*attention_heads: 2 here, 4 there"):
        start = {"path": str(tmp_path / "first")}
        make(alone(backbone=fewer_heads, **BILINEAR)(None), seed=1, start=start)


def test_another_tokenizer_of_a_pretrained_model_is_refused(backbones, tmp_path):  # noqa: F811
    make(pretrained("t5")(backbones), seed=0).to_disk(tmp_path / "first")
    other = shutil.copytree(backbones("t5"), tmp_path / "other")
    data = json.loads((other / "tokenizer.json").read_text(encoding="utf8"))
    pieces = data["model"]["vocab"]
    pieces["A"], pieces["B"] = pieces["B"], pieces["A"]
    (other / "tokenizer.json").write_text(json.dumps(data), encoding="utf8")
    with pytest.raises(ValueError, match=r"DRE525.*'docre'.* 2 pieces .*\['A', 'B'\]"):
        start = {"path": str(tmp_path / "first")}
        make(alone(backbone=str(other))(None), seed=1, start=start)


LABELS = {
    "relations": [{"label": label} for label in ("born_in", "lives_in", "lies_in")],
    "entity_types": ["LAND", "LOC", "PER"],
}
MORE = {**LABELS, "relations": [*LABELS["relations"], {"label": "likes"}]}
ROLES = {
    **LABELS,
    "relations": [{**LABELS["relations"][0], "roles": ["a", "b"]}, *LABELS["relations"][1:]],
}
TYPES = {**LABELS, "entity_types": ["LAND", "LOC", "PER", "TIME"]}


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (MORE, r"relations lack \['likes'\]"),
        (ROLES, r"roles differ in \['born_in'\]"),
        (TYPES, r"entity types lack \['TIME'\]"),
    ],
    ids=["relations", "roles", "types"],
)
def test_a_schema_without_what_the_weights_know_is_refused(labels, problem, tmp_path):
    make(alone()(None), seed=0, labels=labels).to_disk(tmp_path)
    with pytest.raises(ValueError, match=rf"DRE517.*'docre'.*{problem}"):
        make(alone()(None), seed=0, labels=LABELS, start={"path": str(tmp_path)})


def of_types(*types):
    born_in = {"label": "born_in", "types": [list(types), ["LOC"]]}
    return {**LABELS, "relations": [born_in, *LABELS["relations"][1:]]}


def test_types_that_only_roles_name_count_as_well(tmp_path):
    make(alone()(None), seed=0, labels=of_types("PER", "QUEEN")).to_disk(tmp_path)
    with pytest.raises(ValueError, match=r"DRE565.*'docre'.*type 'QUEEN'"):
        make(alone()(None), seed=0, labels=of_types("PER", "KING"), start={"path": str(tmp_path)})


def test_settings_that_make_something_else_of_weights_are_refused(tmp_path):
    make(alone(attention_heads=4)(None), seed=0).to_disk(tmp_path)
    with pytest.raises(ValueError, match=r"DRE565.*attention_heads 2 here, 4 there"):
        make(alone(attention_heads=2)(None), seed=0, start={"path": str(tmp_path)})


@pytest.mark.parametrize(
    "settings",
    [{"row_width": 32}, BILINEAR, {"tok2vec": {**TOK2VEC, "width": 8}}],
    ids=["width", "model", "encoder"],
)
def test_another_shape_is_refused(settings, tmp_path):
    make(alone()(None), seed=0).to_disk(tmp_path)
    with pytest.raises(ValueError, match=r"DRE518.*'docre'.* here, .* there"):
        make(alone(**settings)(None), seed=0, start={"path": str(tmp_path)})


@pytest.mark.parametrize(("here", "there"), [(shared, alone()), (alone(), shared)])
def test_a_component_that_is_not_in_both_is_refused(here, there, tmp_path):
    make(there(None), seed=0).to_disk(tmp_path)
    with pytest.raises(ValueError, match=r"DRE516.*'tok2vec'.*only: (tok2vec, )?docre\."):
        start = {"path": str(tmp_path), "pipes": ["tok2vec"]}
        make(here(None), seed=0, start=start)


def test_only_the_named_components_start_from_it(tmp_path):
    first = make(shared(None), seed=0)
    first.to_disk(tmp_path)
    second = make(shared(None), seed=1, start={"path": str(tmp_path), "pipes": ["tok2vec"]})
    fresh = make(shared(None), seed=1)
    doc = stories()[0]
    one, other, third = (
        nlp.get_pipe("tok2vec").predict([doc])[0].sum() for nlp in (first, second, fresh)
    )
    assert one == other != third
    assert found(second) != found(first)


def test_a_model_whose_weights_are_not_to_be_seen_is_refused(tmp_path):
    first = make(alone()(None), seed=0)
    first.to_disk(tmp_path)
    second = make(alone()(None), seed=0)
    second.get_pipe("docre").model.shims[0]._model = object()
    with pytest.raises(ValueError, match=r"DRE519.*'docre'.*source"):
        create_start_from(tmp_path)(second)


def test_callbacks_are_called_one_after_the_other():
    called = []

    def note(name):
        return lambda nlp: [called.append(name), nlp][1]

    callbacks = registry.callbacks.get("spacy_docre.Callbacks.v1")
    nlp = blank()
    assert callbacks(note("a"), note("b"))(nlp) is nlp
    assert called == ["a", "b"]


def test_a_pipeline_that_is_loaded_starts_from_nothing(tmp_path):
    first = make(alone()(None), 0)
    callback = {"@callbacks": "spacy_docre.StartFrom.v1", "path": str(tmp_path / "nowhere")}
    first.config["nlp"]["after_pipeline_creation"] = callback
    first.to_disk(tmp_path / "strange")
    with pytest.raises(ValueError, match=r"DRE532.*nowhere.*after_init"):
        spacy.load(tmp_path / "strange")

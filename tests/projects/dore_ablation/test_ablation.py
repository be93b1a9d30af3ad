"""The ablation trains each variant with the same budget, keeps what it found, and goes on where it
was interrupted."""

import importlib
import json
from pathlib import Path

import pytest
import spacy
from click import ClickException
from numpy.random import default_rng
from spacy.tokens import DocBin
from spacy.training import Example
from spacy.util import load_config, registry

from spacy_docre.models.pairs.candidate_pairs import CandidatePairs, TypeTrie
from tests.models.encoders.seq2seq.conftest import backbones  # noqa: F401
from tests.models.worlds import make_doc, make_schema
from tests.pipe.making import TOK2VEC, tell

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "projects" / "dore_ablation" / "configs"
STORIES = [
    [("Ann", "born_in", "Bonn"), ("Bonn", "lies_in", "Germany")],
    [("Bob", "lives_in", "Kiel")],
]


@pytest.fixture
def scripts():
    return importlib.import_module


def save(path, stories):
    DocBin(docs=[tell(story) for story in stories], store_user_data=True).to_disk(path)
    return path


@pytest.fixture
def options(scripts, tmp_path):
    """What to call the script with: a small config, and small files."""
    config = load_config(CONFIGS / "fictional.cfg")
    config["nlp"]["lang"] = "xx"
    model = config["components"]["docre"]["model"]
    model["tok2vec"] = TOK2VEC
    model["head"]["row_width"] = 16
    config["paths"]["schema"] = None
    config.to_disk(tmp_path / "small.cfg")
    return {
        "config": str(tmp_path / "small"),
        "train": save(tmp_path / "train.spacy", STORIES),
        "dev": save(tmp_path / "dev.spacy", STORIES[:1]),
        "steps": 2,
        "seeds": 1,
        "results": tmp_path / "results.json",
        "output": tmp_path / "tables" / "table.md",
    }


def runs_of(options):
    return json.loads(options["results"].read_text("utf8"))


def rows_of(options):
    lines = options["output"].read_text("utf8").splitlines()
    return [line.split(" | ")[1] for line in lines if line.startswith("| ")][2:]


def refuse(*args):
    raise AssertionError("trained again")


def test_every_variant_is_trained_and_scored(scripts, options):
    scripts("ablation").ablation(**options)
    variants = scripts("ablation_variants").VARIANTS
    expected = [key for key, each in variants.items() if not (each.config or each.explains)]
    assert [run["variant"] for run in runs_of(options)] == expected
    assert all(run["steps"] == 2 and run["seconds"] > 0 for run in runs_of(options))
    assert rows_of(options) == [variants[key].name for key in expected]
    assert "2 training steps for each, with `python" in options["output"].read_text("utf8")


def test_what_was_trained_is_not_trained_again(scripts, options, monkeypatch):
    script = scripts("ablation")
    script.ablation(**options, only=["none", "static"])
    before = runs_of(options)
    options["output"].unlink()
    monkeypatch.setattr(script, "run", refuse)
    script.ablation(**options, only=["none", "static"])
    assert runs_of(options) == before
    assert len(rows_of(options)) == 2
    with pytest.raises(AssertionError, match="again"):
        script.ablation(**options, only=["none", "all"])


def test_what_was_interrupted_goes_on_where_it_stopped(scripts, options, monkeypatch):
    script = scripts("ablation")
    train, done = script.run, []

    def train_two(key, variant, setting, seed, save):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append((key, seed))
        return train(key, variant, setting, seed, save)

    monkeypatch.setattr(script, "run", train_two)
    both = {**options, "seeds": 2, "only": ["none", "given"]}
    with pytest.raises(KeyboardInterrupt):
        script.ablation(**both)
    monkeypatch.setattr(script, "run", lambda *args: [done.append(args[:4:3]), train(*args)][1])
    script.ablation(**both)
    # With all variants of one seed before the next.
    assert done == [("none", 0), ("given", 0), ("none", 1), ("given", 1)]
    assert len(runs_of(options)) == 4


def change_steps(options):
    options["steps"] = 3


def change_documents(options):
    save(options["train"], STORIES[::-1])


def change_config(options):
    path = Path(f"{options['config']}.cfg")
    path.write_text(
        path.read_text("utf8").replace("attention_heads = 4", "attention_heads = 2"), "utf8"
    )


@pytest.mark.parametrize("change", [change_steps, change_documents, change_config])
def test_results_of_other_settings_or_data_do_not_count(change, scripts, options):
    script = scripts("ablation")
    script.ablation(**options, only=["none"])
    change(options)
    script.ablation(**options, only=["none"])
    assert len({run["fingerprint"] for run in runs_of(options)}) == 2


def test_where_files_lie_does_not_matter(scripts, options, tmp_path, monkeypatch):
    script = scripts("ablation")
    script.ablation(**options, only=["none"])
    monkeypatch.setattr(script, "run", refuse)
    options["dev"] = options["dev"].rename(tmp_path / "elsewhere.spacy")
    script.ablation(**options, only=["none"])


def test_the_same_seed_gives_the_same_result(scripts, options):
    module, script = scripts("ablation_variants"), scripts("ablation")
    paths = {name: str(options[name]) for name in ("train", "dev")}
    setting = module.Setting(options["config"], paths=paths, steps=20)
    variant = module.VARIANTS["dynamic"]
    one, two, other = (script.run("dynamic", variant, setting, seed) for seed in (0, 0, 1))
    assert (one.f1, one.precision) == (two.f1, two.precision)
    assert one.fingerprint == other.fingerprint


def encoder_of(setting, variant):
    return setting.config_of(variant, 0)["components"]["docre"]["model"]["encoder"]


def test_further_settings_reach_every_variant_that_has_them(scripts, options):
    module = scripts("ablation_variants")
    changes = {"training.batcher.size": 3, "components.docre.model.encoder.window": None}
    setting = module.Setting(options["config"], steps=2, overrides=changes)
    plain = module.Setting(options["config"], steps=2)
    none, lexical = (module.VARIANTS[key] for key in ("none", "lexical"))
    assert encoder_of(plain, lexical)["window"] == 1024
    for variant in (none, lexical):
        assert setting.config_of(variant, 0)["training"]["batcher"]["size"] == 3
    assert encoder_of(setting, lexical)["window"] is None
    assert "encoder" not in setting.config_of(none, 0)["components"]["docre"]["model"]
    assert setting.fingerprint(none) != plain.fingerprint(none)


def test_further_settings_are_given_by_name(scripts, options):
    scripts("ablation").ablation(
        **options, only=["none"], override=["components.docre.threshold=0.0"]
    )
    assert runs_of(options)[0]["recall"] > 0
    with pytest.raises(ClickException, match="threshold"):
        scripts("ablation").ablation(**options, only=["none"], override=["threshold"])


def test_trained_pipelines_are_kept_on_demand(scripts, options, tmp_path):
    scripts("ablation").ablation(**{**options, "seeds": 2}, only=["given"], save=tmp_path / "kept")
    for run in runs_of(options):
        nlp = spacy.load(tmp_path / "kept" / f"given-{run['seed']}")
        docs = list(DocBin().from_disk(options["dev"]).get_docs(nlp.vocab))
        scores = nlp.evaluate([Example(doc.copy(), doc) for doc in docs])
        assert scores["docre_micro_f"] == pytest.approx(run["f1"])


def test_a_further_setting_that_no_variant_has_is_refused(scripts, options, capsys):
    with pytest.raises(SystemExit):
        scripts("ablation").ablation(
            **options, only=["none"], override=["components.docre.model.encoder.windw=3"]
        )
    assert "windw" in capsys.readouterr().out
    assert not options["results"].exists()


def test_an_unknown_variant_is_refused(scripts, options, capsys):
    with pytest.raises(SystemExit):
        scripts("ablation").ablation(**options, only=["diagonl"])
    assert "random-order, annotation-order" in capsys.readouterr().out


def test_lexical_generation_needs_a_pretrained_model(scripts, options, capsys):
    scripts("ablation").ablation(**options, only=["none", "lexical", "symbolic"])
    assert "lexical, symbolic" in capsys.readouterr().out
    assert [run["variant"] for run in runs_of(options)] == ["none"]


def test_lexical_and_symbolic_generation_are_compared_on_it(scripts, options, backbones):  # noqa: F811
    pytest.importorskip("transformers")
    options["backbone"] = backbones("t5")
    scripts("ablation").ablation(**options, only=["lexical", "symbolic"])
    assert [run["steps"] for run in runs_of(options)] == [2, 2]


def test_what_explains_a_row_is_trained_where_it_is_asked_for(scripts, options):
    scripts("ablation").ablation(**options, only=["free-diagonal", "fixed-random"])
    assert [run["variant"] for run in runs_of(options)] == ["free-diagonal", "fixed-random"]


@pytest.mark.parametrize(
    "like, name", [("diagonal", "free-diagonal"), ("random-negatives", "fixed-random")]
)
def test_negatives_that_explain_differ_from_others_in_one_respect(like, name, scripts):
    variants = scripts("ablation_variants").VARIANTS
    control, published = (
        registry.resolve(dict(variants[key].head))["negatives"] for key in (name, like)
    )
    doc = make_doc(*"AAAAAAAA")
    candidates, gold, rng = (
        CandidatePairs(TypeTrie(make_schema(P1=2)), doc),
        {(0, 1), (4, 2)},
        default_rng(0),
    )
    passes = [control.drawn(rng)(candidates, gold, rng) for _ in range(5)]
    others = [published.drawn(rng)(candidates, gold, rng) for _ in range(5)]
    assert passes == [passes[0]] * 5 and passes[0]
    assert abs(len(passes[0]) - len(others[0])) <= 1  # a share is rounded at random
    if like == "diagonal":
        assert passes == others and published.due(candidates) is not None
    else:
        assert len({frozenset(each) for each in others}) > 1
        # Another document has other pairs.
        assert control(candidates, {(0, 1)}, rng) - gold != passes[0]
    assert control.due(candidates) is None and control.states_na


SETTINGS = ["fictional", "transformer"]


@pytest.mark.parametrize("name", SETTINGS)
def test_variants_differ_in_their_head_only(name, scripts):
    module = scripts("ablation_variants")
    setting = module.Setting(name, steps=7)
    for variant in module.VARIANTS.values():
        if variant.config:
            continue
        config, base = setting.config_of(variant, 3), load_config(CONFIGS / f"{name}.cfg")
        head = config["components"]["docre"]["model"].pop("head")
        plain = base["components"]["docre"]["model"].pop("head")
        base["training"]["max_steps"], base["system"]["seed"] = 7, 3
        assert config == base
        shared = {k for k in plain if k in head and k not in variant.head}
        assert {k: head[k] for k in shared} == {k: plain[k] for k in shared}
        # Every setting means something to its head.
        registry.resolve({"head": head})


@pytest.mark.parametrize("name", SETTINGS)
def test_all_steps_are_on_the_schedule_of_the_learning_rate(name, scripts):
    module = scripts("ablation_variants")
    setting = module.Setting(name, steps=77)
    for variant in module.VARIANTS.values():
        training = setting.config_of(variant, 0).interpolate()["training"]
        assert training["optimizer"]["learn_rate"]["total_steps"] == training["max_steps"] == 77
        assert training["max_epochs"] == 0


def test_a_corpus_brings_its_scorer_and_windows(scripts):
    module = scripts("ablation_variants")
    config = module.Setting("transformer", corpus="biored").config_of(module.VARIANTS["dynamic"], 0)
    docre = config["components"]["docre"]
    assert docre["scorer"]["@scorers"] == "spacy_docre.biored_scorer.v1"
    assert docre["model"]["head"]["negatives"]["@misc"] == "spacy_docre.DynamicNegatives.v1"
    assert config["components"]["transformer"]["model"]["get_spans"]["window"] == 224


def test_a_table_has_means_and_spread(scripts):
    results, variants = scripts("ablation_results"), scripts("ablation_variants").VARIANTS
    runs = [
        results.Run("none", seed, "x", 5, 0.5, 0.25, f1, 90.0, 60.0, 1.0)
        for seed, f1 in enumerate([0.2, 0.4])
    ]
    table = results.make_table(variants, runs, "Title", "made so")
    row = ("Order", variants["none"].name, "30.0", "14.1", "50.0", "25.0", "1.5", "1.0")
    assert table.rows == [(*row, "20.0, 40.0", "55.1")]
    assert table.note.endswith("made so")


def test_the_config_on_a_transformer_is_that_of_training_with_generated_tails():
    ablation = load_config(CONFIGS / "transformer.cfg")
    trained = load_config(ROOT / "configs" / "dore_transformer.cfg")
    for config in (ablation, trained):
        config["components"]["docre"].pop("scorer")
        config["paths"].pop("schema")
        config["initialize"].pop("components", None)
        config["components"]["transformer"]["model"].pop("transformer_config")
    ours, theirs = (c["components"]["docre"]["model"].pop("head") for c in (ablation, trained))
    assert ablation == trained
    assert ours["@misc"] == "spacy_docre.GeneratedRows.v1"
    shared = {*ours} & {*theirs} - {"@misc", "negatives"}
    assert {k: ours[k] for k in shared} == {k: theirs[k] for k in shared}


def test_lexical_generation_differs_from_the_generator_in_its_model_only():
    lexical = load_config(CONFIGS / "lexical_t5_large.cfg")
    generator = load_config(ROOT / "configs" / "seq2seq" / "docred_t5_large.cfg")
    for config in (lexical, generator):
        config["components"]["docre"].pop("model")
    # A probability of all pieces is no score against NA.
    assert lexical["components"]["docre"].pop("threshold") == 0.0
    generator["components"]["docre"].pop("threshold", None)
    assert lexical == generator

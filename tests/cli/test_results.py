"""`spacy docre-results` shows the scores that `spacy evaluate` writes."""

import hashlib
import json
import re

import pytest
from spacy.cli import app
from typer.testing import CliRunner

SCORES = {
    "docre_micro_p": 0.5,
    "docre_micro_r": 0.25,
    "docre_micro_f": 1 / 3,
    "docre_ign_f": None,
    "docre_same_sentence_f": 0.4,
    "docre_cross_sentence_f": 0.2,
    "docre_gold": 1200,
    "docre_predicted": 600,
    "docre_correct": 300,
    "docre_per_relation": {
        "P17": {"p": 1.0, "r": 0.5, "f": 2 / 3, "support": 4},
        "P27": {"p": 0.0, "r": 0.0, "f": 0.0, "support": 9},
        "P30": {"p": 0.0, "r": 0.0, "f": 0.0, "support": 4},
    },
}


@pytest.fixture
def metrics(tmp_path):
    def write(name="metrics.json", **changes):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"token_acc": 1.0, **SCORES, **changes}))
        return path

    return write


def run(*arguments):
    result = CliRunner().invoke(app, ["docre-results", *map(str, arguments)])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", result.output).splitlines()
    return result.exit_code, [" ".join(line.split()) for line in lines]


def test_overall_scores_are_percentages_and_missing_ones_dashes(metrics):
    code, lines = run(metrics())
    assert code == 0
    header = "P R F1 Ign F1 Same sent. F1 Cross sent. F1 Gold Predicted Correct"
    assert header in lines
    assert "metrics 50.00 25.00 33.33 - 40.00 20.00 1,200 600 300" in lines


def test_relations_are_listed_by_support(metrics):
    _, lines = run(metrics())
    start = lines.index("Support P R F1")
    shown = [line for line in lines[start + 1 :] if line.startswith("P")]
    assert shown == ["P27 9 0.00 0.00 0.00", "P17 4 100.00 50.00 66.67", "P30 4 0.00 0.00 0.00"]


def test_only_the_most_frequent_relations_are_listed(metrics):
    _, lines = run(metrics(), "--top", 1)
    assert any("(1 of 3)" in line for line in lines)
    assert "P27 9 0.00 0.00 0.00" in lines
    assert not any(line.startswith("P17") for line in lines)


def test_several_evaluations_stand_side_by_side(metrics):
    other = {"P17": {"p": 1.0, "r": 1.0, "f": 1.0, "support": 4}}
    _, lines = run(metrics("a.json"), metrics("b.json", docre_per_relation=other))
    assert "Support a F1 b F1" in lines
    assert "P17 4 66.67 100.00" in lines
    assert "P27 9 0.00 -" in lines


def test_files_of_the_same_name_are_told_apart_by_their_path(metrics, tmp_path):
    paths = metrics("one/metrics.json"), metrics("two/metrics.json", docre_micro_p=1.0)
    markdown = tmp_path / "results.md"
    run(*paths, "--markdown", markdown)
    assert all(str(path) in markdown.read_text(encoding="utf8") for path in paths)


def test_tables_are_written_as_markdown(metrics, tmp_path):
    markdown = tmp_path / "results.md"
    code, _ = run(metrics(), "--markdown", markdown)
    lines = markdown.read_text(encoding="utf8").splitlines()
    assert code == 0
    assert "## Relations" in lines
    assert any(re.fullmatch(r"\| metrics \| +50\.00 \|.*\| +300 \|", line) for line in lines)
    assert any(
        re.fullmatch(r"\| P17 +\| +4 \| 100\.00 \| 50\.00 \| 66\.67 \|", line) for line in lines
    )


def test_labels_and_names_of_files_move_no_cursor_and_are_no_html(metrics, tmp_path):
    label = "\x1b[2J\u202e<script>x</script>"
    path = metrics(
        "a\x1b[31m.json", docre_per_relation={label: SCORES["docre_per_relation"]["P17"]}
    )
    markdown = tmp_path / "tables.md"
    result = CliRunner().invoke(app, ["docre-results", str(path), "--markdown", str(markdown)])
    assert result.exit_code == 0
    assert "\\x1b[2J\\u202e<script>" in result.output
    for text in (re.sub(r"\x1b\[[0-9;]*m", "", result.output), markdown.read_text("utf8")):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "\x1b[31m" not in result.output.replace("\x1b[38;5;", "")
    assert "&lt;script&gt;" in markdown.read_text("utf8")
    failed = CliRunner().invoke(app, ["docre-results", str(path), str(path)])
    assert "a\\x1b[31m.json" in failed.output


def test_a_pipeline_that_was_not_scored_has_dashes(metrics):
    nothing = dict.fromkeys(SCORES)
    code, lines = run(metrics(**nothing))
    assert code == 0
    assert "metrics - - - - - - - - -" in lines


def test_the_protocol_and_its_scores_are_named(metrics):
    filtered = {f"docre_filtered_{key}": value for key, value in zip("prf", (0.6, 0.25, 0.5))}
    one = metrics("cdr.json", docre_protocol="CDR", docre_documents=1500, **filtered)
    pairs = {f"docre_pair_{key}": None for key in "prf"}
    other = metrics("biored.json", docre_protocol="BioRED", docre_documents=100, **pairs)
    code, lines = run(one, other)
    assert code == 0
    assert "cdr Hypernyms filtered 60.00 25.00 50.00" in lines
    assert "biored Pairs, whatever the relation - - -" in lines
    assert "Protocol CDR BioRED" in lines
    assert "Documents 1,500 100" in lines


def test_tuples_of_any_size_are_listed(metrics):
    sizes = [
        f"{size}_{mean}" for size in ("binary", "10ary", "3ary") for mean in ("macro", "micro")
    ]
    scores = {f"docre_{size}_{key}": i / 10 for i, size in enumerate(sizes) for key in "prf"}
    _, lines = run(metrics(**scores))
    shown = [line for line in lines if "macro" in line or "micro" in line]
    assert shown == [
        "metrics Binary, macro 0.00 0.00 0.00",
        "metrics Binary, micro 10.00 10.00 10.00",
        "metrics 3-ary, macro 40.00 40.00 40.00",
        "metrics 3-ary, micro 50.00 50.00 50.00",
        "metrics 10-ary, macro 20.00 20.00 20.00",
        "metrics 10-ary, micro 30.00 30.00 30.00",
    ]


def with_prefix(prefix, scores):
    return {prefix + key.removeprefix("docre"): value for key, value in scores.items()}


def test_scores_of_a_second_component_have_rows_of_their_own(metrics, model):
    other = {**SCORES, "docre_micro_p": 1.0, "docre_protocol": "GDA", "docre_pair_f": 0.75}
    links = with_prefix("docre_links", other)
    code, lines = run(metrics("a.json", **links), metrics("b.json"), "--model", model)
    assert code == 0
    assert "a 50.00 25.00 33.33 - 40.00 20.00 1,200 600 300" in lines
    assert "a (docre_links) 100.00 25.00 33.33 - 40.00 20.00 1,200 600 300" in lines
    assert "a (docre_links) Pairs, whatever the relation - - 75.00" in lines
    assert not any("docre_links_" in line for line in lines)
    assert "P17 4 66.67 66.67 66.67" in lines
    assert "Protocol - GDA -" in lines
    assert "training.seed 7 7 7" in lines
    code, lines = run(metrics("a.json", **links), metrics("b.json"), *["--model", model] * 2)
    assert code == 0
    assert "training.seed 7 7 7" in lines


def test_scores_by_component_are_read(tmp_path):
    other = {key.replace("docre", "links", 1): value for key, value in SCORES.items()}
    components = {
        "tokenizer": {"token_acc": 1.0},
        "ner": {"ents_f": 0.5, "ents_per_type": {"PER": {"f": 0.5}}},
        "docre": {**SCORES, "docre_protocol": "DocRED"},
    }
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(components))
    _, lines = run(path)
    assert "metrics 50.00 25.00 33.33 - 40.00 20.00 1,200 600 300" in lines
    assert "P27 9 0.00 0.00 0.00" in lines
    more = {"events": {**SCORES, "docre_gold": 7}, "links": {**other, "links_protocol": "CDR"}}
    path.write_text(json.dumps({**components, **more}))
    _, lines = run(path)
    assert "metrics (events) 50.00 25.00 33.33 - 40.00 20.00 7 600 300" in lines
    assert "metrics (links) 50.00 25.00 33.33 - 40.00 20.00 1,200 600 300" in lines
    path.write_text(json.dumps({"events": {"docre_micro_f": "x"}}))
    code, lines = run(path)
    assert code == 1
    assert any("DRE331" in line for line in lines)


def test_only_scores_of_relations_count_whatever_they_are_called(tmp_path):
    path = tmp_path / "metrics.json"
    links = with_prefix("links", {**SCORES, "docre_protocol": "GDA"})
    path.write_text(json.dumps({"morph_micro_f": 1.0, **links}))
    code, lines = run(path)
    assert code == 0
    assert "metrics (links) 50.00 25.00 33.33 - 40.00 20.00 1,200 600 300" in lines
    assert not any("morph" in line for line in lines)
    path.write_text(json.dumps({**links, "links_gold": "x"}))
    code, lines = run(path)
    assert code == 1
    assert "'links_gold' is 'x', not a number" in " ".join(lines)


def test_no_file_of_metrics_is_shown_twice_or_overwritten(metrics, tmp_path):
    path = metrics()
    for options in ([path], ["--markdown", path.with_suffix(".md")]):
        path.with_suffix(".md").unlink(missing_ok=True)
        path.with_suffix(".md").hardlink_to(path)
        before = path.read_bytes()
        code, lines = run(path, *options)
        assert code == 1
        assert "[DRE333]" in " ".join(lines)
        assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["dd.spacy", "metrics.json"])
def test_tables_have_a_name_of_their_own(metrics, tmp_path, name):
    path, data = metrics(), tmp_path / "dd.spacy"
    data.write_bytes(b"documents")
    before = path.read_bytes()
    code, lines = run(path, "--data", data, "--markdown", tmp_path / name)
    assert code == 1
    assert "[DRE330]" in " ".join(lines)
    assert (path.read_bytes(), data.read_bytes()) == (before, b"documents")


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_costs_no_tables_that_were_there(metrics, tmp_path):
    markdown = tmp_path / "results.md"
    markdown.write_text("good")
    code, lines = run(metrics(), "--markdown", markdown)
    assert code == 1
    assert "results.md cannot be written: No space left on device" in " ".join(lines)
    assert markdown.read_text() == "good"


def test_labels_do_not_break_tables_of_markdown(metrics, tmp_path):
    values = {"p": 1.0, "r": 1.0, "f": 1.0, "support": 1}
    markdown = tmp_path / "results.md"
    path = metrics(docre_per_relation={"a|b\nc": values})
    run(path, "--markdown", markdown)
    assert "| a\\|b c | 1 | 100.00 | 100.00 | 100.00 |" in markdown.read_text(encoding="utf8")


CONFIG = """
[training]
seed = 7
max_steps = 100

[training.optimizer]
@optimizers = "Adam.v1"
learn_rate = 0.001

[components]

[components.encoder]
factory = "transformer"

[components.encoder.model]
name = "some/encoder"

[components.relations]
factory = "docre"
threshold = 0.5
use_gold_entities = true

[components.relations.model]
@architectures = "spacy_docre.Extractor.v1"

[components.relations.model.head]
@misc = "spacy_docre.GivenRows.v1"
row_width = 64

[components.relations.model.head.negatives]
@misc = "spacy_docre.SampledNegatives.v1"
share = 0.4
limit = null
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model-last"
    (path / "relations").mkdir(parents=True)
    (path / "config.cfg").write_text(CONFIG)
    (path / "relations" / "cfg").write_text('{"threshold": 0.35}')
    return path


def test_settings_seed_and_data_are_listed(metrics, model, tmp_path):
    data = tmp_path / "dev.spacy"
    data.write_bytes(b"documents")
    markdown = tmp_path / "results.md"
    code, lines = run(
        metrics(docre_protocol="DocRED"), "--model", model, "--data", data, "--markdown", markdown
    )
    assert code == 0
    assert f"Data {data} (sha256 {hashlib.sha256(b'documents').hexdigest()[:12]})" in lines
    for line in [
        "training.seed 7",
        "training.max_steps 100",
        "training.optimizer.learn_rate 0.001",
        "encoder.model.name some/encoder",
        "relations.threshold 0.35",
        "relations.at_least_one false",
        "relations.model.head.@misc spacy_docre.GivenRows.v1",
        "relations.model.head.row_width 64",
        "relations.model.head.negatives.share 0.4",
    ]:
        assert line in lines
    assert "| Protocol" in markdown.read_text(encoding="utf8")


def test_each_evaluation_has_a_pipeline_of_its_own_or_all_have_one(metrics, model):
    files = [metrics(f"{name}.json") for name in "abc"]
    _, lines = run(*files, "--model", model)
    assert "training.seed 7 7 7" in lines
    code, lines = run(*files, "--model", model, "--model", model)
    assert code == 1
    assert any("[DRE412] --model is given 2 times for 3 files" in line for line in lines)


@pytest.mark.parametrize("damage", ["config", "component", "threshold", "list"])
def test_a_folder_without_a_pipeline_is_refused(metrics, model, damage):
    if damage == "config":
        (model / "config.cfg").unlink()
    elif damage == "component":
        (model / "config.cfg").write_text(CONFIG.replace('"docre"', '"ner"'))
    elif damage == "list":
        (model / "relations" / "cfg").write_text("[1]")
    else:
        (model / "relations" / "cfg").unlink()
    code, lines = run(metrics(), "--model", model)
    assert code == 1
    assert any("[DRE413]" in line for line in lines)


@pytest.mark.parametrize("content", ["[", "[]", '{"ents_f": 1.0}'])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "metrics.json"
    path.write_text(content)
    code, lines = run(path)
    assert code == 1
    assert any("[DRE331]" in line for line in lines)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"docre_micro_f": "high"}, "'docre_micro_f' is 'high', not a number"),
        ({"docre_micro_f": True}, "'docre_micro_f' is True, not a number"),
        ({"docre_gold": [3]}, "'docre_gold' is [3], not a number"),
        ({"docre_documents": [3]}, "'docre_documents' is [3], not a number"),
        ({"docre_documents": "x"}, "'docre_documents' is 'x', not a number"),
        ({"docre_gold": float("inf")}, "'docre_gold' is inf, not a number"),
        ({"docre_3ary_micro_f": "1"}, "'docre_3ary_micro_f' is '1', not a number"),
        ({"docre_filtered_f": {}}, "'docre_filtered_f' is {}, not a number"),
        (
            {"docre_per_relation": {"r": {"f": "1"}}},
            "'docre_per_relation.r.f' is '1'",
        ),
        ({"docre_per_relation": [1]}, "'docre_per_relation' is no object of scores"),
        ({"docre_per_relation": {"r": 0}}, "'docre_per_relation' is no object of scores"),
    ],
)
def test_scores_that_are_no_numbers_are_refused_by_field(tmp_path, changes, problem):
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"docre_micro_f": 0.5, **changes}).replace("Infinity", "1e400"))
    code, lines = run(path)
    assert code == 1
    message = " ".join(lines)
    assert "[DRE331]" in message
    assert problem in message

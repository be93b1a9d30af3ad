"""The project's descriptions of corpora, and what takes and converts them."""

import gzip
import hashlib
import importlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
import spacy
import typer
from spacy.tokens import Doc, DocBin
from spacy.util import load_config, registry
from spacy.vocab import Vocab

from spacy_docre.data.entities import Entity
from spacy_docre.data.schema import Schema
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.formats import get_format

ROOT = Path(__file__).parent.parent
DESCRIPTIONS = sorted((ROOT / "configs" / "corpora").glob("*.json"))
TEXT = (
    "1|t|Ann met Bob\n1|a|They talked.\n1\t0\t3\tAnn\tPER\tA\n1\t8\t11\tBob\tPER\tB\n1\tmet\tA\tB\n"
)


@pytest.fixture
def scripts(monkeypatch, tmp_path):
    """Imports a module of the folder scripts, to run in a project folder of its own."""
    monkeypatch.chdir(tmp_path)
    return importlib.import_module


def corpus(scripts, **changes):
    values = {"format": "pubtator", "files": {"train": "a.txt", "dev": "b.txt"}, **changes}
    return scripts("corpora").Corpus("small", **values)


def describe(scripts, monkeypatch, described):
    for module in ("take_data", "convert_corpus"):
        monkeypatch.setattr(scripts(module), "read_corpus", lambda name: described)


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=[path.stem for path in DESCRIPTIONS])
def test_a_description_names_a_format_settings_and_files(path, scripts):
    described = scripts("corpora").read_corpus(path.stem)
    get_format(described.format, described.settings)
    assert {"train", "dev"} <= set(described.files)
    assert set(described.md5) <= set(described.files.values())
    assert described.assets == Path("assets") / path.stem


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=[path.stem for path in DESCRIPTIONS])
@pytest.mark.parametrize(
    "name", ["dore_transformer", "classifier_transformer", "dore_cnn", "dore_long_documents"]
)
def test_a_corpus_is_trained_with_the_scorer_of_its_protocol(path, name, scripts, tmp_path):
    module = scripts("write_config")
    module.CONFIGS = ROOT / "configs"
    module.write_config(name, path.stem, tmp_path / "written" / "config.cfg")
    written = load_config(tmp_path / "written" / "config.cfg")
    described = scripts("corpora").read_corpus(path.stem)
    plain = load_config(ROOT / "configs" / f"{name}.cfg")
    scorer = described.config.get("components.docre.scorer", plain["components"]["docre"]["scorer"])
    assert written["components"]["docre"]["scorer"] == scorer
    registry.resolve(
        {"scorer": scorer | {"train_facts": None} if "train_facts" in scorer else scorer}
    )
    spans = written["components"].get("transformer", {}).get("model", {}).get("get_spans")
    assert (spans is None) == (name in ("dore_cnn", "dore_long_documents"))
    if spans is not None and "components.transformer.model.get_spans.window" in described.config:
        assert spans["window"] == 224


def test_an_unknown_config_is_refused(scripts, tmp_path, capsys):
    with pytest.raises(SystemExit):
        scripts("write_config").write_config("none", "cdr", tmp_path / "config.cfg")
    assert "none.cfg" in capsys.readouterr().out


def test_another_name_stands_for_a_corpus_in_docreds_form(scripts):
    described = scripts("corpora").read_corpus("another")
    assert (described.format, described.files["dev"]) == ("docred", "dev.json")
    assert described.assets == Path("assets/another")


@pytest.fixture
def descriptions(scripts, monkeypatch, tmp_path):
    """Writes descriptions of corpora, in place of those of the project."""
    monkeypatch.setattr(scripts("corpora"), "DESCRIPTIONS", tmp_path)

    def write(**described):
        for name, fields in described.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(fields))

    return write


def test_a_description_has_what_the_one_that_it_is_like_has(scripts, descriptions):
    files = {"train": "a.txt", "dev": "b.txt"}
    descriptions(
        first={"format": "pubtator", "files": files, "types": True, "config": {"a.b": 1, "c": 2}},
        second={"like": "first", "folder": "first", "config": {"a.b": {"d": 3}}},
        third={"like": "second", "types": False, "config": {"e": 4}},
    )
    third = scripts("corpora").read_corpus("third")
    assert (third.name, third.folder, third.types) == ("third", "first", False)
    assert (third.format, third.files) == ("pubtator", files)
    assert third.config == {"a.b": {"d": 3}, "c": 2, "e": 4}


def test_a_description_that_is_like_none_that_exists_is_refused(scripts, descriptions):
    descriptions(first={"like": "another"})
    with pytest.raises(ValueError, match=r"first\.json .* 'another', of which there is no"):
        scripts("corpora").read_corpus("first")


def test_descriptions_that_are_like_each_other_are_refused(scripts, descriptions):
    descriptions(first={"like": "second"}, second={"like": "first"})
    with pytest.raises(ValueError, match=r"second\.json .* 'first', which is like it"):
        scripts("corpora").read_corpus("first")


def test_files_are_taken_from_a_local_folder_and_converted(scripts, monkeypatch, tmp_path):
    described = corpus(scripts, symmetric=["*"], types=True)
    describe(scripts, monkeypatch, described)
    (tmp_path / "data" / "small").mkdir(parents=True)
    for name in described.files.values():
        (tmp_path / "data" / "small" / name).write_text(TEXT)
    scripts("take_data").take_data("small", local="data")
    scripts("convert_corpus").convert_corpus("small", parts=None)
    for part in ("train", "dev"):
        (doc,) = DocBin().from_disk(f"corpus/small/{part}.spacy").get_docs(Vocab())
        assert len(load_relations(doc).triples) == 1
    schema = Schema.from_json("corpus/small/schema.json")
    assert schema["met"].symmetric
    assert schema["met"].types == (("PER",), ("PER",))


def test_two_forms_of_a_corpus_are_trained_and_scored_in_the_same_way(scripts):
    cdr, eog = (scripts("corpora").read_corpus(name) for name in ("cdr", "cdr_eog"))
    moved = json.loads(json.dumps(cdr.config).replace(str(cdr.assets), str(eog.assets)))
    assert eog.config == moved


def test_further_files_are_taken_from_where_they_are(scripts, monkeypatch, tmp_path):
    described = corpus(scripts, folder="large/small", others=["../tree.txt"])
    describe(scripts, monkeypatch, described)
    (tmp_path / "large" / "small").mkdir(parents=True)
    for name in (*described.files.values(), "../tree.txt"):
        (tmp_path / "large" / "small" / name).write_text(TEXT)
    scripts("take_data").take_data("small", local=str(tmp_path))
    assert (tmp_path / "assets" / "small" / "tree.txt").is_file()


def test_files_that_a_local_folder_has_compressed_are_unpacked(scripts, monkeypatch, tmp_path):
    described = corpus(scripts, others=["tree.txt"])
    describe(scripts, monkeypatch, described)
    (tmp_path / "small").mkdir()
    for name in (*described.files.values(), "tree.txt"):
        (tmp_path / "small" / f"{name}.gz").write_bytes(gzip.compress(TEXT.encode()))
    scripts("take_data").take_data("small", local=str(tmp_path))
    taken = sorted((tmp_path / "assets" / "small").iterdir())
    assert [path.name for path in taken] == ["a.txt", "b.txt", "tree.txt"]
    assert {path.read_text() for path in taken} == {TEXT}


def test_a_local_folder_without_the_files_is_refused(scripts, monkeypatch, tmp_path):
    describe(scripts, monkeypatch, corpus(scripts))
    with pytest.raises((SystemExit, typer.Exit)):
        scripts("take_data").take_data("small", local=str(tmp_path))


def write_archive(path):
    members = {f"Small/{name}": TEXT.encode() for name in ("a.txt", "b.txt", "other.txt")}
    path.parent.mkdir(parents=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.mark.parametrize("name", ["small.zip", "small.tar.gz"])
def test_files_are_unpacked_from_a_fetched_archive(scripts, monkeypatch, tmp_path, name):
    md5 = {"a.txt": hashlib.md5(TEXT.encode()).hexdigest()}
    describe(scripts, monkeypatch, corpus(scripts, archive=name, md5=md5))
    write_archive(tmp_path / "assets" / "small" / name)
    (tmp_path / "project.yml").write_text(json.dumps({"title": "Small"}))
    scripts("take_data").take_data("small", local="")
    files = sorted(path.name for path in (tmp_path / "assets" / "small").iterdir())
    assert files == ["a.txt", "b.txt", name]


def test_a_file_with_another_checksum_is_refused(scripts, monkeypatch, tmp_path):
    described = corpus(scripts, archive="small.zip", md5={"a.txt": "0" * 32})
    describe(scripts, monkeypatch, described)
    write_archive(tmp_path / "assets" / "small" / "small.zip")
    (tmp_path / "project.yml").write_text(json.dumps({"title": "Small"}))
    with pytest.raises((SystemExit, typer.Exit)):
        scripts("take_data").take_data("small", local="")


def written_config(scripts, name, tmp_path, **options):
    module = scripts("write_config")
    module.CONFIGS = ROOT / "configs"
    module.write_config(name, "cdr", tmp_path / "config.cfg", **options)
    return load_config(tmp_path / "config.cfg")


def test_the_pretrained_model_goes_where_the_config_has_one(scripts, tmp_path):
    def paths(name):
        return written_config(scripts, name, tmp_path, encoder="mine")["paths"]

    assert paths("dore_transformer")["encoder"] == "mine"
    assert paths("seq2seq/cdr_biobart_base")["backbone"] == "mine"
    assert "mine" not in paths("dore_cnn").values()


STAGES = ["dore_transformer", "classifier_transformer", "dore_cnn", "seq2seq/docred_t5_large"]


@pytest.mark.parametrize("name", STAGES)
def test_the_first_stage_streams_its_documents(name, scripts, tmp_path):
    written = written_config(scripts, name, tmp_path, stream=Path("distant.txt"))
    reader = written["corpora"]["train"]
    assert reader["format"] == "pubtator"
    assert registry.resolve({"reader": reader})["reader"].path == Path("distant.txt")
    assert written["training"]["max_epochs"] == -1
    labels = written["initialize"]["components"]["docre"]["labels"]
    assert labels["path"] == "${paths.schema}"


@pytest.mark.parametrize("name", STAGES)
def test_the_second_stage_starts_before_anything_is_frozen(name, scripts, tmp_path):
    written = written_config(scripts, name, tmp_path, start_from=Path("first"))
    block = written["initialize"]["after_init"]
    assert registry.resolve({"callback": block})["callback"]
    blocks = list(block["*"].values()) if "*" in block else [block]
    names = [each["@callbacks"] for each in blocks]
    frozen = ["spacy_docre.FreezeTransformer.v1"] if name.endswith("transformer") else []
    assert names == ["spacy_docre.StartFrom.v1", *frozen]
    assert blocks[0]["path"] == "first"
    labels = written["initialize"]["components"]["docre"]["labels"]
    assert labels["path"] == "${paths.schema}"


def test_what_is_streamed_is_read_one_document_after_the_other(tmp_path):
    """A file that breaks off is read up to there."""
    path = tmp_path / "distant.txt"
    path.write_text(TEXT + "\n" + "2|t|broken\n2\tnonsense\n", "utf8")
    reader = registry.readers.get("spacy_docre.Corpus.v1")(str(path), format="pubtator")
    documents = reader(spacy.blank("en"))
    assert next(documents).reference.text.startswith("Ann met Bob")
    with pytest.raises(ValueError, match="DRE"):
        next(documents)


def test_controls_answer_from_the_entities_alone(scripts):
    entities = [
        Entity.of([(0, 1)], "A"),
        Entity.of([(1, 2), (2, 3)], "A"),
        Entity.of([(3, 4)], "B"),
        Entity.of([(4, 5)], "C"),
    ]
    roles = {"r": ("one", "two", "three")}

    def annotated(*triples):
        doc = Doc(Vocab(), words=list("abcde"))
        store_relations(doc, entities, [Triple(t, "r") for t in triples], roles=roles)
        return doc

    controls = scripts("controls")
    # One triple has a B in the first role, which is not its usual type.
    types = controls.usual_types(iter([annotated((0, 2, 3), (1, 2, 3)), annotated((2, 1, 3))]))
    assert types == {"r": ("A", "B", "C")}
    doc = annotated()  # which does not know the relation's roles

    def answers(most):
        stored = load_relations(controls.answer(doc, types, roles, doc.vocab, most=most).predicted)
        return [triple.entities for triple in stored.triples]

    assert answers(most=False) == [(0, 2, 3), (1, 2, 3)]
    assert answers(most=True) == [(1, 2, 3)]


def test_the_schedule_follows_the_number_of_steps(scripts, tmp_path):
    written = written_config(scripts, "seq2seq/docred_t5_large", tmp_path, steps=1000).interpolate()
    published = load_config(ROOT / "configs/seq2seq/docred_t5_large.cfg")["training"]["optimizer"]
    rates, training = written["training"]["optimizer"]["learn_rate"], written["training"]
    assert (training["max_steps"], training["max_epochs"]) == (1000, 0)
    assert rates["warmup"] == pytest.approx(0.06, abs=0.001)
    assert rates["total_steps"] == 1000
    assert rates["initial_rate"] == published["learn_rate"]["initial_rate"]


def test_schedules_that_follow_the_steps_already_keep_their_share_of_warm_up(scripts, tmp_path):
    rates = written_config(scripts, "dore_transformer", tmp_path, steps=400).interpolate()
    rates = rates["training"]["optimizer"]["learn_rate"]
    assert (rates["warmup"], rates["total_steps"]) == (0.05, 400)


def test_without_a_number_of_steps_a_config_keeps_its_own(scripts, tmp_path):
    training = written_config(scripts, "seq2seq/docred_t5_large", tmp_path)["training"]
    rates = training["optimizer"]["learn_rate"]
    assert (training["max_epochs"], training["max_steps"]) == (40, 0)
    assert (rates["warmup_steps"], rates["total_steps"]) == (1832, 30530)


def test_a_streamed_stage_of_some_steps_is_read_over_and_over(scripts, tmp_path):
    written = written_config(scripts, "dore_cnn", tmp_path, steps=9, stream=Path("distant.txt"))
    assert (written["training"]["max_epochs"], written["training"]["max_steps"]) == (-1, 9)


def test_documents_without_labels_are_taken_and_converted(scripts, tmp_path):
    record = {
        "title": "1",
        "sents": [["Ann", "met", "Bob", "."]],
        "vertexSet": [
            [{"name": name, "sent_id": 0, "pos": [place, place + 1], "type": "PER"}]
            for name, place in (("Ann", 0), ("Bob", 2))
        ],
    }
    local = tmp_path / "local" / "plain"
    local.mkdir(parents=True)
    (local / "documents.json").write_text(json.dumps([record]))
    path = Path("assets") / "plain" / "documents.json"
    scripts("take_unlabelled").take_unlabelled("redocred", path, str(tmp_path / "local"))
    (doc,) = DocBin().from_disk("corpus/redocred/unlabelled.spacy").get_docs(Vocab())
    assert [ent.text for ent in doc.ents] == ["Ann", "Bob"]
    assert load_relations(doc).triples == ()


def test_documents_without_labels_must_be_somewhere(scripts, tmp_path):
    (tmp_path / "project.yml").write_text(json.dumps({"title": "Small"}))
    with pytest.raises((SystemExit, typer.Exit)):
        scripts("take_unlabelled").take_unlabelled("redocred", Path("assets/none.json"), "")


def test_a_student_has_the_schema_and_the_known_facts_of_the_corpus(scripts, tmp_path):
    module = scripts("write_config")
    module.CONFIGS = ROOT / "configs"
    module.write_config("dore_cnn", "redocred", tmp_path / "a.cfg", corpus_schema=True)
    written = load_config(tmp_path / "a.cfg")
    assert written["components"]["docre"]["scorer"]["train_facts"] == "corpus/redocred/train.spacy"
    assert written["initialize"]["components"]["docre"]["labels"]["path"] == "${paths.schema}"

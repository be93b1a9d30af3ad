"""Directories that lost a part, or whose parts do not belong together."""

import shutil

import pytest
import spacy
import srsly

from .making import example_of, small_pipeline, stories, tell, without_relations


@pytest.fixture
def damaged(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "damaged")
    return tmp_path / "damaged"


NETWORK = "model/network"


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def no_directory(path):
    shutil.rmtree(path)
    path.write_bytes(b"")


DAMAGE = {
    "no model": (lambda path: shutil.rmtree(path / "model"), "there is no model"),
    "no schema": (lambda path: (path / "schema.json").unlink(), "there is no schema.json"),
    "no settings": (lambda path: (path / "cfg").unlink(), "there is no cfg"),
    "half an encoder": (lambda path: cut(path / "model/layer_0"), ""),
    "half of the weights": (lambda path: cut(path / NETWORK / "weights.safetensors"), ""),
    "no network": (lambda path: shutil.rmtree(path / NETWORK), "is missing"),
    "half a schema": (lambda path: cut(path / "schema.json"), ""),
    "half the settings": (lambda path: cut(path / "cfg"), ""),
    "a file for a model": (lambda path: no_directory(path / "model"), "is missing"),
    "another kind of encoder": (lambda path: srsly.write_msgpack(path / "model/layer_0", {}), ""),
    "another kind of schema": (lambda path: srsly.write_json(path / "schema.json", [1]), "DRE016"),
    "another kind of settings": (lambda path: srsly.write_json(path / "cfg", [1, 2]), ""),
    "nothing": (shutil.rmtree, "there is no cfg and no model and no schema.json"),
}


@pytest.mark.parametrize(("damage", "problem"), DAMAGE.values(), ids=DAMAGE)
def test_an_incomplete_directory_does_not_load(damaged, damage, problem):
    damage(damaged / "docre")
    with pytest.raises(ValueError, match=rf"DRE030.*'docre'.*{problem}") as error:
        spacy.load(damaged)
    assert str(damaged / "docre") in str(error.value)


def edit_schema(path, edit):
    schema = srsly.read_json(path / "docre" / "schema.json")
    edit(schema["relations"])
    srsly.write_json(path / "docre" / "schema.json", schema)


EDITS = {
    "one more relation": lambda relations: relations.append({"label": "likes"}),
    "one less": lambda relations: relations.pop(),
    "another label": lambda relations: relations[0].update(label="likes"),
    "other roles": lambda relations: relations[0].update(roles=["who", "where"]),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_schema_that_disagrees_with_the_model_does_not_load(damaged, edit):
    edit_schema(damaged, edit)
    with pytest.raises(ValueError, match=r"DRE028.*DRE504"):
        spacy.load(damaged)


def test_names_and_descriptions_may_be_edited(damaged):
    edit_schema(damaged, lambda relations: relations[0].update(name="was born in"))
    nlp = spacy.load(damaged)
    assert nlp.get_pipe("docre").schema["born_in"].name == "was born in"


def test_weights_without_their_schema_do_not_load_from_bytes(saved):
    other = small_pipeline()
    other.initialize(lambda: [example_of(tell([("Ann", "born_in", "Ulm")]))])
    data = srsly.msgpack_loads(other.get_pipe("docre").to_bytes())
    data["schema"]["relations"][0]["label"] = "likes"
    with pytest.raises(ValueError, match="DRE028"):
        spacy.load(saved).get_pipe("docre").from_bytes(srsly.msgpack_dumps(data))


def test_a_schema_for_weights_that_were_never_made_does_not_load(saved, tmp_path):
    small_pipeline().to_disk(tmp_path / "blank")
    shutil.copy(saved / "docre" / "schema.json", tmp_path / "blank" / "docre" / "schema.json")
    with pytest.raises(ValueError, match=r"DRE028.*DRE501"):
        spacy.load(tmp_path / "blank")


def test_what_is_excluded_need_not_be_there(damaged):
    shutil.rmtree(damaged / "docre" / "model")
    nlp = spacy.load(damaged, exclude=["docre"])
    assert nlp.pipe_names == []
    pipe = small_pipeline().get_pipe("docre")
    pipe.from_disk(damaged / "docre", exclude=["model", "vocab"])
    assert "born_in" in pipe.labels


def test_saving_over_another_pipeline_leaves_nothing_of_it(damaged):
    small_pipeline().to_disk(damaged)
    with pytest.raises(ValueError, match="DRE025"):
        spacy.load(damaged)(without_relations(stories()[0]))


def test_an_excluded_schema_is_neither_written_nor_read(saved, tmp_path):
    pipe = spacy.load(saved).get_pipe("docre")
    pipe.to_disk(tmp_path, exclude=["schema.json", "vocab"])
    assert not (tmp_path / "schema.json").exists()
    schema = pipe.schema
    assert pipe.from_disk(tmp_path, exclude=["schema.json", "vocab"]).schema == schema
    srsly.write_json(tmp_path / "schema.json", {"relations": [{"label": "likes"}]})
    assert pipe.from_disk(tmp_path, exclude=["schema.json", "vocab"]).schema == schema


def test_the_schema_that_stays_must_fit_the_weights_that_are_read(saved):
    other = small_pipeline()
    other.initialize(lambda: [example_of(tell([("Ann", "born_in", "Ulm")]))])
    with pytest.raises(ValueError, match="DRE028"):
        other.get_pipe("docre").from_disk(saved / "docre", exclude=["schema.json", "vocab"])

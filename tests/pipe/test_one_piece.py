"""A saved component loads as it was saved, or not at all."""

import random
import shutil

import pytest
import spacy
import srsly

from spacy_docre.component.manifest import MANIFEST, UNFINISHED
from spacy_docre.component.saving import CALIBRATION
from spacy_docre.models.encoder_with_head import NetworkHooks

from .making import BILINEAR, blank, examples, scored, stories, untrained, without_relations

FILES = ["cfg", "model", "schema.json", MANIFEST]
SETTINGS, WEIGHTS = "model/network/settings.json", "model/network/weights.safetensors"


@pytest.fixture
def damaged(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "damaged")
    return tmp_path / "damaged"


def found(nlp):
    return [scored(nlp(without_relations(doc))) for doc in stories()]


def refuses(path, problem):
    with pytest.raises(ValueError, match=rf"DRE030.*'docre'.*{problem}"):
        spacy.load(path)


@pytest.mark.parametrize("file", FILES)
def test_each_file_is_needed(damaged, file):
    path = damaged / "docre" / file
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    refuses(damaged, rf"there is no {file}")


@pytest.mark.parametrize("file", ["model/layer_0", SETTINGS, WEIGHTS, CALIBRATION])
def test_each_file_that_was_saved_is_needed(damaged, file):
    (damaged / "docre" / file).unlink()
    refuses(damaged, f"{file} is missing")


def test_a_file_that_was_not_saved_is_no_part_of_the_model(damaged):
    (damaged / "docre" / "model" / "network" / "encoder").mkdir(exist_ok=True)
    (damaged / "docre" / "model" / "network" / "encoder" / "config.json").write_text("{}")
    refuses(damaged, "model/network/encoder/config.json was not saved with the others")


@pytest.mark.parametrize("file", ["cfg", "model/layer_0", SETTINGS, WEIGHTS, CALIBRATION])
def test_a_changed_byte_is_noticed_wherever_it_is(saved, damaged, file):
    path = damaged / "docre" / file
    data = path.read_bytes()
    places = random.Random(0).sample(range(len(data)), min(25, len(data)))
    pipe = spacy.load(saved).get_pipe("docre")
    for place in places:
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(ValueError, match=r"DRE030.*'docre'"):
            pipe.from_disk(damaged / "docre", exclude=["vocab"])
    path.write_bytes(data)
    pipe.from_disk(damaged / "docre", exclude=["vocab"])


def test_a_changed_byte_is_noticed_in_bytes(trained):
    data = trained.get_pipe("docre").to_bytes()
    pipe = untrained().get_pipe("docre")
    for place in random.Random(0).sample(range(len(data)), 25):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            pipe.from_bytes(changed)
        except ValueError as error:
            assert "DRE0" in str(error)
        else:
            pytest.fail(f"byte {place} of {len(data)} may be changed")


@pytest.mark.parametrize("file", ["cfg", "model/layer_0", WEIGHTS, MANIFEST])
def test_files_of_two_saves_are_not_taken_for_one(damaged, tmp_path, file):
    other = untrained()
    other.get_pipe("docre").cfg["threshold"] = 0.25
    other.to_disk(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "docre" / file, damaged / "docre" / file)
    refuses(damaged, "is not as it was saved")


def test_a_schema_of_another_save_is_refused_though_its_labels_are_the_same(damaged):
    schema = srsly.read_json(damaged / "docre" / "schema.json")
    schema["entity_types"] = ["PER"]
    srsly.write_json(damaged / "docre" / "schema.json", schema)
    refuses(damaged, "schema.json is not as it was saved")


EXCLUDE = ["vocab"]


@pytest.mark.parametrize("model", [{}, BILINEAR], ids=["rows", "pairs"])
@pytest.mark.parametrize("after", range(8))
def test_a_save_that_is_interrupted_leaves_the_one_before_or_nothing(
    model, after, tmp_path, monkeypatch
):
    """Whatever it was that could not be written, moved or removed."""
    before, later = untrained(model, threshold=0.0), untrained(model, threshold=0.0)
    later.initialize(lambda: examples(later))
    before.to_disk(tmp_path)
    expected, new = found(before), found(later)
    calls = 0

    def interrupted(function):
        def call(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls > after:
                raise KeyboardInterrupt
            return function(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        patch.setattr("srsly.write_json", interrupted(srsly.write_json))
        patch.setattr("pathlib.Path.rename", interrupted(type(tmp_path).rename))
        patch.setattr(NetworkHooks, "save", interrupted(NetworkHooks.save))
        try:
            later.get_pipe("docre").to_disk(tmp_path / "docre", exclude=EXCLUDE)
        except KeyboardInterrupt:
            complete = False
        else:
            complete = True
    assert not (tmp_path / "docre" / UNFINISHED).exists()
    try:
        again = found(spacy.load(tmp_path))
    except ValueError as error:
        assert "DRE030" in str(error)
        assert not complete
    else:
        assert again == (new if complete else expected)
    later.get_pipe("docre").to_disk(tmp_path / "docre", exclude=EXCLUDE)
    assert found(spacy.load(tmp_path)) == new


def test_what_a_killed_save_left_behind_is_cleared_away(saved, damaged):
    (damaged / "docre" / UNFINISHED / "model").mkdir(parents=True)
    nlp = spacy.load(damaged)
    nlp.to_disk(damaged)
    assert sorted(file.name for file in (damaged / "docre").iterdir()) == sorted(
        [*FILES, CALIBRATION]
    )


def test_what_is_excluded_stays_part_of_what_is_saved(damaged, trained):
    nlp = spacy.load(damaged)
    nlp.get_pipe("docre").cfg["threshold"] = 0.75
    nlp.get_pipe("docre").to_disk(damaged / "docre", exclude=["model", "vocab"])
    again = blank().from_config(nlp.config)
    again.get_pipe("docre").from_disk(damaged / "docre", exclude=["vocab"])
    assert again.get_pipe("docre").cfg["threshold"] == 0.75
    for exclude in (["model"], ["cfg"], ["schema.json"], ["model", "schema.json", "cfg"]):
        again.get_pipe("docre").from_disk(damaged / "docre", exclude=[*exclude, "vocab"])
    (damaged / "docre" / MANIFEST).unlink()
    again.get_pipe("docre").from_disk(damaged / "docre", exclude=[MANIFEST, "vocab"])
    assert found(again) == found(nlp)


def test_parts_are_excluded_from_bytes_as_from_directories(trained):
    pipe = trained.get_pipe("docre")
    for part in ("cfg", "model", "schema.json"):
        other = untrained(threshold=0.25).get_pipe("docre")
        data = pipe.to_bytes(exclude=[part, "vocab"])
        with pytest.raises(ValueError, match=rf"DRE030.*there is no {part}"):
            other.from_bytes(data)
        schema = other.schema
        other.from_bytes(data, exclude=[part])
        other.from_bytes(pipe.to_bytes(), exclude=[part])
        if part == "schema.json":
            assert "schema" not in srsly.msgpack_loads(data)
            assert other.schema is schema


EDITS = {
    "negative width": {"sizes": {"width": -1}},
    "another width": {"sizes": {"width": 8}},
    "no heads": {"head": {"attention_heads": 0}},
    "other heads": {"head": {"attention_heads": 4}},
    "more layers": {"head": {"exchange_layers": 2}},
    "text for a number": {"head": {"row_width": "16"}},
    "no setting": {"head": {"nothing": 1}},
    "a list": {"sizes": {"schema": [1]}},
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_edited_settings_of_the_network_do_not_load(damaged, edit):
    pipe = spacy.load(damaged).get_pipe("docre")
    settings = srsly.read_json(damaged / "docre" / SETTINGS)
    for part, values in edit.items():
        settings[part].update(values)
    srsly.write_json(damaged / "docre" / SETTINGS, settings)
    refuses(damaged, f"{SETTINGS} is not as it was saved")
    before = found(pipe)
    with pytest.raises(ValueError, match=r"DRE030.*'docre'"):
        pipe.from_disk(damaged / "docre", exclude=["vocab", MANIFEST])
    assert found(pipe) == before


def test_bytes_of_the_network_write_nothing_outside_of_their_folder(trained, tmp_path):
    """Names of files in them may come from a stranger."""
    shim = trained.get_pipe("docre").model.shims[0]
    files = srsly.msgpack_loads(shim.to_bytes())
    for name in ("../outside", "a/../../outside", str(tmp_path / "outside")):
        untrained().get_pipe("docre").model.shims[0].from_bytes(
            srsly.msgpack_dumps({**files, name: b"x"})
        )
    assert not (tmp_path / "outside").exists()
    assert not (tmp_path.parent / "outside").exists()

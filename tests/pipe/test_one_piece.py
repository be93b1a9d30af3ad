"""A saved component loads as it was saved, or not at all."""

import random
import shutil

import pytest
import spacy
import srsly

from spacy_docre.extractor import save_extractor
from spacy_docre.manifest import MANIFEST, UNFINISHED

from .making import CLASSIFIER, blank, examples, scored, stories, untrained, without_relations

FILES = ["cfg", "model", "schema.json", MANIFEST]


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
    (damaged / "docre" / file).unlink()
    refuses(damaged, rf"there is no {file}")


@pytest.mark.parametrize("file", ["cfg", "model"])
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


@pytest.mark.parametrize("file", ["cfg", "model", MANIFEST])
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


@pytest.mark.parametrize("model", [{}, CLASSIFIER], ids=["DORE", "classifier"])
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
        patch.setattr("spacy_docre.saving.save_extractor", interrupted(save_extractor))
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
    assert sorted(file.name for file in (damaged / "docre").iterdir()) == sorted(FILES)


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
    "negative width": {"width": -1},
    "no heads": {"heads": 0},
    "other heads": {"heads": 4},
    "more layers": {"depth": 2},
    "text for a number": {"row_width": "16"},
    "no setting": {"nothing": 1},
    "dropout": {"dropout": 7},
    "a list": {"capacity": [1]},
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_edited_settings_of_the_network_do_not_load(damaged, edit):
    pipe = spacy.load(damaged).get_pipe("docre")
    message = srsly.msgpack_loads((damaged / "docre" / "model").read_bytes())
    shim = srsly.msgpack_loads(message["shims"][0][0])
    settings = {**srsly.json_loads(shim["settings"]), **edit}
    message["shims"][0][0] = srsly.msgpack_dumps({**shim, "settings": srsly.json_dumps(settings)})
    edited = srsly.msgpack_dumps(message)
    data = srsly.msgpack_loads(pipe.to_bytes(exclude=["vocab"]))
    data["pipe"]["model"] = edited
    with pytest.raises(ValueError, match=r"DRE030.*'docre'"):
        pipe.from_bytes(srsly.msgpack_dumps(data))
    (damaged / "docre" / "model").write_bytes(edited)
    refuses(damaged, "model is not as it was saved")
    if not {"heads", "dropout"} & set(edit):  # which build a network
        with pytest.raises(ValueError, match=r"DRE030.*'docre'"):
            pipe.from_disk(damaged / "docre", exclude=["vocab", MANIFEST])


def save_as_earlier(nlp, path, **settings):
    nlp.to_disk(path)
    (path / "docre" / MANIFEST).unlink()
    srsly.write_json(path / "docre" / "cfg", {"threshold": 0.5, "at_least_one": False, **settings})


def test_what_an_earlier_version_saved_loads_and_is_not_checked(tmp_path):
    save_as_earlier(untrained(), tmp_path, threshold=0.25)
    for given, expected in (({}, 0.25), ({"components.docre.threshold": 0.75}, 0.75)):
        with pytest.warns(UserWarning, match=r"DRW010.*'docre'.*to_disk"):
            nlp = spacy.load(tmp_path, config=given)
        assert nlp.get_pipe("docre").cfg["threshold"] == expected
        assert nlp.config["components"]["docre"]["threshold"] == expected
    nlp.to_disk(tmp_path)
    assert found(spacy.load(tmp_path)) == found(nlp)


@pytest.mark.parametrize("value", [7, -1, "0.35"])
def test_the_settings_of_an_earlier_version_are_checked(tmp_path, value):
    save_as_earlier(untrained(), tmp_path, threshold=value)
    with (
        pytest.warns(UserWarning, match="DRW010"),
        pytest.raises(ValueError, match=r"DRE026.*'threshold' of 'docre' in .*docre/cfg"),
    ):
        spacy.load(tmp_path)


def test_a_save_over_an_earlier_one_is_not_taken_for_that_if_it_is_interrupted(
    tmp_path, monkeypatch
):
    nlp = untrained()
    save_as_earlier(nlp, tmp_path)
    rename, moved = type(tmp_path).rename, []

    def once(path, target):
        if moved:
            raise KeyboardInterrupt
        moved.append(path.name)
        return rename(path, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("pathlib.Path.rename", once)
        nlp.get_pipe("docre").to_disk(tmp_path / "docre", exclude=EXCLUDE)
    assert moved == ["cfg"]
    refuses(tmp_path, f"no {MANIFEST}")

"""A network whose numbers make no sense does not load, whoever signed it, or is reported."""

import hashlib
import json
import shutil

import pytest
import spacy
import torch
from safetensors.torch import load_file, save_file

from .making import BILINEAR, GENERATED, stories, untrained, without_relations

NETWORK = "model/network"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("network") / "saved"
    untrained().to_disk(path)
    return path


@pytest.fixture
def copy(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "copy")
    return tmp_path / "copy"


def sign_again(copy):
    manifest = copy / "docre" / "manifest.json"
    data = json.loads(manifest.read_text())
    for name in data["files"]:
        if name.startswith(NETWORK):
            content = (copy / "docre" / name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            data["files"][name] = {"size": len(content), "sha256": digest}
    manifest.write_text(json.dumps(data))


@pytest.mark.parametrize("value", [0, -5, 10**9, "x", True, 1.5])
@pytest.mark.parametrize("name", ["max_labels", "width"])
def test_sizes_count_something(copy, name, value):
    file = copy / "docre" / NETWORK / "settings.json"
    settings = json.loads(file.read_text())
    settings["sizes"][name] = value
    file.write_text(json.dumps(settings))
    sign_again(copy)
    with pytest.raises(ValueError, match=rf"DRE030.*'docre'.*'{name}' is {value!r}"):
        spacy.load(copy)


def test_settings_say_what_weights_were_learnt_under(copy):
    file = copy / "docre" / NETWORK / "settings.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "head": None}))
    sign_again(copy)
    with pytest.raises(ValueError, match=r"DRE030.*DRE502"):
        spacy.load(copy)


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_weights_are_finite(copy, value):
    file = copy / "docre" / NETWORK / "weights.safetensors"
    weights = load_file(file)
    name = min(weights)
    weights[name].view(-1)[0] = float(value)
    assert not torch.isfinite(weights[name]).all()
    save_file(weights, file)
    sign_again(copy)
    with pytest.raises(ValueError, match=rf"DRE030.*{name}.*no finite numbers"):
        spacy.load(copy)


def test_what_file_managers_leave_does_no_harm(copy):
    (copy / "docre" / "model" / ".DS_Store").write_bytes(b"\0")
    assert spacy.load(copy).pipe_names == ["docre"]


@pytest.mark.parametrize("model", [{}, GENERATED, BILINEAR], ids=["given", "generated", "pairs"])
def test_an_encoder_whose_numbers_are_none_is_reported_rather_than_finding_nothing(model):
    nlp = untrained(model, threshold=0.0)
    extractor = nlp.get_pipe("docre").model
    node = next(node for node in extractor.walk() if node.has_param("W") and node.has_param("b"))
    node.set_param("W", node.get_param("W") * float("nan"))
    with pytest.raises(ValueError, match=r"DRE431.*'Ann was born"):
        nlp(without_relations(stories(nlp)[0]))

"""The project's commands find what they name."""

import subprocess
import sys
from pathlib import Path

import srsly

PROJECT = Path(__file__).parents[3] / "projects" / "fictional"


def test_what_a_command_needs_is_there_or_was_written_by_one_before_it():
    config = srsly.read_yaml(PROJECT / "project.yml")
    commands = {command["name"]: command for command in config["commands"]}
    assert set(config["workflows"]["all"]) == set(commands)
    written = set()
    for name in config["workflows"]["all"]:
        for needed in commands[name]["deps"]:
            assert needed in written or (PROJECT / needed).exists()
        written.update(commands[name].get("outputs", ()))


def test_the_package_runs_as_a_command(tmp_path):
    command = [sys.executable, "-m", "fictional", str(tmp_path), "-t", "1", "-d", "0", "-e", "0"]
    subprocess.run(command, cwd=PROJECT, capture_output=True, check=True)
    names = {"train.spacy", "dev.spacy", "test.spacy", "schema.json", "sample.txt"}
    assert {path.name for path in tmp_path.iterdir()} == names

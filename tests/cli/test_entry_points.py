"""spaCy finds the commands, and pays little for loading them."""

import subprocess
import sys

import pytest

# What `python -m spacy` does before it runs any command.
START = """
import sys, spacy
import spacy.cli
before = set(sys.modules)
spacy.registry.cli.get_all()
print(*sorted(command.name or "" for command in spacy.cli.app.registered_commands))
print(*sorted(set(sys.modules) - before))
"""


@pytest.fixture(scope="module")
def started():
    command = [sys.executable, "-W", "ignore", "-c", START]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split() for line in output.splitlines()]


def test_spacy_has_the_commands(started):
    names = ["analyse", "annotate", "calibrate", "convert", "end-to-end"]
    names += ["extract", "results", "split", "stages"]
    ours = {name for name in started[0] if name.startswith("docre-")}
    assert ours == {f"docre-{name}" for name in names}


def test_loading_them_loads_nothing_that_only_running_them_needs(started):
    ours = {name for name in started[1] if name.startswith("spacy_docre.")}
    commands = [
        "analyse",
        "annotate",
        "calibrate",
        "convert",
        "end_to_end",
        "extract",
        "extraction_options",
        "messages",
        "metrics",
        "paths",
        "results",
        "run_settings",
        "split",
        "stages",
    ]
    modules = ["cli", *(f"cli.{name}" for name in commands)]
    modules += ["errors", "new_files", "showing", "tables", "trust"]
    assert ours == {f"spacy_docre.{name}" for name in modules}
    assert not {"torch", "transformers", "tqdm"} & set(started[1])

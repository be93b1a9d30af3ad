"""What the documentation tells readers to run, runs.

Each page is run from its first Python or bash block to its last one, in a folder of its own that
has what a reader would have by then. A block below the line `<!-- not run: reason -->` is left out.
What stands in a block below `<!-- prints -->` is what the block before it prints.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
import typer
from spacy.cli._util import app
from spacy.tokens import DocBin
from spacy.util import registry

from spacy_docre.formats import to_inline

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*) -->\n)?```(?P<language>\w*)\n(?P<code>.*?)^```$", re.M | re.S
)
# The small pipeline of the tests stands in for all that readers have trained or installed.
PIPELINES = ["projects/fictional/training/model-last", "en_docre_wiki_sm", "teacher"]
TRAINED = "training/mine/model-last"
# A reader trains for minutes.
SHORT = "--training.max_steps 2 --training.eval_frequency 2 --components.ner.model.hidden_width 8"
SMALL = {
    "components.tok2vec.model.encode.depth": 1,
    "components.docre.threshold": 0.02,
    "training.max_steps": 30,
    "training.eval_frequency": 30,
}


def blocks_of(path):
    return [match.groupdict() for match in BLOCK.finditer(path.read_text("utf8"))]


def is_run(block):
    mark = block["mark"] or ""
    return block["language"] in ("python", "bash") and not mark.startswith(("not run", "tests"))


RUN = [path for path in PAGES if any(is_run(block) for block in blocks_of(path))]


@pytest.fixture(scope="session")
def readers_things(tmp_path_factory):
    """A folder with a corpus and a pipeline that are as small as they can be."""
    from fictional.write import write_corpus
    from spacy.cli.evaluate import evaluate
    from spacy.cli.train import train

    registry.cli.get_all()  # as spaCy does: importing a command registers it
    folder = tmp_path_factory.mktemp("reader")
    write_corpus(folder / "corpus", {"train": 24, "dev": 6, "test": 4}, 0)
    paths = {f"paths.{name}": str(folder / "corpus" / f"{name}.spacy") for name in ("train", "dev")}
    train(ROOT / "configs" / "dore_cnn.cfg", folder / "training", overrides={**paths, **SMALL})
    pipeline = folder / "training" / "model-last"
    evaluate(pipeline, folder / "corpus" / "dev.spacy", folder / "corpus" / "metrics.json")
    others = folder / "corpus"
    docs = list(DocBin().from_disk(others / "dev.spacy").get_docs(spacy.blank("en").vocab))
    (others / "annotations.txt").write_text("".join(map(to_inline, docs)), "utf8")
    formats = (ROOT / "docs" / "formats.md").read_text("utf8")
    for name, title in (("train.json", "docred"), ("Train.PubTator", "pubtator")):
        shown = BLOCK.search(formats.partition(f"\n## `{title}`\n")[2])["code"]
        (others / name).write_text(f"[{shown}]" if name.endswith("json") else shown, "utf8")
    write_lines(others / "texts.jsonl", [{"id": n, "text": doc.text} for n, doc in enumerate(docs)])
    return folder


def write_lines(path, objects):
    path.write_text("".join(json.dumps(each) + "\n" for each in objects), "utf8")


@pytest.fixture
def reader(readers_things, tmp_path, monkeypatch):
    """The folder of a reader, with all that pages speak of."""
    corpus, pipeline = readers_things / "corpus", readers_things / "training" / "model-last"
    for name in ("configs", "docs", "scripts"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in PIPELINES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(pipeline)
    shutil.copytree(pipeline, tmp_path / TRAINED)  # pages train it
    (tmp_path / "projects" / "fictional" / "corpus").symlink_to(corpus)
    for path in corpus.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", RUN, ids=[str(path.relative_to(ROOT)) for path in RUN])
def test_a_page_runs(path, reader, capfd):
    nlp = spacy.load(PIPELINES[0])
    text = Path("sample.txt").read_text("utf8")
    known = {"__name__": "__page__", "nlp": nlp, "text": text, "doc": nlp(text)}
    known["docs"] = [known["doc"]]
    printed = ""
    for block in blocks_of(path):
        if block["mark"] == "prints":
            assert squeezed(block["code"]) in squeezed(printed)
        elif is_run(block):
            capfd.readouterr()
            if block["language"] == "python":
                exec(compile(block["code"], str(path), "exec"), known)
            else:
                for line in block["code"].replace("\\\n", " ").splitlines():
                    run(line)
            printed = capfd.readouterr().out


def run(line):
    """Run a line of bash, spaCy's commands in this process, which has imported all they need."""
    words = shlex.split(line, comments=True)
    if words[:3] != ["python", "-m", "spacy"]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        env = {**os.environ, "PATH": path}
        subprocess.run(["bash", "-euo", "pipefail", "-c", line], check=True, env=env)
        return
    arguments = words[3:] + (SHORT.split() if words[3] == "train" else [])
    try:
        typer.main.get_command(app)(arguments, standalone_mode=False)
    except SystemExit as stop:
        assert not stop.code, line


def squeezed(text):
    """Text without colours, and with one space where there are several."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_what_is_not_run_has_a_reason(path):
    for block in blocks_of(path):
        mark = block["mark"] or ""
        if mark.startswith("not run"):
            assert re.match(r"not run: \w+", mark), mark

import json

import pytest

import spacy_docre.cli.extract  # noqa: F401  # as spaCy does through the entry points

from ..pipe.making import STORIES, examples, learn, small_pipeline, stories, tell


@pytest.fixture(scope="session")
def nlp():
    """A pipeline that splits sentences, finds the names of the stories, and knows their facts."""
    nlp = small_pipeline()
    nlp.initialize(lambda: examples(nlp))
    learn(nlp, stories(nlp), steps=60)
    ruler = nlp.add_pipe("entity_ruler", first=True)
    names = {ent.text: ent.label_ for doc in stories(nlp) for ent in doc.ents}
    ruler.add_patterns([{"label": type, "pattern": name} for name, type in names.items()])
    nlp.add_pipe("sentencizer", first=True)
    return nlp


@pytest.fixture(scope="session")
def pipeline(nlp, tmp_path_factory):
    """The directory of that pipeline."""
    path = tmp_path_factory.mktemp("saved") / "pipeline"
    nlp.to_disk(path)
    return str(path)


@pytest.fixture(scope="session")
def texts():
    return [tell(story).text for story in STORIES]


@pytest.fixture
def jsonl(tmp_path):
    """Writes objects, or lines as they are, to a file of the input."""

    def write(*entries, name="in.jsonl"):
        path = tmp_path / name
        lines = [e if isinstance(e, (str, bytes)) else json.dumps(e) for e in entries]
        data = [line if isinstance(line, bytes) else line.encode("utf8") for line in lines]
        path.write_bytes(b"\n".join(data) + b"\n")
        return str(path)

    return write


def records_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def facts_in(record):
    names = [entity["text"] for entity in record["entities"]]
    return {(names[r["head"]], r["label"], names[r["tail"]]) for r in record["relations"]}

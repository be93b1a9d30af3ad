"""The facts that training data state, by the names of their entities."""

import json
from pathlib import Path
from typing import Any, Iterable, Set, Tuple, Union

import srsly
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ..data.annotated_attrs import gold_attr
from ..data.doc_bins import doc_bin_files, reading
from ..data.entities import Mention
from ..data.storage import DEFAULT_ATTR, has_relations, load_relations
from ..errors import Errors
from ..showing import show

# Text of a head mention, text of a tail mention, label.
TrainFact = Tuple[str, str, str]


def mention_text(doc: Doc, mention: Mention) -> str:
    """The text of a mention, with every whitespace as one space: converted corpora
    do not know how their tokens were spaced."""
    return " ".join(doc[mention.start : mention.end].text.split())


def train_facts(docs: Iterable[Doc], *, attr: str = DEFAULT_ATTR) -> Set[TrainFact]:
    """Collect the facts of annotated documents: for every triple all pairs of a mention of
    its head and a mention of its tail. Relations of more than two entities give none.

    docs (Iterable[Doc]): The documents.
    attr (str): The name of the attribute.
    RETURNS (Set[TrainFact]): The facts.
    """
    facts: Set[TrainFact] = set()
    for doc in docs:
        stored = load_relations(doc, attr=attr)
        names = [{mention_text(doc, m) for m in entity.mentions} for entity in stored.entities]
        for triple in stored.triples:
            if len(triple.entities) == 2:
                facts.update(
                    (head, tail, triple.label)
                    for head in names[triple.head]
                    for tail in names[triple.tail]
                )
    return facts


def read_facts(path: Union[str, Path], *, attr: str = DEFAULT_ATTR) -> Set[TrainFact]:
    """Read facts, or extract them from training data.

    path (Union[str, Path]): A file that `write_facts` wrote, a .spacy file, or a folder of those.
    attr (str): The name of the attribute, for .spacy files.
    RETURNS (Set[TrainFact]): The facts.
    RAISES (ValueError): If there is no such file, or it does not hold facts.
    """
    path = Path(path)
    if not path.exists():
        raise _refuse(path, "there is no such file")
    if path.is_dir() or path.suffix == ".spacy":
        return _facts_of_corpus(path, attr)
    try:
        data: Any = srsly.read_json(path)
    except ValueError as error:
        raise _refuse(path, f"it is not JSON ({error})") from error
    if not isinstance(data, list):
        raise _refuse(path, "it is not a list")
    for i, fact in enumerate(data):
        if not (
            isinstance(fact, list) and len(fact) == 3 and all(isinstance(x, str) for x in fact)
        ):
            raise _refuse(path, f"entry {i} is {show(fact)}")
    return {(head, tail, label) for head, tail, label in data}


def _facts_of_corpus(path: Path, attr: str) -> Set[TrainFact]:
    facts: Set[TrainFact] = set()
    read = annotated = 0
    for file in doc_bin_files(path):
        # The documents of one file at a time: folders are for corpora that memory does not hold.
        with reading(file):
            docs = list(DocBin().from_disk(file).get_docs(Vocab()))
        read += len(docs)
        known = gold_attr(docs, attr)
        annotated += sum(has_relations(doc, attr=known) for doc in docs)
        facts |= train_facts(docs, attr=known)
    if not annotated:
        raise _refuse(path, f"none of its {read} documents has relations in '{attr}'")
    return facts


def write_facts(path: Union[str, Path], facts: Iterable[TrainFact]) -> None:
    """Write facts as JSON, sorted, one on each line."""
    lines = ",\n".join(json.dumps(fact, ensure_ascii=False) for fact in sorted(set(facts)))
    Path(path).write_text(f"[\n{lines}\n]\n", encoding="utf8")


def _refuse(path: Path, problem: str) -> ValueError:
    return ValueError(Errors.DRE402.format(path=path, problem=problem))

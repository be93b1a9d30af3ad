"""A corpus as files: a .spacy file per split, the schema, and a text to try a pipeline on."""

from pathlib import Path
from typing import Dict

import spacy
import srsly
from spacy.tokens import DocBin
from tqdm import tqdm

from spacy_docre.new_files import new_files

from .corpus import generate_docs
from .facts import load_schema
from .sample import sample_doc
from .summary import Summary

#: Each split has a seed of its own, four to a corpus, so that they share no names.
SPLITS = ("train", "dev", "test")
SEEDS = len(SPLITS) + 1


def write_corpus(
    out_dir: Path, documents: Dict[str, int], seed: int = 0, *, silent: bool = False
) -> Dict[str, Summary]:
    """Write a corpus: a .spacy file per split, schema.json and sample.txt.

    out_dir (Path): The folder. It is created if it does not exist.
    documents (Dict[str, int]): How many documents each of the `SPLITS` gets.
    seed (int): The seed.
    silent (bool): Whether to show no progress.
    RETURNS (Dict[str, Summary]): What each split holds.
    RAISES (ValueError): If the folder is a file, a number of documents is negative, or a file
        cannot be written.
    """
    if out_dir.exists() and not out_dir.is_dir():
        raise ValueError(f"{out_dir} is a file. Name a folder to write the corpus to.")
    out_dir.mkdir(parents=True, exist_ok=True)
    nlp = spacy.blank("en")
    summaries: Dict[str, Summary] = {}
    disable = True if silent else None  # None leaves it to whether this is a terminal
    total = sum(documents.values())
    names = (*(f"{split}.spacy" for split in SPLITS), "schema.json", "sample.txt")
    with (
        new_files(*(out_dir / name for name in names)) as files,
        tqdm(total=total, unit="doc", disable=disable, leave=False) as progress,
    ):
        write = dict(zip(names, (file.write for file in files if file is not None)))
        for number, split in enumerate(SPLITS):
            summary = summaries[split] = Summary()
            doc_bin = DocBin(store_user_data=True)
            progress.set_description(split)
            for doc in generate_docs(nlp.make_doc, documents[split], SEEDS * seed + number):
                summary.add(doc)
                if split == "train":
                    # Training takes entities from the stored relations, and reads its documents
                    # at every pass. Groups of spans would take most of the time of reading.
                    doc.spans.clear()
                doc_bin.add(doc)
                progress.update()
            write[f"{split}.spacy"](doc_bin.to_bytes())
        schema = srsly.json_dumps(load_schema().to_dict(), indent=2)
        write["schema.json"](schema.encode("utf8"))
        sample = sample_doc(nlp.make_doc, SEEDS * seed + len(SPLITS))
        write["sample.txt"]((sample.text + "\n").encode("utf8"))
    return summaries

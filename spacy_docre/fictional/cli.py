"""`python -m spacy docre-generate`: write the fictional corpus."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Dict

from spacy.cli._util import Arg, Opt, app
from wasabi import Printer

from ..cli.new_files import new_files
from ..cli.tables import fail
from ..errors import Errors
from ..showing import visible

if TYPE_CHECKING:
    from .summary import Summary

#: Each split has a seed of its own, four to a corpus, so that they share no names.
SPLITS = ("train", "dev", "test")
SEEDS = len(SPLITS) + 1

TRAIN = "Documents to train on"
DEV = "Documents to select a model with"
TEST = "Documents to test on"
ATTR = "The attribute that receives relations, where a component reads another one"
SEED = "Corpora with different seeds have different documents"


@app.command("docre-generate")
def docre_generate_cli(
    out_dir: Annotated[Path, Arg(help="Folder to write to", file_okay=False)],
    train: Annotated[int, Opt("--train", "-t", min=0, help=TRAIN)] = 400,
    dev: Annotated[int, Opt("--dev", "-d", min=0, help=DEV)] = 60,
    test: Annotated[int, Opt("--test", "-e", min=0, help=TEST)] = 60,
    seed: Annotated[int, Opt("--seed", "-s", min=0, help=SEED)] = 0,
    attr: Annotated[str, Opt("--attr", "-a", help=ATTR)] = "relations",
) -> None:
    """Generate a small corpus of documents with relations, about people, companies and
    places that do not exist.

    Writes train.spacy, dev.spacy and test.spacy, whose names differ, the schema of the
    relations, and the text of one more document to try a trained pipeline on.
    """
    msg = Printer()
    try:
        summaries = generate(out_dir, {"train": train, "dev": dev, "test": test}, seed, attr=attr)
    except (ValueError, OSError) as error:
        fail(msg, "Nothing was generated", error)
    rows = [summary.rows() for summary in summaries.values()]
    table = [(name, *(split[row][1] for split in rows)) for row, (name, _) in enumerate(rows[0])]
    msg.table(table, header=("", *summaries), divider=True, aligns=("l", *"r" * len(rows)))
    msg.good(f"Generated a corpus in {visible(str(out_dir))}")


def generate(
    out_dir: Path,
    documents: Dict[str, int],
    seed: int = 0,
    *,
    attr: str = "relations",
    silent: bool = False,
) -> "Dict[str, Summary]":
    """Write a corpus: a .spacy file per split, schema.json and sample.txt.

    out_dir (Path): The folder. It is created if it does not exist.
    documents (Dict[str, int]): How many documents each of the `SPLITS` gets.
    seed (int): The seed.
    attr (str): The attribute that receives relations.
    silent (bool): Whether to show no progress.
    RETURNS (Dict[str, Summary]): What each split holds.
    RAISES (ValueError): If the folder is a file, a number of documents is negative, the attribute
        is no name, or a file cannot be written.
    """
    import spacy
    import srsly
    from spacy.tokens import DocBin
    from tqdm import tqdm

    from ..storage import DEFAULT_ATTR, move_relations
    from .corpus import generate_docs
    from .facts import load_schema
    from .sample import sample_doc
    from .summary import Summary

    if out_dir.exists() and not out_dir.is_dir():
        raise ValueError(Errors.DRE353.format(path=out_dir))
    if not attr.isidentifier():
        raise ValueError(Errors.DRE396.format(attr=attr))
    if min(documents.values(), default=0) < 0:
        raise ValueError(Errors.DRE350.format(documents=min(documents.values())))
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
                move_relations(doc, DEFAULT_ATTR, attr)
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

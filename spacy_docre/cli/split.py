"""`python -m spacy docre-split`: hold out a part of a corpus."""

from pathlib import Path
from typing import Annotated, Tuple

from spacy.cli._util import Arg, Opt, app
from wasabi import Printer

from ..new_files import new_files
from .messages import fail, saved
from .paths import check_different, check_output


@app.command("docre-split")
def docre_split_cli(
    input_path: Annotated[Path, Arg(help="Corpus (.spacy)", exists=True, dir_okay=False)],
    rest_path: Annotated[Path, Arg(help="Output file (.spacy) for the other documents")],
    held_out_path: Annotated[Path, Arg(help="Output file (.spacy) for every Nth document")],
    every: Annotated[int, Opt("--every", "-n", min=2, help="Hold out one of this many")] = 5,
) -> None:
    """Hold out every Nth document of a binary .spacy file.

    By its position in the file, every Nth document goes to the second output, the others
    to the first. The split is the same each time.
    """
    msg = Printer()
    try:
        rest, held_out = split(input_path, rest_path, held_out_path, every=every)
    except (ValueError, OSError) as error:
        fail(msg, "Nothing was split", error)
    saved(msg, f"Saved {rest:,} documents", rest_path)
    saved(msg, f"Saved {held_out:,} documents", held_out_path)


def split(
    input_path: Path, rest_path: Path, held_out_path: Path, *, every: int = 5
) -> Tuple[int, int]:
    """Split a corpus by the positions of its documents.

    input_path (Path): The .spacy file to split.
    rest_path (Path): The file for documents that are not held out.
    held_out_path (Path): The file for the documents at positions N, 2N, …, counted from 1.
    every (int): N.
    RETURNS (Tuple[int, int]): The number of documents in each.
    RAISES (ValueError): If two of the files are the same, a part would be empty, or a file cannot
        be read or written.
    """
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    from ..data.doc_bins import reading
    from ..errors import Errors

    for path in (rest_path, held_out_path):
        check_output(path, suffixes=[".spacy"])
    check_different([input_path, rest_path, held_out_path])
    with new_files(rest_path, held_out_path) as files:
        with reading(input_path):
            source = DocBin().from_disk(input_path)
        if not 2 <= every <= len(source):
            raise ValueError(Errors.DRE334.format(path=input_path, count=len(source), every=every))
        rest, held_out = parts = [DocBin(attrs=source.attrs, store_user_data=True) for _ in files]
        with reading(input_path):
            for position, doc in enumerate(source.get_docs(Vocab()), start=1):
                (held_out if position % every == 0 else rest).add(doc)
        for part, file in zip(parts, filter(None, files)):
            file.write(part.to_bytes())
    return len(rest), len(held_out)

"""Files in spaCy's binary format, and folders of them."""

import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List

from ..errors import Errors


def doc_bin_files(path: Path) -> List[Path]:
    """Find what spaCy's own reader would read.

    path (Path): A .spacy file, or a folder of them.
    RETURNS (List[Path]): The files, sorted.
    RAISES (ValueError): If there are none, which spaCy only warns about.
    """
    from spacy.training.corpus import walk_corpus

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        files = [Path(file) for file in walk_corpus(path, ".spacy")]
    if not files:
        problem = "the folder has no .spacy file" if path.is_dir() else "it is not a .spacy file"
        raise ValueError(Errors.DRE355.format(path=path, problem=problem))
    return files


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say which file it is that holds something else than documents. Whatever else can be unpacked
    as far as a key is missing or a number is no list, so that any exception may come of it.

    path (Path): The file that is read meanwhile.
    RAISES (ValueError): In place of what spaCy raises.
    RAISES (OSError): If there is no such file, or it cannot be opened.
    """
    try:
        yield
    except (OSError, MemoryError):
        raise
    except Exception as error:
        problem = f"it holds no documents ({type(error).__name__}: {error})"
        raise ValueError(Errors.DRE355.format(path=path, problem=problem)) from error

"""Pipelines as they are shipped."""

import zipfile
from pathlib import Path


def unpack(wheel: Path, folder: Path) -> Path:
    """Unpack a wheel that `spacy package` made.

    wheel (Path): The wheel.
    folder (Path): Where to.
    RETURNS (Path): The folder of the pipeline in it, which `spacy.load` takes.
    """
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (config,) = folder.glob("*/*/config.cfg")
    return config.parent

"""Where real corpora are, on machines that have them."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("SPACY_DOCRE_DATA", "missing"))


def needs(*parts):
    """A mark for tests that read a file below the folder `SPACY_DOCRE_DATA`."""
    path = DATA.joinpath(*parts)
    return pytest.mark.skipif(not path.exists(), reason=f"needs SPACY_DOCRE_DATA/{path.name}")

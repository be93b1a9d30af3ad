from pathlib import Path

import pytest

# As spaCy does through the entry points: importing a command registers it.
import spacy_docre.cli.analyse
import spacy_docre.cli.calibrate
import spacy_docre.cli.convert
import spacy_docre.cli.end_to_end
import spacy_docre.cli.results
import spacy_docre.cli.split  # noqa: F401
from spacy_docre.new_files import NewFile


@pytest.fixture
def full_disk(monkeypatch):
    """Commands can create files, but write nothing to them."""
    create = NewFile.__init__

    def create_on_full_disk(self, path):
        create(self, path)
        self._file.close()
        self._file = Path("/dev/full").open("wb")  # noqa: SIM115

    monkeypatch.setattr(NewFile, "__init__", create_on_full_disk)

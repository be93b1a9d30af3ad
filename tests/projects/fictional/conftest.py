from typing import List

import pytest
import spacy
from fictional.corpus import generate_docs
from spacy.tokens import Doc


@pytest.fixture(scope="session")
def train() -> List[Doc]:
    return list(generate_docs(spacy.blank("en").make_doc, 90, seed=0))


@pytest.fixture(scope="session")
def test() -> List[Doc]:
    return list(generate_docs(spacy.blank("en").make_doc, 40, seed=2))

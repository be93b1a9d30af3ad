"""What the shipped pipeline says of texts about real people, companies, places and works."""

import pytest
from judged_texts import ABSURD, read_texts

TEXTS = read_texts()
# What it gets wrong by now, so that a better one is noticed.
WRONG = {"danube": "takes Bratislava for an Austrian town"}


def marked(text):
    """RETURNS (ParameterSet): The text, expected to fail where the pipeline is wrong by now."""
    wrong = WRONG.get(text.name)
    marks = [pytest.mark.xfail(reason=wrong, strict=True)] if wrong else []
    return pytest.param(text, id=text.name, marks=marks)


@pytest.fixture(scope="module")
def found(shipped):
    """The relations that the pipeline finds, by the name of the text."""
    docs = shipped.pipe([text.text for text in TEXTS])
    return {text.name: doc._.relations for text, doc in zip(TEXTS, docs)}


@pytest.mark.parametrize("text", TEXTS, ids=[text.name for text in TEXTS])
def test_easy_facts_are_found(text, found):
    assert not text.missing(found[text.name]), text.report(found[text.name])


@pytest.mark.parametrize("text", [marked(text) for text in TEXTS])
def test_nothing_absurd_is_said(text, found):
    said = found[text.name]
    assert ABSURD not in map(text.verdict, said), text.report(said)

"""What the shipped pipeline says of texts about real people, companies, places and works."""

import pytest
from judged_texts import ABSURD, read_texts

TEXTS = read_texts()
# What it gets wrong by now, so that a better one is noticed.
WRONG = {"danube": "takes Bratislava for an Austrian town"}
# Easy facts that are below its threshold by now.
MISSED = {
    "danube": "where the Danube ends, and Vienna's country",
    "lionel_messi": "when Messi was born",
    "lisbon": "the country of Porto",
}


def marked(text, failures):
    """RETURNS (ParameterSet): The text, expected to fail where the pipeline does by now."""
    reason = failures.get(text.name)
    marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
    return pytest.param(text, id=text.name, marks=marks)


@pytest.fixture(scope="module")
def found(shipped):
    """The relations that the pipeline finds, by the name of the text."""
    docs = shipped.pipe([text.text for text in TEXTS])
    return {text.name: doc._.relations for text, doc in zip(TEXTS, docs)}


@pytest.mark.parametrize("text", [marked(text, MISSED) for text in TEXTS])
def test_easy_facts_are_found(text, found):
    assert not text.missing(found[text.name]), text.report(found[text.name])


@pytest.mark.parametrize("text", [marked(text, WRONG) for text in TEXTS])
def test_nothing_absurd_is_said(text, found):
    said = found[text.name]
    assert ABSURD not in map(text.verdict, said), text.report(said)

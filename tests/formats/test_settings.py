"""Formats have settings, from configs as values and from the command line as strings."""

from typing import List, Literal

import pytest

from spacy_docre.formats import get_format
from spacy_docre.formats.settings import apply_settings, as_list, parse_settings


def make(
    flag: bool = False,
    name: str = "x",
    mode: Literal["a", "b"] = "a",
    labels: List[str] = [],  # noqa: B006
):
    return flag, name, mode, labels


def test_strings_stand_for_values():
    settings = parse_settings(["flag=true", "name=a=b", "mode=b", "labels=one, two,"])
    assert apply_settings("made", make, settings) == (True, "a=b", "b", ["one", "two"])


def test_values_are_taken_as_they_are():
    settings = {"flag": True, "name": "", "labels": ["a,b"]}
    assert apply_settings("made", make, settings) == (True, "", "a", ["a,b"])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"flag": "yes"}, "true or false"),
        ({"flag": 1}, "true or false"),
        ({"name": 1}, "a string"),
        ({"mode": "c"}, "one of 'a', 'b'"),
        ({"labels": 3}, "a list of strings"),
        ({"labels": [3]}, "a list of strings"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(settings, expected):
    (key,) = settings
    with pytest.raises(ValueError, match=rf"\[DRE361\] The setting '{key}' .*'made'.*{expected}"):
        apply_settings("made", make, settings)


def test_an_unknown_setting_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"\[DRE360\].*'eog' has no setting 'x'.*negative"):
        get_format("eog", {"x": "1"})
    with pytest.raises(ValueError, match=r"\[DRE360\].*'docred'.*settings: none"):
        get_format("docred", {"x": "1"})


@pytest.mark.parametrize("items", [["flag"], ["=x"], ["a b=x"], ["flag=true", "flag=false"]])
def test_what_is_no_setting_is_refused(items):
    with pytest.raises(ValueError, match=r"\[DRE362\]"):
        parse_settings(items)


def test_a_list_is_divided_at_commas():
    assert as_list(" a b, c ,,") == ["a b", "c"]
    assert as_list("") == []

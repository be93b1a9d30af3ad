"""Prompts are Jinja templates, and what is filled in is never one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_docre.models.llm.prompts.templates import FOLDER, Template, read_template


@given(st.text(st.sampled_from("{}%#$ \n\r<&'\"abpassage"), max_size=30))
def test_a_value_comes_out_as_it_went_in(text):
    assert Template("A: {{ passage }}!", "x", ["passage"]).fill({"passage": text}) == f"A: {text}!"


@pytest.mark.parametrize("description", ["", "What one likes."])
def test_a_description_has_a_line_of_its_own_if_there_is_one(description):
    template = Template(read_template("tails"), "tails", ["relation", "description", "head"])
    values = {"relation": "likes", "description": description, "head": "Ann"}
    lines = ["Relation: likes", *(["Meaning: What one likes."] if description else []), "Head: Ann"]
    assert template.fill(values).split("\n")[1:] == lines


def test_relations_are_listed_with_what_they_mean():
    template = Template(read_template("relations_listed"), "x", ["relations"])
    relations = [{"name": "likes", "description": "x"}, {"name": "met", "description": ""}]
    assert template.fill({"relations": relations}).endswith("Relations:\nlikes: x\nmet")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Text: {passage}", r"has \{passage\}, where Jinja writes \{\{ passage \}\}"),
        ("Text: ${passage}", r"has \{passage\}"),
        ("Text: {{ pasage }}", "uses pasage, but there is only passage"),
        ("{{ range(3) }}", "uses range"),
        ("Text: {{ passage", "unexpected end"),
        ("{% include 'x' %}", "no loader"),
    ],
)
def test_what_cannot_be_used_is_refused(text, problem):
    with pytest.raises(ValueError, match=f"DRE602.*'mine'.*{problem}"):
        Template(text, "mine", ["passage"]).fill({"passage": ""})


@pytest.mark.parametrize("attack", ["passage.__class__.__mro__", "passage.format.__globals__"])
def test_a_template_reaches_nothing_but_its_values(attack):
    with pytest.raises(ValueError, match=r"DRE602.*unsafe"):
        Template(f"{{{{ {attack} }}}}", "x", ["passage"]).fill({"passage": ""})


def test_other_braces_are_text():
    assert Template('{"a": [{}, { b }]}', "x", []).fill({}) == '{"a": [{}, { b }]}'


def test_every_template_of_the_package_can_be_read():
    fields = ["passage", "entities", "content", "relations", "relation", "description"]
    for path in FOLDER.glob("*.txt"):
        Template(path.read_text("utf8"), path.stem, [*fields, "head", "tail", "numbered"])

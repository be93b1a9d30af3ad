"""What data say is shown legibly, in few words, and without any effect on where it is shown."""

import pickle
import time

import pytest

from spacy_docre.cli.metrics import read_metrics
from spacy_docre.data.schema import RelationType, Schema
from spacy_docre.errors import Errors
from spacy_docre.formats.counts import read_relation_names
from spacy_docre.models.llm.prompts.relation_texts import read_descriptions
from spacy_docre.scoring.facts import read_facts
from spacy_docre.showing import in_markdown, is_blank, listed, visible
from spacy_docre.tables import Table, to_markdown

READERS = [
    Schema.from_json,
    read_relation_names,
    read_metrics,
    read_facts,
    lambda path: read_descriptions(str(path)),
]
LEGIBLE = "Ænne 北京 حلب — «x» 👩‍🚀 می‌خواهم C:\\x"


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def test_legible_text_stays_as_it_is():
    assert visible(LEGIBLE) == LEGIBLE


@pytest.mark.parametrize(
    "sign", ["\x1b", "\x9b", "\r", "\b", "\0", "\x7f", "\u202e", "\u2067", "\u200f", "\ud83d"]
)
def test_what_arranges_other_text_is_written_as_an_escape(sign):
    shown = visible(f"a{sign}b", lines=True)
    assert shown.isprintable()
    assert shown == "a" + sign.encode("unicode_escape").decode() + "b"


def test_only_messages_have_several_lines():
    assert visible("a\n\tb") == "a\\n\\tb"
    assert visible("a\n\tb", lines=True) == "a\n\tb"


def test_markdown_shows_a_label_as_it_is():
    label = "<img src=x> & [a](b) *c* `d` | born_in _e_\n"
    expected = "&lt;img src=x&gt; &amp; \\[a\\](b) \\*c\\* \\`d\\` \\| born_in \\_e\\_"
    assert in_markdown(label) == expected
    markdown = to_markdown([Table("<b>", ("", "<i>"), [("\x1b[2J", "1")])])
    assert not any(sign in markdown for sign in ("<b>", "<i>", "\x1b"))


@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u200b", "\u00a0\u3000", "\x1b", "\u202e"])
def test_text_of_which_nothing_is_seen_is_blank(text):
    assert is_blank(text)
    assert not is_blank(text + "x")


def test_long_lists_are_shortened():
    assert listed(["a", "b"]) == "a, b"
    assert listed(range(20_000)) == "0, 1, 2, 3, 4 and 19,995 others"
    assert len(listed(["x" * 10**6] * 9)) < 400


def test_messages_are_safe_and_short_whatever_fills_them():
    message = Errors.DRE004.format(
        doc="\x1b[2J\u202e", triple="x" * 10**6, roles=[str(i) for i in range(10**5)]
    )
    assert message.startswith("[DRE004] Document \\x1b[2J\\u202e: xxx")
    assert message.isprintable()
    assert len(message) < 5_000
    assert "99,995 others" in message
    assert "nested too deeply" in Errors.DRE305.format(
        where="", field="", expected="", found=nested(100_000)
    )
    assert pickle.loads(pickle.dumps(ValueError(Errors.DRE365))).args == (Errors.DRE365,)


def test_a_schema_with_thousands_of_repetitions_is_refused_at_once_and_briefly():
    relations = tuple(RelationType(f"r{i % 20_000:05}") for i in range(40_000))
    start = time.process_time()
    with pytest.raises(ValueError, match=r"DRE012.*: r00000, .* and 19,995 others") as error:
        Schema(relations)
    Schema(tuple(RelationType(f"r{i}", inverse=f"r{19_999 - i}") for i in range(20_000)))
    assert time.process_time() - start < 3
    assert len(str(error.value)) < 300
    with pytest.raises(KeyError, match=r"DRE014.*and 19,995 others"):
        Schema(relations[:20_000])["r"]


@pytest.mark.parametrize("depth", [300, 960, 990, 1_010, 5_000, 100_000])
@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "place", ["{}", '{{"relations": [{}]}}', '{{"docre_micro_f": {}}}', "[{}]"]
)
def test_a_file_that_is_nested_too_deeply_is_refused(tmp_path, depth, read, place):
    path = tmp_path / "file.json"
    path.write_text(place.format("[" * depth + "]" * depth))
    with pytest.raises(ValueError, match=r"^\[DRE\d+\]") as error:
        read(path)
    assert len(str(error.value)) < 1_000


@pytest.mark.parametrize("depth", [300, 970, 5_000])
def test_plain_data_that_are_nested_too_deeply_are_no_schema(depth):
    relation = {"label": "r", "name": nested(depth)}
    for data in ({"relations": [nested(depth)]}, {"relations": [relation]}, nested(depth)):
        with pytest.raises(ValueError, match="DRE016"):
            Schema.from_dict(data)

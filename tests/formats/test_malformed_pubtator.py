"""PubTator files that contradict themselves are refused, with document, line and fix."""

import re

import pytest

from spacy_docre.formats import read_docs

from .reading import VOCAB, check_refused, write
from .test_pubtator import LINES, document

GOOD = document(*LINES)


def bad(*lines, **changes):
    """A document with the id 8."""
    return document(*[f"8{text[1:]}" for text in [*LINES, *lines]], id="8", **changes)


def mention(*columns):
    return "\t".join(["7", *map(str, columns)])


DOCUMENTS = {
    "offsets beyond the text": (bad(mention(80, 95, "x", "X", "1")), "DRE338", "80 to 95"),
    "negative offset": (bad(mention(-1, 4, "Beta", "X", "1")), "DRE338", "line 18"),
    "end before start": (bad(mention(9, 4, "Beta", "X", "1")), "DRE338", "9 to 4"),
    "empty mention": (bad(mention(4, 4, "", "X", "1")), "DRE338", "4 to 4"),
    "offset of another text": (
        bad(mention(1, 8, "Betanol", "X", "1")),
        "DRE339",
        "'etanol-', but the mention is 'Betanol'",
    ),
    "mention of spaces": (bad(mention(21, 22, " ", "X", "1")), "DRE337", "a mention with text"),
    "offset that is no number": (bad(mention("0x", 7, "Betanol", "X", "1")), "DRE337", "'0x\\t7'"),
    "huge offset": (bad(mention(0, "9" * 5_000, "B", "X", "1")), "DRE337", "two offsets"),
    "spaces for tabs": (bad("7 0 7 Betanol Chemical C1"), "DRE342", "8 0 7 Betanol"),
    "one tab missing": (bad("7\t0\t7 Betanol\tChemical\tC1"), "DRE337", "two offsets"),
    "two tabs missing": (bad("7\t0 7 Betanol Chemical\tC1"), "DRE337", "3 columns"),
    "too many columns": (bad(mention(0, 7, "Betanol", "X", "1", "a", "b")), "DRE337", "8 columns"),
    "relation without a tail": (bad("7\tCID\tC1"), "DRE337", "3 columns"),
    "relation with an empty head": (bad("7\tCID\t\tD1"), "DRE337", "a relation"),
    "relation with a blank label": (bad("7\t \tC1\tD1"), "DRE337", "line 18: expected a relation"),
    "relation with an invisible label": (bad("7\t\u200b\tC1\tD1"), "DRE337", "label is blank"),
    "relation with a blank tail": (bad("7\tCID\tC1\t "), "DRE337", "tail id is blank"),
    "mention with an invisible type": (
        bad(mention(0, 7, "Betanol", "\u200b", "1")),
        "DRE337",
        "a type",
    ),
    "relation with a column too many": (bad("7\tCID\tC1\tD1\tNo\tx"), "DRE337", "6 columns"),
    "unknown head": (bad("7\tCID\tC9\tD1"), "DRE340", "'C9'"),
    "unknown tail": (bad("7\tCID\tC1\tD9"), "DRE340", "the relation CID has the entity 'D9'"),
    "relation stated twice": (bad("7\tCID\tC1\tD1"), "DRE341", "CID(C1, D1) is stated twice"),
    "line of another document": (
        bad().replace("8\t0", "9\t0"),
        "DRE342",
        "begins with the id '9', but belongs to document 8",
    ),
    "abstract of another document": (bad().replace("8|a|", "9|a|"), "DRE342", "id '9'"),
    "no abstract": (bad().replace("8|a|", "8|x|"), "DRE337", "the abstract, as id|a|abstract"),
    "no lines but the title": ("8|t|Title\n\n", "DRE337", "found the end of the document"),
    "no title": (bad().replace("8|t|", "8|x|"), "DRE337", "the title, as id|t|title"),
    "no id": (bad().replace("8|t|", "|t|"), "DRE337", "the title"),
    "text over two lines": (bad(abstract="In two\ncases"), "DRE342", "'cases'"),
    "no text at all": ("8|t|\n8|a|\n\n", "DRE345", "line 10"),
    "same id as an earlier document": (GOOD, "DRE343", "'7' is that of document 0"),
    "NUL in a mention": (bad("7\t0\t7\tBeta\0ol\tX\t1"), "DRE344", "line 18"),
    "NUL in the text": (bad(title="Bet\0nol"), "DRE344", "line 10"),
    "another encoding": (bad(title="naïve").encode("latin1"), "DRE302", "line 10"),
    "cut within a character": (bad(title="é").encode().replace(b"\xa9", b""), "DRE302", "line 10"),
    "words only": ("A text\nwithout any form.\n\n", "DRE337", "'A text'"),
}


@pytest.mark.parametrize(("content", "code", "message"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_bad_document_is_refused_by_line_and_can_be_skipped(tmp_path, content, code, message):
    check_refused(tmp_path, "pubtator", GOOD, content, code, message, more=document(id="9"))


@pytest.mark.parametrize("content", ["", "\n \n", "\ufeff\n"])
def test_an_empty_file_is_refused(tmp_path, content):
    path = write(tmp_path, content)
    with pytest.raises(ValueError, match=r"\[DRE336\].*PubTator.*is empty") as error:
        list(read_docs(path, VOCAB, format="pubtator", on_error="skip"))
    assert str(path) in str(error.value)


def test_a_file_cut_short_loses_its_last_document_only(tmp_path):
    content = (GOOD + bad()).encode()
    cut = content[: content.rindex(b"\tCID\tC1\tD2") + 5]
    path = write(tmp_path, cut)
    docs = []
    with pytest.raises(ValueError, match=re.escape("document 1 (counted from 0) ('8'), line 17")):
        for doc in read_docs(path, VOCAB, format="pubtator"):
            docs.append(doc)
    assert [doc.user_data["id"] for doc in docs] == ["7"]


def test_utf16_is_refused(tmp_path):
    path = write(tmp_path, GOOD.encode("utf-16"))
    with pytest.raises(ValueError, match=r"\[DRE3(02|44)\].*document 0 "):
        list(read_docs(path, VOCAB, format="pubtator"))

"""Files of 17 columns that contradict themselves are refused, with document, line and fix."""

import pytest

from spacy_docre.formats import read_docs

from .reading import VOCAB, check_refused, write
from .test_eog import BETANOL, COUGH, FEVER, PAIRS, TEXT, document, pair

GOOD = document(*PAIRS)


def bad(*pairs, **changes):
    return document(*pairs, id="8", **changes)


def cough(**changes):
    """The pair of betanol and cough with other cells."""
    cells = dict(zip(["id", "names", "type", "starts", "ends", "sents"], COUGH))
    return bad(PAIRS[1], pair("1:CID:2", BETANOL, list({**cells, **changes}.values())))


def labelled(label):
    """The pair of betanol and cough with another label."""
    return pair(label, BETANOL, COUGH)


DOCUMENTS = {
    "no relation": (bad(["", *PAIRS[0][1:]]), "DRE347", "pair 0: the relation is ''"),
    "a relation with a space": (bad(["1:CID:2 ", *PAIRS[0][1:]]), "DRE347", "is '1:CID:2 '"),
    "a blank relation": (bad(["1:\u200b:2", *PAIRS[0][1:]]), "DRE347", "pair 0: the relation is"),
    "a blank type": (cough(type="\u200b"), "DRE347", "the type of 'D1'"),
    "half a direction": (bad(["CID:2", *PAIRS[0][1:]]), "DRE347", "is 'CID:2'"),
    "a third entity": (bad(["3:CID:2", *PAIRS[0][1:]]), "DRE347", "'1:RELATION:2'"),
    "an entity and itself": (bad(["1:CID:1", *PAIRS[0][1:]]), "DRE347", "is '1:CID:1'"),
    "a column missing": (bad(PAIRS[0][:-1]), "DRE346", "18 columns"),
    "a column too many": (bad([*PAIRS[0], "x"]), "DRE346", "20 columns"),
    "spaces for tabs": (bad(PAIRS[0]).replace("\t", " "), "DRE346", "1 columns"),
    "no text": ("8\n", "DRE346", "1 columns"),
    "no id": (document(*PAIRS, id=""), "DRE346", "line 2"),
    "empty text": (bad(text=" "), "DRE345", "no text"),
    "fewer names than offsets": (cough(names="cough"), "DRE347", "'D1' is 1, 2, 2 and 2"),
    "more ends than starts": (cough(ends="3:11:13"), "DRE347", "the number of mentions"),
    "offsets that are no numbers": (cough(starts="2:x"), "DRE347", "first tokens of 'D1' is '2:x'"),
    "negative offset": (cough(starts="-2:10"), "DRE347", "numbers separated by colons"),
    "empty offsets": (cough(ends=""), "DRE347", "ends of 'D1' is ''"),
    "mention beyond the text": (cough(ends="3:99"), "DRE347", "which has 14"),
    "end before start": (cough(ends="3:9"), "DRE347", "10 to 9"),
    "another sentence": (cough(sents="0:0"), "DRE347", "must be 1, where its token 10 is"),
    "another text": (
        cough(names="cough|rash"),
        "DRE348",
        "tokens 10 to 11 are 'cough', but the mention is 'rash'",
    ),
    "an empty mention": (cough(names="cough|"), "DRE348", "the mention is ''"),
    "no entity id": (cough(id=""), "DRE347", "entity id is ''"),
    "other mentions than before": (
        bad(PAIRS[0], pair("1:NR:2", [*BETANOL[:2], "Drug", *BETANOL[3:]], FEVER)),
        "DRE349",
        "entity 'C1' has other mentions",
    ),
    "relation stated twice": (bad(PAIRS[0], PAIRS[0]), "DRE341", "CID(C1, D1) is stated twice"),
    "no relation stated twice": (bad(PAIRS[1], PAIRS[1]), "DRE341", "is stated twice"),
    "left out of evaluation twice": (
        bad(labelled("not_include"), labelled("not_include")),
        "DRE341",
        "line 2: not_include(C1, D1) is stated twice",
    ),
    "a relation that is left out of evaluation": (
        bad(labelled("1:CID:2"), labelled("not_include")),
        "DRE354",
        "line 2: not_include(C1, D1) contradicts an earlier pair, which says CID",
    ),
    "a relation and none": (
        bad(labelled("1:NR:2"), labelled("1:CID:2")),
        "DRE354",
        "line 2: CID(C1, D1) contradicts an earlier pair, which says NR",
    ),
    "no relation the other way round": (
        bad(labelled("1:CID:2"), pair("2:NR:1", COUGH, BETANOL)),
        "DRE354",
        "NR(C1, D1) contradicts an earlier pair, which says CID",
    ),
    "same id as an earlier document": (GOOD, "DRE343", "'7' is that of document 0"),
    "NUL": (bad(PAIRS[0], text=TEXT.replace("led", "l\0d")), "DRE344", "line 2"),
    "another encoding": (bad(text="naïve").encode("latin1"), "DRE302", "line 2"),
}


@pytest.mark.parametrize(("content", "code", "message"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_bad_document_is_refused_by_line_and_can_be_skipped(tmp_path, content, code, message):
    check_refused(tmp_path, "eog", GOOD, content, code, message, more=document(id="9"))


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_empty_file_is_refused(tmp_path, content):
    with pytest.raises(ValueError, match=r"\[DRE336\].*17 columns.*is empty"):
        list(read_docs(write(tmp_path, content), VOCAB, format="eog"))


def test_a_file_cut_short_is_refused(tmp_path):
    path = write(tmp_path, (GOOD + bad(*PAIRS))[:-20])
    with pytest.raises(ValueError, match=r"\[DRE34[67]\].*document 1 .*line 2"):
        list(read_docs(path, VOCAB, format="eog"))

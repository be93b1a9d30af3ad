"""PubTator files become documents whose mentions lie exactly where the file says."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import DocBin
from spacy.vocab import Vocab

from spacy_docre.data.notes import load_notes
from spacy_docre.data.storage import has_relations, load_relations
from spacy_docre.formats import ReadReport, read_docs
from spacy_docre.formats.counts import CorpusCounts
from spacy_docre.formats.text_tokens import default_tokenizer

from .reading import VOCAB, mentions, read, read_reporting, triples, write
from .shared_data import DATA, needs

TITLE = "Betanol-induced cough"
ABSTRACT = "In two cases betanol led to cough and fever. It was stopped."


def line(text, *rest, id="7"):
    """A mention line, with the offsets of the first place where the text has it."""
    at = f"{TITLE} {ABSTRACT}".index(text)
    return "\t".join([id, str(at), str(at + len(text)), text, *rest])


def document(*lines, id="7", title=TITLE, abstract=ABSTRACT):
    return "\n".join([f"{id}|t|{title}", f"{id}|a|{abstract}", *lines]) + "\n\n"


LINES = [
    line("Betanol", "Chemical", "C1"),
    line("cough", "Disease", "D1"),
    line("betanol", "Chemical", "C1"),
    line("cough and fever", "Disease", "D1|D2", "cough|fever"),
    "7\tCID\tC1\tD1",
    "7\tCID\tC1\tD2",
]


def test_mentions_with_the_same_id_are_one_entity(tmp_path):
    (doc,) = read(tmp_path, document(*LINES), "pubtator")
    assert doc.text == f"{TITLE} {ABSTRACT}"
    assert doc.user_data["id"] == "7"
    assert mentions(doc) == [
        ("C1", "Chemical", ["Betanol", "betanol"]),
        ("D1", "Disease", ["cough", "cough and fever"]),
        ("D2", "Disease", ["cough and fever"]),
    ]
    assert triples(doc) == [("CID", "C1", "D1"), ("CID", "C1", "D2")]
    assert [span.kb_id_ for span in doc.spans["coref_clusters_1"]] == ["D1", "D1"]


def test_tokens_are_split_where_a_mention_begins_or_ends_inside_them(tmp_path):
    lines = [line("tan", "X", "1"), line("nol", "X", "2"), line("d c", "X", "3")]
    (doc,) = read(tmp_path, document(*lines), "pubtator")
    assert [token.text for token in doc][:8] == ["Be", "ta", "n", "ol", "-", "induce", "d", "c"]
    assert doc.text == f"{TITLE} {ABSTRACT}"
    assert [texts for _, _, texts in mentions(doc)] == [["tan"], ["nol"], ["d c"]]


def test_tokens_are_those_of_the_tokenizer_where_mentions_fit(tmp_path):
    path = write(tmp_path, document(line("betanol", "Chemical", "C1")))
    texts = []

    def tokenizer(text):
        texts.append(text)
        return default_tokenizer(VOCAB)(text)

    (doc,) = read_docs(path, VOCAB, format="pubtator", tokenizer=tokenizer)
    assert texts == [doc.text]
    assert [t.text for t in doc] == [t.text for t in default_tokenizer(VOCAB)(doc.text)]


def test_a_tokenizer_that_changes_the_text_is_refused(tmp_path):
    path = write(tmp_path, document())
    tokenizer = default_tokenizer(VOCAB)
    with pytest.raises(ValueError, match=r"\[DRE363\]"):
        list(read_docs(path, VOCAB, format="pubtator", tokenizer=lambda t: tokenizer(t.lower())))


def test_offsets_count_characters_rather_than_bytes(tmp_path):
    lines = ["7\t5\t8\tTNF\tGene\t1", "7\t15\t16\t\U0001f600\tX\t2"]
    text = document(*lines, title="αβγδ TNF", abstract="after \U0001f600 b")
    (doc,) = read(tmp_path, text, "pubtator")
    assert [texts for _, _, texts in mentions(doc)] == [["TNF"], ["\U0001f600"]]


def test_sentences_begin_with_the_abstract_and_never_inside_a_mention(tmp_path):
    text = document(line("fever. It", "Disease", "D9"))
    (doc,) = read(tmp_path, text, "pubtator")
    assert [sent.text for sent in doc.sents] == [TITLE, ABSTRACT]
    (doc,) = read(tmp_path, document(), "pubtator")
    assert [sent.start_char for sent in doc.sents] == [0, 22, 67]
    (doc,) = read(tmp_path, document(), "pubtator", sentences=False)
    assert not doc.has_annotation("SENT_START")


@pytest.mark.parametrize("id", ["", "-", "-1"])
def test_a_mention_without_an_id_is_an_entity_of_its_own_or_left_out(tmp_path, id):
    text = document(line("cough", "Disease", id), line("fever", "Disease", id), LINES[0])
    (doc,) = read(tmp_path, text, "pubtator")
    assert mentions(doc) == [
        ("", "Disease", ["cough"]),
        ("", "Disease", ["fever"]),
        ("C1", "Chemical", ["Betanol"]),
    ]
    (doc,), report = read_reporting(tmp_path, text, "pubtator", unlinked="drop")
    assert [id for id, _, _ in mentions(doc)] == ["C1"]
    assert report.dropped == {"mentions without an id were left out": 2}


def test_a_mention_may_lack_the_column_of_ids(tmp_path):
    (doc,) = read(tmp_path, document(line("cough", "Disease")), "pubtator")
    assert mentions(doc) == [("", "Disease", ["cough"])]


def test_a_part_without_an_id_is_counted(tmp_path):
    (doc,), report = read_reporting(
        tmp_path, document(line("cough and fever", "Disease", "D1|-1")), "pubtator"
    )
    assert mentions(doc) == [("D1", "Disease", ["cough and fever"])]
    assert list(report.dropped.values()) == [1]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ("A|B", ["A", "B"]),
        ("A,B", ["A", "B"]),
        ("A|A|B", ["A", "B"]),
        (" CVCL_1 ", ["CVCL_1"]),
        ("c|SUB|C|643|T", ["c|SUB|C|643|T"]),
        ("|DEL|46|S", ["|DEL|46|S"]),
        ("p|DEL|439_443|", ["p|DEL|439_443|"]),
        ("c|SYB|G|1|A", ["c|SYB|G|1|A"]),
        ("SUB|V|600|E", ["SUB|V|600|E"]),
        ("rs12,c|SUB|C|643|T", ["rs12", "c|SUB|C|643|T"]),
        ("c|SUB|C|643|T, |DEL|46|S", ["c|SUB|C|643|T", "|DEL|46|S"]),
        ("c|Allele|A|689,A|B", ["c|Allele|A|689", "A", "B"]),
    ],
)
def test_ids_are_divided_unless_they_are_those_of_sequence_variants(tmp_path, ids, expected):
    (doc,) = read(tmp_path, document(line("cough and fever", "X", ids)), "pubtator")
    assert [id for id, _, _ in mentions(doc)] == expected


ATTRS = {"CorrespondingGene": "1", "RS#": "2"}


@pytest.mark.parametrize(
    ("ids", "expected", "attrs"),
    [
        ("p|SUB|V|66|M;CorrespondingGene:1;RS#:2", ["p|SUB|V|66|M"], ATTRS),
        ("tmVar:p|SUB|V|66|M; CorrespondingGene:1; RS#:2;", ["p|SUB|V|66|M"], ATTRS),
        ("tmVar:rs6265;CorrespondingGene:1;RS#:2", ["rs6265"], ATTRS),
        ("tmVar:c|DEL|46|S", ["c|DEL|46|S"], {}),
        ("p.F83S;CorrespondingGene:1;RS#:2", ["p.F83S"], ATTRS),
        ("RS#:2;HGVS:p.V66M;CorrespondingGene:1", ["RS#:2"], None),
        ("|SUB|A|1|G;CorrespondingGene:1,3;5", ["|SUB|A|1|G"], {"CorrespondingGene": "1,3;5"}),
        ("p|SUB|V|66|M;OMIM:7", ["p|SUB|V|66|M"], {"OMIM": "7"}),
        ("-;CorrespondingGene:1;RS#:2", [""], ATTRS),
        ("MESH:D1;OMIM:2", ["MESH:D1;OMIM:2"], {}),
        ("A;B", ["A;B"], {}),
    ],
)
def test_what_a_file_says_of_a_variant_is_no_part_of_its_id(tmp_path, ids, expected, attrs):
    (doc,) = read(tmp_path, document(line("cough and fever", "X", ids)), "pubtator")
    assert [id for id, _, _ in mentions(doc)] == expected
    if attrs is None:
        attrs = {"HGVS": "p.V66M", "CorrespondingGene": "1"}
    assert load_notes(doc).entity_attrs == ([attrs] if attrs else [])


def test_mentions_and_relations_of_a_variant_mean_the_same_one(tmp_path):
    variant = "p|SUB|V|66|M"
    lines = [
        line("cough", "Disease", "D1"),
        line("Betanol", "Variant", f"{variant};CorrespondingGene:1"),
        line("betanol", "Variant", f"tmVar:{variant};CorrespondingGene:3;RS#:2"),
    ]
    for id in (variant, f"{variant};RS#:2"):
        (doc,) = read(tmp_path, document(*lines, f"7\tcauses\t{id}\tD1"), "pubtator")
        assert triples(doc) == [("causes", variant, "D1")]
        assert load_notes(doc).entity_attrs == [{}, {"CorrespondingGene": "1, 3", "RS#": "2"}]


def test_an_empty_part_does_not_make_a_sequence_variant(tmp_path):
    (doc,), report = read_reporting(
        tmp_path, document(line("cough and fever", "Disease", "|D1|D2")), "pubtator"
    )
    assert [id for id, _, _ in mentions(doc)] == ["D1", "D2"]
    assert list(report.dropped.values()) == [1]


def test_an_id_that_a_relation_has_as_a_whole_is_not_divided(tmp_path):
    relation = "7\tCID\tC1\tD1|D2"
    (doc,) = read(tmp_path, document(*LINES[:4], relation), "pubtator")
    assert triples(doc) == [("CID", "C1", "D1|D2")]
    assert [id for id, _, _ in mentions(doc)] == ["C1", "D1", "D1|D2"]


def test_the_separators_are_a_setting(tmp_path):
    text = document(line("cough and fever", "X", "A|B;C"))
    (doc,) = read(tmp_path, text, "pubtator", separators=";")
    assert [id for id, _, _ in mentions(doc)] == ["A|B", "C"]
    (doc,) = read(tmp_path, text, "pubtator", separators="")
    assert [id for id, _, _ in mentions(doc)] == ["A|B;C"]


def test_novelty_is_noted_beside_the_triples(tmp_path):
    lines = [*LINES[:4], "7\tCause\tC1\tD1\tNovel", "7\tCause\tD2\tC1\tNo", "7\tBind\tC1\tD2"]
    (doc,) = read(tmp_path, document(*lines), "pubtator")
    assert triples(doc) == [("Cause", "C1", "D1"), ("Cause", "D2", "C1"), ("Bind", "C1", "D2")]
    doc_bin = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    (copy,) = DocBin().from_bytes(doc_bin).get_docs(Vocab())
    assert load_notes(copy).triple_attrs == [{"novelty": "Novel"}, {"novelty": "No"}, {}]


def test_a_relation_of_an_entity_to_itself_is_left_out_and_counted(tmp_path):
    (doc,), report = read_reporting(tmp_path, document(*LINES, "7\tBind\tC1\tC1"), "pubtator")
    assert len(triples(doc)) == 2
    assert list(report.dropped.values()) == [1]


def test_a_space_at_the_edge_of_a_mention_is_left_out_and_counted(tmp_path):
    (doc,), report = read_reporting(tmp_path, document(line(" cough ", "X", "1")), "pubtator")
    assert mentions(doc) == [("1", "X", ["cough"])]
    assert list(report.dropped.values()) == [1]


def test_a_mention_listed_twice_is_kept_once_and_counted(tmp_path):
    (doc,), report = read_reporting(tmp_path, document(LINES[0], LINES[0]), "pubtator")
    assert mentions(doc) == [("C1", "Chemical", ["Betanol"])]
    assert list(report.dropped.values()) == [1]


def test_a_document_without_relation_lines_states_that_there_are_none(tmp_path):
    (doc,) = read(tmp_path, document(LINES[0]), "pubtator")
    assert has_relations(doc)
    assert not triples(doc)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n\n", "\n \n\n\n"),
        lambda text: "\n\n" + text.strip(),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace("7\tCID", "\n7\tCID"),
    ],
    ids=["CRLF", "BOM", "blank lines", "no end", "no blank line", "blank line within a document"],
)
def test_what_ends_lines_and_documents_makes_no_difference(tmp_path, change):
    text = document(*LINES) + document(id="8")
    docs = read(tmp_path, change(text), "pubtator")
    assert [doc.user_data["id"] for doc in docs] == ["7", "8"]
    assert [doc.text for doc in docs] == [f"{TITLE} {ABSTRACT}"] * 2
    assert triples(docs[0]) == [("CID", "C1", "D1"), ("CID", "C1", "D2")]


@pytest.mark.parametrize(("title", "abstract"), [(TITLE, ""), ("", ABSTRACT), ("a|t|b", "c|a|d")])
def test_title_or_abstract_may_be_empty_or_have_bars(tmp_path, title, abstract):
    (doc,) = read(tmp_path, document(title=title, abstract=abstract), "pubtator")
    assert doc.text == f"{title} {abstract}"


@st.composite
def annotated(draw):
    """A text and mentions of any shape that the format allows."""
    letters = st.text(st.sampled_from("ab-. '\u00e9\u2028\U0001f600(1"), min_size=1, max_size=12)
    title, abstract = draw(letters), draw(letters)
    text = f"{title} {abstract}"
    places = [
        (a, b)
        for a in range(len(text))
        for b in range(a + 1, len(text) + 1)
        if not (text[a].isspace() or text[b - 1].isspace())
    ]
    spans = draw(st.lists(st.sampled_from(places), unique=True, max_size=5)) if places else []
    ids = [draw(st.sampled_from(["A", "B", "A|B", "C"])) for _ in spans]
    known = sorted({part for id in ids for part in id.split("|")})
    pairs = [(h, t) for h in known for t in known if h != t]
    related = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3)) if pairs else []
    return title, abstract, list(zip(spans, ids)), related


@settings(max_examples=80)
@given(annotated())
def test_every_mention_has_the_text_of_its_offsets(tmp_path_factory, example):
    title, abstract, spans, related = example
    text = f"{title} {abstract}"
    lines = [f"7\t{a}\t{b}\t{text[a:b]}\tX\t{ids}" for (a, b), ids in spans]
    lines += [f"7\tr\t{head}\t{tail}" for head, tail in related]
    content = document(*lines, title=title, abstract=abstract)
    if not text.strip():
        return
    (doc,) = read(tmp_path_factory.mktemp("pubtator"), content, "pubtator")
    assert doc.text == text
    assert triples(doc) == [("r", *pair) for pair in related]
    found = Counter(
        (entity.id, doc[start].idx, doc[end - 1].idx + len(doc[end - 1]))
        for entity in load_relations(doc).entities
        for start, end in entity.mentions
    )
    assert found == Counter((id, a, b) for (a, b), ids in spans for id in ids.split("|"))


@needs("cdr")
@pytest.mark.parametrize(("part", "expected"), [("Training", 1_038), ("Development", 1_012)])
def test_nothing_of_the_cdr_corpus_is_lost(part, expected):
    path = DATA / "cdr" / f"CDR_{part}Set.PubTator.txt"
    lines = path.read_text(encoding="utf8").splitlines()
    counts, report = CorpusCounts(), ReadReport()
    concepts = set()
    for doc in read_docs(path, VOCAB, format="pubtator", report=report):
        counts.add(doc)
        concepts |= {(doc.user_data["id"], id) for id, _, _ in mentions(doc) if id}
    assert (report.read, report.kept) == (500, 500)
    assert counts.triples == sum("\tCID\t" in line for line in lines) == expected
    columns = [line.split("\t") for line in lines if line.count("\t") > 4]
    stated = {(row[0], id) for row in columns for id in row[5].split("|")} - {("", "-1")}
    assert concepts == {(doc, id) for doc, id in stated if id != "-1"}


@needs("biored")
@pytest.mark.parametrize(
    ("part", "relations", "reflexive"), [("Train", 4_178, 3), ("Dev", 1_162, 1)]
)
def test_nothing_of_biored_is_lost_in_silence(part, relations, reflexive):
    path = DATA / "biored" / f"{part}.PubTator"
    counts, report = CorpusCounts(), ReadReport()
    for doc in read_docs(path, VOCAB, format="pubtator", report=report):
        counts.add(doc)
    assert counts.triples == relations - reflexive
    assert list(report.dropped.values()) == [reflexive]

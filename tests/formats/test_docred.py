"""DocRED's JSON becomes documents that hold all of it."""

import json
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path

import catalogue
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import has_relations, load_relations
from spacy_docre.data.triples import Triple
from spacy_docre.formats import DocRED, ReadReport, formats, get_format, read_docs
from spacy_docre.formats.base import Record
from spacy_docre.formats.counts import CorpusCounts
from spacy_docre.formats.mentions import REPEATED

from .documents import ada, dump, rome
from .shared_data import DATA, needs


@pytest.fixture
def vocab():
    return Vocab()


def convert(data, vocab):
    record = Record(Path("corpus.json"), 0, data)
    return DocRED().to_doc(record, vocab, Counter())


def test_tokens_sentences_and_title_are_those_of_the_file(vocab):
    doc = convert(ada(), vocab)
    assert [[token.text for token in sentence] for sentence in doc.sents] == ada()["sents"]
    assert doc.user_data["title"] == "Ada"
    assert doc.has_unknown_spaces


def test_every_entity_is_a_span_group_with_its_type(vocab):
    doc = convert(ada(), vocab)
    assert list(doc.spans) == ["coref_clusters_0", "coref_clusters_1", "coref_clusters_2"]
    group = doc.spans["coref_clusters_0"]
    assert [(span.start, span.end, span.label_) for span in group] == [(0, 2, "PER"), (6, 7, "PER")]
    assert group.attrs == {"type": "PER", "id": ""}


def test_relations_are_stored_with_evidence(vocab):
    stored = load_relations(convert(ada(), vocab))
    assert stored.entities == (
        Entity.of([(0, 2), (6, 7)], "PER"),
        Entity.of([(3, 5)], "PER"),
        Entity.of([(9, 10)], "LOC"),
    )
    assert stored.triples == (Triple((0, 1), "knows"), Triple((0, 2), "residence"))
    assert [triple.evidence for triple in stored.triples] == [(0,), (1,)]


def test_knowledge_base_ids_reach_spans_and_entity(vocab):
    data = ada()
    data["vertexSet"][2][0]["kb_id"] = "Q84"
    doc = convert(data, vocab)
    assert doc.spans["coref_clusters_2"][0].kb_id_ == "Q84"
    assert doc.spans["coref_clusters_2"].attrs["id"] == "Q84"
    assert load_relations(doc).entities[2].id == "Q84"
    assert [ent.kb_id_ for ent in doc.ents] == ["", "", "", "Q84"]


def test_without_labels_a_document_is_not_annotated_and_with_none_it_is(vocab):
    unlabelled = ada()
    del unlabelled["labels"]
    assert not has_relations(convert(unlabelled, vocab))
    assert has_relations(convert(rome(), vocab))


def test_overlapping_mentions_are_all_kept_as_spans_and_in_part_as_ents(vocab):
    data = ada()
    data["vertexSet"].append([{"name": "Ada", "sent_id": 0, "pos": [0, 1], "type": "PER"}])
    doc = convert(data, vocab)
    assert doc.spans["coref_clusters_3"][0].text == "Ada"
    assert [ent.text for ent in doc.ents] == [
        "Ada Lovelace",
        "Charles Babbage",
        "Lovelace",
        "London",
    ]
    counts = CorpusCounts()
    counts.add(doc)
    assert (counts.mentions, counts.overlapping) == (5, 2)


def test_a_mention_that_ends_with_white_space_is_no_ent_which_ner_would_refuse(vocab):
    data = {**ada(), "labels": []}
    data["sents"][0][1] = "\xa0"
    doc = convert(data, vocab)
    assert doc.spans["coref_clusters_0"][0].text == "Ada \xa0"
    assert (0, 2) not in [(ent.start, ent.end) for ent in doc.ents]
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    doc = convert(data, nlp.vocab)
    example = Example(Doc(nlp.vocab, [token.text for token in doc]), doc)
    nlp.initialize(lambda: [example])
    nlp.update([example])


@pytest.mark.parametrize(
    ("types", "expected"),
    [(["PER", "ORG"], "PER"), (["ORG", "PER"], "ORG"), (["ORG", "PER", "PER"], "PER")],
)
def test_a_mixed_entity_has_its_most_frequent_type_or_the_first(vocab, types, expected):
    data = rome()
    data["vertexSet"] = [
        [{"name": "", "sent_id": 0, "pos": [i, i + 1], "type": t} for i, t in enumerate(types)]
    ]
    doc = convert(data, vocab)
    assert doc.spans["coref_clusters_0"].attrs["type"] == expected
    assert [span.label_ for span in doc.spans["coref_clusters_0"]] == types


def test_a_mention_listed_twice_is_kept_once_and_warned_about(tmp_path, vocab):
    data = ada()
    data["vertexSet"][1] *= 2
    path = tmp_path / "corpus.json"
    path.write_text(dump(data))
    with pytest.warns(UserWarning, match=r"\[DRW302\].*corpus.json: 1 mentions were listed more"):
        (doc,) = read_docs(path, vocab)
    assert len(doc.spans["coref_clusters_1"]) == 1


def test_a_name_that_is_not_the_text_of_its_mention_is_warned_about_and_no_other(tmp_path, vocab):
    data = ada()
    # What the name of a mention has for spaces says nothing.
    data["vertexSet"][0][0]["name"] = "AdaLovelace"
    data["vertexSet"][1][0]["name"] = "Babbage"
    del data["vertexSet"][2][0]["name"]
    path = tmp_path / "corpus.json"
    path.write_text(dump(data))
    with pytest.warns(UserWarning, match=r"\[DRW302\].*: 1 mentions have a name") as seen:
        (doc,) = read_docs(path, vocab)
    assert len(seen) == 1
    assert doc.spans["coref_clusters_1"][0].text == "Charles Babbage"


def test_documents_survive_docbin(tmp_path, vocab):
    doc = convert(ada(), vocab)
    doc_bin = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    (copy,) = DocBin().from_bytes(doc_bin).get_docs(Vocab())
    assert load_relations(copy) == load_relations(doc)
    assert [span.text for span in copy.spans["coref_clusters_0"]] == ["Ada Lovelace", "Lovelace"]
    assert copy.spans["coref_clusters_0"].attrs == {"type": "PER", "id": ""}
    assert copy.user_data["title"] == "Ada"
    assert [sent.start for sent in copy.sents] == [0, 6]
    assert [ent.text for ent in copy.ents] == [ent.text for ent in doc.ents]
    assert copy.has_unknown_spaces


@st.composite
def corpora(draw):
    """A document of any shape that the format allows."""
    token = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
    sents = draw(st.lists(st.lists(token, min_size=1, max_size=4), min_size=1, max_size=4))
    places = [
        (s, start, end)
        for s, sent in enumerate(sents)
        for start in range(len(sent))
        for end in range(start + 1, len(sent) + 1)
    ]
    clusters = draw(
        st.lists(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True), max_size=4)
    )
    pairs = [(h, t) for h in range(len(clusters)) for t in range(len(clusters)) if h != t]
    triples = st.tuples(st.sampled_from(pairs), st.sampled_from("rs")) if pairs else st.nothing()
    labels = draw(st.lists(triples, unique=True, max_size=5)) if pairs else []
    return {
        "title": draw(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))),
        "sents": sents,
        "vertexSet": [
            [
                {"sent_id": s, "pos": [start, end], "type": draw(st.sampled_from("XY"))}
                for s, start, end in c
            ]
            for c in clusters
        ],
        "labels": [{"h": h, "t": t, "r": r} for (h, t), r in labels],
    }


@settings(max_examples=60)
@given(corpora())
def test_the_file_can_be_rebuilt_from_the_document(data):
    doc = convert(data, Vocab())
    (doc,) = (
        DocBin().from_bytes(DocBin(store_user_data=True, docs=[doc]).to_bytes()).get_docs(Vocab())
    )
    sentences = list(doc.sents)
    number = {sentence.start: i for i, sentence in enumerate(sentences)}
    stored = load_relations(doc)
    rebuilt = {
        "title": doc.user_data["title"],
        "sents": [[token.text for token in sentence] for sentence in sentences],
        "vertexSet": [
            [
                {
                    "sent_id": number[span.sent.start],
                    "pos": [span.start - span.sent.start, span.end - span.sent.start],
                    "type": span.label_,
                }
                for span in doc.spans[f"coref_clusters_{i}"]
            ]
            for i in range(len(stored.entities))
        ],
        "labels": [{"h": t.head, "t": t.tail, "r": t.label} for t in stored.triples],
    }
    assert rebuilt == data


def test_other_formats_plug_in_by_name(tmp_path, vocab):
    class Untitled(DocRED):
        def to_doc(self, record, vocab, dropped):
            data = {"title": f"Document {record.index}", **record.data}
            return super().to_doc(replace(record, data=data), vocab, dropped)

    formats.register("untitled", func=Untitled)
    path = tmp_path / "corpus.json"
    data = rome()
    del data["title"]
    path.write_text(dump(data))
    try:
        (doc,) = read_docs(path, vocab, format="untitled")
    finally:
        catalogue._remove(("spacy_docre", "formats", "untitled"))
    assert doc.user_data["title"] == "Document 0"


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"\[DRE320\].*'conll'.*docred"):
        get_format("conll")


@needs("redocred")
@pytest.mark.parametrize(("part", "docs", "triples"), [("train", 400, 13_857), ("dev", 100, 3_427)])
def test_nothing_of_a_real_corpus_is_lost(part, docs, triples, vocab):
    path = DATA / "redocred" / f"{part}.json"
    counts, report = CorpusCounts(), ReadReport()
    for doc in read_docs(path, vocab, report=report):
        counts.add(doc)
    raw = json.loads(path.read_text(encoding="utf8"))
    mentions = sum(len(entity) for doc in raw for entity in doc["vertexSet"])
    assert (report.read, report.kept, counts.triples) == (docs, docs, triples)
    assert counts.sentences == sum(len(doc["sents"]) for doc in raw)
    assert counts.entities == sum(len(doc["vertexSet"]) for doc in raw)
    assert counts.mentions + report.dropped[REPEATED] == mentions


def test_a_clean_file_gives_no_warning(tmp_path, vocab):
    path = tmp_path / "corpus.json"
    path.write_text(dump(ada(), rome()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [doc.user_data["title"] for doc in read_docs(path, vocab)] == ["Ada", "Rome"]

"""The package's own JSONL says everything that a document holds, and is read back the same."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc

from spacy_docre.data.notes import CorpusNotes, load_notes, store_notes
from spacy_docre.data.storage import has_relations, load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.formats import ReadReport, read_docs, to_record
from spacy_docre.formats.mentions import FileMention, cluster_groups, set_entities

from .reading import VOCAB, mentions, read, read_reporting, triples, write

TEXT = "Ann Berg left Bonn-Beuel. She moved to Kiel."


def ann(**changes):
    return {
        "id": "1",
        "text": TEXT,
        "entities": [
            {"type": "PER", "mentions": [{"start": 0, "end": 8}, {"start": 26, "end": 29}]},
            {"type": "LOC", "id": "Q586", "mentions": [{"start": 14, "end": 18, "text": "Bonn"}]},
            {"mentions": [{"start": 39, "end": 43, "type": "LOC"}]},
        ],
        "relations": [
            {"label": "left", "entities": [0, 1], "evidence": [0]},
            {"label": "moved", "entities": [0, 1, 2], "score": 0.5},
        ],
        "roles": {"moved": ["who", "from", "to"]},
        **changes,
    }


def dump(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


def test_text_is_split_so_that_mentions_lie_where_the_file_says(tmp_path):
    (doc,) = read(tmp_path, dump(ann()), "jsonl")
    assert doc.text == TEXT
    assert mentions(doc) == [
        ("", "PER", ["Ann Berg", "She"]),
        ("Q586", "LOC", ["Bonn"]),
        ("", "", ["Kiel"]),
    ]
    assert [span.label_ for span in doc.spans["coref_clusters_2"]] == ["LOC"]
    stored = load_relations(doc)
    assert stored.triples == (Triple((0, 1), "left"), Triple((0, 1, 2), "moved"))
    assert [(t.score, t.evidence) for t in stored.triples] == [(1.0, (0,)), (0.5, ())]
    assert stored.roles == {"moved": ("who", "from", "to")}


def test_sentences_come_from_the_file_or_from_punctuation(tmp_path):
    (doc,) = read(tmp_path, dump(ann()), "jsonl")
    assert [sent.start_char for sent in doc.sents] == [0, 26]
    (doc,) = read(tmp_path, dump(ann(sentences=[0, 9, 33])), "jsonl")
    assert [sent.text for sent in doc.sents] == [
        "Ann Berg",
        "left Bonn-Beuel. She mov",
        "ed to Kiel.",
    ]
    bare = ann(relations=[])
    (doc,) = read(tmp_path, dump(bare), "jsonl", sentences=False)
    assert not doc.has_annotation("SENT_START")


def test_tokens_of_the_file_are_kept(tmp_path):
    tokens = [[0, 3], [4, 8], [9, 13], [14, 18], [18, 25], [26, 29], [30, 38], [39, 43], [43, 44]]
    record = ann(tokens=tokens, sentences=[0, 26])
    (doc,) = read(tmp_path, dump(record), "jsonl")
    assert [[t.idx, t.idx + len(t)] for t in doc] == tokens
    assert doc.text == TEXT


def test_without_relations_a_document_is_not_annotated_and_with_none_it_is(tmp_path):
    record = ann(relations=[])
    assert has_relations(read(tmp_path, dump(record), "jsonl")[0])
    del record["relations"]
    assert not has_relations(read(tmp_path, dump(record), "jsonl")[0])


def test_spaces_at_the_edges_of_a_mention_are_counted(tmp_path):
    record = ann(entities=[{"mentions": [{"start": 8, "end": 14}]}], relations=[])
    (doc,), report = read_reporting(tmp_path, dump(record), "jsonl")
    assert mentions(doc) == [("", "", ["left"])]
    assert list(report.dropped.values()) == [1]


@st.composite
def documents(draw):
    """A document of any shape."""
    word = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
    words = draw(st.lists(word, min_size=1, max_size=8).filter(lambda ws: "".join(ws).strip()))
    spaces = draw(st.none() | st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    starts = [
        True,
        *draw(st.lists(st.booleans(), min_size=len(words) - 1, max_size=len(words) - 1)),
    ]
    doc = Doc(VOCAB, words=words, spaces=spaces, sent_starts=draw(st.sampled_from([None, starts])))
    for key in ("id", "title"):
        if draw(st.booleans()):
            doc.user_data[key] = draw(
                st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1)
            )
    places = [(a, b) for a in range(len(words)) for b in range(a + 1, len(words) + 1)]
    labels = st.sampled_from(["", "X", "Y"])
    clusters = draw(
        st.lists(
            st.lists(
                st.builds(
                    lambda place, type, id: FileMention(*place, type, id),
                    st.sampled_from(places),
                    labels,
                    labels,
                ),
                min_size=1,
                max_size=3,
                unique_by=lambda mention: (mention.start, mention.end),
            ),
            max_size=4,
        )
    )
    known = [(draw(labels), draw(labels)) for _ in clusters]
    entities = set_entities(doc, clusters, known)
    size = draw(st.sampled_from([2, 3]))
    if len(clusters) >= size and draw(st.booleans()):
        arguments = st.permutations(range(len(clusters))).map(lambda order: tuple(order[:size]))
        sentences = len(list(doc.sents)) if doc.has_annotation("SENT_START") else 0
        evidence = st.lists(st.integers(0, sentences - 1), max_size=2) if sentences else st.just([])
        stated = draw(
            st.lists(
                st.builds(
                    lambda entities, label, score, evidence: Triple(
                        entities, label, score, tuple(evidence)
                    ),
                    arguments,
                    st.sampled_from("rs"),
                    st.sampled_from([0.25, 1.0]),
                    evidence,
                ),
                unique=True,
                max_size=4,
            )
        )
        roles = {label: [f"role {i}" for i in range(size)] for label in "rs"} if size > 2 else {}
        store_relations(doc, entities, stated, roles=roles)
        pairs = draw(st.lists(st.tuples(*[st.integers(0, len(clusters) - 1)] * 2), max_size=2))
        attrs = [{"novelty": "No"} for _ in stated]
        notes = CorpusNotes(
            excluded_pairs=pairs,
            triple_attrs=attrs,
            entity_attrs=[{"RS#": "2"}, *[{}] * (len(clusters) - 1)],
            doc_attrs=draw(st.sampled_from([{}, {"source": "A"}])),
        )
        store_notes(doc, notes)
    return doc


def describe(doc):
    return {
        "tokens": [(token.text, token.whitespace_) for token in doc],
        "spaces": doc.has_unknown_spaces,
        "sentences": doc.has_annotation("SENT_START") and [sent.start for sent in doc.sents],
        "names": {key: doc.user_data.get(key) for key in ("id", "title")},
        "ents": [(ent.start, ent.end, ent.label_, ent.kb_id_) for ent in doc.ents],
        "groups": [
            (group.attrs, [(s.start, s.end, s.label_, s.kb_id_) for s in group])
            for group in cluster_groups(doc)
        ],
        "annotated": has_relations(doc),
        "stored": load_relations(doc),
        "scores": [(t.score, t.evidence) for t in load_relations(doc).triples],
        "notes": load_notes(doc),
    }


@settings(max_examples=80)
@given(documents())
def test_a_document_is_read_back_as_it_was_written(tmp_path_factory, doc):
    record = to_record(doc)
    (copy,) = read(tmp_path_factory.mktemp("jsonl"), dump(record), "jsonl")
    assert describe(copy) == describe(doc)
    assert to_record(copy) == record


def test_entities_without_span_groups_are_written_from_the_relations(tmp_path):
    (doc,) = read(tmp_path, dump(ann()), "jsonl")
    doc.spans.clear()
    (copy,) = read(tmp_path, dump(to_record(doc)), "jsonl")
    assert load_relations(copy) == load_relations(doc)
    assert triples(copy) == triples(doc)


def test_a_refused_document_says_nothing_about_the_roles_of_later_ones(tmp_path):
    own = {"relations": [{"label": "moved", "entities": [0, 1]}], "roles": None}
    refused = {k: v for k, v in ann(id="0", **own).items() if v is not None}
    path = write(tmp_path, dump({**refused, "notes": {"excluded_pairs": [[0, 9]]}}, ann()))
    (doc,) = read_docs(path, VOCAB, format="jsonl", on_error="skip", report=ReadReport())
    assert doc.user_data["id"] == "1"

import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
import spacy
from fictional.corpus import generate_docs, generate_story
from fictional.facts import load_schema
from fictional.summary import Summary
from spacy.tokens import DocBin

from spacy_docre.data.entities import in_order
from spacy_docre.data.relations import get_relations
from spacy_docre.data.storage import has_relations, load_relations

PROJECT = Path(__file__).parents[3] / "projects" / "fictional"
SCHEMA = load_schema()
PRONOUNS = {"he", "him", "his", "she", "her", "it", "its", "there"}


def triples_of(doc):
    return {(t.head, t.label, t.tail) for t in load_relations(doc).triples}


def clusters_of(doc):
    return {key: group for key, group in doc.spans.items() if key.startswith("coref_clusters_")}


def test_a_document_depends_on_seed_and_number_alone(train):
    again = list(generate_docs(spacy.blank("en").make_doc, 5, seed=0))
    assert [doc.to_bytes() for doc in again] == [doc.to_bytes() for doc in train[:5]]
    assert generate_story(1, 0).text != generate_story(0, 0).text
    assert generate_story(0, 1).text != generate_story(0, 0).text


def test_another_process_generates_the_same():
    code = (
        "from fictional.corpus import generate_story\n"
        "print([generate_story(7, number) for number in range(8)])"
    )
    env = {**os.environ, "PYTHONHASHSEED": "1"}
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, check=True)
    assert out.stdout.decode().strip() == str([generate_story(7, number) for number in range(8)])


def test_every_mention_is_the_text_at_its_offsets():
    for number in range(40):
        story = generate_story(3, number)
        for start, end, thing, named in story.mentions:
            text, thing = story.text[start:end], story.things[thing]
            if named:
                assert text in {thing.name, thing.short, thing.acronym}
            else:
                assert text.lower() in PRONOUNS or text.lower().startswith("the ")


def test_every_pronoun_is_a_mention(train):
    expletive = ("It was", "it was")
    for doc in train:
        mentions = {span.start for group in clusters_of(doc).values() for span in group}
        for token in doc:
            if token.lower_ in PRONOUNS and doc[token.i : token.i + 2].text not in expletive:
                assert token.i in mentions, (doc.user_data["title"], token.sent.text)


def test_sentences_and_paragraphs_are_those_of_the_story(train):
    for number, doc in enumerate(train[:30]):
        story = generate_story(0, number)
        assert [sent.start_char for sent in doc.sents] == list(story.sentences)
        assert 2 <= len(doc.text.split("\n\n")) <= 4
        for token in doc:
            assert token.text == "\n\n" or not token.is_space
            assert not (token.is_space and token.is_sent_start)


def test_no_sentence_begins_with_a_small_letter_or_keeps_a_slot(train):
    for doc in train:
        for sent in doc.sents:
            assert not sent.text[0].islower()
            assert sent.text.rstrip().endswith(".")
        assert not set(doc.text) & set("{}")


def test_sizes_are_as_promised(train):
    for doc in train:
        assert 6 <= len(list(doc.sents)) <= 16
        assert 6 <= len(load_relations(doc).entities) <= 16
        assert 60 <= len(doc) <= 210


def test_clusters_and_stored_entities_agree(train):
    for doc in train:
        entities = load_relations(doc).entities
        assert list(entities) == in_order(entities)
        clusters = clusters_of(doc)
        assert len(clusters) == len(entities)
        for index, entity in enumerate(entities):
            group = clusters[f"coref_clusters_{index + 1}"]
            assert [(span.start, span.end) for span in group] == list(entity.mentions)
            assert {span.label_ for span in group} == {entity.type}
            assert group.attrs == {"type": entity.type, "id": ""}


def test_doc_ents_are_the_named_mentions(train):
    for doc in train:
        typed = {
            (span.start, span.end, span.label_)
            for group in clusters_of(doc).values()
            for span in group
        }
        for ent in doc.ents:
            assert (ent.start, ent.end, ent.label_) in typed
            assert ent.text.lower() not in PRONOUNS


def test_triples_are_unique_and_fit_the_schema(train):
    for doc in train:
        stored = load_relations(doc)
        assert has_relations(doc)
        assert len(set(stored.triples)) == len(stored.triples)
        for triple in stored.triples:
            assert triple.head != triple.tail
            for role, index in enumerate(triple.entities):
                assert SCHEMA[triple.label].allows(role, stored.entities[index].type)
            assert triple.evidence
            assert set(triple.evidence) <= set(range(len(list(doc.sents))))


def test_what_follows_is_annotated(train):
    for doc in train:
        triples = triples_of(doc)
        for head, label, tail in triples:
            relation = SCHEMA[label]
            if relation.symmetric:
                assert (tail, label, head) in triples
            if relation.inverse:
                assert (tail, relation.inverse, head) in triples
        located = {(head, tail) for head, label, tail in triples if label == "located_in"}
        for head, label, tail in triples:
            for place, region in located:
                if tail == place and label == "headquarters":
                    assert (head, "region", region) in triples
                if tail == place and label == "located_in":
                    assert (head, "located_in", region) in triples


def test_every_relation_occurs(train):
    assert {label for doc in train for _, label, _ in triples_of(doc)} == set(SCHEMA.labels)


def test_some_documents_have_no_relation_and_many_relations_need_several_sentences(train):
    summary = Summary.of(train)
    assert 0.03 < summary.unrelated_documents / summary.documents < 0.15
    assert summary.crossing_names / summary.triples >= 0.3
    assert summary.crossing / summary.triples >= 0.08
    assert summary.documents == len(train)
    assert summary.triples == sum(len(triples_of(doc)) for doc in train)


def test_splits_share_neither_facts_nor_sentences_nor_names(train, test):
    def facts(docs):
        return {
            (head.text, relation.label, tail.text)
            for doc in docs
            for relation in get_relations(doc)
            for head in relation.head.mentions
            for tail in relation.tail.mentions
            if {(head.start, head.end), (tail.start, tail.end)}
            <= {(ent.start, ent.end) for ent in doc.ents}
        }

    def names(docs):
        return {ent.text for doc in docs for ent in doc.ents if ent.label_ in {"PER", "LOC"}}

    def sentences(docs):
        return {sent.text.strip() for doc in docs for sent in doc.sents}

    assert not facts(train) & facts(test)
    assert not names(train) & names(test)
    assert not sentences(train) & sentences(test)


def test_sentences_hardly_repeat_within_a_corpus(train):
    sentences = [sent.text.strip() for doc in train for sent in doc.sents]
    assert len(set(sentences)) > 0.99 * len(sentences)


def test_every_sentence_names_something_of_its_own(train):
    for doc in train:
        named = [ent for ent in doc.ents if ent.label_ != "TIME"]
        assert {ent.sent.start for ent in named} == {sent.start for sent in doc.sents}


def test_every_sentence_can_be_made_to_name_what_it_speaks_about():
    for doc in generate_docs(spacy.blank("en").make_doc, 30, seed=5, pronouns=False):
        names = {(ent.start, ent.end) for ent in doc.ents}
        for group in clusters_of(doc).values():
            named = {span.sent.start for span in group if (span.start, span.end) in names}
            assert named == {span.sent.start for span in group}


def test_people_who_share_a_surname_are_never_called_by_it():
    for number in range(40):
        things = [t for t in generate_story(0, number).things if t.kind == "person"]
        for one, other in combinations(things, 2):
            if one.name.split()[1] == other.name.split()[1]:
                assert one.short == other.short == ""


def test_documents_survive_docbin(train):
    stored = DocBin(docs=train[:10], store_user_data=True).to_bytes()
    for doc, copy in zip(train, DocBin().from_bytes(stored).get_docs(spacy.blank("en").vocab)):
        assert load_relations(copy) == load_relations(doc)
        assert copy.text == doc.text
        assert [sent.text for sent in copy.sents] == [sent.text for sent in doc.sents]
        assert [str(ent) + ent.label_ for ent in copy.ents] == [
            str(ent) + ent.label_ for ent in doc.ents
        ]
        for key, group in clusters_of(doc).items():
            assert copy.spans[key].attrs == group.attrs
            assert [(s.start, s.end, s.label_) for s in copy.spans[key]] == [
                (s.start, s.end, s.label_) for s in group
            ]
        assert copy.user_data["title"] == doc.user_data["title"]


def test_titles_are_unique_and_name_something_in_the_text(train, test):
    assert all(doc.user_data["title"].split(" ", 1)[1] in doc.text for doc in train)
    titles = [doc.user_data["title"] for doc in [*train, *test]]
    assert len(set(titles)) == len(titles)


def test_a_negative_number_of_documents_is_refused():
    with pytest.raises(ValueError, match="must not be negative"):
        list(generate_docs(spacy.blank("en").make_doc, -1))


def test_a_tokenizer_that_does_not_fit_is_refused():
    nlp = spacy.blank("en")
    nlp.tokenizer = lambda text: spacy.tokens.Doc(nlp.vocab, words=text.split(" "))
    with pytest.raises(ValueError, match="tokenizer does not split"):
        list(generate_docs(nlp.make_doc, 1))

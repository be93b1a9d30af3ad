"""Evidence reaches the extractor: the sentences that state a triple, wherever they come from."""

from dataclasses import replace

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_docre.data.alignment import align_gold, gold_entity_doc
from spacy_docre.data.schema import Schema
from spacy_docre.data.storage import load_relations, store_relations

from .making import (
    STORIES,
    example_of,
    learn,
    small_pipeline,
    stories,
    tell,
    without_relations,
)


def with_evidence(doc):
    """The story, in which sentence i states triple i."""
    stored = load_relations(doc)
    triples = [replace(triple, evidence=(i,)) for i, triple in enumerate(stored.triples)]
    store_relations(doc, stored.entities, triples)
    return doc


def test_evidence_comes_with_the_sentences_that_it_numbers():
    doc = with_evidence(tell(STORIES[0]))
    gold = gold_entity_doc(example_of(doc))
    assert [triple.evidence for triple in gold.gold] == [(0,), (1,), (2,)]
    assert gold.sentence_starts == tuple(sentence.start for sentence in doc.sents)


def test_sentences_are_found_again_in_another_tokenization():
    doc = with_evidence(tell(STORIES[1]))
    spaces = [bool(token.whitespace_) for token in doc]
    pieces, gaps = [], []
    for token, space in zip(doc, spaces):
        pieces.extend([token.text[:1], token.text[1:]] if len(token) > 1 else [token.text])
        gaps.extend([False, space] if len(token) > 1 else [space])
    finer = Doc(doc.vocab, words=pieces, spaces=gaps)
    gold = gold_entity_doc(Example(finer, doc))
    starts = [finer[start].idx for start in gold.sentence_starts]
    assert starts == [sentence.start_char for sentence in doc.sents]


def test_without_evidence_sentences_are_not_asked_for():
    assert gold_entity_doc(example_of(tell(STORIES[0]))).sentence_starts == ()
    doc = with_evidence(tell(STORIES[0]))
    for token in doc:
        token.is_sent_start = None
    assert gold_entity_doc(example_of(doc)).sentence_starts == ()


def test_evidence_outside_the_document_is_refused():
    doc = tell(STORIES[1])
    stored = load_relations(doc)
    triples = [replace(triple, evidence=(7,)) for triple in stored.triples]
    store_relations(doc, stored.entities, triples)
    with pytest.raises(ValueError, match=r"DRE032.*numbered from 0"):
        gold_entity_doc(example_of(doc))


def test_evidence_survives_on_predicted_entities():
    gold = gold_entity_doc(example_of(with_evidence(tell(STORIES[0]))))
    aligned, lost = align_gold(replace(gold, gold=None), gold, Schema.learn([gold]))
    assert lost == 0
    assert [triple.evidence for triple in aligned.gold] == [(0,), (1,), (2,)]
    assert aligned.sentence_starts == gold.sentence_starts


def test_pairs_learn_to_look_at_the_evidence(tmp_path):
    nlp = small_pipeline({"evidence_weight": 1.0})
    docs = [with_evidence(doc) for doc in stories(nlp)]
    nlp.initialize(lambda: [example_of(doc) for doc in docs])
    losses = learn(nlp, docs, steps=60)
    plain = small_pipeline()
    plain.initialize(lambda: [example_of(doc) for doc in docs])
    first = plain.update([example_of(doc) for doc in docs])["docre"]
    assert losses[0] > first + 0.5  # it counts
    assert losses[-1] < losses[0] / 2
    nlp.to_disk(tmp_path)
    spacy.load(tmp_path)


def told_and_found(weight):
    """For each story the triples with their evidence, as annotated and as found."""
    nlp = small_pipeline({"evidence_weight": weight})
    docs = [with_evidence(doc) for doc in stories(nlp)]
    nlp.initialize(lambda: [example_of(doc) for doc in docs])
    learn(nlp, docs, steps=120)
    for doc in docs:
        found = load_relations(nlp(without_relations(doc))).triples
        told = load_relations(doc).triples
        yield told, found


def evidence_of(triples):
    """The sentences of each pair: relations of the same entities are stated where these are."""
    evidence = {}
    for triple in triples:
        evidence.setdefault(triple.entities, set()).update(triple.evidence)
    return evidence


def test_what_is_found_names_the_sentences_that_state_it():
    for told, found in told_and_found(1.0):
        assert evidence_of(found) == evidence_of(told)
        assert {triple.evidence_from for triple in found} == {"predicted"}


@Language.component("one_sentence")
def one_sentence(doc):
    for token in doc:
        token.is_sent_start = token.i == 0
    return doc


def test_evidence_is_scored_in_the_sentences_that_the_pipeline_finds():
    nlp = small_pipeline({"evidence_weight": 1.0})
    docs = [with_evidence(doc) for doc in stories(nlp)]
    nlp.initialize(lambda: [example_of(doc) for doc in docs])
    learn(nlp, docs, steps=120)
    nlp.add_pipe("one_sentence", first=True)
    scores = nlp.evaluate([Example(without_relations(doc), doc) for doc in docs])
    assert scores["docre_micro_f"] == 1.0
    # The only sentence begins where the first one of each of the three stories does.
    assert scores["docre_evidence_r"] == pytest.approx(3 / sum(map(len, STORIES)))


def test_who_was_not_taught_evidence_names_none():
    for told, found in told_and_found(0.0):
        assert evidence_of(found) == {pair: set() for pair in evidence_of(told)}
        assert {triple.evidence_from for triple in found} == {"annotated"}


@pytest.mark.parametrize("symmetric", [False, True])
def test_a_symmetric_relation_in_the_schema_leaves_evidence_on(symmetric):
    nlp = small_pipeline({"evidence_weight": 1.0})
    gold = [with_evidence(doc) for doc in stories(nlp)]
    schema = Schema.learn([gold_entity_doc(example_of(doc)) for doc in gold])
    sibling = replace(schema.relations[0], label="sibling", symmetric=symmetric)
    labels = replace(schema, relations=(*schema.relations, sibling)).to_dict()
    docre = nlp.get_pipe("docre")
    docre.initialize(lambda: [example_of(doc) for doc in gold], labels=labels)
    told, silent = (
        docre.update([example_of(doc) for doc in docs])["docre"] for docs in (gold, stories(nlp))
    )
    assert told > silent + 0.5

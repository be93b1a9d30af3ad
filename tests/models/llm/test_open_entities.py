"""Where nobody found entities, answers may name spans of the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin

from spacy_docre.data.entities import Entity, EntityDoc, in_order
from spacy_docre.data.storage import load_relations
from spacy_docre.models.llm.open_entities import OpenEntities, spans
from spacy_docre.models.llm.prompts.passages import plain
from tests.pipe.making import STORIES, blank, facts_of, learn, stories, without_relations

from .making import rhf_pipeline
from .test_hostile_documents import TEXTS, hostile

pytestmark = pytest.mark.usefixtures("any_score")
cut = pytest.mark.filterwarnings("ignore:.*DRW600")


def without_entities(doc):
    return Doc(doc.vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])


def proposals(**settings):
    return {"@misc": "spacy_docre.OpenEntities.v1", **settings}


def eager_pipeline(trained, **settings):
    """A pipeline that keeps whatever it finds, of which it can say but little."""
    config = trained.config.copy()
    config["components"]["docre"]["model"]["open_entities"] = proposals(**settings)
    config["components"]["docre"]["model"]["budget"]["answer_tokens"] = 24
    nlp = trained.from_config(config).from_bytes(trained.to_bytes())
    nlp.get_pipe("docre").cfg["threshold"] = 0.0
    return nlp


@pytest.fixture(scope="module")
def eager(trained):
    return eager_pipeline(trained, span_tokens=2)


@cut
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_new_entities_lie_in_the_text(eager, text):
    doc = eager(without_entities(hostile(text)))
    stored = load_relations(doc)
    assert stored.triples
    assert list(stored.entities) == in_order(stored.entities)
    used = {index for triple in stored.triples for index in triple.entities}
    assert used == set(range(len(stored.entities))), "what nothing refers to is forgotten"
    for relation in doc._.relations:
        assert relation.label in eager.get_pipe("docre").labels
        for entity in relation.entities:
            names = {plain(mention.text) for mention in entity.mentions}
            assert len(names) == 1
            for mention in entity.mentions:
                assert doc.text[mention.start_char : mention.end_char] == mention.text
                assert 0 < len(mention) <= 2


@cut
def test_new_entities_survive_storage(eager):
    doc = eager(without_entities(stories()[0]))
    facts = facts_of(doc)
    assert facts
    (again,) = DocBin(docs=[doc], store_user_data=True).get_docs(eager.vocab)
    assert facts_of(again) == facts


def test_the_stories_are_known_without_entities(base):
    chain = {key: {"negatives": 0} for key in ["relations", "heads", "facts"]}
    shared = {"shared": True, "rank": 16, "alpha": 32.0}
    nlp = rhf_pipeline(base, chain=chain, adapters=shared, open_entities=proposals())

    def knows(nlp):
        return facts_of(nlp(without_entities(stories(nlp)[0]))) == set(STORIES[0])

    learn(nlp, stories(nlp)[:1], steps=200, until=knows)
    doc = nlp(without_entities(stories(nlp)[0]))
    assert facts_of(doc) == set(STORIES[0])
    mentions = {r.head.text: [m.start for m in r.head.mentions] for r in doc._.relations}
    assert mentions["Ann"] == [i for i, token in enumerate(doc) if token.text == "Ann"]


@cut
def test_entities_that_are_given_are_kept(trained):
    nlp = eager_pipeline(trained, when="always", span_tokens=1)
    doc = without_relations(stories(nlp)[0])
    given = nlp.get_pipe("docre").entity_doc(doc).entities
    stored = load_relations(nlp(doc))
    assert set(given) < set(stored.entities)
    assert list(stored.entities) == in_order(stored.entities)


@cut
def test_documents_with_entities_stay_as_they_are_if_only_missing_ones_are_proposed(eager):
    doc = without_relations(stories(eager)[0])
    given = eager.get_pipe("docre").entity_doc(doc).entities
    assert load_relations(eager(doc)).entities == given


words = st.lists(st.sampled_from(["Ann", "B", ".", ",", "\n", "A|B", "A¦B", "he"]), max_size=12)


@given(words, st.integers(1, 4), st.data())
@settings(max_examples=80)
def test_proposals_are_all_texts_that_no_entity_has(words, span_tokens, data):
    starts = [i == 0 or data.draw(st.booleans()) for i in range(len(words))]
    doc = Doc(blank().vocab, words=words, sent_starts=starts)
    entities = (Entity.of([(0, 1)], "X"),) if words else ()
    proposed = OpenEntities("always", span_tokens).propose(EntityDoc(doc, entities))
    assert proposed.entities[: len(entities)] == entities
    names = []
    for entity in proposed.entities:
        (name,) = {plain(doc[m.start : m.end].text) for m in entity.mentions}
        names.append(name)
    assert len(set(names)) == len(names)
    every = {plain(doc[start:end].text) for start, end in spans(doc, span_tokens)}
    assert every <= set(names)
    for start, end in spans(doc, span_tokens):
        assert not any(token.is_sent_start for token in doc[start + 1 : end])
        assert not doc[start].is_punct
        assert not doc[end - 1].is_space


def test_a_prompt_that_lists_entities_is_refused(base):
    with pytest.raises(ValueError, match="DRE641"):
        rhf_pipeline(base, open_entities=proposals(), prompts={"passage": "passage_entities"})

"""Whatever an untrained model would like to say, it can only list relations of the schema and
entities of the document."""

import re

import numpy
import pytest
from pipe.making import annotate, blank, without_relations
from spacy.tokens import Doc

from spacy_docre.entities import Entity, EntityDoc, in_order
from spacy_docre.rhf.answers import BULLET, NONE
from spacy_docre.rhf.architecture import interviewer_of
from spacy_docre.rhf.passages import SEPARATOR, plain, whole
from spacy_docre.rhf.questions import Lead, ask
from spacy_docre.rhf.spelling import Spelling
from spacy_docre.storage import load_relations

from .making import rhf_pipeline

ENOUGH = 500
# Paradigms, with how many documents and at least how many answers.
CHAINS = {
    "RHFChain": (50, ENOUGH),
    "DRFChain": (15, 50),
    "DRSFChain": (20, 35),
    "DFChain": (20, 18),
}
WORDS = [
    "Ann",
    "Annie",
    "none",
    "Old",
    "Bonn",
    "-",
    "|",
    "of",
    "he",
    "A|B",
    "ärz",
    "👩‍👧",
    "born_in",
]


class Recorder:
    """A listing that remembers the tokens that were generated."""

    def __init__(self, listing, question):
        self.listing, self.question, self.said = listing, question, []

    def push(self, token, log_prob):
        self.said.append(token)
        self.listing.push(token, log_prob)

    def __getattr__(self, name):
        return getattr(self.listing, name)


@pytest.fixture
def generated(monkeypatch):
    """All lists that are generated, as they come out of the decoder."""
    found = []
    original = Spelling.listing

    def listing(self, question, entities):
        found.append(Recorder(original(self, question, entities), question))
        return found[-1]

    monkeypatch.setattr(Spelling, "listing", listing)
    return found


def documents(number, seed):
    """Documents of random words, whose entities have names of one to three of them, several
    names, or a name that others have, too."""
    rng = numpy.random.default_rng(seed)
    docs = []
    for _ in range(number):
        mentions, words = [], ["So"]
        for _ in range(rng.integers(3, 7)):
            length = int(rng.integers(1, 4))
            mentions.append((len(words), len(words) + length))
            words += [WORDS[i] for i in rng.integers(len(WORDS), size=length)] + ["met"]
        owners = rng.integers(4, size=len(mentions))
        clusters = [[m for m, own in zip(mentions, owners) if own == each] for each in range(4)]
        entities = in_order(Entity.of(cluster, "X") for cluster in clusters if cluster)
        docs.append(annotate(Doc(blank().vocab, words=words), entities))
    return docs


def every_question(interviewer, passages, stage):
    """About every relation, and every head, whether or not earlier stages found it."""
    for passage in passages:
        leads = [
            Lead((("head", head), ("relation", relation)))
            for relation in range(len(interviewer.schema.relations))
            for head in passage.names
        ]
        yield from ask(stage, passage, leads, interviewer.schema)


def names_in(recorder, tokenizer, width):
    """The names of an answer's lines, in the text that was generated."""
    text = tokenizer.decode(recorder.said, clean_up_tokenization_spaces=False)
    assert text.endswith(tokenizer.eos_token), "the answer ends"
    lines = text[: -len(tokenizer.eos_token)].split("\n")
    if lines == [NONE]:
        return []
    assert lines.pop() == ""
    for line in lines:
        assert line.startswith(f"{BULLET} ")
        yield line[len(BULLET) + 1 :].split(f" {SEPARATOR} ", width - 1)


@pytest.mark.parametrize("chain", CHAINS)
def test_an_untrained_model_lists_nothing_that_is_not_there(base, generated, chain):
    number, enough = CHAINS[chain]
    chain = {"@misc": f"spacy_docre.{chain}.v1"}
    nlp = rhf_pipeline(base, chain=chain, answer_tokens=2048)
    pipe = nlp.get_pipe("docre")
    interviewer = interviewer_of(pipe.model)
    docs = [pipe.entity_doc(without_relations(doc)) for doc in documents(number, seed=0)]
    passages = interviewer.passages(docs)
    for stage in interviewer.settings.chain:
        session = interviewer.session(passages, 0.45)
        session.answer(stage, list(every_question(interviewer, passages, stage)))
    assert len(generated) >= enough
    tokenizer = interviewer.lm.tokens.tokenizer
    labels = set(interviewer.schema.labels)
    items = 0
    for recorder in generated:
        stage, passage = recorder.question.stage, recorder.question.passage
        names = {name for own in passage.names.values() for name in own}
        for item in names_in(recorder, tokenizer, len(stage.asks)):
            for role, name in zip(stage.asks, item, strict=True):
                assert name in (labels if role == "relation" else names)
            items += 1
    assert items > enough / 2, "the model has something to say"


def test_names_are_those_of_the_text():
    """So what names an entity is grounded in it."""
    for doc in documents(60, seed=1):
        passage = whole([EntityDoc(doc, load_relations(doc).entities)])[0]
        for entity, names in passage.names.items():
            mentions = passage.doc.entities[entity].mentions
            texts = {plain(doc[m.start : m.end].text) for m in mentions}
            # What several are called gets a number.
            assert all(re.sub(r" \(\d+\)$", "", name) in texts for name in names)

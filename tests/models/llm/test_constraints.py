"""Whatever an untrained model would like to say, it can only list relations of the schema and
entities of the document."""

import re

import numpy
import pytest
from spacy.tokens import Doc

from spacy_docre.data.entities import Entity, EntityDoc, in_order
from spacy_docre.data.storage import load_relations
from spacy_docre.models.llm.answers.answer_tokenizer import AnswerTokenizer
from spacy_docre.models.llm.answers.lists import BULLET, NONE
from spacy_docre.models.llm.architecture import prompter_of
from spacy_docre.models.llm.prompts.passages import SEPARATOR, plain, whole
from spacy_docre.models.llm.questions import PartialTriple, ask
from tests.pipe.making import annotate, blank, without_relations

from .making import PARADIGMS, rhf_pipeline

ENOUGH = 500
# How many documents, and at least how many answers.
ENOUGH_OF = {
    "rhf": (50, ENOUGH),
    "drf": (15, 50),
    "drsf": (20, 35),
    "df": (20, 18),
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
    original = AnswerTokenizer.listing

    def listing(self, question, entities):
        found.append(Recorder(original(self, question, entities), question))
        return found[-1]

    monkeypatch.setattr(AnswerTokenizer, "listing", listing)
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


def every_question(prompter, passages, stage):
    """About every relation, and every head, whether or not earlier stages found it."""
    for passage in passages:
        partials = [
            PartialTriple((("head", head), ("relation", relation)))
            for relation in range(len(prompter.schema.relations))
            for head in passage.names
        ]
        yield from ask(stage, passage, partials, prompter.schema)


def names_in(recorder, tokenizer, width):
    """The names of an answer's lines, in the text that was generated."""
    text = tokenizer.decode(recorder.said, clean_up_tokenization_spaces=False)
    assert text.endswith(tokenizer.eos_token), "the answer ends"
    lines = text[: -len(tokenizer.eos_token)].split("\n")
    if lines == [NONE]:
        return []
    for line in lines:
        assert line.startswith(f"{BULLET} ")
        yield line[len(BULLET) + 1 :].split(f" {SEPARATOR} ", width - 1)


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_an_untrained_model_lists_nothing_that_is_not_there(base, generated, paradigm):
    number, enough = ENOUGH_OF[paradigm]
    nlp = rhf_pipeline(base, chain=PARADIGMS[paradigm], budget={"answer_tokens": 2048})
    pipe = nlp.get_pipe("docre")
    prompter = prompter_of(pipe.model)
    docs = [pipe.entity_doc(without_relations(doc)) for doc in documents(number, seed=0)]
    passages = prompter.passages(docs)
    for stage in prompter.settings.chain:
        session = prompter.session(passages, 0.3)
        session.answer(stage, list(every_question(prompter, passages, stage)))
    assert len(generated) >= enough
    tokenizer = prompter.lm.tokens.tokenizer
    labels = set(prompter.schema.labels)
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

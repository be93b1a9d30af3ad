"""Pipelines on small pretrained models, and stories for them to learn."""

import spacy
from spacy.language import Language

from tests.pipe.making import STORIES, blank, example_of, facts_of, tell, without_relations

# With those of all pipes, eight documents.
MORE_STORIES = [
    [("Ann", "lives_in", "Ulm"), ("Ulm", "lies_in", "Germany")],
    [("Dan", "born_in", "Kiel"), ("Kiel", "lies_in", "Germany"), ("Dan", "lives_in", "Kiel")],
    [("Bob", "born_in", "Bonn"), ("Cleo", "born_in", "Bonn")],
    [("Cleo", "lives_in", "Ulm"), ("Ulm", "lies_in", "Freedonia"), ("Ann", "born_in", "Ulm")],
    [("Bonn", "lies_in", "Freedonia"), ("Dan", "lives_in", "Bonn")],
]
EIGHT = [*STORIES, *MORE_STORIES]


def model_of(directory, head="Seq2SeqRows", encoder=None, **settings):
    """An extractor on a small pretrained model. Further settings are those of the head."""
    backbone = {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": directory}
    if head == "Seq2SeqRows":
        settings = {"negatives": {"@misc": "spacy_docre.NoNegatives.v1"}, **settings}
    return {
        "@architectures": "spacy_docre.Extractor.v1",
        "encoder": {"@misc": "spacy_docre.Seq2Seq.v1", "backbone": backbone, **(encoder or {})},
        "head": {"@misc": f"spacy_docre.{head}.v1", **settings},
    }


def pipeline(directory, docs=None, **settings) -> Language:
    """An initialized pipeline of nothing but `docre`."""
    docs = docs or [tell(story) for story in STORIES]
    return initialized(model_of(directory, **settings), docs)


def initialized(model, docs) -> Language:
    """A pipeline of `docre` with this model, initialized with these documents."""
    spacy.util.fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe("docre", config={"model": model})
    nlp.initialize(lambda: [example_of(doc) for doc in docs])
    return nlp


def teach(nlp, docs, steps, *, rate=0.005, until=None):
    """Train until something holds, looking every ten steps. Returns the losses."""
    optimizer = nlp.resume_training()
    optimizer.learn_rate = rate
    losses = []
    for step in range(steps):
        losses.append(nlp.update([example_of(doc) for doc in docs], sgd=optimizer)["docre"])
        if until is not None and step % 10 == 9 and losses[-1] < 0.1 and until(nlp):
            break
    return losses


def found_in(nlp, stories):
    return [facts_of(nlp(without_relations(tell(story)))) for story in stories]

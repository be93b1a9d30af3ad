"""Documents with little or nothing to relate."""

import math

import pytest

from spacy_docre.data.entities import Entity
from spacy_docre.data.storage import has_relations, load_relations
from spacy_docre.models import encoder_with_head

from .making import (
    BILINEAR,
    BLANK,
    GENERATED,
    annotate,
    example_of,
    examples,
    stories,
    tell,
    untrained,
)

WAYS = {
    "given": {},
    "generated": GENERATED,
    "beam": {**GENERATED, "beam_width": 3},
    "pairs": BILINEAR,
}


def doc_with(entities):
    doc = BLANK("one two three four" if entities else "")
    return annotate(doc, [Entity.of([(i, i + 1)], "PER") for i in range(entities)])


SMALL = {
    "an empty document": lambda: BLANK.make_doc(""),
    "an empty document that states no relations": lambda: doc_with(0),
    "white space": lambda: BLANK.make_doc(" \n\n \t"),
    "no entity": lambda: BLANK.make_doc("nothing is named here"),
    "one entity": lambda: doc_with(1),
}
each_small = pytest.mark.parametrize("make", SMALL.values(), ids=SMALL)
each_way = pytest.mark.parametrize("model", WAYS.values(), ids=WAYS)


@pytest.fixture(scope="module", params=WAYS.values(), ids=WAYS)
def eager(request):
    """A pipeline with random weights that emits what it can."""
    return untrained(request.param, threshold=0.0)


@each_small
def test_has_no_relations_but_an_annotation_that_says_so(eager, make):
    doc = eager(make())
    assert doc._.relations == []
    assert has_relations(doc)


def test_two_entities_are_enough():
    doc = untrained(threshold=0.0)(doc_with(2))
    assert {t.entities for t in load_relations(doc).triples} == {(0, 1), (1, 0)}


def test_batches_may_mix_them(eager):
    makers = [*SMALL.values(), lambda: doc_with(2), lambda: stories()[0], lambda: doc_with(3)]
    together = list(eager.pipe([make() for make in makers], batch_size=len(makers)))
    alone = [eager(make()) for make in makers]
    for one, other in zip(together, alone):
        assert load_relations(one).entities == load_relations(other).entities
        assert triples(one) == triples(other)


def triples(doc):
    return [
        (t.label, t.entities, pytest.approx(t.score, abs=1e-5)) for t in load_relations(doc).triples
    ]


@each_way
def test_the_model_does_not_wake_for_them(model, monkeypatch):
    nlp = untrained(model)
    monkeypatch.setattr(encoder_with_head, "_extract", pytest.fail)
    for make in SMALL.values():
        nlp(make())


@each_way
def test_learning_from_them_changes_nothing_but_breaks_nothing(model):
    nlp = untrained(model)
    docs = [doc_with(0), doc_with(1), annotate(BLANK.make_doc("nothing is named here"), [])]
    optimizer = nlp.resume_training()
    for batch in [docs, docs[:1], [*docs, *stories()]]:
        loss = nlp.update([example_of(doc) for doc in batch], sgd=optimizer)["docre"]
        assert math.isfinite(loss)
        assert (loss > 0) == (len(batch) > len(docs))


@each_way
def test_documents_without_triples_are_learnt_from(model):
    nlp = untrained(model)
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    docs = [doc_with(2), doc_with(4)]
    losses = [
        nlp.update([example_of(doc) for doc in docs], sgd=optimizer)["docre"] for _ in range(10)
    ]
    assert all(map(math.isfinite, losses))
    assert losses[-1] < losses[0]


def test_an_empty_batch_adds_no_loss():
    nlp = untrained()
    assert nlp.get_pipe("docre").update([], losses={"docre": 2.0}) == {"docre": 2.0}
    assert nlp.get_pipe("docre").update([]) == {"docre": 0.0}
    assert nlp.update([], sgd=None) == {}


@pytest.mark.parametrize("sgd", [None, False])
def test_without_an_optimizer_gradients_accumulate(sgd):
    pipe = untrained().get_pipe("docre")
    weights = pipe.model.to_bytes()
    pipe.update(examples(), sgd=sgd)
    once = gradients(pipe)
    pipe.update(examples(), sgd=sgd)
    assert pipe.model.to_bytes() == weights
    assert gradients(pipe) == pytest.approx(2 * once, rel=1e-4)
    assert once > 0


def gradients(pipe):
    """The norm of all gradients, of the network and of the encoder below it."""
    network = pipe.model.shims[0].network
    square = sum(float((p.grad**2).sum()) for p in network.parameters() if p.grad is not None)
    for node in pipe.model.walk():
        square += sum(float((node.get_grad(n) ** 2).sum()) for n in node.grad_names)
    return math.sqrt(square)


def test_losses_add_up_under_the_name_of_the_component():
    nlp = untrained()
    losses = {"docre": 1.0, "other": 3.0}
    nlp.get_pipe("docre").update(examples(), losses=losses)
    assert losses["docre"] > 1.0
    assert losses["other"] == 3.0


def test_no_evaluation_changes_what_is_learnt(trained):
    before = trained.get_pipe("docre").model.to_bytes()
    trained(tell([("Dan", "born_in", "Ulm")]))
    assert trained.get_pipe("docre").model.to_bytes() == before

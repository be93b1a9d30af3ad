"""A teacher says how probable relations are, and a student learns that."""

import pytest
import torch
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from spacy_docre.data.assignment import keep_labels
from spacy_docre.data.join_and_cut import cut_doc, join_docs
from spacy_docre.data.relations import register_extension
from spacy_docre.data.storage import (
    load_relations,
    store_relations,
)
from spacy_docre.data.triples import Triple

from .making import (
    BILINEAR,
    GENERATED,
    STORIES,
    example_of,
    examples,
    facts_of,
    learn,
    small_pipeline,
    stories,
    tell,
    untrained,
    without_relations,
)

HEADS = {"rows": {}, "few tails": {"top_k_tails": 3}, "pairs": BILINEAR}
with_each_head = pytest.mark.parametrize("model", HEADS.values(), ids=HEADS)


def taught(doc, *labels, decided=()):
    """The document with soft labels in place of what it states."""
    entities = load_relations(doc).entities
    soft = [Triple(pair, label, score) for pair, label, score in labels]
    store_relations(doc, entities, [Triple(*d) for d in decided], soft=soft)
    return doc


def soft_of(doc):
    soft = load_relations(doc).soft
    return None if soft is None else {(t.entities, t.label): t.score for t in soft}


def annotate(nlp, docs, floor=0.0):
    cfg = {"docre": {"soft": floor}}
    return list(nlp.pipe(map(without_relations, docs), component_cfg=cfg))


@pytest.fixture
def doc():
    return taught(tell(STORIES[0]), ((0, 1), "born_in", 0.75), ((0, 2), "born_in", 0.125))


SOFT = {((0, 1), "born_in"): 0.75, ((0, 2), "born_in"): 0.125}


@pytest.mark.parametrize("way", ["bytes", "bin", "copy"])
def test_soft_labels_survive_with_the_document(doc, way, tmp_path):
    if way == "bytes":
        again = Doc(Vocab()).from_bytes(doc.to_bytes())
    elif way == "bin":
        DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "a.spacy")
        (again,) = DocBin().from_disk(tmp_path / "a.spacy").get_docs(Vocab())
    else:
        again = doc.copy()
    assert soft_of(again) == SOFT
    assert load_relations(again) == load_relations(doc)
    assert load_relations(again).triples == ()


def test_documents_without_a_teacher_have_none_and_not_an_empty_list():
    assert soft_of(tell(STORIES[0])) is None
    assert soft_of(taught(tell(STORIES[0]))) == {}
    assert "soft" not in tell(STORIES[0]).user_data["spacy_docre.relations"]


def test_who_writes_relations_by_hand_is_no_teacher(doc):
    register_extension()
    doc._.relations = list(doc._.relations)
    assert soft_of(doc) is None


def test_labels_are_forgotten_with_their_soft_labels(doc):
    taught(doc, *(((0, 1), label, 0.5) for label in ("born_in", "lives_in")))
    keep_labels(doc, ["lives_in"])
    assert soft_of(doc) == {((0, 1), "lives_in"): 0.5}


def test_joined_documents_are_taught_as_each_was(doc):
    other = tell(STORIES[1])
    certain = {((4, 5), "born_in"): 1.0, ((4, 5), "lives_in"): 1.0}
    assert soft_of(join_docs([doc, other])) == {**SOFT, **certain}
    assert soft_of(join_docs([other, other])) is None


def test_a_part_keeps_the_soft_labels_of_its_entities(doc):
    part = cut_doc(doc, 0, 6)  # Ann was born in Bonn.
    assert soft_of(part) == {((0, 1), "born_in"): 0.75}


BAD = {
    "'soft' is": lambda soft: 3,
    r"'soft\[0\].score' is missing": lambda soft: [{"label": "a", "entities": [0, 1]}],
    r"'soft\[1\].score' is 2": lambda soft: [soft[0], {**soft[0], "score": 2}],
    r"'soft\[0\].label' is": lambda soft: [{**soft[0], "label": 1}],
    r"'soft\[0\].entities' is": lambda soft: [{**soft[0], "entities": "01"}],
    r"'soft\[0\]' has 1 entities": lambda soft: [{**soft[0], "entities": [0]}],
    "DRE003": lambda soft: [{**soft[0], "entities": [0, 99]}],
}


@pytest.mark.parametrize(("message", "spoil"), BAD.items(), ids=BAD)
def test_what_is_no_soft_label_is_refused_with_its_place(doc, message, spoil):
    data = doc.user_data["spacy_docre.relations"]
    data["soft"] = spoil(data["soft"])
    with pytest.raises(ValueError, match=rf"(?s)DRE00[35].*{message}|{message}"):
        load_relations(doc)


UNLEARNABLE = {
    "DRE022": [((0, 1), "born_in", 0.5), ((0, 1), "born_in", 0.25)],
    "DRE024": [((0, 1), "knows", 0.5)],
}


@pytest.mark.parametrize(("error", "labels"), UNLEARNABLE.items())
def test_soft_labels_that_nothing_could_learn_are_refused(error, labels):
    nlp = untrained()
    example = example_of(taught(tell(STORIES[0], nlp), *labels))
    with pytest.raises(ValueError, match=error):
        nlp.update([example])


@pytest.mark.parametrize("floor", [-0.1, 1.5, float("nan")])
def test_a_probability_is_between_0_and_1(floor):
    with pytest.raises(ValueError, match="DRE790"):
        annotate(untrained(), stories(), floor)


@with_each_head
def test_soft_labels_are_written_only_where_they_are_asked_for(model):
    nlp = untrained(model)
    assert all(soft_of(nlp(without_relations(doc))) is None for doc in stories(nlp))
    # Nor are those of another teacher taken over, where it is scored on entities of the reference.
    pipe = nlp.get_pipe("docre")
    silver = example_of(annotate(nlp, stories(nlp))[0])
    (scored,) = pipe.as_scored([silver])
    assert soft_of(scored.predicted) is None


@with_each_head
def test_a_floor_leaves_out_what_is_less_probable(model):
    nlp = untrained(model)
    for all_of_them, some in zip(annotate(nlp, stories(nlp)), annotate(nlp, stories(nlp), 0.4)):
        kept = {key: p for key, p in soft_of(all_of_them).items() if p >= 0.4}
        decided = {(t.entities, t.label) for t in load_relations(some).triples}
        assert kept.items() <= soft_of(some).items()
        assert soft_of(some).keys() == kept.keys() | decided


@with_each_head
def test_documents_say_the_same_alone_and_in_batches(model):
    nlp = untrained(model)
    together = annotate(nlp, stories(nlp))
    for doc, own in zip(stories(nlp), together):
        (alone,) = annotate(nlp, [doc])
        assert soft_of(alone) == pytest.approx(soft_of(own), abs=1e-5)


def test_what_a_teacher_decides_is_a_soft_label_too():
    nlp = untrained()
    cfg = {"docre": {"soft": 1.0, "threshold": 0.0}}
    doc = nlp(without_relations(stories(nlp)[0]), component_cfg=cfg)
    triples = load_relations(doc).triples
    assert triples
    assert soft_of(doc) == {(t.entities, t.label): t.score for t in triples}


def test_what_generates_has_no_distribution():
    nlp = untrained(GENERATED)
    (doc, *_) = annotate(nlp, stories(nlp))
    assert soft_of(doc) is None


@with_each_head
def test_where_a_teacher_is_certain_it_teaches_as_gold_data_do(model):
    """Of rows that is the same loss, of pairs the same answer."""
    gold, silver = untrained(model), untrained(model)
    docs = stories(silver)
    for doc in docs:
        stored = load_relations(doc)
        store_relations(doc, stored.entities, stored.triples, soft=stored.triples)
    if model is BILINEAR:
        learn(silver, docs, steps=60)
        assert [facts_of(silver(without_relations(doc))) for doc in docs] == [*map(set, STORIES)]
    else:
        assert learn(gold, stories(gold), 3) == pytest.approx(learn(silver, docs, 3), rel=1e-4)


def gradient_of(nlp, docs):
    pipe = nlp.get_pipe("docre")
    network = pipe.model.shims[0].network
    network.zero_grad()
    pipe.update([example_of(doc) for doc in docs])
    norms = [p.grad.norm() for p in network.parameters() if p.grad is not None]
    return float(torch.stack(norms).norm())


@pytest.mark.parametrize("model", [{"max_labels": 1}, BILINEAR], ids=["rows", "pairs"])
def test_who_is_the_teacher_has_nothing_to_learn(model):
    """Of its decisions there would be much to learn, as it is not certain."""
    nlp = untrained(model)
    silver = annotate(nlp, stories(nlp))
    decided = [doc.copy() for doc in silver]
    for doc in decided:
        store_relations(doc, load_relations(doc).entities, load_relations(doc).triples)
    assert gradient_of(nlp, silver) < 1e-3
    assert gradient_of(nlp, decided) > 0.1


@with_each_head
def test_a_student_of_soft_labels_alone_finds_what_the_teacher_finds(model):
    teacher = small_pipeline(model)
    teacher.initialize(lambda: examples(teacher))
    learn(teacher, stories(teacher), steps=60)
    silver = annotate(teacher, stories(teacher), 0.01)
    found = [facts_of(doc) for doc in silver]
    assert found == [*map(set, STORIES)]
    student = small_pipeline({**model, "max_labels": 2})
    docs = [doc.copy() for doc in silver]
    if model is BILINEAR:  # rows need to know what came before, and pairs nothing
        for doc in docs:
            stored = load_relations(doc)
            store_relations(doc, stored.entities, [], soft=stored.soft)
    student.initialize(lambda: [example_of(doc) for doc in docs])
    learn(student, docs, steps=100)
    assert [facts_of(student(without_relations(doc))) for doc in docs] == found
    ours, theirs = annotate(student, docs), annotate(teacher, docs)
    for one, other in zip(ours, theirs):
        for key, probability in soft_of(other).items():
            assert soft_of(one).get(key, 0.0) == pytest.approx(probability, abs=0.1)


def test_symmetric_relations_are_taught_in_both_directions():
    nlp = small_pipeline(BILINEAR)
    schema = {"relations": [{"label": "near", "symmetric": True}]}
    pipe = nlp.get_pipe("docre")
    docs = [taught(tell(STORIES[0], nlp), ((1, 0), "near", 0.75))]
    pipe.initialize(lambda: [example_of(doc) for doc in docs], labels=schema)
    learn(nlp, docs, steps=100)
    (doc,) = annotate(nlp, docs)
    assert soft_of(doc).pop(((0, 1), "near")) == pytest.approx(0.75, abs=0.05)
    assert all(first < second for (first, second), _ in soft_of(doc))

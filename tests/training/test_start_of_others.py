"""Components of spaCy start from weights whose rows stand for the same, and from no others."""

import numpy
import pytest
import spacy
import srsly
from spacy.tokens import Doc
from spacy.training import Example

from spacy_docre.training.start import create_start_from

SENTENCES = ["Ann met Acme", "Bob met Bolt", "Cleo left Cog", "Dan left Dot"]
ANNOTATIONS = {
    "ner": {"entities": [("PER", 0), ("ORG", 2)]},
    "tagger": {"tags": ["NNP", "VBD", "NN"]},
    "morphologizer": {
        "morphs": ["Number=Sing", "Tense=Past", "Case=Nom"],
        "pos": ["PROPN", "VERB", "X"],
    },
    "textcat": {"cats": {"met": 1.0, "left": 0.0}},
    "textcat_multilabel": {"cats": {"met": 1.0, "left": 0.0}},
    "parser": {"heads": [1, 1, 1], "deps": ["nsubj", "ROOT", "dobj"]},
    "spancat": {"spans": {"sc": [("PER", 0), ("ORG", 2)]}},
}


def examples(nlp, kind, renamed=None):
    """Sentences with annotations for a component, with some labels renamed."""
    renamed = renamed or {}
    for sentence in SENTENCES:
        words = sentence.split()
        said = ANNOTATIONS[kind]
        if kind == "ner":
            tags = {i: f"U-{renamed.get(label, label)}" for label, i in said["entities"]}
            said = {"entities": [tags.get(i, "O") for i in range(len(words))]}
        elif kind == "spancat":
            offsets = [sum(len(w) + 1 for w in words[:i]) for i in range(len(words))]
            said = {
                "spans": {
                    "sc": [
                        (offsets[i], offsets[i] + len(words[i]), renamed.get(label, label))
                        for label, i in said["spans"]["sc"]
                    ]
                }
            }
        elif kind.startswith("textcat"):
            said = {"cats": {renamed.get(k, k): float(k in sentence) for k in said["cats"]}}
        else:
            said = {
                field: [renamed.get(v, v) if isinstance(v, str) else v for v in values]
                for field, values in said.items()
            }
        yield Example.from_dict(Doc(nlp.vocab, words=words), said)


def make(kind, labels=None, seed=0, renamed=None, start=None):
    """A pipeline, whose labels may come from a file."""
    spacy.util.fix_random_seed(seed)
    nlp = spacy.blank("xx")
    nlp.add_pipe(kind, config={"min_action_freq": 1} if kind == "parser" else {})
    if labels is not None:
        block = {"@readers": "spacy.read_labels.v1", "path": str(labels)}
        nlp.config["initialize"]["components"][kind] = {"labels": block}
    if start is not None:
        nlp.config["initialize"]["after_init"] = {
            "@callbacks": "spacy_docre.StartFrom.v1",
            "path": str(start),
        }
    nlp.initialize(lambda: list(examples(nlp, kind, renamed)))
    return nlp


def turned(kind, labels):
    """The same labels in the opposite order."""
    if kind in ("ner", "parser"):  # moves with their frequencies, by which they are numbered
        return {
            str(action): {label: 1 + n for n, label in enumerate(frequencies)}
            for action, frequencies in labels.items()
        }
    if isinstance(labels, dict):
        return dict(reversed(labels.items()))
    return labels[::-1]


def said(nlp):
    docs = list(nlp.pipe(Doc(nlp.vocab, words=s.split()) for s in SENTENCES))
    return [
        (
            [(e.text, e.label_) for e in doc.ents],
            [(t.tag_, t.pos_, str(t.morph), t.dep_, t.head.i) for t in doc],
            {label: round(score, 4) for label, score in doc.cats.items()},
            sorted((s.text, s.label_) for s in doc.spans.get("sc", ())),
        )
        for doc in docs
    ]


@pytest.fixture(params=ANNOTATIONS)
def kind(request):
    return request.param


@pytest.fixture
def trained(kind, tmp_path):
    nlp = make(kind)
    optimizer = nlp.resume_training()
    for _ in range(15):
        nlp.update(list(examples(nlp, kind)), sgd=optimizer)
    nlp.to_disk(tmp_path / "first")
    return nlp


def test_labels_in_another_order_are_put_into_that_of_the_weights(kind, trained, tmp_path):
    labels = tmp_path / "labels.json"
    srsly.write_json(labels, turned(kind, trained.get_pipe(kind).label_data))
    other = make(kind, labels, seed=1)
    same = make(kind, labels, seed=1, start=tmp_path / "first")
    assert said(same) == said(trained) != said(other)
    # It learns on.
    losses = same.update(list(examples(same, kind)), sgd=same.create_optimizer())
    assert losses[kind] == pytest.approx(
        trained.update(list(examples(trained, kind)))[kind], rel=0.5, abs=1.0
    )


def test_other_labels_are_refused_by_name(kind, trained, tmp_path):
    first = {"ner": "PER", "spancat": "PER", "parser": "dobj", "tagger": "NN"}.get(
        kind, "Case=Nom" if kind == "morphologizer" else "met"
    )
    other = "Case=Acc" if kind == "morphologizer" else "Other"
    with pytest.raises(ValueError, match=rf"DRE564.*'{kind}'.*{other}"):
        make(kind, renamed={first: other}, start=tmp_path / "first")


def test_it_keeps_the_settings_of_the_config(tmp_path):
    make("textcat").to_disk(tmp_path / "first")
    nlp = spacy.blank("xx")
    nlp.add_pipe("textcat", config={"threshold": 0.9})
    nlp.initialize(lambda: list(examples(nlp, "textcat")))
    turned_round = nlp.get_pipe("textcat")
    turned_round.cfg["labels"] = turned_round.cfg["labels"][::-1]
    create_start_from(tmp_path / "first")(nlp)
    assert turned_round.cfg["threshold"] == 0.9
    assert list(turned_round.labels) == ["met", "left"]


ATTRS = ["NORM", "PREFIX", "SUFFIX", "SHAPE"]


def embedding(attrs, vectors=None):
    nlp = spacy.blank("xx")
    if vectors is not None:
        nlp.vocab.set_vector("Ann", vectors)
    model = {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 16,
            "attrs": attrs,
            "rows": [50] * 4,
            "include_static_vectors": vectors is not None,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": 16,
            "depth": 1,
            "window_size": 1,
            "maxout_pieces": 2,
        },
    }
    nlp.add_pipe("tok2vec", config={"model": model})
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc("Ann met Acme"), {})])
    return nlp


def test_layers_that_read_other_attributes_are_refused(tmp_path):
    embedding(ATTRS).to_disk(tmp_path)
    with pytest.raises(ValueError, match=r"DRE565.*'tok2vec'.*columns"):
        create_start_from(tmp_path)(embedding([*ATTRS[1:], ATTRS[0]]))


def test_other_word_vectors_are_refused(tmp_path):
    one, other = numpy.ones(8, dtype="f"), numpy.zeros(8, dtype="f")
    embedding(ATTRS, one).to_disk(tmp_path)
    create_start_from(tmp_path)(embedding(ATTRS, one))
    with pytest.raises(ValueError, match=r"DRE565.*'tok2vec'.*word vectors"):
        create_start_from(tmp_path)(embedding(ATTRS, other))

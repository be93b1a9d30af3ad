"""Augmented documents have the relations of those they were made of."""

import json

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus, Example
from spacy.util import load_config_from_str, registry

from spacy_docre.data.alignment import gold_entity_doc
from spacy_docre.data.entities import Entity
from spacy_docre.data.notes import CorpusNotes, load_notes, store_notes
from spacy_docre.data.relations import register_extension
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.training.augmenting import create_keep_relations

register_extension()
NLP = spacy.blank("en")
WHITESPACE = {"whitespace_level": 1.0, "whitespace_per_token": 0.5, "whitespace_variants": ["\n"]}
ORTH = {"single": [{"tags": ["."], "variants": [".", "!"]}], "paired": []}
AUGMENTERS = {
    "lower": ("spacy.lower_case.v1", {"level": 1.0}),
    "orth": ("spacy.orth_variants.v1", {"level": 1.0, "lower": 1.0, "orth_variants": ORTH}),
    "spaces": (
        "spacy.combined_augmenter.v1",
        {"lower_level": 1.0, "orth_level": 0.0, "orth_variants": None, **WHITESPACE},
    ),
}


def story(text="Ann Berg left Bonn . She moved to KIEL ."):
    words = text.split()
    doc = Doc(NLP.vocab, words=words, tags=[w if w == "." else "X" for w in words])
    doc[0].is_sent_start = doc[5].is_sent_start = True
    entities = [Entity.of([(0, 2), (5, 6)], "PER"), Entity.of([(3, 4)], "LOC", "Q586")]
    entities.append(Entity.of([(8, 9)], "LOC"))
    moved = Triple((0, 1, 2), "moved", evidence=(1,))
    store_relations(doc, entities, [moved], roles={"moved": ("who", "from", "to")})
    store_notes(doc, CorpusNotes(sections=[(0, 5), (5, 10)], salient=[0]))
    doc.user_data["title"] = "Ann Berg"
    return doc


def named(name):
    factory, settings = AUGMENTERS[name]
    return registry.augmenters.get(factory)(**settings)


@pytest.mark.parametrize("name", AUGMENTERS)
def test_relations_stay_with_their_words(name, tmp_path):
    source = story()
    DocBin(docs=[source], store_user_data=True).to_disk(tmp_path / "in.spacy")
    augment = create_keep_relations(named(name))
    (example,) = Corpus(tmp_path / "in.spacy", augmenter=augment)(NLP)
    doc = example.reference
    assert doc.text != source.text
    before, after = source._.relations[0].to_dict(), doc._.relations[0].to_dict()
    for one, other in zip(before["entities"], after["entities"], strict=True):
        assert [m["text"].lower().split() for m in one["mentions"]] == [
            m["text"].lower().split() for m in other["mentions"]
        ]
    assert (after["roles"], doc._.relations[0].evidence) == (["who", "from", "to"], (1,))
    assert doc.user_data["title"] == "Ann Berg"
    assert [doc[a:b].text.lower().split()[:1] for a, b in load_notes(doc).sections] == [
        ["ann"],
        ["she"],
    ]
    assert gold_entity_doc(example).gold == load_relations(source).triples


def test_without_it_the_message_names_the_likely_cause(tmp_path):
    doc = story()
    store_relations(doc, load_relations(doc).entities, [Triple((0, 1), "left")])
    DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "in.spacy")
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("docre")
    lost = [
        Corpus(tmp_path / "in.spacy", augmenter=named("lower")),
        Corpus(tmp_path / "in.spacy", gold_preproc=True),
    ]
    for corpus in lost:
        with pytest.raises(ValueError, match=r"DRE027.*KeepRelations.*gold_preproc"):
            nlp.initialize(lambda corpus=corpus: list(corpus(nlp)))
    nlp.initialize(lambda: Corpus(tmp_path / "in.spacy")(nlp))
    for corpus in lost:
        with pytest.raises(ValueError, match=r"DRE020.*KeepRelations.*gold_preproc"):
            pipe.update(list(corpus(nlp)))


def test_what_stays_as_it_is_keeps_what_it_has():
    reference = story()
    before = load_relations(reference)
    augment = create_keep_relations(registry.augmenters.get("spacy.lower_case.v1")(level=0.0))
    (example,) = augment(NLP, Example(NLP.make_doc(reference.text), reference))
    assert example.reference is reference
    assert load_relations(reference) == before


def test_other_numbers_of_words_are_refused():
    def shorten(nlp, example):
        yield Example(nlp.make_doc("Ann left ."), nlp.make_doc("Ann left ."))

    reference = story()
    with pytest.raises(ValueError, match=r"DRE088.*'Ann Berg'.*3 words of 10"):
        list(create_keep_relations(shorten)(NLP, Example(NLP.make_doc(""), reference)))


CONFIG = """
[train]
@readers = "spacy_docre.Corpus.v1"
path = {path}
format = "jsonl"

[train.augmenter]
@augmenters = "spacy.lower_case.v1"
level = 1.0
"""


def test_our_own_reader_keeps_relations_by_itself(tmp_path):
    from spacy_docre.formats import to_record

    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(to_record(story())))
    read = registry.resolve(load_config_from_str(CONFIG.format(path=json.dumps(str(path)))))
    (example,) = read["train"](NLP)
    assert example.text.startswith("ann berg left bonn")
    assert [e.text for e in example.reference._.relations[0].entities] == [
        "ann berg",
        "bonn",
        "kiel",
    ]

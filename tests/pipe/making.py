"""Small stories, pipelines that are small enough to train in a test, and what they found."""

from dataclasses import replace
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_docre.data.entities import Entity, in_order
from spacy_docre.data.storage import load_relations, store_relations
from spacy_docre.data.triples import Triple

Fact = Tuple[str, str, str]

SENTENCES = {
    "born_in": "{} was born in {} .",
    "lives_in": "{} now lives in {} .",
    "lies_in": "{} is a town of {} .",
}
TYPES = {
    **dict.fromkeys(["Ann", "Bob", "Cleo", "Dan"], "PER"),
    **dict.fromkeys(["Bonn", "Kiel", "Ulm"], "LOC"),
    **dict.fromkeys(["Germany", "Freedonia"], "LAND"),
}
# Two people, three towns, two countries; a pair with two relations, and one without any.
STORIES: List[List[Fact]] = [
    [("Ann", "born_in", "Bonn"), ("Bonn", "lies_in", "Germany"), ("Ann", "lives_in", "Kiel")],
    [("Bob", "born_in", "Ulm"), ("Bob", "lives_in", "Ulm")],
    [("Cleo", "lives_in", "Kiel"), ("Dan", "lives_in", "Bonn"), ("Kiel", "lies_in", "Freedonia")],
]
LABELS = tuple(sorted(SENTENCES))

TOK2VEC: Dict[str, Any] = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "width": 16,
    "depth": 1,
    "embed_size": 200,
    "window_size": 2,
    "maxout_pieces": 2,
    "subword_features": False,
    "pretrained_vectors": None,
}
SIZE: Dict[str, Any] = {"row_width": 16, "attention_heads": 2, "dropout": 0.0}
GENERATED = {"head": "GeneratedRows"}
BILINEAR = {"head": "BilinearPairs"}
SIZES = {
    "GivenRows": SIZE,
    "GeneratedRows": SIZE,
    "BilinearPairs": {"groups": 2, "dropout": 0.0},
    "Seq2SeqRows": {},
}
FEATURES = ("closest_mentions", "salience", "counts")


def blank() -> Language:
    """An empty pipeline. English has a thousand exceptions, which would take most of the time."""
    return spacy.blank("xx")


def tell(facts: Iterable[Fact], nlp: Optional[Language] = None) -> Doc:
    """A story with a sentence for each fact, annotated with its entities and relations."""
    facts = list(facts)
    text = " ".join(SENTENCES[label].format(head, tail) for head, label, tail in facts)
    words = text.split()
    doc = Doc((nlp or BLANK).vocab, words=words, sent_starts=_sentence_starts(words))
    names = sorted({name for head, _, tail in facts for name in (head, tail)}, key=words.index)
    entities = [
        Entity.of([(i, i + 1) for i, word in enumerate(words) if word == name], TYPES[name])
        for name in names
    ]
    triples = [Triple((names.index(h), names.index(t)), label) for h, label, t in facts]
    annotate(doc, entities, triples)
    return doc


def annotate(doc: Doc, entities: List[Entity], triples: Iterable[Triple] = (), **options) -> Doc:
    """Give a document relations and, as corpus readers do, its entities in `Doc.ents`
    and `Doc.spans`."""
    assert entities == in_order(entities)
    spans = [[Span(doc, *m, label=entity.type) for m in entity.mentions] for entity in entities]
    doc.ents = [span for cluster in spans for span in cluster]
    for number, cluster in enumerate(spans):
        doc.spans[f"coref_clusters_{number}"] = cluster
    store_relations(doc, entities, triples, **options)
    return doc


def without_relations(doc: Doc) -> Doc:
    """The document as a pipeline gets it that finds entities before relations."""
    copy = doc.copy()
    copy.user_data.clear()
    return copy


def example_of(doc: Doc) -> Example:
    """The document with nothing predicted, as `spacy.Corpus.v1` yields it."""
    words, spaces = [token.text for token in doc], [bool(token.whitespace_) for token in doc]
    return Example(Doc(doc.vocab, words=words, spaces=spaces), doc)


def stories(nlp: Optional[Language] = None) -> List[Doc]:
    return [tell(facts, nlp) for facts in STORIES]


def examples(nlp: Optional[Language] = None) -> List[Example]:
    return [example_of(doc) for doc in stories(nlp)]


def small_model(
    head: str = "GivenRows",
    tok2vec: Optional[Dict[str, Any]] = None,
    backbone: str = "",
    learn_rate_factor: float = 1.0,
    **settings: Any,
) -> Dict[str, Any]:
    """An extractor on a small CNN, or on the pretrained model of a folder. Further settings are
    those of the head, or features of pairs."""
    features = {name: settings.pop(name) for name in FEATURES if name in settings}
    if features:
        settings["features"] = {"@misc": "spacy_docre.PairFeatures.v1", **features}
    return {
        **(pretrained(backbone) if backbone else of_tokens(tok2vec or TOK2VEC)),
        "learn_rate_factor": learn_rate_factor,
        "head": {"@misc": f"spacy_docre.{head}.v1", **SIZES[head], **settings},
    }


def of_tokens(tok2vec: Dict[str, Any]) -> Dict[str, Any]:
    """The part of a model that reads token vectors."""
    return {"@architectures": "spacy_docre.Tok2VecExtractor.v1", "tok2vec": tok2vec}


def pretrained(folder: str) -> Dict[str, Any]:
    """The part of a model that reads with a pretrained sequence-to-sequence model."""
    backbone = {"@misc": "spacy_docre.PretrainedSeq2Seq.v1", "name": folder}
    encoder = {"@misc": "spacy_docre.Seq2Seq.v1", "backbone": backbone, "capacity": 8}
    return {"@architectures": "spacy_docre.Extractor.v1", "encoder": encoder}


def small_pipeline(model: Optional[Dict[str, Any]] = None, **settings: Any) -> Language:
    """A pipeline of nothing but `docre`, not initialized."""
    spacy.util.fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe("docre", config={"model": small_model(**(model or {})), **settings})
    return nlp


def untrained(model: Optional[Dict[str, Any]] = None, **settings: Any) -> Language:
    """A pipeline with random weights."""
    nlp = small_pipeline(model, **settings)
    nlp.initialize(lambda: examples(nlp))
    return nlp


def learn(
    nlp: Language,
    docs: List[Doc],
    steps: int = 120,
    until: Optional[Callable[[Language], bool]] = None,
    **options: Any,
) -> List[float]:
    """Train for a number of steps or, looking every ten of them, until something holds.
    Returns the losses."""
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    losses: List[float] = []
    for step in range(steps):
        batch = [example_of(doc) for doc in docs]
        losses.append(nlp.update(batch, sgd=optimizer, **options)["docre"])
        if until is not None and step % 10 == 9 and until(nlp):
            break
    return losses


def losing_scores(
    extract: Callable[..., Any], which: Callable[[Triple], bool] = lambda triple: True
) -> Callable[..., Any]:
    """As a component extracts, but for the scores of some triples, which nobody tells."""

    def extract_without(*arguments, **settings):
        return [
            (doc, [replace(triple, score=None) if which(triple) else triple for triple in own])
            for doc, own in extract(*arguments, **settings)
        ]

    return extract_without


def facts_of(doc: Doc, attr: str = "relations") -> Set[Fact]:
    """The relations of a document, with the texts of their entities."""
    return {
        (relation.head.text, relation.label, relation.tail.text)
        for relation in getattr(doc._, attr)
    }


def scored(doc: Doc) -> List[Tuple[Tuple[int, ...], str, float]]:
    """The triples of a document with their scores, rounded as far as machines agree."""
    return [(t.entities, t.label, round(t.score, 4)) for t in load_relations(doc).triples]


def _sentence_starts(words: List[str]) -> List[bool]:
    return [i == 0 or words[i - 1] == "." for i in range(len(words))]


BLANK = blank()

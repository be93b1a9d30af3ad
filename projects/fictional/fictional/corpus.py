"""Stories as spaCy documents."""

import random
from typing import Callable, Dict, Iterator, List

from spacy.tokens import Doc, Span, SpanGroup

from spacy_docre.data.entities import Entity, in_order
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.sources.coref_spans import CLUSTER_PREFIX

from .names import POOLS
from .narrator import Narrator, Story
from .world import build_world

WORDS = (65, 165)
SENTENCES = (6, 14)
ENTITIES = (6, 16)


def generate_docs(
    tokenizer: Callable[[str], Doc], documents: int, seed: int = 0, *, pronouns: bool = True
) -> Iterator[Doc]:
    """Generate annotated documents: sentences, entities (`doc.ents`), clusters of
    mentions (`doc.spans["coref_clusters_1"]` and so on) and relations. A document
    depends on the seed and its number alone.

    tokenizer (Callable[[str], Doc]): Makes a document of a text, as `nlp.make_doc` does.
    documents (int): How many.
    seed (int): Corpora whose seeds differ modulo 16 share no names of people,
        companies, places and products, and so neither sentences nor facts.
    pronouns (bool): Whether a pronoun or a description may be all that a sentence says
        of a thing.
    YIELDS (Doc): A document.
    RAISES (ValueError): If the number of documents is negative, or the tokenizer
        does not split texts at the boundaries of mentions.
    """
    if documents < 0:
        raise ValueError(f"The number of documents must not be negative, but is {documents}.")
    for number in range(documents):
        story = generate_story(seed, number, pronouns=pronouns)
        yield to_doc(story, tokenizer, f"{seed}-{number:04d} {story.title}")


def generate_story(seed: int, number: int, *, pronouns: bool = True) -> Story:
    """Generate one story.

    seed (int): The seed of the corpus.
    number (int): The position of the story in the corpus.
    pronouns (bool): Whether a pronoun or a description may be all that a sentence says
        of a thing.
    RETURNS (Story): The story.
    """
    rng = random.Random(f"{seed} {number}")
    while True:
        story = Narrator(build_world(rng, seed % POOLS), rng, pronouns).tell()
        sizes = (
            (len(story.text.split()), WORDS),
            (len(story.sentences), SENTENCES),
            (len({mention.thing for mention in story.mentions}), ENTITIES),
        )
        if all(least <= size <= most for size, (least, most) in sizes):
            return story


def to_doc(story: Story, tokenizer: Callable[[str], Doc], title: str) -> Doc:
    """Make an annotated document of a story.

    story (Story): The story.
    tokenizer (Callable[[str], Doc]): Makes a document of a text.
    title (str): Goes to `doc.user_data["title"]`.
    RETURNS (Doc): The document.
    RAISES (ValueError): If a mention or a sentence does not begin and end with a token.
    """
    doc = tokenizer(story.text)
    doc.user_data["title"] = title
    starts = set(story.sentences)
    for token in doc:
        token.is_sent_start = token.idx in starts
    if not starts <= {token.idx for token in doc}:
        raise ValueError(_not_split(title, "a sentence"))
    mentions: Dict[int, List[Span]] = {}
    names = []
    for start, end, number, named in story.mentions:
        span = doc.char_span(start, end, label=story.things[number].type)
        if span is None:
            raise ValueError(_not_split(title, repr(story.text[start:end])))
        mentions.setdefault(number, []).append(span)
        if named:
            names.append(span)
    doc.ents = names
    _store(doc, story, mentions)
    return doc


def _store(doc: Doc, story: Story, mentions: Dict[int, List[Span]]) -> None:
    entities = {
        number: Entity.of([(span.start, span.end) for span in spans], story.things[number].type)
        for number, spans in mentions.items()
    }
    ordered = in_order(entities.values())
    index = {number: ordered.index(entity) for number, entity in entities.items()}
    for number, spans in mentions.items():
        key = f"{CLUSTER_PREFIX}_{index[number] + 1}"
        attrs = {"type": story.things[number].type, "id": ""}
        doc.spans[key] = SpanGroup(doc, name=key, attrs=attrs, spans=spans)
    triples = sorted(
        Triple((index[fact.head], index[fact.tail]), fact.label, evidence=evidence)
        for fact, evidence in story.facts.items()
    )
    store_relations(doc, ordered, triples)


def _not_split(title: str, text: str) -> str:
    return (
        f"Document '{title}': the tokenizer does not split the text before and after {text}. "
        'Use the tokenizer of a pipeline for English, such as `spacy.blank("en")`.'
    )

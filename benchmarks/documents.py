"""Documents to measure with: from a file, or random ones of a wanted size."""

import random
from pathlib import Path
from typing import List, Optional, Sequence

from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span

from spacy_docre.data.entities import Entity, in_order
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple

# Frequent words, which encoders do not break into pieces: a token stays about a wordpiece.
WORDS = """
    the of and in to was is for on as with by that from at it his which first new two had were
    also year after city state time world war school music north south river house family record
""".split()  # noqa: SIM905


def read(path: Path, nlp: Language, limit: int) -> List[Doc]:
    """Read documents.

    path (Path): A `.spacy` file with entities in `Doc.ents` or coreference clusters.
    nlp (Language): The pipeline.
    limit (int): The largest number of documents; 0 is all.
    RETURNS (List[Doc]): The first documents of the file.
    """
    docs = list(DocBin().from_disk(path).get_docs(nlp.vocab))
    return docs[:limit] if limit else docs


def make(
    nlp: Language,
    *,
    docs: int,
    tokens: int,
    entities: int,
    mentions: int = 2,
    types: Sequence[str] = ("MISC",),
    labels: Optional[Sequence[str]] = None,
    seed: int = 0,
) -> List[Doc]:
    """Make documents of random words.

    nlp (Language): The pipeline whose vocabulary they share.
    docs (int): How many documents.
    tokens (int): The length of each.
    entities (int): The number of entities of each.
    mentions (int): The number of mentions of each entity, if there is room for them.
    types (Sequence[str]): The types of the entities, in turn. Without a type a cluster would
        only refer to entities.
    labels (Optional[Sequence[str]]): The relations to state between random entities, one and a
        half for each entity; none if None.
    seed (int): The seed.
    RETURNS (List[Doc]): The documents, with the entities in coreference clusters.
    """
    rng = random.Random(seed)
    made = []
    for _ in range(docs):
        doc = Doc(nlp.vocab, words=rng.choices(WORDS, k=tokens))
        places = rng.sample(range(tokens), min(tokens, entities * mentions))
        found = []
        for number in range(entities):
            type = types[number % len(types)]
            own = [(place, place + 1) for place in places[number::entities]]
            found.append(Entity.of(own, type))
            doc.spans[f"coref_clusters_{number}"] = [Span(doc, *m, label=type) for m in own]
            doc.spans[f"coref_clusters_{number}"].attrs["type"] = type
        if labels is not None:
            pairs = [rng.sample(range(entities), 2) for _ in range(entities * 3 // 2)]
            facts = {Triple((head, tail), rng.choice(labels)) for head, tail in pairs}
            store_relations(doc, in_order(found), sorted(facts))
        made.append(doc)
    return made

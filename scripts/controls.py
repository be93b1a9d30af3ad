"""Score answers that read no text: what the entities alone give away. A trained pipeline must be
better than these."""

import itertools
from collections import Counter, defaultdict
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Sequence, Tuple, cast

import spacy
import srsly
import typer
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from spacy.vocab import Vocab
from wasabi import msg

from spacy_docre.data.schema import BINARY_ROLES
from spacy_docre.data.storage import StoredRelations, load_relations, store_relations
from spacy_docre.data.triples import Triple
from spacy_docre.pipe import RelationExtractor

# For each label the type that most often fills each of its roles.
Types = Dict[str, Tuple[str, ...]]


def controls(
    model: Path = typer.Argument(..., help="The trained pipeline, for its scorer"),
    train: Path = typer.Argument(..., help="The documents it was trained on"),
    dev: Path = typer.Argument(..., help="The documents to answer"),
    output: Path = typer.Argument(..., help="A folder for the metrics of each control"),
) -> None:
    """Write the metrics of two controls: all tuples whose entities have the usual types of their
    roles, and of each type the entity that is mentioned most often."""
    nlp = spacy.load(model)
    docre = cast(RelationExtractor, nlp.get_pipe("docre"))
    schema, scorer = docre.schema, docre.scorer
    if schema is None or scorer is None:
        raise typer.BadParameter(f"the component of {model} has no schema or no scorer")
    types = usual_types(DocBin().from_disk(train).get_docs(nlp.vocab))
    # Documents know the roles of the relations they have, and the schema those of all.
    roles = {r.label: r.roles for r in schema.relations if r.roles != BINARY_ROLES}
    docs = list(DocBin().from_disk(dev).get_docs(nlp.vocab))
    for name, most in {"all_that_fit": False, "most_mentioned": True}.items():
        examples = [answer(doc, types, roles, nlp.vocab, most=most) for doc in docs]
        scores = scorer(examples, symmetric=sorted(schema.symmetric))
        output.mkdir(parents=True, exist_ok=True)
        srsly.write_json(output / f"{name}.json", scores)
        msg.good(f"Wrote {output / name}.json")


def usual_types(docs: Iterator[Doc]) -> Types:
    """RETURNS (Dict[str, Tuple[str, ...]]): For each label the types that most often fill its
    roles."""
    seen: Dict[str, List[Counter[str]]] = defaultdict(list)
    for doc in docs:
        stored = load_relations(doc)
        for triple in stored.triples:
            counts = seen[triple.label]
            counts.extend(Counter() for _ in range(len(triple.entities) - len(counts)))
            for count, index in zip(counts, triple.entities):
                count[stored.entities[index].type] += 1
    return {
        label: tuple(count.most_common(1)[0][0] for count in counts)
        for label, counts in seen.items()
    }


def answer(
    doc: Doc, types: Types, roles: Mapping[str, Sequence[str]], vocab: Vocab, *, most: bool
) -> Example:
    """Answer a document from its entities alone.

    doc (Doc): The document, with gold relations.
    types (Dict[str, Tuple[str, ...]]): The types of the roles.
    roles (Mapping[str, Sequence[str]]): Their names, where they are not head and tail.
    vocab (Vocab): The vocabulary.
    most (bool): Whether only the entity of each type that is mentioned most often counts.
    RETURNS (Example): The answers, and the document.
    """
    stored = load_relations(doc)
    by_type = _by_type(stored, most)
    triples = [
        Triple(entities, label)
        for label, usual in types.items()
        for entities in itertools.product(*(by_type[type] for type in usual))
        if len(set(entities)) == len(entities)
    ]
    words, spaces = [token.text for token in doc], [bool(token.whitespace_) for token in doc]
    predicted = Doc(vocab, words=words, spaces=spaces)
    store_relations(predicted, stored.entities, triples, roles=roles)
    return Example(predicted, doc)


def _by_type(stored: StoredRelations, most: bool) -> Dict[str, List[int]]:
    by_type: Dict[str, List[int]] = defaultdict(list)
    for index, entity in enumerate(stored.entities):
        by_type[entity.type].append(index)
    if most:
        for indices in by_type.values():
            indices[:] = [max(indices, key=lambda i: len(stored.entities[i].mentions))]
    return by_type


if __name__ == "__main__":
    typer.run(controls)

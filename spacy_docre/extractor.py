"""The contract between the pipe and an extractor.

An extractor is one thinc `Model`:

- `initialize(X, Y)`: X is a sample of entity documents, Y the `Schema`. It sizes itself for
  them, keeps the schema and is then able to save and load itself with `to_bytes` and
  `from_bytes`, on a freshly built model, without another call of `initialize`.
- `predict(Request(docs, threshold))` returns `List[List[Triple]]`: for each document scored
  triples, in the order generated. Triples below the threshold are not generated. Nothing is written
  to the model, so that threads can share it.
- `begin_update(docs)`, on documents with gold triples, returns their losses, *Shape:* (docs,),
  and a callback that takes the gradients of the losses and returns no documents.
- `attrs["to_disk"](model, path)` and `attrs["from_disk"](model, path)`, where present, save and
  load an extractor that is too large for one file, as a directory.
- `attrs["propose"](model, docs)`, where present, is called before documents are extracted from. It
  returns them with further entities behind those they have, which triples may then refer to; those
  that no triple refers to are forgotten.
- `attrs["use_schema"](model, schema)`, where present, is called with the schema when a saved
  extractor is loaded. It raises a `ValueError` if the weights cannot serve the schema.
- `attrs["grow"](model, schema)`, where present, makes room for further relations and types of
  entities, which the schema has behind all that the weights know. It forgets nothing. An extractor
  without it that can `use_schema` has room for any.

The functions below are these calls with their exact types. They also see to what no extractor
needs to know: relations whose entities have no order, see `spacy_docre.symmetry`.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterator, List, NamedTuple, Sequence, Tuple, Union

from thinc.api import Model
from thinc.types import Floats1d

from .at_least_one import given_one
from .entities import EntityDoc, name_of, order_of
from .errors import Errors
from .schema import Schema
from .symmetry import complete, merge
from .triples import Triple

Triples = List[Triple]


class Request(NamedTuple):
    """What an extractor is asked for.

    docs (List[EntityDoc]): The documents.
    threshold (float): The score that a triple needs at least.
    """

    docs: List[EntityDoc]
    threshold: float


# Documents with gold triples are for learning, requests for extraction.
Extractor = Model[Union[List[EntityDoc], Request], Union[List[Triples], Floats1d]]


def extract(
    model: Extractor,
    docs: Sequence[EntityDoc],
    schema: Schema,
    *,
    threshold: float,
    at_least_one: bool = False,
) -> List[Triples]:
    """Extract triples.

    model (Extractor): The extractor.
    docs (Sequence[EntityDoc]): The documents.
    schema (Schema): The relations to extract.
    threshold (float): The score that a triple needs at least.
    at_least_one (bool): Whether each document is known to state a relation, see
        `spacy_docre.at_least_one`.
    RETURNS (List[List[Triple]]): The triples of each document, those of symmetric relations
        in one direction.
    """
    request = Request(list(docs), 0.0 if at_least_one else threshold)
    found: List[Triples] = model.predict(request)  # type: ignore[assignment]
    return complete_extraction(found, docs, schema, threshold=threshold, at_least_one=at_least_one)


def extract_with_entities(
    model: Extractor,
    docs: Sequence[EntityDoc],
    schema: Schema,
    *,
    threshold: float,
    at_least_one: bool = False,
) -> List[Tuple[EntityDoc, Triples]]:
    """Extract triples, and the entities that the extractor proposes itself.

    As in `extract`.
    RETURNS (List[Tuple[EntityDoc, List[Triple]]]): For each document its entities and triples.
    """
    proposed = propose_entities(model, docs)
    # A relation needs two entities: do not wake the model for documents with fewer.
    worthwhile = [doc for doc in proposed if len(doc.entities) > 1]
    found: Iterator[Triples] = iter(
        extract(model, worthwhile, schema, threshold=threshold, at_least_one=at_least_one)
        if worthwhile
        else []
    )
    return [
        settle(given, doc, next(found) if len(doc.entities) > 1 else [])
        for given, doc in zip(docs, proposed)
    ]


def complete_extraction(
    found: Sequence[Triples],
    docs: Sequence[EntityDoc],
    schema: Schema,
    *,
    threshold: float,
    at_least_one: bool,
) -> List[Triples]:
    """Do with the triples of an extractor what no extractor needs to know.

    found (Sequence[List[Triple]]): The triples of each document: all of them, if it is known to
        state a relation.
    docs (Sequence[EntityDoc]): The documents.
    schema (Schema): The relations.
    threshold (float): The score that a triple needs at least.
    at_least_one (bool): Whether each document is known to state a relation.
    RETURNS (List[List[Triple]]): The triples of each document, see `extract`.
    """
    merged = [merge(triples, doc, schema) for doc, triples in zip(docs, found)]
    return [given_one(triples, threshold) for triples in merged] if at_least_one else merged


def propose_entities(model: Extractor, docs: Sequence[EntityDoc]) -> List[EntityDoc]:
    """Let an extractor that can find entities propose some.

    model (Extractor): The extractor.
    docs (Sequence[EntityDoc]): The documents.
    RETURNS (List[EntityDoc]): The documents, with proposals behind the entities they have.
    """
    return model.attrs.get("propose", lambda model, docs: list(docs))(model, docs)


def settle(
    given: EntityDoc, proposed: EntityDoc, triples: Sequence[Triple]
) -> Tuple[EntityDoc, Triples]:
    """Keep the proposed entities that triples refer to.

    given (EntityDoc): The document with the entities it had.
    proposed (EntityDoc): The document with proposals behind them.
    triples (Sequence[Triple]): The triples of the latter.
    RETURNS (Tuple[EntityDoc, List[Triple]]): The document with its entities in order of first
        appearance, and the triples.
    """
    if len(given.entities) == len(proposed.entities):
        return given, list(triples)
    used = {index for triple in triples for index in triple.entities}
    kept = sorted({*range(len(given.entities)), *used})
    ordered = sorted(kept, key=lambda index: order_of(proposed.entities[index]))
    places = {index: place for place, index in enumerate(ordered)}

    def move(triple: Triple) -> Triple:
        return replace(triple, entities=tuple(places[index] for index in triple.entities))

    settled = replace(
        given,
        entities=tuple(proposed.entities[index] for index in ordered),
        gold=None if given.gold is None else tuple(map(move, given.gold)),
    )
    return settled, list(map(move, triples))


def begin_learning(
    model: Extractor, docs: Sequence[EntityDoc], schema: Schema
) -> Tuple[Floats1d, Callable[[Floats1d], object]]:
    """Compute losses, and get the callback that learns from them.

    model (Extractor): The extractor.
    docs (Sequence[EntityDoc]): Documents with gold triples, those of symmetric relations in any
        direction.
    schema (Schema): The relations to extract.
    RETURNS (Tuple[Floats1d, Callable]): The losses, *Shape:* (docs,), and the callback, which
        takes the gradients of the losses.
    RAISES (ValueError): If a document has no gold triples, which is not the same as
        an empty list of them.
    """
    for doc in docs:
        if doc.gold is None:
            raise ValueError(Errors.DRE020.format(doc=name_of(doc.doc)))
    return model.begin_update([complete(doc, schema) for doc in docs])  # type: ignore[return-value]


def initialize_extractor(model: Extractor, docs: Sequence[EntityDoc], schema: Schema) -> None:
    """Size an extractor for documents and a schema.

    model (Extractor): The extractor.
    docs (Sequence[EntityDoc]): A sample of documents.
    schema (Schema): The relations to extract.
    """
    model.initialize(X=[complete(doc, schema) for doc in docs], Y=schema)  # type: ignore[arg-type]


def use_schema(model: Extractor, schema: Schema, *, name: str) -> None:
    """Tell a loaded extractor the schema that was saved with it.

    model (Extractor): The extractor.
    schema (Schema): The relations to extract.
    name (str): The name of the component, for messages.
    RAISES (ValueError): If the weights were made for other relations.
    """
    try:
        model.attrs.get("use_schema", lambda model, schema: None)(model, schema)
    except ValueError as error:
        raise ValueError(Errors.DRE028.format(name=name, problem=error)) from error


def grow_extractor(model: Extractor, schema: Schema, *, name: str) -> None:
    """Let a trained extractor know further relations or types of entities, which it has yet to
    learn.

    model (Extractor): The extractor.
    schema (Schema): All that it knows, and more.
    name (str): The name of the component, for messages.
    RAISES (ValueError): If the extractor cannot serve the schema.
    """
    if "grow" in model.attrs:
        model.attrs["grow"](model, schema)
    else:
        use_schema(model, schema, name=name)


def save_extractor(model: Extractor, path: Path) -> None:
    """Save an extractor: as a file or, where it wants that, as a directory.

    model (Extractor): The extractor.
    path (Path): The file or directory. What was saved there before is replaced.
    """
    if "to_disk" in model.attrs:
        model.attrs["to_disk"](model, path)
        return
    if path.is_dir():
        shutil.rmtree(path)
    model.to_disk(path)


def load_extractor(model: Extractor, path: Path) -> None:
    """Load an extractor.

    model (Extractor): The extractor, freshly built.
    path (Path): The file or directory it was saved as.
    """
    if "from_disk" in model.attrs:
        model.attrs["from_disk"](model, path)
    else:
        model.from_disk(path)

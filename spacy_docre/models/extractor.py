"""The contract between the pipe and an extractor.

An extractor is one thinc `Model`:

- `initialize(X, Y)`: X is a sample of entity documents, Y the `Schema`. It sizes itself for
  them, keeps the schema and is then able to save and load itself with `to_bytes` and
  `from_bytes`, on a freshly built model, without another call of `initialize`.
- `predict(Request(docs, threshold))` returns `List[Found]`: for each document its entities and
  scored triples, in the order generated. An extractor may find entities itself; these stand behind
  those that the document has. Triples below the threshold are not generated. If soft labels are
  asked for, and it has a distribution over pairs of entities, the documents get these
  (`EntityDoc.soft`). Nothing is written to the model, so that threads can share it.
- `begin_update(docs)`, on documents with gold triples, returns their losses, *Shape:* (docs,),
  and a callback that takes the gradients of the losses and returns no documents.
- `attrs["hooks"]`, where present, is what else it can do: `ExtractorHooks`.

The functions below are these calls with their exact types. They also see to what no extractor
needs to know: relations whose entities have no order, see `spacy_docre.data.symmetry`, what scores
are worth, see `spacy_docre.data.calibration`, and triples that cannot all be true, see
`spacy_docre.data.consistency`.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple, Union

from thinc.api import Model
from thinc.types import Floats1d

from ..data.calibration import Calibration
from ..data.conditioning import condition_on_any_relation
from ..data.consistency import keep_consistent
from ..data.entities import EntityDoc, name_of
from ..data.schema import Schema
from ..data.soft_labels import with_decisions
from ..data.symmetry import add_directions, merge_directions
from ..data.triples import Triple
from ..data.unused_entities import drop_unused_entities
from ..errors import Errors

Triples = List[Triple]
Found = Tuple[EntityDoc, Triples]


class Request(NamedTuple):
    """What an extractor is asked for.

    docs (List[EntityDoc]): The documents.
    threshold (float): The score that a triple needs at least.
    soft (Optional[float]): The probability that a soft label needs at least, where these are asked
        for, too.
    """

    docs: List[EntityDoc]
    threshold: float
    soft: Optional[float] = None


# Documents with gold triples are for learning, requests for extraction.
Extractor = Model[Union[List[EntityDoc], Request], Union[List[Found], Floats1d]]


class ExtractorHooks:
    """What an extractor does besides extracting and learning. As they are here, these suit one that
    is saved as one file and can serve any schema."""

    def own_schema(self, model: Extractor, *, read: bool = True) -> Optional[Schema]:
        """The schema that an extractor has from its config, and serves without training.

        model (Extractor): The extractor.
        read (bool): Whether to read the file that the config names for it.
        RETURNS (Optional[Schema]): The schema; None if it has to be told, or is not read yet.
        """
        return None

    def use_schema(self, model: Extractor, schema: Schema) -> None:
        """Serve a schema from now on. Called when a saved extractor was loaded, too.

        model (Extractor): The extractor.
        schema (Schema): The relations.
        RAISES (ValueError): If the weights cannot serve it.
        """

    def grow(self, model: Extractor, schema: Schema) -> None:
        """Make room for further relations and types of entities, and forget nothing.

        model (Extractor): The extractor.
        schema (Schema): All that the weights know, and more.
        RAISES (ValueError): If the weights cannot serve it.
        """
        self.use_schema(model, schema)

    def requests(self, model: Extractor) -> Optional[int]:
        """RETURNS (Optional[int]): How often a language model was asked so far; None if none is."""
        return None

    def save(self, model: Extractor, path: Path) -> None:
        """Save the extractor: as a file or, if it is too large for one, as a directory.

        model (Extractor): The extractor.
        path (Path): The file or directory. What was saved there before is replaced.
        """
        if path.is_dir():
            shutil.rmtree(path)
        model.to_disk(path)

    def load(self, model: Extractor, path: Path) -> None:
        """Load the extractor.

        model (Extractor): The extractor, freshly built.
        path (Path): The file or directory it was saved as.
        """
        model.from_disk(path)


def hooks_of(model: Extractor) -> ExtractorHooks:
    """RETURNS (ExtractorHooks): What an extractor can do, besides extracting and learning."""
    hooks: ExtractorHooks = model.attrs.get("hooks", ExtractorHooks())
    return hooks


def extract(
    model: Extractor,
    docs: Sequence[EntityDoc],
    schema: Schema,
    *,
    threshold: float,
    at_least_one: bool = False,
    calibration: Optional[Calibration] = None,
    soft: Optional[float] = None,
) -> List[Found]:
    """Extract triples.

    model (Extractor): The extractor.
    docs (Sequence[EntityDoc]): The documents.
    schema (Schema): The relations to extract.
    threshold (float): The score that a triple needs at least.
    at_least_one (bool): Whether each document is known to state a relation, see
        `spacy_docre.data.conditioning`.
    calibration (Optional[Calibration]): What the scores of the extractor are worth. The threshold
        is one of calibrated scores, then.
    soft (Optional[float]): See `Request`.
    RETURNS (List[Tuple[EntityDoc, List[Triple]]]): For each document its entities, those that it
        had and those that the extractor has found relations of, and its triples, those of
        symmetric relations in one direction, and without contradictions.
    """
    if not docs:
        return []
    # What another teacher said is none of its business.
    docs = [doc if doc.soft is None else replace(doc, soft=None) for doc in docs]
    least = threshold if calibration is None else calibration.floor
    if at_least_one:
        request = Request(docs, 0.0, None if soft is None else 0.0)
    else:
        request = Request(docs, least, soft)
    found: List[Found] = model.predict(request)  # type: ignore[assignment]
    finished = []
    for given, (doc, all_triples) in zip(docs, found, strict=True):
        triples = finish(
            all_triples,
            doc,
            schema,
            threshold=threshold,
            at_least_one=at_least_one,
            calibration=calibration,
        )
        if soft is not None and doc.soft is not None:
            labels = finish(doc.soft, doc, schema, threshold=soft, at_least_one=at_least_one)
            doc = replace(doc, soft=with_decisions(labels, triples))
        finished.append(drop_unused_entities(doc, triples, given=len(given.entities)))
    return finished


def finish(
    triples: Sequence[Triple],
    doc: EntityDoc,
    schema: Schema,
    *,
    threshold: float,
    at_least_one: bool,
    calibration: Optional[Calibration] = None,
) -> Triples:
    """Do with the triples of an extractor what no extractor needs to know.

    triples (Sequence[Triple]): The triples of a document: all of them, if it is known to state a
        relation.
    doc (EntityDoc): The document.
    schema (Schema): The relations.
    threshold (float): The score that a triple needs at least.
    at_least_one (bool): Whether the document is known to state a relation.
    calibration (Optional[Calibration]): See `extract`.
    RETURNS (List[Triple]): The triples, see `extract`.
    """
    merged = merge_directions(triples, doc, schema)
    if at_least_one:
        merged = condition_on_any_relation(merged, 0.0 if calibration else threshold)
    if calibration is not None:
        merged = calibration.apply(merged, threshold)
    return keep_consistent(merged, schema)


def extract_from_pairs(
    docs: Sequence[EntityDoc], extract: Callable[[List[EntityDoc]], List[Triples]]
) -> List[Found]:
    """Extract from those documents that have two entities. A relation needs as many, so the others
    are worth no work of the model.

    docs (Sequence[EntityDoc]): The documents.
    extract (Callable): Returns the triples of documents.
    RETURNS (List[Tuple[EntityDoc, List[Triple]]]): All documents, with their triples.
    """
    worthwhile = [doc for doc in docs if len(doc.entities) > 1]
    found = iter(extract(worthwhile) if worthwhile else [])
    return [(doc, next(found) if len(doc.entities) > 1 else []) for doc in docs]


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
    return model.begin_update([add_directions(doc, schema) for doc in docs])  # type: ignore[return-value]


def initialize_extractor(model: Extractor, docs: Sequence[EntityDoc], schema: Schema) -> None:
    """Size an extractor for documents and a schema.

    model (Extractor): The extractor.
    docs (Sequence[EntityDoc]): A sample of documents.
    schema (Schema): The relations to extract.
    """
    model.initialize(X=[add_directions(doc, schema) for doc in docs], Y=schema)  # type: ignore[arg-type]


def use_schema(model: Extractor, schema: Schema, *, name: str) -> None:
    """Tell an extractor which schema to serve.

    model (Extractor): The extractor.
    schema (Schema): The relations to extract.
    name (str): The name of the component, for messages.
    RAISES (ValueError): If the weights were made for other relations.
    """
    try:
        hooks_of(model).use_schema(model, schema)
    except ValueError as error:
        raise ValueError(Errors.DRE028.format(name=name, problem=error)) from error

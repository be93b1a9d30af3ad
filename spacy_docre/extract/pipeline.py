"""The pipeline that `docre-extract` runs: what it must have, and what it is told."""

import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence

from ..component.settings import Threshold
from ..data.entities import name_of
from ..errors import Errors
from ..formats.base import DocumentError
from ..showing import listed, visible

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from ..pipe import RelationExtractor
    from .inputs import Item

# Documents are long, and what a network needs for them grows with all that it reads together.
BATCH_SIZE = 32
# Where a document keeps its place in the input, on its way through processes.
PLACE = "spacy_docre.extract.place"


@dataclass(frozen=True)
class Report:
    """Says on standard error what is wrong with a document, in whichever process. spaCy calls it
    when a component fails.

    stop (bool): Whether the first such document ends the run.
    """

    stop: bool = False

    def __call__(
        self, name: Optional[str], pipe: Any, docs: Optional[List["Doc"]], error: Exception
    ) -> None:
        """Report documents with which a component failed."""
        # Of a worker process that failed as a whole, spaCy knows neither documents nor component.
        places = [str(doc.user_data.get(PLACE, name_of(doc))) for doc in docs or ()]
        for where in places or ["Documents of a batch"]:
            self.say(Errors.DRE709.format(where=where, name=name, error=error), error)

    def say(self, message: str, error: Optional[Exception] = None) -> None:
        """Report one document.

        RAISES (DocumentError): If that is to end the run.
        """
        if self.stop:
            raise DocumentError(message) from error
        print(visible(message, lines=True), file=sys.stderr, flush=True)


def load_pipeline(name: str) -> "Language":
    """Load a pipeline.

    name (str): A path or a package.
    RETURNS (Language): The pipeline.
    """
    import spacy

    return spacy.load(name)


def handle_errors(nlp: "Language", report: Callable[..., None]) -> None:
    """Report documents with which components fail. `nlp.set_error_handler` itself fails where there
    is a parser or an entity recognizer, whose compiled classes have no place for a handler.

    nlp (Language): The pipeline.
    report (Callable): Gets the documents, as spaCy calls error handlers.
    """
    nlp.default_error_handler = report
    for _, pipe in nlp.pipeline:
        if hasattr(pipe, "set_error_handler"):
            with suppress(AttributeError):
                pipe.set_error_handler(report)


def check_labels(labels: Sequence[str], known: Sequence[str]) -> None:
    """RAISES (ValueError): If these are not all relations that a component knows."""
    unknown = [label for label in labels if label not in known]
    if unknown:
        raise ValueError(Errors.DRE717.format(labels=listed(unknown), known=listed(known, most=20)))


def make_doc(nlp: "Language", item: "Item") -> "Doc":
    """Make a document of what the input says, which components then annotate.

    nlp (Language): The pipeline.
    item (Item): A text or a document.
    RETURNS (Doc): The document.
    RAISES (DocumentError): If the pipeline cannot take it.
    """
    if item.doc is None and len(item.text) > nlp.max_length:
        raise DocumentError(
            Errors.DRE708.format(where=item.where, length=len(item.text), most=nlp.max_length)
        )
    try:
        doc = nlp.make_doc(item.text) if item.doc is None else item.doc
    except Exception as error:
        message = Errors.DRE709.format(where=item.where, name="tokenizer", error=error)
        raise DocumentError(message) from error
    doc.user_data["id"] = item.id
    doc.user_data[PLACE] = item.where
    return doc


def place_of(name: str) -> str:
    """RETURNS (str): Where a pipeline is: the folder of a package, or the path that was given."""
    from spacy.util import get_package_path, is_package

    return str(get_package_path(name)) if is_package(name) else name


def component_settings(
    pipe: "RelationExtractor", threshold: Optional[Threshold], soft: Optional[float] = None
) -> Dict[str, Any]:
    """RETURNS (Dict[str, Any]): What `nlp.pipe` passes to the component."""
    settings = {"threshold": threshold, "soft": soft}
    given = {name: value for name, value in settings.items() if value is not None}
    return {pipe.name: given} if given else {}

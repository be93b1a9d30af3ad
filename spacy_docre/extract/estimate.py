"""What a run over an input will cost, before it costs that."""

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from ..errors import Errors
from ..formats.base import DocumentError
from .inputs import STDIN, read_items
from .pipeline import Report, component_settings, handle_errors, make_doc

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from .run import Options

# As spaCy calls error handlers: with the name of a component, itself, its documents and the error.
Failure = Tuple[str, Any, "List[Doc]", Exception]


@dataclass(frozen=True)
class Estimate:
    """What an input holds, and what a sample of it says of the whole.

    documents (int): Documents that can be read.
    tokens (int): Their tokens.
    sampled (int): Documents of the sample.
    seconds (float): How long the run is going to take in one process.
    requests (Optional[int]): How many requests it is going to make; None if the pipeline asks no
        language model.
    """

    documents: int
    tokens: int
    sampled: int
    seconds: float
    requests: Optional[int]


def estimate(nlp: "Language", input_path: str, options: "Options", *, sample: int) -> Estimate:
    """Count what an input holds, and run the pipeline over its first documents.

    nlp (Language): The pipeline.
    input_path (str): What to read, see `read_items`.
    options (Options): How to extract.
    sample (int): How many documents to run it over, one at least.
    RETURNS (Estimate): The estimate: what the sample costs for each token is what all of them do.
    RAISES (ValueError): If the input can be read only once, or a document of the sample fails where
        that is to end the run, or all of them do.
    """
    from ..component.lookup import find_component
    from ..models.extractor import hooks_of

    if input_path == STDIN:
        raise ValueError(Errors.DRE793)
    component = find_component(nlp)
    documents = tokens = 0
    sampled: List[Doc] = []
    for item in islice(read_items(input_path, nlp.vocab, options.keys), options.limit or None):
        if item.error is not None:
            continue
        try:
            doc = make_doc(nlp, item)
        except DocumentError:
            continue
        documents += 1
        tokens += len(doc)
        if len(sampled) < sample:
            sampled.append(doc)
    hooks = hooks_of(component.model)
    share = tokens / max(1, sum(map(len, sampled)))
    before, started = hooks.requests(component.model), time.monotonic()
    settings = component_settings(component, options.threshold, options.soft)
    failures: List[Failure] = []
    handle_errors(nlp, lambda *failure: failures.append(failure))
    done = sum(1 for _ in nlp.pipe(sampled, component_cfg=settings))
    report = Report(stop=options.on_error == "raise")
    for failure in failures:
        if not done:  # which is no fault of the documents
            raise failure[-1]
        report(*failure)
    seconds, after = time.monotonic() - started, hooks.requests(component.model)
    requests = None if before is None or after is None else round((after - before) * share)
    return Estimate(documents, tokens, len(sampled), seconds * share, requests)

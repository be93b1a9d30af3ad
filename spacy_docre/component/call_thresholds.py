"""The threshold of a call, for who scores the documents that it returned.

`nlp.evaluate(examples, component_cfg={"docre": {"threshold": …}})` extracts with that threshold.
But relations of gold entities are extracted when documents are scored, and spaCy does not pass it
on to there.
"""

from collections.abc import Iterable
from typing import Dict, Optional
from weakref import WeakKeyDictionary

from spacy.tokens import Doc

from .settings import Threshold

# By document and name of the component.
_THRESHOLDS: "WeakKeyDictionary[Doc, Dict[str, Threshold]]" = WeakKeyDictionary()


def note_threshold(name: str, docs: Iterable[Doc], threshold: Optional[Threshold]) -> None:
    """Note with which threshold a component was called.

    name (str): The name of the component.
    docs (Iterable[Doc]): The documents.
    threshold (Optional[Union[float, str]]): The threshold; None if it was the component's own.
    """
    for doc in docs:
        if threshold is not None:
            _THRESHOLDS.setdefault(doc, {})[name] = threshold
        else:
            _THRESHOLDS.get(doc, {}).pop(name, None)


def noted_threshold(name: str, docs: Iterable[Doc]) -> Optional[Threshold]:
    """RETURNS (Optional[Union[float, str]]): The threshold that a component was called with for all
    of some documents; None if it was its own, or not the same for all."""
    noted = {_THRESHOLDS.get(doc, {}).get(name) for doc in docs}
    return noted.pop() if len(noted) == 1 else None

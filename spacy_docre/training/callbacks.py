"""Several callbacks where a config has room for one."""

from typing import Callable

from spacy.language import Language
from spacy.util import registry

Callback = Callable[[Language], Language]


@registry.callbacks("spacy_docre.Callbacks.v1")
def create_callbacks(*callbacks: Callback) -> Callback:
    """Create a callback that calls others, one after the other, as `[initialize.after_init]`
    takes only one.

    *callbacks (Callable[[Language], Language]): The callbacks.
    RETURNS (Callable[[Language], Language]): The callback.
    """

    def call_all(nlp: Language) -> Language:
        for callback in callbacks:
            nlp = callback(nlp)
        return nlp

    return call_all

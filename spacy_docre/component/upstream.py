"""The encoder that a component listens to, and whether it is the one it was trained with.

spaCy connects a listener with any encoder of the right name. A component that is moved to another
pipeline (`nlp.add_pipe(..., source=...)`), or whose files are mixed with others, would take the
vectors of a stranger for those it knows, and find nonsense with high scores.
"""

import gc
import weakref
from typing import Any, Dict, List, Optional

from spacy.language import Language
from spacy.ty import ListenedToComponent
from spacy.vocab import Vocab
from thinc.api import Model

from ..errors import Errors
from .fingerprint import fingerprint


class Upstream:
    """What a component knows of the encoder it was trained with.

    fingerprint (Optional[str]): That of the encoder when training ended. None if nothing is known,
        or if the component learns with whatever encoder it has.
    """

    def __init__(self) -> None:
        self.fingerprint: Optional[str] = None
        self._learning = False
        self._checked = False
        self._home: Any = None

    def __getstate__(self) -> Dict[str, Any]:
        return {**self.__dict__, "_home": None}

    @property
    def home(self) -> Optional[Language]:
        """RETURNS (Optional[Language]): The pipeline that the component was made or trained in."""
        return self._home and self._home()

    @home.setter
    def home(self, nlp: Optional[Language]) -> None:
        self._home = nlp and weakref.ref(nlp)

    def load(self, fingerprint: Optional[str]) -> None:
        """Expect the encoder that a component was saved with."""
        self.fingerprint, self._learning, self._checked = fingerprint, False, False

    def initialize(self, nlp: Optional[Language]) -> None:
        """Forget what was known: the component begins to learn."""
        self.load(None)
        self.home = nlp or self.home

    def learn(self, pipe: Any, vocab: Vocab) -> None:
        """Note that the component learns, with the encoder of the pipeline it is in."""
        if self._learning:
            return
        self.load(None)
        self._learning = True
        if _listens(pipe.model):
            pipelines = _pipelines_with(pipe, vocab)
            if self.home not in pipelines:
                self.home = pipelines[0] if len(pipelines) == 1 else None

    def relinked(self, pipe: Any) -> None:
        """Note that spaCy connects components anew, perhaps in another pipeline: the last moment at
        which the encoder of the former one is known."""
        self._checked = False
        if self._learning:
            self.load(self.current(pipe))

    def current(self, pipe: Any) -> Optional[str]:
        """RETURNS (Optional[str]): The fingerprint of the encoder that the component was trained
        with, which is what to save."""
        if self.fingerprint is not None or self.home is None:
            return self.fingerprint
        return fingerprint(_encoders(self.home, pipe))

    def check(self, pipe: Any, vocab: Vocab) -> None:
        """Check, once, that the encoder is the one that the component was trained with.

        pipe (Any): The component.
        vocab (Vocab): The vocabulary of the documents, and so of the pipeline they come from.
        RAISES (ValueError): If it is another one.
        """
        if self._checked:
            return
        known = self._knows_encoders(pipe, vocab) if _listens(pipe.model) else self._has_copy(pipe)
        if not known:
            raise ValueError(Errors.DRE041.format(name=pipe.name))
        self._checked = True

    def _knows_encoders(self, pipe: Any, vocab: Vocab) -> bool:
        others = [nlp for nlp in _pipelines_with(pipe, vocab) if not self._is_home(nlp)]
        encoders = [each for each in (_encoders(nlp, pipe) for nlp in others) if each]
        expected = self.current(pipe) if encoders else None
        return expected is None or all(fingerprint(each) == expected for each in encoders)

    def _has_copy(self, pipe: Any) -> bool:
        """Whether `replace_listeners` has put a copy of the encoder into the place of the listener,
        if there ever was one."""
        return self.fingerprint is None or any(
            fingerprint([node]) == self.fingerprint for node in pipe.model.walk()
        )

    def _is_home(self, nlp: Language) -> bool:
        """Whether the component knows no other encoder than that of a pipeline."""
        return self.fingerprint is None and nlp is self.home


def _listens(model: Model) -> bool:
    return any(hasattr(node, "upstream_name") for node in model.walk())


def _encoders(nlp: Language, pipe: Any) -> List[Model]:
    """The encoders of a pipeline that a component listens to."""
    nodes = {id(node) for node in pipe.model.walk()}
    components: List[Any] = [component for _, component in nlp.components]
    return [
        component.model
        for component in components
        if isinstance(component, ListenedToComponent)
        and any(id(listener) in nodes for listener in component.listeners)
    ]


def _pipelines_with(pipe: Any, vocab: Vocab) -> List[Language]:
    """The pipelines that have a component; of several, those with a vocabulary, if there are any.
    spaCy does not tell a component which pipeline it was moved to, so this looks through all
    objects, which takes a fraction of a second."""
    found = [
        each
        for each in gc.get_objects()
        if issubclass(type(each), Language) and any(other is pipe for _, other in each.components)
    ]
    return [nlp for nlp in found if nlp.vocab is vocab] or found

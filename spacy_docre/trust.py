"""What a pipeline reaches beyond its own directory: addresses, environment variables, files, code.

A config may name anything, and whoever loads a pipeline of somebody else has not read it. So what
the config of a loaded pipeline names stays out of reach until the user says that the pipeline is
trusted. Whoever makes a pipeline in code, or initializes it, has said so.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ContextManager, Dict, List, Optional

from thinc.api import Model

from .errors import Errors

VARIABLE = "SPACY_DOCRE_TRUST"
_trusted = 0


class Outside:
    """Something beyond a pipeline's directory.

    what (str): What it is, and what happens with it, for messages.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        # All that the pipeline it belongs to wants to reach, if it was loaded.
        self.wanted: Optional[List[str]] = None

    @property
    def allowed(self) -> bool:
        """Whether it may be reached."""
        return self.wanted is None or _is_trusted()

    def use(self) -> None:
        """RAISES (ValueError): If it may not be reached."""
        if not self.allowed:
            wanted = "; ".join(self.wanted or ())
            raise ValueError(Errors.DRE570.format(what=self.what, wanted=wanted))


class LazyMapping(Mapping):
    """A mapping that is read from files outside of the pipeline when it is first needed.

    outside (Outside): The files.
    read (Callable[[], Mapping]): Reads them.
    """

    def __init__(self, outside: Outside, read: Callable[[], Mapping[str, Any]]) -> None:
        self.outside = outside
        self._read = read
        self._content: Optional[Mapping[str, Any]] = None

    @property
    def content(self) -> Mapping[str, Any]:
        if self._content is None:
            self.outside.use()
            self._content = self._read()
        return self._content

    def __getitem__(self, key: str) -> Any:
        return self.content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


def trust() -> ContextManager[None]:
    """Trust pipelines: all of them from now on, or in a `with` block those that are loaded or used
    in it. What was loaded in it remains trusted.

    RETURNS (ContextManager): What ends it after the block.
    """
    global _trusted
    _trusted += 1

    @contextmanager
    def block() -> Iterator[None]:
        global _trusted
        try:
            yield
        finally:
            _trusted -= 1

    return block()


def lock(*parts: Any) -> None:
    """Put out of reach what parts of a loaded component name, unless pipelines are trusted.

    parts (Any): Models, scorers and the like.
    """
    found = list(_outsides(parts, {}))
    wanted = None if _is_trusted() else sorted({each.what for each in found})
    for each in found:
        each.wanted = wanted


def unlock(*parts: Any) -> None:
    """Let a component that the user has initialized reach all that its parts name."""
    for each in _outsides(parts, {}):
        each.wanted = None


def _is_trusted() -> bool:
    return _trusted > 0 or os.environ.get(VARIABLE, "") not in ("", "0")


def _outsides(part: Any, seen: Dict[int, Any]) -> Iterator[Outside]:
    """All that can be found in settings, strategies and models, however deep."""
    if id(part) in seen or isinstance(part, (str, bytes, int, float, type(None))):
        return
    # Kept, so that no other object gets its id.
    seen[id(part)] = part
    if isinstance(part, Outside):
        yield part
    elif isinstance(part, (list, tuple, set, frozenset)):
        for each in part:
            yield from _outsides(each, seen)
    elif isinstance(part, dict):
        yield from _outsides(list(part.values()), seen)
    elif isinstance(part, partial):
        yield from _outsides([part.func, part.args, part.keywords], seen)
    elif isinstance(part, Model):
        for node in part.walk():
            yield from _outsides([node.attrs, node.shims], seen)
    elif type(part).__module__.partition(".")[0] == __package__:
        yield from _outsides(vars(part) if hasattr(part, "__dict__") else [], seen)

"""What an answer may be, as servers read it: a grammar, or a schema for JSON.

A list names each item at most once, in the order in which it was asked about, and may end behind
any of them. Where each item may follow each other, models repeat one until there is no room left.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Dict, List, Mapping, Sequence

from ..answers.choices import Choices, Values
from ..answers.lists import BULLET, NO, NONE, YES
from ..prompts.passages import SEPARATOR
from ..questions import values_of

# With more items the grammar only knows which names there are.
MOST_ITEMS = 2048
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
Names = Sequence[Mapping[int, Sequence[str]]]


class Constraint:
    """What an answer may be.

    grammar (str): As GBNF, which llama.cpp and vLLM's backends read. Some tokenizers begin an
        answer with a space.
    schema (Dict[str, Any]): As JSON schema of an object with an "answer".
    """

    @property
    def grammar(self) -> str:
        raise NotImplementedError

    @property
    def schema(self) -> Dict[str, Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class OneOf(Constraint):
    """One of some texts.

    texts (Sequence[str]): The texts.
    """

    texts: Sequence[str]

    @property
    def grammar(self) -> str:
        return f'root ::= " "? ({_any(self.texts)})'

    @property
    def schema(self) -> Dict[str, Any]:
        return _object({"answer": {"type": "string", "enum": list(self.texts)}})


VERDICT = OneOf((YES, NO))


class ListOf(Constraint):
    """A list of items.

    asks (Sequence[str]): The parts of an item.
    names (Sequence[Mapping[int, Sequence[str]]]): For each part the names of its values.
    choices (Choices): The items that it may list.
    """

    def __init__(self, asks: Sequence[str], names: Names, choices: Choices) -> None:
        self._asks = asks
        self._names = names
        self._choices = choices

    @cached_property
    def _items(self) -> List[Values]:
        """The items that may be listed, or nothing if there are too many of them."""
        found = list(islice(_all_items(self._choices), MOST_ITEMS + 1))
        return found if len(found) <= MOST_ITEMS else []

    @property
    def grammar(self) -> str:
        used = [sorted({item[i] for item in self._items}) for i in range(len(self._asks))]
        rules = [
            f"p{part}-{value} ::= {_any(self._names[part][value])}"
            for part, values in enumerate(used)
            for value in values
        ]
        bar = f' " {SEPARATOR} " '
        for number, item in enumerate(self._items):
            line = bar.join(f"p{part}-{value}" for part, value in enumerate(item))
            line = f'l{number} ::= "{BULLET} " {line}'
            after = f"l{number + 1}"
            more = number + 1 < len(self._items)
            rules.append(f'{line} ("\\n" {after})? | {after}' if more else line)
        first = "l0"
        if not self._items:
            first = 'item ("\\n" item)*'
            parts = [_any(name for own in part.values() for name in own) for part in self._names]
            rules = [f'item ::= "{BULLET} " ' + bar.join(f"({part})" for part in parts)]
        return "\n".join([f'root ::= " "? ("{NONE}" | {first})', *rules])

    @property
    def schema(self) -> Dict[str, Any]:
        enums = []
        for part, own in enumerate(self._names):
            values = values_of(self._choices.options()) if part == 0 else list(own)
            enums.append({"type": "string", "enum": [own[value][0] for value in values]})
        item = enums[0] if len(enums) == 1 else _object(dict(zip(self._asks, enums)))
        most = {"maxItems": len(self._items)} if self._items else {}
        return _object({"answer": {"type": "array", "items": item, **most}})


def _all_items(choices: Choices, prefix: Values = ()) -> Iterator[Values]:
    for value in values_of(choices.options(prefix)):
        item = (*prefix, value)
        if len(item) == choices.width:
            yield item
        else:
            yield from _all_items(choices, item)


def _any(texts: Any) -> str:
    return " | ".join(f'"{text.translate(ESCAPES)}"' for text in texts)


def _object(properties: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }

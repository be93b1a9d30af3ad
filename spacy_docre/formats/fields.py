"""Typed access to JSON, where every refusal names the document and the field."""

import json
import math
from typing import Any, Dict, List, Optional, Tuple

from ..errors import Errors
from ..showing import is_blank, show
from .base import DocumentError


class Fields:
    """A JSON object whose fields are checked as they are read.

    where (str): The document, for messages.
    path (str): Where in the document the object is, for example "labels[3]".
    """

    def __init__(self, data: Any, where: str, path: str = "") -> None:
        self.where = where
        self.path = path
        self._data: Dict[str, Any] = self.check(data, dict, path or "document", "an object")

    def at(self, key: str) -> str:
        """RETURNS (str): The full name of a field, for messages."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        return key in self._data

    def is_null(self, key: str) -> bool:
        return self._data.get(key) is None

    def string(self, key: str, *, empty: bool = True) -> str:
        return self.check_text(self._get(key), self.at(key), empty=empty)

    def name(self, key: str, *, empty: bool = False) -> str:
        """RETURNS (str): What something is called: a label, a role or a type."""
        return self.check_name(self._get(key), self.at(key), empty=empty)

    def integer(self, key: str) -> int:
        return self.check(self._get(key), int, self.at(key), "an integer")

    def number(self, key: str) -> float:
        value = self._get(key)
        # JSON writes 1.0 as 1, too.
        kind = int if isinstance(value, int) else float
        number = self.check(value, kind, self.at(key), "a number")
        try:
            return float(number)
        except OverflowError:
            return math.inf if number > 0 else -math.inf

    def scalar(self, key: str) -> str:
        """RETURNS (str): A string or a number, as a string."""
        value = self._get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        return self.string(key)

    def text(self, key: str) -> str:
        """RETURNS (str): A string, or whatever else JSON holds, as JSON."""
        value = self._get(key)
        return self.string(key) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def flag(self, key: str) -> bool:
        value = self._get(key)
        if not isinstance(value, bool):
            raise self.error("DRE305", key, expected="true or false", found=show(value))
        return value

    def object(self, key: str) -> "Fields":
        return Fields(self._get(key), self.where, self.at(key))

    def keys(self) -> List[str]:
        """RETURNS (List[str]): The names of the fields, as the file orders them."""
        return [self.check_text(key, self.path or "document") for key in self._data]

    def names(self) -> List[str]:
        """RETURNS (List[str]): The names of the fields, where they are labels."""
        return [self.check_name(key, self.path or "document") for key in self._data]

    def allow(self, *names: str) -> None:
        """Refuse fields of other names, of which each may be one of these misspelled.

        names (str): The fields that the object may have.
        RAISES (DocumentError): If it has any other.
        """
        for key in self._data:
            if key not in names:
                raise self.refusal(
                    "DRE389",
                    self.path or "document",
                    found=show(key),
                    names=", ".join(names),
                )

    def items(self, key: str) -> List[Any]:
        return self.check(self._get(key), list, self.at(key), "a list")

    def objects(self, key: str) -> List["Fields"]:
        return self.as_objects(self.items(key), self.at(key))

    def as_objects(self, items: List[Any], field: str) -> List["Fields"]:
        return [Fields(item, self.where, f"{field}[{i}]") for i, item in enumerate(items)]

    def integers(self, key: str) -> List[int]:
        field = self.at(key)
        return [
            self.check(item, int, f"{field}[{i}]", "an integer")
            for i, item in enumerate(self.items(key))
        ]

    def pair(self, key: str) -> Tuple[int, int]:
        """RETURNS (Tuple[int, int]): A list of exactly two integers."""
        return self.check_pair(self._get(key), self.at(key))

    def pairs(self, key: str) -> List[Tuple[int, int]]:
        """RETURNS (List[Tuple[int, int]]): A list of pairs of integers."""
        field = self.at(key)
        return [self.check_pair(item, f"{field}[{i}]") for i, item in enumerate(self.items(key))]

    def check_pair(self, value: Any, field: str) -> Tuple[int, int]:
        numbers = self.check(value, list, field, "a list of two integers")
        for i, number in enumerate(numbers):
            self.check(number, int, f"{field}[{i}]", "an integer")
        if len(numbers) != 2:
            expected = "a list of two integers"
            raise self.refusal("DRE305", field, expected=expected, found=show(numbers))
        return numbers[0], numbers[1]

    def check(self, value: Any, type: type, field: str, expected: str) -> Any:
        # A bool is an int to Python, but not to JSON.
        if not isinstance(value, type) or isinstance(value, bool):
            raise DocumentError(
                Errors.DRE305.format(
                    where=self.where, field=field, expected=expected, found=show(value)
                )
            )
        return value

    def check_text(self, value: Any, field: str, *, empty: bool = True) -> str:
        text: str = self.check(value, str, field, "a string")
        problem = _problem_of(text, empty)
        if problem is not None:
            raise DocumentError(
                Errors.DRE306.format(
                    where=self.where, field=field, found=show(text), problem=problem
                )
            )
        return text

    def check_name(self, value: Any, field: str, *, empty: bool = False) -> str:
        name = self.check_text(value, field, empty=empty)
        if name and is_blank(name):
            problem = "there is nothing to see of it"
            raise self.refusal("DRE306", field, found=show(name), problem=problem)
        return name

    def error(self, code: str, key: str, **values: Any) -> DocumentError:
        """RETURNS (DocumentError): A numbered error about one of the fields."""
        return self.refusal(code, self.at(key), **values)

    def refusal(self, code: str, field: str, **values: Any) -> DocumentError:
        """RETURNS (DocumentError): A numbered error about something with a full name."""
        template: str = getattr(Errors, code)
        return DocumentError(template.format(where=self.where, field=field, **values))

    def _get(self, key: str) -> Any:
        if key not in self._data:
            raise self.error("DRE304", key)
        return self._data[key]


def _problem_of(text: str, empty: bool) -> Optional[str]:
    if not text and not empty:
        return "it is empty"
    if "\0" in text:
        return "it contains a NUL character"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "it contains half of a surrogate pair"
    return None

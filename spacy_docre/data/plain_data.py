"""Checked access to plain data that lie in a document, where anyone may have written anything.

Each function names the field in its message; who calls it adds the document.
"""

from typing import Any, List, Mapping, Sequence, Tuple

# Far more than any document has.
LARGEST = 2**31


def get(data: Mapping[str, Any], key: str, field: str = "") -> Any:
    """RETURNS (Any): A value of a dict.

    RAISES (ValueError): If it is missing.
    """
    if key not in data:
        raise ValueError(f"'{_inside(field, key)}' is missing")
    return data[key]


def as_dict(value: Any, field: str) -> Mapping[str, Any]:
    """RETURNS (Mapping[str, Any]): The value, whose keys are strings.

    RAISES (ValueError): If it is anything else. So with all functions below.
    """
    if not isinstance(value, dict):
        raise _unexpected(field, "a dict", value)
    for key in value:
        as_text(key, f"a key of {field}")
    return value


def as_list(value: Any, field: str) -> Sequence[Any]:
    """RETURNS (Sequence[Any]): A list, or the tuple that some ways of saving make of it."""
    if not isinstance(value, (list, tuple)):
        raise _unexpected(field, "a list", value)
    return value


def as_text(value: Any, field: str) -> str:
    """RETURNS (str): A string that can be saved, which half of a surrogate pair cannot."""
    try:
        if isinstance(value, str):
            value.encode("utf8")
            return value
    except UnicodeEncodeError:
        pass
    raise _unexpected(field, "text", value)


def as_choice(value: Any, field: str, choices: Sequence[str]) -> str:
    """RETURNS (str): One of a few strings."""
    if not isinstance(value, str) or value not in choices:
        raise _unexpected(field, f"one of {', '.join(choices)}", value)
    return value


def as_index(value: Any, field: str, count: int) -> int:
    """RETURNS (int): A number from 0 up to, and not including, the count."""
    # A bool is an int to Python.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
        raise _unexpected(field, f"an integer from 0 to {count - 1}", value)
    return value


def as_indices(value: Any, field: str, count: int) -> Tuple[int, ...]:
    """RETURNS (Tuple[int, ...]): Several of these numbers."""
    return tuple(
        as_index(item, f"{field}[{i}]", count) for i, item in enumerate(as_list(value, field))
    )


def as_score(value: Any, field: str) -> float:
    """RETURNS (float): A number between 0 and 1, or as close to it as rounding comes."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    # Comparisons take integers of any size, and are false of what is not a number.
    if not known or not -1e-6 <= value <= 1 + 1e-6:
        raise _unexpected(field, "a number between 0 and 1", value)
    return float(value)


def as_dicts(value: Any, field: str) -> List[Tuple[str, Mapping[str, Any]]]:
    """RETURNS (List[Tuple[str, Mapping[str, Any]]]): The dicts of a list, and the name of each."""
    names = (f"{field}[{i}]" for i in range(len(as_list(value, field))))
    return [(name, as_dict(item, name)) for name, item in zip(names, value)]


def _inside(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key


def _unexpected(field: str, expected: str, value: Any) -> ValueError:
    return ValueError(f"'{field}' is {_show(value)}, but must be {expected}")


def _show(value: Any) -> str:
    """Show a value however large, deep or unprintable it is."""
    if isinstance(value, str):
        return ascii(value) if len(value) <= 40 else ascii(value[:40]) + "…"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**40):
        return str(value)
    if isinstance(value, (list, tuple, dict, bytes)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"of type {type(value).__name__}" if not isinstance(value, int) else "a huge number"

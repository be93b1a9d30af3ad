"""The settings of a format: from a config or the command line to keyword arguments."""

import inspect
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Literal,
    Mapping,
    get_args,
    get_origin,
    get_type_hints,
)

from ..errors import Errors


def parse_settings(items: Iterable[str]) -> Dict[str, str]:
    """Read settings given as "key=value".

    RETURNS (Dict[str, str]): The values, still as strings.
    RAISES (ValueError): If an item has another form, or a key is given twice.
    """
    settings: Dict[str, str] = {}
    for item in items:
        key, sign, value = item.partition("=")
        if not sign or not key.isidentifier() or key in settings:
            raise ValueError(Errors.DRE362.format(item=item))
        settings[key] = value
    return settings


def apply_settings(name: str, factory: Callable[..., Any], settings: Mapping[str, Any]) -> Any:
    """Make a format.

    name (str): Its name, for messages.
    factory (Callable[..., Any]): The class or function that makes it, whose keyword arguments
        are the settings.
    settings (Mapping[str, Any]): Values, or strings that stand for them.
    RETURNS (Any): The format.
    RAISES (ValueError): If there is no such setting, or a value does not fit.
    """
    known = [p.name for p in inspect.signature(factory).parameters.values()]
    for key in settings:
        if key not in known:
            names = ", ".join(known) or "none"
            raise ValueError(Errors.DRE360.format(format=name, key=key, names=names))
    hints = get_type_hints(factory.__init__ if inspect.isclass(factory) else factory)
    values = {}
    for key, value in settings.items():
        try:
            values[key] = _convert(value, hints.get(key, Any))
        except TypeError as error:
            message = Errors.DRE361.format(format=name, key=key, value=value, expected=error)
            raise ValueError(message) from error
    return factory(**values)


def as_list(value: str) -> List[str]:
    """RETURNS (List[str]): The items of a comma-separated list."""
    return [item.strip() for item in value.split(",") if item.strip()]


def _convert(value: Any, hint: Any) -> Any:
    """Convert a string to what a setting takes, and check any other value.

    RAISES (TypeError): If that is impossible, naming what was expected.
    """
    if hint is bool:
        words = {"true": True, "false": False}
        value = words.get(value.lower(), value) if isinstance(value, str) else value
        if not isinstance(value, bool):
            raise TypeError("true or false")
    elif get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise TypeError("one of " + ", ".join(map(repr, get_args(hint))))
    elif get_origin(hint) is list:
        value = as_list(value) if isinstance(value, str) else value
        if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
            raise TypeError("a list of strings")
        value = list(value)
    elif hint is str and not isinstance(value, str):
        raise TypeError("a string")
    return value

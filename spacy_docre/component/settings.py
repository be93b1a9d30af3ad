"""The settings of the component: checked wherever they come from, and the same in `nlp.config`.

The config decides. What a user sets later, as in `nlp.get_pipe("docre").cfg["threshold"] = 0.35`,
is written into the config of the pipeline. A pipeline that got the component from another one has
a config that cannot be found from here, so a saved component also says which values of its config
it overrules.
"""

from collections import UserDict
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Union

from spacy.tokens.underscore import Underscore
from spacy.util import load_config

from ..errors import Errors

# A score, or the name of an operating point.
Threshold = Union[float, str]


class Form(NamedTuple):
    """What a setting must be, in words and as a test."""

    expected: str
    holds: Callable[[Any], bool]


def _is_share(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) <= 1


def _is_free_attr(value: Any) -> bool:
    # `doc._` has methods, such as `get`, which come before any attribute of their name.
    return isinstance(value, str) and value.isidentifier() and not hasattr(Underscore, value)


def _is_threshold(value: Any) -> bool:
    # A number in quotes is no name.
    return _is_share(value) or (isinstance(value, str) and value.isidentifier())


_BOOL = Form("true or false", lambda value: isinstance(value, bool))
FORMS: Dict[str, Form] = {
    "threshold": Form("a number between 0 and 1, or the name of an operating point", _is_threshold),
    "at_least_one": _BOOL,
    "attr": Form("the name of an attribute that spaCy leaves free", _is_free_attr),
    "use_gold_entities": _BOOL,
}

if TYPE_CHECKING:
    _Dict = UserDict[str, Any]
else:
    _Dict = UserDict


class Settings(_Dict):
    """The settings of a component, by their names.

    name (str): The name of the component, for messages.
    config (Callable[[], Optional[Dict[str, Any]]]): Returns the component's block of the config of
        its pipeline, if that is known.
    **values (Any): The settings.
    """

    def __init__(
        self, name: str, config: Callable[[], Optional[Dict[str, Any]]], **values: Any
    ) -> None:
        self.name = name
        self._config = config
        self.overruled: Dict[str, List[Any]] = {}
        check_settings(values, name)
        super().__init__()
        self.data.update(values)

    def __setitem__(self, setting: str, value: Any) -> None:
        check_settings({setting: value}, self.name)
        if isinstance(value, Real) and not isinstance(value, bool):
            value = float(value)  # numpy's are no JSON
        before = self.data[setting]
        if value == before:
            return
        self.data[setting] = value
        self.overruled.setdefault(setting, []).append(before)
        config = self._config()
        if config is not None:
            config[setting] = value

    def check(self, **values: Any) -> None:
        """Check settings for one call, of which None is as the component has it.

        RAISES (ValueError): If one is not what it must be.
        """
        given = {setting: value for setting, value in values.items() if value is not None}
        check_settings(given, self.name)

    def __delitem__(self, setting: str) -> None:
        raise TypeError(f"'{setting}' of '{self.name}' can be changed, not removed")

    def to_dict(self, beside: Optional[Path] = None) -> Dict[str, Any]:
        """Get plain data, ready for JSON.

        beside (Optional[Path]): The config that was saved with the component, if any.
        RETURNS (Dict[str, Any]): The settings and, where they overrule a config, its values.
        """
        overruled = dict(self.overruled)
        config = _block(beside, self.name) if beside and overruled else None
        if config is not None:
            overruled = {s: [config[s]] for s in overruled if config.get(s, self[s]) != self[s]}
        return {**self.data, "overruled": overruled}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what overrules the config. Other settings are as the config says by now.

        saved (Mapping[str, Any]): What `to_dict` returned, checked.
        """
        for setting, values in saved["overruled"].items():
            if self[setting] in values:
                self[setting] = saved[setting]


def check_settings(values: Any, name: str, where: str = "") -> None:
    """Check settings.

    values (Any): Settings by their names.
    name (str): The name of the component.
    where (str): Where they come from, if not from the config or a program.
    RAISES (ValueError): If one is unknown, or not what it must be.
    """
    for setting, value in values.items():
        if setting not in FORMS:
            raise ValueError(
                Errors.DRE040.format(
                    setting=setting, name=name, where=where, known=", ".join(FORMS)
                )
            )
        form = FORMS[setting]
        if not form.holds(value):
            raise ValueError(
                Errors.DRE026.format(
                    setting=setting, name=name, where=where, expected=form.expected, value=value
                )
            )


def check_saved(saved: Any, name: str, where: str) -> None:
    """Check what `Settings.to_dict` returned once.

    saved (Any): The data, with the fingerprint of the `encoder` beside it.
    name (str): The name of the component.
    where (str): Where they were saved.
    RAISES (ValueError): If they are incomplete, or a setting is not what it must be.
    """
    if not isinstance(saved, dict) or not isinstance(saved.get("overruled"), dict):
        raise ValueError(f"{where} holds no settings")
    known = set(saved) - {"overruled", "encoder"}
    check_settings({setting: saved[setting] for setting in sorted(known)}, name, where)
    missing = sorted({*FORMS, "encoder"} - set(saved))
    if missing:
        raise ValueError(f"{where} lacks {', '.join(missing)}")
    for setting, values in saved["overruled"].items():
        if setting not in FORMS or not isinstance(values, list):
            raise ValueError(f"{where}: 'overruled' has {setting!r}, and no list for a setting")


def _block(path: Path, name: str) -> Optional[Dict[str, Any]]:
    """The block of a component in the config that `nlp.to_disk` wrote, which comes first."""
    try:
        return load_config(path, interpolate=True)["components"][name]
    except (OSError, ValueError, KeyError):
        return None

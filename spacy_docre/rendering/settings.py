"""The options of `spacy_docre.render`."""

from dataclasses import dataclass, field, fields
from typing import Any, Dict, Mapping, Optional

from ..data.schema import Schema
from ..data.storage import DEFAULT_ATTR
from ..errors import Errors
from ..showing import listed, show


@dataclass(frozen=True)
class Settings:
    """What can be chosen.

    attr (str): The attribute that holds the relations.
    schema (Optional[Schema]): Names and describes relations whose document does not.
    colors (Mapping[str, str]): Colours by type of entity, which win over displaCy's.
    color_by (str): "entity" gives each entity a colour of its own, "type" the one of its type.
    threshold (float): The least score of the triples that are shown at first.
    title (str): The title of the page.
    lang (str): The language of the page.
    """

    attr: str = DEFAULT_ATTR
    schema: Optional[Schema] = None
    colors: Mapping[str, str] = field(default_factory=dict)
    color_by: str = "entity"
    threshold: float = 0.0
    title: str = "Relations"
    lang: str = "en"

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Settings":
        """Read options.

        options (Mapping[str, Any]): The options that are not to have their default.
        RETURNS (Settings): All of them.
        RAISES (ValueError): If there is no such option, or it cannot have this value.
        """
        known = [each.name for each in fields(cls)]
        for name, value in options.items():
            if name not in known:
                raise ValueError(Errors.DRE742.format(option=name, options=listed(known, most=9)))
            form = _fault(name, value)
            if form:
                raise ValueError(Errors.DRE743.format(option=name, form=form, value=show(value)))
        return cls(**options)

    def for_script(self, colors: Mapping[str, str]) -> Dict[str, Any]:
        """RETURNS (Dict[str, Any]): What the page's script needs to know."""
        by_type = self.color_by == "type" or bool(self.colors)
        chosen = colors if self.color_by == "type" else self.colors
        return {"by_type": by_type, "colors": dict(chosen), "threshold": self.threshold}


def _fault(name: str, value: Any) -> str:
    """RETURNS (str): What the option must be, or "" if it is that."""
    if name == "schema":
        return "" if value is None or isinstance(value, Schema) else "a Schema"
    if name == "colors":
        fits = isinstance(value, Mapping) and all(
            isinstance(text, str) for item in value.items() for text in item
        )
        return "" if fits else "colours by type"
    if name == "color_by":
        return "" if value in ("entity", "type") else '"entity" or "type"'
    if name == "threshold":
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return "" if is_number and 0 <= value <= 1 else "a number from 0 to 1"
    return "" if isinstance(value, str) else "a string"

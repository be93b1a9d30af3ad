"""Colours as displaCy has them: its own, those of its registry, and those of the options."""

from typing import Dict, Mapping

from spacy.displacy.render import EntityRenderer


def type_colors(colors: Mapping[str, str], types: Mapping[str, None]) -> Dict[str, str]:
    """The colours of types of entities.

    colors (Mapping[str, str]): Colours by type, which win over all others.
    types (Mapping[str, None]): The types that occur.
    RETURNS (Dict[str, str]): A colour for each of them.
    """
    renderer = EntityRenderer(options={"colors": dict(colors)})
    return {type: renderer.colors.get(type.upper(), renderer.default_color) for type in types}

"""Which component of a pipeline a command is about."""

from typing import Optional

from spacy.language import Language

from ..errors import Errors
from ..pipe import RelationExtractor


def find_component(nlp: Language, name: Optional[str] = None) -> RelationExtractor:
    """Find the component that extracts relations.

    nlp (Language): A pipeline.
    name (Optional[str]): Its name. If None, it is the only one or, where several write the same
        attribute, such as a judge after what proposes, the last one.
    RETURNS (RelationExtractor): The component.
    RAISES (ValueError): If there is no such component, or several.
    """
    found = {n: pipe for n, pipe in nlp.pipeline if isinstance(pipe, RelationExtractor)}
    wanted = [pipe for n, pipe in found.items() if name in (None, n)]
    if len({pipe.attr for pipe in wanted}) != 1:
        names = ", ".join(found) or "none"
        raise ValueError(Errors.DRE420.format(name=name or "", names=names))
    return wanted[-1]

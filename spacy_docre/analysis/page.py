"""The analysis as one page of HTML that needs no other file."""

import base64
from typing import Any, Mapping, Optional, Sequence

from ..rendering.environment import make_environment, read_asset
from ..tables import Table


def render_page(
    title: str,
    facts: Mapping[str, str],
    tables: Sequence[Table],
    samples: Mapping[str, Mapping[str, Any]],
    picture: Optional[bytes] = None,
) -> str:
    """Render an analysis. Whatever comes from documents and file names is escaped, and arranges
    no other text.

    title (str): The title.
    facts (Mapping[str, str]): What was analysed.
    tables (Sequence[Table]): The tables.
    samples (Mapping[str, Mapping[str, List[Sample]]]): Single errors, see `sample_errors`.
    picture (Optional[bytes]): The threshold curve, as PNG.
    RETURNS (str): The page.
    """
    environment = make_environment("spacy_docre.analysis")
    encoded = base64.b64encode(picture).decode("ascii") if picture else ""
    template = environment.get_template("page.html")
    return template.render(
        title=title,
        facts=facts,
        tables=tables,
        samples=samples,
        picture=encoded,
        style=read_asset("base.css"),
    )

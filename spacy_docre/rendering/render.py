"""`spacy_docre.render`, in the manner of displaCy."""

from typing import Any, Dict, Iterable, Iterator, Mapping, Optional, Union

from spacy.tokens import Doc, Span
from spacy.util import is_in_jupyter

from ..data.join_and_cut import cut_doc
from ..errors import Errors
from ..graph.records import document_record
from ..showing import show
from .page import PageParts
from .settings import Settings

Renderable = Union[Doc, Span, Mapping[str, Any]]


def render(
    docs: Union[Renderable, Iterable[Renderable]],
    style: str = "relations",
    page: bool = False,
    minify: bool = False,
    jupyter: Optional[bool] = None,
    options: Mapping[str, Any] = {},
    manual: bool = False,
) -> Optional[str]:
    """Render documents, their relations and why they are there: the text with its mentions, a table
    of triples, and a graph. The HTML needs no other file, and no network.

    docs (Union[Renderable, Iterable[Renderable]]): Documents, or with `manual` their records.
    style (str): "relations".
    page (bool): Render a whole page rather than a part of one.
    minify (bool): Leave out comments and indentation of styles and scripts.
    jupyter (bool): Whether to show it in a notebook; found out if None.
    options (Mapping[str, Any]): What can be chosen, see `Settings`.
    manual (bool): Take records, see `document_record`, rather than documents.
    RETURNS (Optional[str]): HTML; nothing in a notebook, which shows it.
    RAISES (ValueError): If an argument cannot be that.
    """
    if style != "relations":
        raise ValueError(Errors.DRE744.format(style=show(style)))
    settings = Settings.of(options)
    parts = PageParts(settings, page=page, minify=minify)
    records = _records(docs, settings, manual)
    html = "".join([parts.begin(), *map(parts.document, records), parts.end()]).strip()
    if jupyter or (jupyter is None and is_in_jupyter()):
        # Only notebooks have it. MathJax leaves alone what has this class.
        from IPython.display import HTML, display

        display(HTML(f'<div class="tex2jax_ignore">{html}</div>'))
        return None
    return html


def _records(
    docs: Union[Renderable, Iterable[Renderable]], settings: Settings, manual: bool
) -> Iterator[Dict[str, Any]]:
    one = isinstance(docs, (Doc, Span, Mapping))
    if not one and (isinstance(docs, (str, bytes)) or not hasattr(docs, "__iter__")):
        raise ValueError(Errors.DRE741.format(value=show(docs)))
    for each in [docs] if one else docs:  # type: ignore[union-attr]
        if manual and isinstance(each, Mapping):
            yield dict(each)
        elif isinstance(each, (Doc, Span)):
            doc = cut_doc(each.doc, each.start, each.end) if isinstance(each, Span) else each
            yield document_record(doc, schema=settings.schema, attr=settings.attr)
        else:
            raise ValueError(Errors.DRE741.format(value=show(each)))

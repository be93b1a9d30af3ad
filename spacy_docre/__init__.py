"""Document-level relation extraction for spaCy."""

# Imported here, and at once: the module of this name would take the function's place if it were
# imported later on.
from .trust import trust

__all__ = ["render", "trust"]
__version__ = "0.1.0"


def render(  # type: ignore[no-untyped-def]
    docs,
    style="relations",
    page=False,
    minify=False,
    jupyter=None,
    options={},  # noqa: B006
    manual=False,
):
    """Render documents, their relations and why they are there, see
    `spacy_docre.rendering.render.render`."""
    from .rendering.render import render as render_docs

    return render_docs(docs, style, page, minify, jupyter, options, manual)

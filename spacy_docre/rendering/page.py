"""A page with documents, written one document after the other."""

from typing import Any, Dict, Mapping

from .colors import type_colors
from .environment import make_environment, read_asset
from .settings import Settings
from .view import view_of


class PageParts:
    """The parts of a page, or of what goes into another page, in their order: `begin`, `document`
    for each record, `end`.

    settings (Settings): The options.
    page (bool): Whether it is a page of its own.
    minify (bool): Leave out comments and indentation of styles and scripts.
    """

    def __init__(self, settings: Settings, *, page: bool = True, minify: bool = False):
        self._settings, self._page, self._minify = settings, page, minify
        self._environment = make_environment("spacy_docre.rendering")
        # A dictionary keeps the types in order.
        self._types: Dict[str, None] = {}

    def begin(self) -> str:
        """RETURNS (str): What comes before all documents."""
        style = read_asset("base.css", minify=self._minify)
        style += read_asset("viewer.css", minify=self._minify)
        return self._render(
            "begin.html", style=style, title=self._settings.title, lang=self._settings.lang
        )

    def document(self, record: Mapping[str, Any]) -> str:
        """One of the documents.

        record (Mapping[str, Any]): A record, see `document_record`.
        RETURNS (str): Its part of the page.
        RAISES (ValueError): If the record does not have its form.
        """
        view = view_of(record)
        self._types.update(dict.fromkeys(entity["type"] for entity in view["entities"]))
        return self._render("document.html", view=view)

    def end(self) -> str:
        """RETURNS (str): What comes after all documents."""
        colors = type_colors(self._settings.colors, self._types)
        scripts = {
            name: read_asset(f"{name}.js", minify=self._minify) for name in ("network", "viewer")
        }
        settings = self._settings.for_script(colors)
        return self._render("end.html", settings=settings, **scripts)

    def _render(self, template: str, **values: Any) -> str:
        return self._environment.get_template(template).render(page=self._page, **values)

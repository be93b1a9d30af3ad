"""The table of an ablation as a file."""

from pathlib import Path
from typing import Optional

from spacy_docre.tables import Table, to_markdown


def save_table(table: Table, path: Optional[Path]) -> None:
    """Write a table as Markdown. Done after each run, since the next one may take an hour.

    table (Table): The table.
    path (Optional[Path]): The file; none to write nothing.
    """
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_markdown([table]), encoding="utf8")

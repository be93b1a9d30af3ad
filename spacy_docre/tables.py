"""Tables of numbers, in the terminal and in Markdown."""

from typing import List, Literal, NamedTuple, Optional, Sequence, Tuple

from wasabi import MarkdownRenderer, Printer

from .showing import in_markdown, visible

# Columns may be wider than wasabi's 30 characters, and stay aligned.
WIDTH = 80


class Table(NamedTuple):
    """A table to show.

    title (str): The title.
    header (Tuple[str, ...]): The titles of the columns.
    rows (List[Tuple[str, ...]]): The rows.
    words (int): How many columns hold words, from the first. The others hold numbers.
    note (str): What to know about the numbers.
    """

    title: str
    header: Tuple[str, ...]
    rows: List[Tuple[str, ...]]
    words: int = 1
    note: str = ""

    @property
    def aligns(self) -> Tuple[Literal["l", "r"], ...]:
        return tuple("l" if i < self.words else "r" for i in range(len(self.header)))


def print_tables(tables: Sequence[Table], msg: Printer) -> None:
    """Print tables to the terminal."""
    for table in tables:
        header, *rows = [tuple(map(visible, row)) for row in (table.header, *table.rows)]
        title = visible(table.title)
        msg.table(rows, header=header, aligns=table.aligns, title=title, max_col=WIDTH)
        if table.note:
            msg.text(table.note)


def to_markdown(tables: Sequence[Table]) -> str:
    """RETURNS (str): The tables, in Markdown."""
    renderer = MarkdownRenderer()
    for table in tables:
        renderer.add(renderer.title(2, in_markdown(table.title)))
        rows = [[in_markdown(value) for value in row] for row in (table.header, *table.rows)]
        renderer.add(renderer.table(rows[1:], rows[0], table.aligns))
        if table.note:
            renderer.add(table.note)
    return renderer.text + "\n"


def percent(value: Optional[float]) -> str:
    """RETURNS (str): A share as a percentage; a dash for None."""
    return "-" if value is None else f"{value * 100:.2f}"


def count(value: Optional[int]) -> str:
    """RETURNS (str): A number of things; a dash for None."""
    return "-" if value is None else f"{value:,}"

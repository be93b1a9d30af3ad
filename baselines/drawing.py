"""A picture of a triangle of numbers between things in a sequence, as SVG."""

import re
from collections.abc import Sequence
from html import escape
from typing import List

CELL = 24
LETTER = 7
COLOR = "#1f5fbf"
# What XML cannot say, in whichever way it is written.
UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def draw(labels: Sequence[str], weights: Sequence[Sequence[float]]) -> str:
    """Draw how much each thing depends on those before it. The darkest cell is the largest number.

    labels (Sequence[str]): What the things are.
    weights (Sequence[Sequence[float]]): For each thing the numbers of all.
    RETURNS (str): The picture.
    """
    count = len(labels)
    labels = [UNSPEAKABLE.sub("\ufffd", label) for label in labels]
    left = 40 + LETTER * max(map(len, labels), default=0)
    largest = max((max(row, default=0.0) for row in weights), default=0.0) or 1.0
    parts: List[str] = []
    for i, label in enumerate(labels):
        top = CELL * (i + 1)
        parts.append(
            f'<text x="{left - 8}" y="{top + CELL * 0.7:.0f}" text-anchor="end">'
            f"{i + 1}  {escape(label)}</text>"
        )
        parts.append(
            f'<text x="{left + CELL * i + CELL // 2}" y="{CELL - 8}" text-anchor="middle">'
            f"{i + 1}</text>"
        )
        for j in range(i):
            parts.append(
                f'<rect x="{left + CELL * j}" y="{top}" width="{CELL - 1}" height="{CELL - 1}" '
                f'fill="{COLOR}" fill-opacity="{weights[i][j] / largest:.3f}">'
                f"<title>{i + 1} → {j + 1}: {weights[i][j]:.3f}</title></rect>"
            )
    width, height = left + CELL * (count + 1), CELL * (count + 2)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12">{"".join(parts)}</svg>'
    )

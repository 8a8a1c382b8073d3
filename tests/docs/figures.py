"""Reads figures with a unit out of prose, and the commands of the page of figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

# A number with a unit of cost; shapes, points and dates are no claims of that kind.
_FIGURE = re.compile(r"\b(\d[\d,.]*)\s?(ms|s|seconds|minutes|MB|GB|%|per cent|times)(?!\w)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def claimed(page: Path) -> set[str]:
    """Figures of a page's prose, "12 ms"; what a command printed is shown by that command."""
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return {f"{number} {unit}" for number, unit in _FIGURE.findall(prose)}


def rows(page: Path) -> Iterator[list[str]]:
    """Cells of each row of the page's tables, heads and rules left out."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        is_row = line.startswith("|") and not line.startswith("|--")
        if is_row and before.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]

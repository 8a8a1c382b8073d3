"""Strip: blocks become stubs, and stubs become solutions again.

A stub is one line that raises and names its task, in the place of the block; the instructions
above the block stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.release.blocks import Kept, Solution, Source

_STUB = re.compile(r' *raise NotImplementedError\("(T#[0-9]+) is not done yet"\)')


def stub_line(solution: Solution) -> str:
    """What stands in the release instead of the block."""
    return f'{" " * solution.indent}raise NotImplementedError("{solution.task} is not done yet")'


def strip(source: Source, only: Solution | None = None) -> str:
    """The text with stubs for all solutions, or for one of them and the others as they are."""
    lines: list[str] = []
    for block in source.blocks:
        if isinstance(block, Kept):
            lines += block.lines
        elif only in (None, block):
            lines.append(stub_line(block))
        else:
            lines += block.marked_lines
    return "\n".join(lines)


def put_back(stub: str, solutions: Iterable[Solution]) -> str:
    """The stripped text with these solutions in the place of their stubs, markers included."""
    by_task = {solution.task: solution for solution in solutions}
    lines: list[str] = []
    for line in stub.split("\n"):
        match = _STUB.fullmatch(line)
        solution = by_task.get(match[1]) if match else None
        lines += [line] if solution is None else solution.marked_lines
    return "\n".join(lines)


def stub_tasks(text: str) -> tuple[str, ...]:
    """The tasks whose stubs stand in the text, in their order."""
    matches = map(_STUB.fullmatch, text.split("\n"))
    return tuple(match[1] for match in matches if match)

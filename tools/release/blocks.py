"""Parse: the text of a Python file, or of a notebook's code cell, becomes typed blocks.

Parsing only reads. What is done with the blocks (stubs, putting solutions back, hunting their
lines) is elsewhere, and begins where no problem was found.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

from grader.lab.tasks import TASK_NAMES
from tools.release.markers import (
    BEGIN,
    END,
    Marker,
    nearest_marker,
    nearest_task,
    read_marker,
    resembles_marker,
)
from tools.release.text import Place, Problem, quote


@dataclass(frozen=True)
class Kept:
    """Lines that students get as they are."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Solution:
    """Lines that students write themselves, without the two markers around them."""

    task: str
    indent: int  # spaces before the markers, and before the stub
    lines: tuple[str, ...]
    place: Place  # of the first marker

    @property
    def marked_lines(self) -> tuple[str, ...]:
        """The block as it stands in the reference, markers included."""
        first, last = (f"{' ' * self.indent}# {w} SOLUTION {self.task}" for w in (BEGIN, END))
        return (first, *self.lines, last)


Block = Kept | Solution


@dataclass(frozen=True)
class Source:
    """A file or cell of the reference, taken apart."""

    place: Place
    blocks: tuple[Block, ...]

    @classmethod
    def plain(cls, place: Place, text: str) -> Source:
        """A text in which nothing is taken out."""
        return cls(place, (Kept(tuple(text.split("\n"))),))

    @property
    def solutions(self) -> tuple[Solution, ...]:
        """The blocks that are taken out, in their order."""
        return tuple(block for block in self.blocks if isinstance(block, Solution))

    @property
    def text(self) -> str:
        """The text that was parsed, to the byte."""
        lines: list[str] = []
        for block in self.blocks:
            lines += block.lines if isinstance(block, Kept) else block.marked_lines
        return "\n".join(lines)


def parse_source(
    place: Place, text: str, python: str | None = None
) -> tuple[Source, list[Problem]]:
    """Typed blocks of a text, and every marker that is wrong.

    `python` is the text as Python sees it, line by line, where that is something else: a
    notebook's cell without its magics.
    """
    lines = text.split("\n")
    comments = _comments_alone(text if python is None else python)
    markers: dict[int, Marker] = {}
    problems = []
    for number, line in enumerate(lines, 1):
        marker, is_comment = read_marker(line), number in comments
        if marker is not None and is_comment and marker.task in TASK_NAMES:
            markers[number] = marker
        elif marker is not None or resembles_marker(line, comment=is_comment):
            problems.append(Problem(place.at(number), _why_no_marker(line, marker, is_comment)))
    spans, unpaired = _pair(place, markers)
    problems = sorted(problems + unpaired, key=lambda problem: problem.place.line or 0)
    return Source(place, tuple(_cut(place, lines, spans))), problems


def find_markers(place: Place, text: str) -> list[Problem]:
    """A problem for each marker, or what resembles one, in a text where none may be."""
    return [
        Problem(place.at(number), f"found {quote(line)}, expected no marker here")
        for number, line in enumerate(text.split("\n"), 1)
        if resembles_marker(line)
    ]


def _comments_alone(text: str) -> set[int]:
    """Numbers of the lines that hold nothing but a comment; strings that look so do not count."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (
        tokenize.TokenError,
        SyntaxError,
        ValueError,
    ):  # said elsewhere; here the markers matter
        lines = enumerate(text.split("\n"), 1)
        return {number for number, line in lines if line.lstrip().startswith("#")}
    return {
        token.start[0]
        for token in tokens
        if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
    }


def _why_no_marker(line: str, marker: Marker | None, is_comment: bool) -> str:
    if marker is not None and is_comment:
        expected = f"expected one of {TASK_NAMES[0]} to {TASK_NAMES[-1]}"
        return f"found task {marker.task}, {expected}; nearest: {nearest_task(marker.task)}"
    nearest = nearest_marker(line)
    if is_comment:
        return f"found {quote(line)}, which is not a marker; expected {nearest!r}"
    own_line = f"expected {nearest!r} as a comment on a line of its own"
    if marker is not None:
        return f"found {quote(line)} in a string, {own_line}"
    code, sign, comment = line.partition("#")
    if code.strip() and resembles_marker(sign + comment):
        return f"found a marker that shares its line: {quote(line)}, {own_line}"
    return f"found {quote(line)}, which is not a marker; {own_line}"


def _pair(place: Place, markers: dict[int, Marker]) -> tuple[list[tuple[int, int]], list[Problem]]:
    """First and last line of each block, and what does not pair up."""
    spans: list[tuple[int, int]] = []
    problems: list[Problem] = []
    waiting: dict[str, int] = {}  # task -> line of the marker that waits for its end
    for number, marker in markers.items():
        if marker.word == BEGIN:
            # A block whose end never comes is open by mistake; the next one is not inside it.
            for task in [task for task in waiting if not _ends_after(number, task, markers)]:
                problems.append(_unclosed(place, task, waiting.pop(task)))
            if waiting:
                problems.append(_nested(place, marker, number, waiting))
            waiting[marker.task] = number
        elif marker.task in waiting:
            first = waiting.pop(marker.task)
            if marker.indent != markers[first].indent:
                problems.append(_shifted(place, marker, number, markers[first].indent, first))
            elif not waiting:
                spans.append((first, number))
        else:
            problems.append(_stray(place, marker, number))
    problems += [_unclosed(place, task, first) for task, first in waiting.items()]
    return spans, problems


def _ends_after(number: int, task: str, markers: dict[int, Marker]) -> bool:
    return any(m.word == END and m.task == task for n, m in markers.items() if n > number)


def _unclosed(place: Place, task: str, first: int) -> Problem:
    found = f"found '# BEGIN SOLUTION {task}' without its end"
    return Problem(place.at(first), f"{found}, expected '# END SOLUTION {task}' below it")


def _stray(place: Place, marker: Marker, number: int) -> Problem:
    found = f"found '# END SOLUTION {marker.task}' without its beginning"
    expected = f"expected '# BEGIN SOLUTION {marker.task}' above it"
    return Problem(place.at(number), f"{found}, {expected}")


def _nested(place: Place, marker: Marker, number: int, waiting: dict[str, int]) -> Problem:
    task, first = list(waiting.items())[-1]
    found = f"found '# BEGIN SOLUTION {marker.task}' inside the block of {task} (line {first})"
    return Problem(place.at(number), f"{found}, expected '# END SOLUTION {task}' before it")


def _shifted(place: Place, marker: Marker, number: int, indent: int, first: int) -> Problem:
    found = f"found '# END SOLUTION {marker.task}' after {marker.indent} spaces"
    expected = f"expected {indent} as before its beginning (line {first})"
    return Problem(place.at(number), f"{found}, {expected}")


def _cut(place: Place, lines: Sequence[str], spans: list[tuple[int, int]]) -> list[Block]:
    blocks: list[Block] = []
    kept_from = 0
    for first, last in spans:
        marker = read_marker(lines[first - 1])
        assert marker is not None
        blocks.append(Kept(tuple(lines[kept_from : first - 1])))
        inside = tuple(lines[first : last - 1])
        blocks.append(Solution(marker.task, marker.indent, inside, place.at(first)))
        kept_from = last
    blocks.append(Kept(tuple(lines[kept_from:])))
    return blocks

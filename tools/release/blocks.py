"""Parse: the text of a Python file, or of a notebook's code cell, becomes typed blocks.

Parsing only reads. What is done with the blocks (stubs, putting solutions back, hunting their
lines) is elsewhere, and begins where no problem was found.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

from grader.tasks import TASK_NAMES
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
        Problem(place.at(number), f"found {quote(line)}, expected no marker in this place")
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
        return f"found {quote(line)}, which is no marker; expected {nearest!r}"
    own_line = f"expected {nearest!r} as a comment on a line of its own"
    if marker is not None:
        return f"found {quote(line)} in a string, {own_line}"
    code, sign, comment = line.partition("#")
    if code.strip() and resembles_marker(sign + comment):
        return f"found a marker that shares its line: {quote(line)}, {own_line}"
    return f"found {quote(line)}, which is no marker; {own_line}"


def _pair(place: Place, markers: dict[int, Marker]) -> tuple[list[tuple[int, int]], list[Problem]]:
    """First and last line of each block, and what does not pair up."""
    spans: list[tuple[int, int]] = []
    problems: list[Problem] = []
    stack: list[int] = []  # lines of the markers that wait for their end
    for number, marker in markers.items():
        if marker.word == BEGIN:
            if stack:
                problems.append(Problem(place.at(number), _nested(marker, markers, stack[-1])))
            stack.append(number)
        elif not stack:
            found = f"found '# END SOLUTION {marker.task}' without its beginning"
            expected = f"expected '# BEGIN SOLUTION {marker.task}' above it"
            problems.append(Problem(place.at(number), f"{found}, {expected}"))
        else:
            first = stack.pop()
            wrong = _wrong_end(markers[first], marker, first)
            if wrong:
                problems.append(Problem(place.at(number), wrong))
            elif not stack:
                spans.append((first, number))
    for first in stack:
        found = f"found '# BEGIN SOLUTION {markers[first].task}' without its end"
        expected = f"expected '# END SOLUTION {markers[first].task}' below it"
        problems.append(Problem(place.at(first), f"{found}, {expected}"))
    return spans, problems


def _nested(marker: Marker, markers: dict[int, Marker], outer: int) -> str:
    task = markers[outer].task
    found = f"found '# BEGIN SOLUTION {marker.task}' inside the block of {task} (line {outer})"
    return f"{found}, expected '# END SOLUTION {task}' before it"


def _wrong_end(first: Marker, last: Marker, line: int) -> str | None:
    if last.task != first.task:
        found = f"found '# END SOLUTION {last.task}' in the block of {first.task} (line {line})"
        return f"{found}, expected '# END SOLUTION {first.task}'"
    if last.indent != first.indent:
        found = f"found '# END SOLUTION {last.task}' after {last.indent} spaces"
        return f"{found}, expected {first.indent} as before its beginning (line {line})"
    return None


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

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
from tools.release.text import Flaw, Spot, quote


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
    place: Spot  # of the first marker

    @property
    def marked_lines(self) -> tuple[str, ...]:
        """The block as it stands in the reference, markers included."""
        first, last = (f"{' ' * self.indent}# {w} SOLUTION {self.task}" for w in (BEGIN, END))
        return (first, *self.lines, last)


Block = Kept | Solution


@dataclass(frozen=True)
class Source:
    """A file or cell of the reference, taken apart."""

    place: Spot
    blocks: tuple[Block, ...]

    @classmethod
    def plain(cls, place: Spot, text: str) -> Source:
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


def parse_source(place: Spot, text: str, python: str | None = None) -> tuple[Source, list[Flaw]]:
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
            problems.append(Flaw(place.at(number), _why_no_marker(line, marker, is_comment)))
    spans, unpaired = _pair(place, markers)
    problems = sorted(problems + unpaired, key=lambda problem: problem.place.line or 0)
    return Source(place, tuple(_cut(place, lines, spans))), problems


def find_markers(place: Spot, text: str) -> list[Flaw]:
    """A problem for each marker, or what resembles one, in a text where none may be."""
    return [
        Flaw(place.at(number), f"found {quote(line)}, expected no marker here")
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


def _pair(place: Spot, markers: dict[int, Marker]) -> tuple[list[tuple[int, int]], list[Flaw]]:
    """First and last line of each block, and what does not pair up."""
    spans: list[tuple[int, int]] = []
    problems: list[Flaw] = []
    waiting: dict[str, int] = {}  # task -> line of the marker that waits for its end
    for number, marker in markers.items():
        if marker.word == BEGIN:
            # A block whose end never comes is open by mistake; the next one is not inside it.
            for task in [task for task in waiting if not _ends_after(number, task, markers)]:
                problems.append(_unclosed(place, task, waiting.pop(task)))
            if waiting:
                task, first = list(waiting.items())[-1]
                why = f"inside the block of {task} (line {first})"
                expected = f"'# END SOLUTION {task}' before it"
                problems.append(_unpaired(place, number, marker, why, expected))
            waiting[marker.task] = number
            continue
        first = waiting.pop(marker.task, 0)
        if not first:
            why, expected = "without its beginning", f"'# BEGIN SOLUTION {marker.task}' above it"
            problems.append(_unpaired(place, number, marker, why, expected))
        elif marker.indent != (indent := markers[first].indent):
            why = f"after {marker.indent} spaces"
            expected = f"{indent} as before its beginning (line {first})"
            problems.append(_unpaired(place, number, marker, why, expected))
        elif not waiting:
            spans.append((first, number))
    problems += [_unclosed(place, task, first) for task, first in waiting.items()]
    return spans, problems


def _unpaired(place: Spot, number: int, marker: Marker, why: str, expected: str) -> Flaw:
    found = f"found '# {marker.word} SOLUTION {marker.task}' {why}"
    return Flaw(place.at(number), f"{found}, expected {expected}")


def _unclosed(place: Spot, task: str, first: int) -> Flaw:
    why, expected = "without its end", f"'# END SOLUTION {task}' below it"
    return _unpaired(place, first, Marker(BEGIN, task, 0), why, expected)


def _ends_after(number: int, task: str, markers: dict[int, Marker]) -> bool:
    return any(m.word == END and m.task == task for n, m in markers.items() if n > number)


def _cut(place: Spot, lines: Sequence[str], spans: list[tuple[int, int]]) -> list[Block]:
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

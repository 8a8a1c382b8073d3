"""Finds the student's own lines of each task between what the release had given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise

from grader.lab.reference import SOLUTIONS
from grader.lab.tasks import TASK_NAMES
from tools.release.blocks import Kept, Solution, parse_source
from tools.release.sources import NEURAL_NET
from tools.release.text import Spot

CODE_LINES = 40

_TASK_COMMENT = re.compile(r"#.*?\bT#(\d+)\b")


def source_excerpts(source: str) -> dict[str, str]:
    """The student's lines of each task: what follows the release's comment on it.

    A task ends where the next one's comment stands, where the release goes on, or where the
    indentation falls back.
    """
    lines = source.splitlines()
    marks = [(at, f"T#{found[1]}") for at, line in enumerate(lines) if (found := _mark(line))]
    # A task that is mentioned again before the next one begins is still the same task.
    starts = [mark for before, mark in pairwise([(0, ""), *marks]) if before[1] != mark[1]]
    code: dict[str, str] = {}
    for (at, name), (end, _) in pairwise([*starts, (len(lines), "")]):
        if name in TASK_NAMES:
            block = _without_scaffold(_block(lines[at:end]), _going_on().get(name))
            if block:
                code.setdefault(name, "\n".join(block[:CODE_LINES]))
    return code


def _mark(line: str) -> re.Match[str] | None:
    return _TASK_COMMENT.search(line)


def _block(lines: list[str]) -> list[str]:
    """Lines from a comment on, up to the first that is indented less."""
    indent = len(lines[0]) - len(lines[0].lstrip())
    block = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            break
        block.append(line[indent:])
    return block


def _without_scaffold(block: list[str], going_on: str | None) -> list[str]:
    """The block without the release's comment above it and the release's code below it."""
    begin = next((at for at, line in enumerate(block) if not line.startswith("#")), len(block))
    below = [at for at, line in enumerate(block) if line.rstrip() == going_on]
    own = block[begin : below[-1] if below else None]
    while own and not own[-1].strip():
        own.pop()
    return own


@lru_cache(maxsize=1)
def _going_on() -> Mapping[str, str | None]:
    """Task -> the line with which the release goes on after its block, where it does."""
    text = (SOLUTIONS / NEURAL_NET).read_text(encoding="utf-8")
    source, _ = parse_source(Spot(NEURAL_NET), text)
    return {
        block.task: _first_code(block.indent, below.lines)
        for block, below in pairwise(source.blocks)
        if isinstance(block, Solution) and isinstance(below, Kept)
    }


def _first_code(indent: int, lines: Iterable[str]) -> str | None:
    """The first line of code, if it stands at this indentation."""
    code = (line for line in lines if line.strip() and not line.strip().startswith("#"))
    first = next(code, "")
    return first[indent:] if first[:indent].isspace() else None

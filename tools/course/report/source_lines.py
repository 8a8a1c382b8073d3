"""Finds the line of a student's source that a lost check points to."""

from __future__ import annotations

import functools
import re

from grader.engine.verdict import CheckVerdict
from grader.lab.functional import source_of
from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.mistake import Mistake, edited
from tools.course.report.source_excerpts import source_excerpts

LINES = 3000  # of a file: far more than the lab needs
WIDTH = 400  # characters of a line
_WORD = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?|[^\s\w]")
_OWN_LINE = re.compile(r"neural_net\.py, line (\d+)")
_PARAMETERS = re.compile(r"-for-[Wb\d-]+$")
_LIKE_ENOUGH = 0.33  # share of words in common from which on a line is taken for the mistaken one
_VERY_ALIKE = 0.9  # the same for any line of the file, if the release's comments are gone

Words = frozenset[str]


def lines_of(source: str) -> list[str]:
    """The lines of a file, cut where they are far too many or too long."""
    return [line[:WIDTH] for line in source.split("\n")[:LINES]]


def task_starts(lines: list[str]) -> dict[str, tuple[int, int]]:
    """Task -> its first and last line, from 1: the comment of the release and the own lines."""
    found: dict[str, tuple[int, int]] = {}
    for task, code in source_excerpts("\n".join(lines)).items():
        own = [line.strip() for line in code.split("\n")]
        marks = (at for at, line in enumerate(lines) if re.search(rf"#.*{task}\b", line))
        mark = next(marks, 0)
        for at in range(mark, len(lines) - len(own) + 1):
            if [line.strip() for line in lines[at : at + len(own)]] == own:
                found[task] = (mark + 1, at + len(own))
                break
    return found


def line_of_check(source: str, check: CheckVerdict) -> int | None:
    """The line of the check's error, or of its mistake; None if no line can be named."""
    told = [int(found) for found in _OWN_LINE.findall(check.message)]
    if told and told[-1] <= len(lines_of(source)):
        return told[-1]
    slugs = (check.misconception or "").split("+")
    return next((found for slug in slugs if (found := line_of_mistake(source, slug))), None)


@functools.lru_cache(maxsize=20_000)
def line_of_mistake(source: str, slug: str) -> int | None:
    """The line that is most like the mistaken one of the catalogue; None if none is."""
    mistake = BY_SLUG.get(_PARAMETERS.sub("", slug))
    if mistake is None or not mistake.edits:
        return None
    lines = lines_of(source)
    first, last = task_starts(lines).get(mistake.task, (0, 0))
    numbers = range(first, last + 1) if first else range(1, len(lines) + 1)
    least = _LIKE_ENOUGH if first else _VERY_ALIKE
    wrong, right = _changed_lines(mistake)
    words = {number: _words(lines[number - 1]) for number in numbers}
    best = max(numbers, key=lambda number: _likeness(words[number], wrong, right), default=None)
    return best if best and _most_alike(words[best], wrong) >= least else None


def _likeness(words: Words, wrong: list[Words], right: list[Words]) -> float:
    """How much a line is like the mistaken ones, rather than the right ones."""
    return _most_alike(words, wrong) - 0.3 * _most_alike(words, right)


@functools.lru_cache(maxsize=512)
def _changed_lines(mistake: Mistake) -> tuple[list[Words], list[Words]]:
    """Lines that only the mistaken function has, and lines that only the right one has."""
    source = source_of(mistake.stage)
    right, wrong = (text.split("\n")[1:] for text in (source, edited(source, mistake.edits) or ""))
    only_wrong = [_words(line) for line in wrong if line not in right]
    only_right = [_words(line) for line in right if line not in wrong]
    return [one for one in only_wrong if one], [one for one in only_right if one]


@functools.lru_cache(maxsize=5000)
def _words(line: str) -> Words:
    return frozenset(word for word in _WORD.findall(line.split("#")[0]) if word not in "()[],:=\"'")


def _most_alike(words: Words, others: list[Words]) -> float:
    return max((len(words & one) / max(1, len(words | one)) for one in others), default=0.0)

"""A student's code as the desk shows it: highlighted, cut by task, its mistaken lines found."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from grader.engine.verdict import CheckVerdict
from grader.lab.functional import RIGHT
from grader.lab.mistakes.catalogue import CATALOGUE
from grader.lab.mistakes.mistake import Mistake, source_of
from grader.lab.reference import SOLUTIONS
from tools.common import sanitize
from tools.course.gradebook import Gradebook
from tools.course.report.source_excerpts import own_lines
from tools.release.markers import read_marker

LINES = 3000  # of a file: far more than the lab needs
WIDTH = 400  # characters of a line
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (String, "s"),
    (Number, "n"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Builtin, "b"),
)
_WORD = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?|[^\s\w]")
_OWN_LINE = re.compile(r"neural_net\.py, line (\d+)")
_LIKE_ENOUGH = 0.33  # share of words in common from which on a line is taken for the mistaken one


@dataclass(frozen=True)
class Line:
    """One line of a file."""

    number: int  # from 1
    html: Markup
    is_new: bool = False  # of a diff
    is_old: bool = False


@dataclass(frozen=True)
class Part:
    """Lines of one task, or the lines between two tasks."""

    task: str | None
    lines: tuple[Line, ...]


def lines_of(source: str) -> list[str]:
    """The lines of a file, cut where they are far too many or too long."""
    return [line[:WIDTH] for line in source.split("\n")[:LINES]]


def highlighted(lines: Iterable[str]) -> list[Markup]:
    """Each line as HTML. Everything in it is escaped."""
    cleaned = [sanitize.plain(line, WIDTH).replace("\n", " ") for line in lines]
    made: list[list[str]] = [[]]
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens("\n".join(cleaned)):
        name = next((short for known, short in _CLASSES if kind in known), None)
        for at, piece in enumerate(text.split("\n")):
            if at:
                made.append([])
            if piece:
                clean = escape(piece)
                made[-1].append(f'<span class="h-{name}">{clean}</span>' if name else str(clean))
    return [Markup("".join(pieces)) for pieces in made]


def task_starts(lines: list[str]) -> dict[str, tuple[int, int]]:
    """Task -> its first and last line, from 1: the student's own lines and the comment above."""
    text, found = "\n".join(lines), {}
    for task, code in own_lines(text).items():
        own = code.split("\n")
        mark = next(
            (at for at, line in enumerate(lines) if "#" in line and re.search(rf"{task}\b", line)),
            0,
        )
        for at in range(mark, len(lines)):
            window = lines[at : at + len(own)]
            if len(window) == len(own) and all(
                got.strip() == each.strip() for got, each in zip(window, own, strict=True)
            ):
                found[task] = (mark + 1, at + len(own))
                break
    return found


def parts_of(source: str) -> list[Part]:
    """The whole file, cut at the borders of tasks."""
    lines = lines_of(source)
    html = highlighted(lines)
    spans = sorted((first, last, task) for task, (first, last) in task_starts(lines).items())
    parts, at = [], 1
    for first, last, task in spans:
        if first < at:
            continue
        parts += [(None, at, first - 1), (task, first, last)]
        at = last + 1
    parts.append((None, at, len(lines)))
    return [
        Part(task, tuple(Line(number, html[number - 1]) for number in range(first, last + 1)))
        for task, first, last in parts
        if last >= first
    ]


def line_of_check(source: str, check: CheckVerdict) -> int | None:
    """The line that a lost check points to: of its error, or of its catalogued mistake."""
    told = [int(found) for found in _OWN_LINE.findall(check.message)]
    lines = lines_of(source)
    if told and told[-1] <= len(lines):
        return told[-1]
    for slug in (check.misconception or "").split("+"):
        if found := line_of_mistake(source, slug):
            return found
    return None


@functools.lru_cache(maxsize=20_000)
def line_of_mistake(source: str, slug: str) -> int | None:
    """The student's line that is most like the mistaken one of the catalogue; None if none is."""
    mistake = mistakes_by_slug().get(slug)
    if mistake is None:
        return None
    lines = lines_of(source)
    # Without the release's comments, any line may be meant, and has to be more alike.
    first, last = task_starts(lines).get(mistake.task, (0, 0))
    numbers = range(first, last + 1) if first else range(1, len(lines) + 1)
    least = _LIKE_ENOUGH if first else 0.9
    wrong, right = _changed_lines(mistake)
    likeness = {number: _likeness(_words(lines[number - 1]), wrong, right) for number in numbers}
    best = max(likeness, key=lambda number: likeness[number], default=None)
    if (
        best is None
        or max((_alike(_words(lines[best - 1]), one) for one in wrong), default=0) < least
    ):
        return None
    return best


def _likeness(
    words: frozenset[str], wrong: list[frozenset[str]], right: list[frozenset[str]]
) -> float:
    """How much a line is like the mistaken ones, rather than the right ones."""
    like = max((_alike(words, each) for each in wrong), default=0.0)
    return like - 0.3 * max((_alike(words, each) for each in right), default=0.0)


@functools.cache
def mistakes_by_slug() -> Mapping[str, Mistake]:
    """Every mistake of the catalogue."""
    return {each.slug: each for mistakes in CATALOGUE.values() for each in mistakes}


@functools.lru_cache(maxsize=512)
def _changed_lines(mistake: Mistake) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
    """Lines that only the mistaken function has, and lines that only the right one has."""
    wrong = mistake.source.split("\n")[1:]
    right = source_of(getattr(RIGHT, mistake.stage.__name__)).split("\n")[1:]
    only_wrong = [_words(line) for line in wrong if line not in right]
    only_right = [_words(line) for line in right if line not in wrong]
    return [one for one in only_wrong if one], [one for one in only_right if one]


def _words(line: str) -> frozenset[str]:
    code = line.split("#")[0]
    return frozenset(word for word in _WORD.findall(code) if word not in "()[],:=\"'")


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


@functools.cache
def reference_lines() -> list[str]:
    """The reference without its markers."""
    text = (SOLUTIONS / "cattern" / "neural_net.py").read_text(encoding="utf-8")
    return [line for line in text.split("\n") if read_marker(line) is None]


def diff_of(before: list[str], after: list[str], around: int = 3) -> Iterator[Line | None]:
    """Lines of two texts with what changed; None between pieces that are not next to each other."""
    old, new = highlighted(before), highlighted(after)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for at, group in enumerate(matcher.get_grouped_opcodes(around)):
        if at:
            yield None
        for kind, a, b, c, d in group:
            if kind == "equal":
                yield from (Line(c + i + 1, new[c + i]) for i in range(d - c))
                continue
            yield from (Line(i + 1, old[i], is_old=True) for i in range(a, b))
            yield from (Line(i + 1, new[i], is_new=True) for i in range(c, d))


class Excerpts:
    """Single lines of students' sources, to show beside a mistake."""

    def __init__(self, book: Gradebook) -> None:
        self._book = book

    def line(self, student: str, slug: str) -> tuple[int, Markup] | None:
        """Number and text of the line with a mistake."""
        source = self._book.submission(student).source
        number = line_of_mistake(source, slug)
        if number is None:
            return None
        return number, highlighted([lines_of(source)[number - 1].strip()])[0]

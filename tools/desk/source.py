"""A student's code as the desk shows it: highlighted, cut by task, its mistaken lines found."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.mistake import Mistake
from grader.lab.reference import SOLUTIONS
from tools.common import sanitize
from tools.course.gradebook.book import Gradebook
from tools.course.report.pages.sections import mistake_words
from tools.course.report.source_lines import WIDTH, line_of_mistake, lines_of, task_starts
from tools.release.markers import read_marker

# Kinds of tokens, as `pygments` names them, and their classes in the style; the first one counts.
_CLASSES = {
    "Token.Comment": "c",
    "Token.Literal.String": "s",
    "Token.Literal.Number": "n",
    "Token.Keyword": "k",
    "Token.Operator.Word": "k",
    "Token.Name.Function": "f",
    "Token.Name.Class": "f",
    "Token.Name.Builtin": "b",
}


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


def highlighted(lines: Iterable[str]) -> list[Markup]:
    """Each line as HTML. Everything in it is escaped."""
    from pygments.lexers.python import PythonLexer  # the first page can do without

    cleaned = [sanitize.plain(line, WIDTH).replace("\n", " ") for line in lines]
    made: list[list[str]] = [[]]
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens("\n".join(cleaned)):
        name = next((short for known, short in _CLASSES.items() if str(kind).startswith(known)), "")
        for at, piece in enumerate(text.split("\n")):
            if at:
                made.append([])
            if piece:
                clean = escape(piece)
                made[-1].append(f'<span class="h-{name}">{clean}</span>' if name else str(clean))
    return [Markup("".join(pieces)) for pieces in made]


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


def mistake_of(slug: str) -> Mistake | None:
    """The mistake of the catalogue that a slug names, also for a part of the parameters."""
    return BY_SLUG.get(slug) or BY_SLUG.get(slug.rsplit("-for-", 1)[0])


def title_of(slug: str) -> str:
    """What is wrong, in a sentence; the slug's words if the sentence has places to fill."""
    known = mistake_of(slug)
    return known.title if known and "{" not in known.title else f"{mistake_words(slug)}."


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

    def line(self, student: str, slug: str) -> tuple[int, str] | None:
        """Number and text of the line with a mistake."""
        source = self._book.submission(student).source
        number = line_of_mistake(source, slug)
        if number is None:
            return None
        return number, sanitize.line(lines_of(source)[number - 1], WIDTH)

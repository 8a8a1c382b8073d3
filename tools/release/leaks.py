"""Hunt the lines of the solutions through everything that students get.

Line by line is not enough: an expression in the README, a commented-out line, a string in a
notebook's metadata give a solution away as well. So what is hunted are statements, the right
sides of assignments, and comments from inside the blocks; and they are sought as substrings, with
white space, number signs, quotes' escapes and case taken out on both sides.
"""

from __future__ import annotations

import io
import json
import keyword
import re
import textwrap
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tools.release.blocks import Solution
from tools.release.notebook import mask_magics
from tools.release.text import Flaw, Spot, quote

# Shorter than this, or without two names or literals and something that is done to them, a line
# says nothing ("else:", "loss = 0"), and would be found everywhere.
LEAST_CODE, LEAST_COMMENT, LEAST_FRAGMENT = 10, 12, 24
_CHANGES = {"+=", "-=", "*=", "/=", "@=", "**=", "//=", "%="}
_WORK = frozenset("+-*/@%([{.<>") | {"**", "//", "<=", ">=", "==", "!="} | _CHANGES
_SHAPE = re.compile(r"[(),\w\s]*")  # "(N, H), (H,)": what a comment may share with anything
_SKIPPED = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True)
class Secret:
    """Something that stands in a block and nowhere else."""

    task: str
    text: str
    place: Spot  # of the block

    @property
    def needle(self) -> str:
        """As it is sought."""
        return squeeze(self.text)


def squeeze(text: str) -> str:
    """The text without white space and number signs, in lower case."""
    return re.sub(r"[\s#]+", "", text).casefold()


def find_secrets(solution: Solution) -> list[Secret]:
    """What of a block has enough substance to give it away."""
    text = mask_magics(textwrap.dedent("\n".join(solution.lines))) + "\n"
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    texts = [*_comments(tokens), *_statements(tokens)]
    by_needle = {squeeze(text): Secret(solution.task, text, solution.place) for text in texts}
    return list(by_needle.values())


def find_leaks(solutions: Iterable[Solution], files: Mapping[str, bytes]) -> list[Flaw]:
    """Every place of the files where something of a solution stands."""
    secrets = [secret for solution in solutions for secret in find_secrets(solution)]
    problems = []
    for path, content in files.items():
        for place, text in _texts(path, content.decode("utf-8", "replace")):
            squeezed, lines = _squeeze_lines(text)
            for secret in secrets:
                at = squeezed.find(secret.needle)
                if at >= 0:
                    found = f"found {quote(secret.text)} of the block of {secret.task}"
                    message = f"{found} ({secret.place}), expected it nowhere but there"
                    problems.append(Flaw(place.at(lines[at]), message))
    return problems


def _texts(path: str, text: str) -> Iterator[tuple[Spot, str]]:
    """A file's text; of a notebook all strings in it, whatever they are for."""
    if not path.endswith(".ipynb"):
        yield Spot(path), text
        return
    raw = json.loads(text)
    for number, cell in enumerate(raw.pop("cells", []), 1):
        yield Spot(path, cell=f"cell {number}"), "".join(cell.pop("source"))
        yield Spot(path, cell=f"cell {number}"), "\n".join(_strings(cell))
    yield Spot(path), "\n".join(_strings(raw))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        # Notebooks store a text as a list of its lines.
        yield "".join(inner for inner in value if isinstance(inner, str))
        for inner in value:
            if not isinstance(inner, str):
                yield from _strings(inner)


def _squeeze_lines(text: str) -> tuple[str, list[int]]:
    """The squeezed text, and the line that each of its characters comes from."""
    parts, lines = [], []
    for number, line in enumerate(text.split("\n"), 1):
        part = squeeze(line)
        parts.append(part)
        lines += [number] * len(part)
    return "".join(parts), lines


def _comments(tokens: list[tokenize.TokenInfo]) -> Iterator[str]:
    for token in tokens:
        text = token.string.lstrip("# ")
        is_shape = text.startswith("(") and _SHAPE.fullmatch(text)
        is_long = len(squeeze(text)) >= LEAST_COMMENT
        if token.type == tokenize.COMMENT and is_long and not is_shape:
            yield text


def _statements(tokens: list[tokenize.TokenInfo]) -> Iterator[str]:
    """Statements, the right sides of assignments, and long lines of statements on many lines."""
    statement: list[tokenize.TokenInfo] = []
    for token in tokens:
        if token.type == tokenize.NEWLINE:
            yield from _pieces(statement)
            statement = []
        elif token.type not in _SKIPPED:
            statement.append(token)


def _pieces(statement: list[tokenize.TokenInfo]) -> Iterator[str]:
    for piece in (statement, _right_side(statement)):
        if _has_substance(piece, LEAST_CODE):
            yield _join(piece)
    for _, line in groupby(statement, key=lambda token: token.start[0]):
        fragment = list(line)
        if len(fragment) < len(statement) and _has_substance(fragment, LEAST_FRAGMENT):
            yield _join(fragment)


def _right_side(statement: list[tokenize.TokenInfo]) -> list[tokenize.TokenInfo]:
    """What stands behind the last assignment that is in no brackets; empty without one."""
    depth, start = 0, None
    for index, token in enumerate(statement):
        depth += (token.string in "([{") - (token.string in ")]}")
        if depth == 0 and token.string in {"=", *_CHANGES}:
            start = index + 1
    return [] if start is None else statement[start:]


def _has_substance(tokens: list[tokenize.TokenInfo], least: int) -> bool:
    names = {token.string for token in tokens if token.type == tokenize.NAME}
    names -= set(keyword.kwlist)
    literals = {t.string for t in tokens if t.type in (tokenize.NUMBER, tokenize.STRING)}
    works = any(token.string in _WORK for token in tokens)
    enough = len(names) >= 1 and len(names | literals) >= 2
    return works and enough and len(squeeze(_join(tokens))) >= least


def _join(tokens: list[tokenize.TokenInfo]) -> str:
    """The tokens as text, with a space between those that had one."""
    text, end = "", (0, 0)
    for token in tokens:
        text += (" " if text and token.start != end else "") + token.string
        end = token.end
    return text

"""Reads source that was written for Python 2: what differs in syntax, and names that are gone."""

from __future__ import annotations

import ast
import dis
import functools
import io
import itertools
import re
import tokenize
from collections.abc import Iterable, Iterator
from types import CodeType

NAMES = {
    "xrange": range,
    "raw_input": input,
    "unicode": str,
    "basestring": str,
    "long": int,
    "unichr": chr,
    "reduce": functools.reduce,
}
Edit = tuple[tuple[int, int], int, str]  # row and column, how many characters go, what comes
_METHODS = {"iteritems": "items", "iterkeys": "keys", "itervalues": "values"}
_BLANK = (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE)


def translate(text: str) -> str | None:
    """The same program in the syntax of Python 3, line by line, or None if it cannot be read."""
    lines = [_expanded(line) for line in text.split("\n")]
    source = "\n".join(lines)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return None
    edits = [] if "print_function" in source else list(_prints(tokens))
    edits += [*_excepts(tokens), *_raises(tokens), *_operators(tokens)]
    for (row, column), length, new in sorted(edits, reverse=True):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + new + line[column + length :]
    return "\n".join(lines)


class OldMethods(ast.NodeTransformer):
    """Calls the methods of a dict by the names that they have today."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = _METHODS.get(node.attr, node.attr)
        return node


def uses_old_methods(text: str) -> bool:
    """Whether a method of a dict is called by a name of Python 2."""
    return any(f".{name}(" in text for name in _METHODS)


def old_names_in(code: CodeType, text: str) -> list[str]:
    """The names of Python 2 that compiled code uses and that its text does not import."""
    used = NAMES.keys() & set(_names_in(code))
    return [name for name in used if not re.search(rf"\bimport\b.*\b{name}\b", text)]


_LOADS = ("LOAD_GLOBAL", "LOAD_NAME")


def _names_in(code: CodeType) -> Iterator[str]:
    if NAMES.keys() & set(code.co_names):  # attributes are among these
        loads = (one for one in dis.get_instructions(code) if one.opname in _LOADS)
        yield from (one.argval for one in loads)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _expanded(line: str) -> str:
    """A line with its indentation in blanks, as Python 2 counts tabs."""
    body = line.lstrip(" \t")
    return line[: len(line) - len(body)].expandtabs(8) + body


def _statements(
    tokens: Iterable[tokenize.TokenInfo], word: str
) -> Iterator[list[tokenize.TokenInfo]]:
    """The tokens of each simple statement that begins with a word, its end included."""
    begins, depth = True, 0
    statement: list[tokenize.TokenInfo] = []
    for token in tokens:
        depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        ends = token.type in (tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.COMMENT)
        ends = ends or (token.string == ";" and not depth)
        if statement:
            statement.append(token)
            if ends and not (token.type == tokenize.COMMENT and depth):
                yield statement
                statement = []
        elif begins and token.string == word:
            statement = [token]
        begins = token.type in _BLANK or (token.string in (":", ";") and not depth)


def _prints(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[Edit]:
    for statement in _statements(tokens, "print"):
        first, *rest, _end = statement
        yield first.end, 0, "("
        if rest and rest[0].string == ">>":
            comma = next((token for token in rest if token.string == ","), rest[-1])
            yield from ((token.start, len(token.string), "") for token in rest if token is comma)
            yield from _removed(rest, comma)
        closing = " end=' ')" if rest and rest[-1].string == "," else ")"
        yield (rest[-1].end if rest else first.end), 0, closing


def _removed(tokens: Iterable[tokenize.TokenInfo], until: tokenize.TokenInfo) -> Iterator[Edit]:
    for token in tokens:
        if token is until:
            return
        yield token.start, len(token.string), ""


def _excepts(tokens: list[tokenize.TokenInfo]) -> Iterator[Edit]:
    for at, token in enumerate(tokens):
        if token.string != "except":
            continue
        depth = 0
        for later in tokens[at + 1 :]:
            depth += (later.string in ("(", "[", "{")) - (later.string in (")", "]", "}"))
            if later.string == ":" and not depth:
                break
            if later.string == "," and not depth:
                yield later.start, 1, " as"


def _raises(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[Edit]:
    for statement in _statements(tokens, "raise"):
        depth = 0
        for token in statement[1:]:
            depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
            if token.string == "," and not depth:
                yield token.start, 1, "("
                yield statement[-2].end, 0, ")"
                break


def _operators(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[Edit]:
    for token, following in itertools.pairwise(tokens):
        pair = token.string + following.string
        if token.string == "<>" or (pair == "<>" and following.start == token.end):
            yield token.start, 2, "!="
        is_long = token.type == tokenize.NUMBER and following.string in ("L", "l")
        if is_long and following.start == token.end:
            yield following.start, 1, ""

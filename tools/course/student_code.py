"""A student's source as a syntax tree. It is parsed here and never run."""

from __future__ import annotations

import ast
import re
import warnings

MAX_CHARACTERS = 50_000  # the lab needs about 15,000
MAX_NESTING = 20  # brackets; the time that a hostile text costs the parser grows with them

_MAGIC = re.compile(r"^(\s*)[%!?]", re.MULTILINE)
_PRINT_STATEMENT = re.compile(r"^(\s*)print[ \t]+([^(\n].*)$", re.MULTILINE)
_BRACKETS = re.compile(r"[][(){}]")


def without_magics(source: str) -> str:
    """Return the source, cut to a size that can be parsed, with IPython's lines as comments."""
    return _MAGIC.sub(r"\1#", source[:MAX_CHARACTERS])


def parse_code(source: str) -> ast.Module | None:
    """Return the tree of Python code, also of Python 2 with print statements.

    None if it does not parse or looks made to keep a parser busy. Line numbers are the source's.
    """
    text = without_magics(source)
    if _nesting(text) > MAX_NESTING:
        return None
    return _parsed(text) or _parsed(_PRINT_STATEMENT.sub(r"\1print(\2)", text))


def _nesting(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(text):
        depth = depth + 1 if bracket in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _parsed(source: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the student's escapes and comparisons
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

"""Finds expressions in the methods of a student's class: which line, and what it says."""

from __future__ import annotations

import ast
import re
from ast import unparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tools.course.student_code import parse_code

SHOWN = 90  # characters of a line that a question quotes

Node = ast.stmt | ast.expr
_COMMENT = re.compile(r"\s*#[^'\"]*$")


@dataclass(frozen=True)
class ParsedCode:
    """The source of one student. What cannot be told for sure is not found."""

    source: str

    @cached_property
    def _methods(self) -> dict[str, ast.FunctionDef]:
        """The methods of the only class with a `loss`, none of which is defined twice."""
        tree = parse_code(self.source)
        classes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)] if tree else []
        methods = [[n for n in c.body if isinstance(n, ast.FunctionDef)] for c in classes]
        owners = [found for found in methods if any(n.name == "loss" for n in found)]
        functions = [function for found in owners for function in found]
        names = [function.name for function in functions]
        if len(owners) != 1 or len(set(names)) != len(names):
            return {}
        return dict(zip(names, functions, strict=True))

    def nodes(self, method: str, *, unreached: bool = False) -> list[Node]:
        """The statements and expressions of a method that can run, in the order of the source.

        With `unreached`, also those behind a `raise` or `return`.
        """
        function = self._methods.get(method)
        return [] if function is None else list(_live(function.body, unreached))

    def quote(self, line: int) -> str:
        """A line as a question quotes it, without a comment behind it: "line 74, `loss /= N`"."""
        text = _COMMENT.sub("", self.source.split("\n")[line - 1]).strip()
        return f"line {line}, `{text[:SHOWN]}{'...' if len(text) > SHOWN else ''}`"


def _live(body: Sequence[ast.stmt], unreached: bool) -> Iterator[Node]:
    """The nodes of statements, up to a return or raise; not those of functions defined inside."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            continue
        yield statement
        blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
        if not (isinstance(statement, ast.If) and isinstance(statement.test, ast.Constant)):
            for block in blocks:
                yield from _live(block, unreached)
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                yield from (n for n in ast.walk(child) if isinstance(n, ast.expr))
        if isinstance(statement, ast.Return | ast.Raise) and not unreached:
            return


def function_of(node: ast.AST) -> str:
    """The last name of what is called: "sum" of `np.sum(x)` and `x.sum()`; "" of no call."""
    if not isinstance(node, ast.Call):
        return ""
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def operand_of(call: ast.Call) -> ast.expr | None:
    """What a numpy function works on: `x` of `np.sum(x, axis=1)` and `x.sum(axis=1)`."""
    if isinstance(call.func, ast.Attribute) and unparse(call.func.value) not in ("np", "numpy"):
        return call.func.value
    return call.args[0] if call.args else None


def option(call: ast.Call, name: str) -> str:
    """A keyword argument as text; "" if it is not given."""
    return next((unparse(word.value) for word in call.keywords if word.arg == name), "")


def factors(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """The two factors of a matrix product, however it is written."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return node.left, node.right
    if isinstance(node, ast.Call) and function_of(node) in ("dot", "matmul"):
        left = operand_of(node)
        if left is not None and node.args and len(node.args) <= 2:
            return (left, node.args[-1]) if node.args[-1] is not left else None
    return None


def names_in(node: ast.AST) -> set[str]:
    """The names that an expression uses."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}

"""What a block must be, as Python: complete statements in the right method, that can be removed."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable

from grader.lab.tasks import TASKS
from tools.release.blocks import Solution, Source
from tools.release.strip import strip, stub_tasks
from tools.release.text import Flaw, Spot

NOTEBOOK = "notebook"
WHERE = {task.name: task.where for task in TASKS}

Mask = Callable[[str], str]  # a cell's text to what Python sees of it, line by line


def check_python(source: Source, mask: Mask = str) -> list[Flaw]:
    """Everything wrong with a source as Python; a source that does not parse is said and left."""
    tree, problems = _parse(source.place, mask(source.text))
    if tree is None:
        return problems
    for solution in source.solutions:
        problems += _check_block(solution, mask)
        problems += _check_method(solution, tree)
    return problems or _check_stubs(source, mask)


def _parse(place: Spot, text: str) -> tuple[ast.Module | None, list[Flaw]]:
    try:
        return ast.parse(text), []
    except (SyntaxError, ValueError) as error:  # ValueError: a NUL in the text
        line = getattr(error, "lineno", None) or 1
        found = f"found no valid Python: {getattr(error, 'msg', error)}"
        return None, [Flaw(place.at(line), found)]


def _check_block(solution: Solution, mask: Mask) -> list[Flaw]:
    """Statements from their beginning to their end, none further out than the markers."""
    place, line = solution.place, solution.place.line or 0
    for number, text in enumerate(solution.lines, line + 1):
        indent = len(text) - len(text.lstrip(" "))
        if text.strip() and indent < solution.indent:
            found = f"found a line of the block of {solution.task} after {indent} spaces"
            expected = f"expected at least the {solution.indent} of its marker"
            return [Flaw(place.at(number), f"{found}, {expected}")]
    try:
        body = ast.parse(mask(textwrap.dedent("\n".join(solution.lines)))).body
    except SyntaxError as error:
        found = f"found a part of a statement in the block of {solution.task} ({error.msg})"
        where = place.at(line + (error.lineno or 1))
        return [Flaw(where, f"{found}, expected whole statements")]
    if not body:
        found = f"found no code in the block of {solution.task}"
        return [Flaw(place, f"{found}, expected what students write")]
    first = solution.lines[body[0].lineno - 1]
    if len(first) - len(first.lstrip(" ")) != solution.indent:
        found = f"found the marker of {solution.task} after {solution.indent} spaces"
        return [Flaw(place, f"{found}, expected the indentation of the code in its block")]
    return []


def _check_method(solution: Solution, tree: ast.Module) -> list[Flaw]:
    """That the block stands in the method where students look for the task."""
    line = solution.place.line or 0
    expected = WHERE[solution.task]
    found = None
    for node in ast.walk(tree):  # outer ones come first
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            found = node.name
    if expected == NOTEBOOK or found == expected:
        return []
    where = f"in {found}()" if found else "outside of all functions"
    message = f"found the block of {solution.task} {where}, expected it in {expected}()"
    return [Flaw(solution.place, message)]


def _check_stubs(source: Source, mask: Mask) -> list[Flaw]:
    """That what is left is Python, block by block, with one stub for each of them."""
    problems = []
    for solution in source.solutions:
        try:
            ast.parse(mask(strip(source, only=solution)))
        except SyntaxError as error:
            found = f"found invalid code where the block of {solution.task} is removed"
            expected = "expected what is left to be Python"
            problems.append(Flaw(solution.place, f"{found} ({error.msg}), {expected}"))
    tasks = tuple(solution.task for solution in source.solutions)
    if stub_tasks(strip(source)) != tasks:
        found = "found a stub in the reference"
        problems.append(Flaw(source.place, f"{found}, expected stubs only in the release"))
    return problems

"""The fixed words of every message that the kit raises, read from its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# What is raised to be read by a person.
RAISED = {
    "ClickException",
    "DataError",
    "KitError",
    "MaterialError",
    "SandboxError",
    "SubmissionError",
    "UsageError",
}
CALLED = {"fail"}  # methods of click
# Names under which a module gathers the mistakes that it raises together.
GATHERED = {"problems", "found", "_wrong", "problem", "Problem", "wrong", "texts", "differences"}
_HOLE = "\0"


def messages_in(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of each message of a module, with a hole for what changes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    gathers = any(_is_gathering(node) for node in ast.walk(tree))
    for node in ast.walk(tree):
        if _is_message(node) or (gathers and _is_gathered(node)):
            yield from _texts(node)
    # The release tool says everything as "found this, expected that", wherever it says it.
    yield from ((line, text) for line, text in _texts(tree) if text.startswith("found "))


def fixed_words(text: str) -> str:
    """The longest stretch of a message between two holes, without quotes at its ends."""
    parts = [" ".join(part.split()) for part in re.split(f"{_HOLE}|\n", text)]
    return max((part.strip(" '\"`():;,.") for part in parts), key=len, default="")


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_message(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return isinstance(node.exc, ast.Call) and _name(node.exc.func) in RAISED
    return isinstance(node, ast.Call) and _name(node.func) in CALLED


def _is_gathering(node: ast.AST) -> bool:
    """Whether this raises mistakes that were gathered before."""
    return (
        isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and _name(node.exc.func) == "MaterialError"
        and not any(isinstance(each, ast.Constant) for each in ast.walk(node.exc))
    )


def _is_gathered(node: ast.AST) -> bool:
    """Whether this adds to the mistakes that a module gathers."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield):
        return True
    if isinstance(node, ast.Call):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        return {_name(node.func), _name(owner)} & GATHERED != set()
    if isinstance(node, ast.AugAssign):
        return _name(node.target) in GATHERED
    if isinstance(node, ast.Assign):
        return any(_name(target) in GATHERED for target in node.targets)
    return False


def _texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts in a piece of code, without those inside of others."""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else _HOLE for part in node.values]
        yield node.lineno, "".join(map(str, parts))
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.lineno, node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)

"""No arrow between the rooms runs upward: docs/architecture.md, kept by reading the imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOMS = ("solutions", "mnist_data", "grader", "tools", "tests")
MAY_IMPORT = {
    "mnist_data": set(),
    "solutions": {"mnist_data"},
    "grader": {"mnist_data", "solutions"},
    "tools": {"mnist_data", "solutions", "grader"},
}
INSIDE = {"numpy"}  # beyond the standard library, in the sandbox


def imported(path: Path) -> Iterator[str]:
    """First parts of the names that a file imports from elsewhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_from_below_alone(room: str, project: Path) -> None:
    above = set(ROOMS) - MAY_IMPORT[room] - {room}
    found = {
        f"{path.relative_to(project)} imports {name}"
        for path in files(project / room)
        for name in above & set(imported(path))
    }
    assert found == set()


def test_data_package_needs_numpy_alone(project: Path) -> None:
    for path in files(project / "mnist_data"):
        others = set(imported(path)) - set(sys.stdlib_module_names) - {"numpy", "mnist_data"}
        assert others == set(), path


def test_inside_the_sandbox_there_is_numpy_alone_and_no_answer(project: Path) -> None:
    inside = project / "grader" / "inside"
    own = {path.stem for path in files(inside)}
    for path in files(inside):
        assert set(imported(path)) - set(sys.stdlib_module_names) - INSIDE - own == set(), path

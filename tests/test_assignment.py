"""The committed release is what the sources give."""

from __future__ import annotations

from pathlib import Path

from tools.release import build, find_differences, places_in


def test_assignment_is_what_the_sources_give(project: Path) -> None:
    """If this fails: `nnlab release`, look at the differences, commit them."""
    assert find_differences(places_in(project).tree, build(project).files) == []

"""docs/exporting.md says what the commands do."""

from __future__ import annotations

import re

import pytest

from tools.course.export import SYSTEMS
from tools.course.export.feedback import NAMES
from tools.course.export.result import Obstacle
from tools.course.owners import _KINDS


@pytest.fixture(scope="module")
def guide(project):
    return (project / "docs" / "exporting.md").read_text(encoding="utf-8")


def test_guide_knows_every_system_and_reason(guide):
    for system in SYSTEMS:
        assert f"--to {system}" in " ".join(guide.split())
    for system in NAMES:
        assert f"--to {system} --feedback" in guide
    for kind in Obstacle:
        assert f"| {kind} |" in guide


def test_guide_lists_the_keys_of_owners_json(guide):
    table = guide.split("## owners.json")[1]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(_KINDS)

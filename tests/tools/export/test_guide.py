"""docs/exporting.md says what the commands do."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from tests.tools.export.samples import grade, write_out
from tools.cli import nnlab
from tools.export import SYSTEMS
from tools.export.feedback import NAMES
from tools.export.owners import _KINDS
from tools.export.result import Kind


@pytest.fixture(scope="module")
def guide(project):
    return (project / "docs" / "exporting.md").read_text(encoding="utf-8")


def commands(guide):
    found = re.findall(r"`(nnlab (?:export|gradescope|prairielearn|ci) [^`]+)`", guide)
    found += re.findall(r"^(nnlab .+)$", guide, re.MULTILINE)
    return [" ".join(each.split()) for each in found]


def test_every_command_of_the_guide_is_one(guide, tmp_path, monkeypatch):
    """Parsed, not run: what they do has tests of its own."""
    monkeypatch.chdir(tmp_path)
    write_out(tmp_path / "OUT", [grade("a")])
    (tmp_path / "FILE").write_text("x")
    told = commands(guide)
    assert len(told) >= 15
    for line in told:
        name, *args = shlex.split(line.replace("~/mnist", "OUT"))[1:]
        if name == "judge":
            continue  # another guide's
        command = nnlab.get_command(click.Context(nnlab), name)
        command.make_context(name, args)


def test_guide_knows_every_system_and_reason(guide):
    for system in SYSTEMS:
        assert f"--to {system}" in " ".join(guide.split())
    for system in NAMES:
        assert f"--to {system} --feedback" in guide
    for kind in Kind:
        assert f"| {kind} |" in guide


def test_guide_lists_the_keys_of_owners_json(guide):
    table = guide.split("## owners.json")[1]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(_KINDS)

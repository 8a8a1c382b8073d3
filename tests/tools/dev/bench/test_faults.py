"""Troubles that peers are given: each says what it deserves, and a cell says what it got."""

from __future__ import annotations

import pytest

from tools.dev.bench.cost import Cost
from tools.dev.bench.peers.compare import passed_checks
from tools.dev.bench.peers.faults import TIMEOUT_S, _cell, _seen, troubles


@pytest.fixture
def by_slug(tmp_path):
    return {one.slug: one for one in troubles(tmp_path / "marker")}


def test_there_are_ten(by_slug):
    assert len(by_slug) == 10


def test_all_are_python(by_slug):
    for one in by_slug.values():
        compile(one.text, one.slug, "exec")


@pytest.mark.parametrize("slug", ["conftest"])
def test_what_is_wrong_deserves_nothing(by_slug, slug):
    assert len(passed_checks(by_slug[slug].text)) == by_slug[slug].deserved == 0


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        (None, "no result; looks done (exit 0)"),
        (0, "0 of 5; looks done (exit 0)"),
        (5, "5 of 5 **too much**; looks done (exit 0)"),
    ],
)
def test_a_cell_says_what_was_credited(by_slug, tmp_path, passed, expected):
    seen = _seen(Cost(1.0, 1.0, 1.0, 0))
    assert _cell(passed, by_slug["conftest"], seen, tmp_path / "marker") == expected


def test_a_cell_says_that_files_were_written(by_slug, tmp_path):
    (tmp_path / "marker").write_text("written")
    cell = _cell(0, by_slug["pickle"], "fails (exit 1)", tmp_path / "marker")
    assert "wrote into the instructor's files" in cell


def test_what_hangs_is_said_to_hang():
    assert f"{TIMEOUT_S:.0f} s" in _seen(Cost(1.0, 1.0, 1.0, -9, timed_out=True))

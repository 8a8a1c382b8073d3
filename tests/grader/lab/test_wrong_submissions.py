"""The corpus of wrong submissions is well formed; `mistakes/test_causes.py` grades all of it."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.grader.lab.wrong_submissions import (
    BY_KIND,
    CORPUS,
    REFERENCE,
    WrongSubmission,
    block,
    source,
)

TASKS = ("T#5", "T#6", "T#7", "T#8", "T#9", "T#10", "T#11")


def test_names_and_sources_are_unique_and_many() -> None:
    assert len(CORPUS) >= 200
    assert max(Counter(wrong.name for wrong in CORPUS).values()) == 1
    assert max(Counter(source(wrong) for wrong in CORPUS).values()) == 1
    assert all(len(group) >= 20 for group in BY_KIND.values())
    assert all(sum(task in wrong.tasks for wrong in CORPUS) >= 12 for task in TASKS)


def test_edit_must_match_exactly_once() -> None:
    for old in ("np.", "no such text"):
        wrong = WrongSubmission("bad", ("T#5",), "A test.", ((old, "x"),))
        with pytest.raises(AssertionError, match="matches of"):
            source(wrong)


@pytest.mark.parametrize("kind", BY_KIND)
def test_entries_are_well_formed(kind: str) -> None:
    """An entry that edits several blocks may blame fewer; the rest follows from its fault."""
    for wrong in BY_KIND[kind]:
        text = source(wrong)
        assert compile(text, wrong.name, "exec"), wrong.name
        assert text != REFERENCE, wrong.name
        assert wrong.tasks, wrong.name
        edited = {task for task in TASKS if block(task, text) != block(task)}
        assert edited >= set(wrong.tasks), wrong.name
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", wrong.name)
        assert wrong.cause.endswith("."), wrong.name

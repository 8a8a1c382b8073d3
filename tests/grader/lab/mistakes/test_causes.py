"""The true cause is named on submissions that were written without looking at the catalogue."""

from __future__ import annotations

import pytest

from grader.lab.mistakes.submissions import submission_of
from tests.causes import grade_all, shares, table
from tests.grader.lab.wrong_submissions import BY_KIND, source


@pytest.fixture(scope="module")
def found(grader):
    """What is named in all submissions of the corpus that end by themselves."""
    kinds = {kind: [one for one in group if not one.hangs] for kind, group in BY_KIND.items()}
    return grade_all(kinds, lambda wrong: grader.grade(submission_of(source(wrong), wrong.name)))


def test_most_causes_are_named(found):
    count, named, _ = shares(found)
    assert named / count >= 0.95


def test_names_are_right(found):
    _, named, right = shares(found)
    assert right / named >= 0.98, [
        (one.wrong.name, one.task, sorted(one.slugs)) for one in found if not one.is_right
    ]


@pytest.mark.parametrize("half", "AB")
def test_each_half_is_named(found, half):
    count, named, right = shares(one for one in found if one.half == half)
    assert named / count >= 0.90
    assert right / named >= 0.97


def test_table_has_every_task_and_kind(found):
    text = table(found)
    for name in ("| all |", "| T#5 |", "| T#11 |", "| half a fault |", "| half A |"):
        assert name in text

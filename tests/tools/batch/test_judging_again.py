"""A changed rubric moves scores without any student code being run."""

from __future__ import annotations

import json

import pytest

from grader.rubric import DEFAULT_RUBRIC
from tests.tools.batch.conftest import QUICK, reports, scores


@pytest.fixture
def dearer(tmp_path):
    """The rubric with T#11's hidden check worth 12 instead of 2."""
    path = tmp_path / "rubric.toml"
    text = DEFAULT_RUBRIC.read_text(encoding="utf-8")
    assert "predict-hidden = 2" in text
    path.write_text(text.replace("predict-hidden = 2", "predict-hidden = 12"), encoding="utf-8")
    return path


def test_same_rubric_moves_nothing(graded, nnlab):
    before = reports(graded)
    done = nnlab("judge", graded)
    assert "0 moved" in done.stdout
    assert reports(graded) == before


def test_dry_run_says_who_would_move_and_changes_nothing(graded, dearer, nnlab):
    before = reports(graded)
    done = nnlab("judge", graded, "--rubric", dearer, "--dry-run", "--json")
    moved = json.loads(done.stdout)["moved"]
    assert {one["check"] for one in moved} == {"predict-hidden"}
    assert reports(graded) == before


def test_new_points_move_scores_and_say_why(graded, dearer, nnlab):
    before = scores(graded)
    done = nnlab("judge", graded, "--rubric", dearer)
    assert "it is worth 12 instead of 2" in done.stdout
    after = scores(graded)
    assert after["ada"] == before["ada"] + 10
    assert after["cy"] == before["cy"]  # its T#11 is wrong: it loses what the others gain
    assert "predict-hidden" in (graded / "moved.csv").read_text()


def test_grading_again_with_another_rubric_judges_what_was_kept(graded, dearer, small_class, nnlab):
    before = scores(graded)
    done = nnlab("grade", small_class, "-o", graded, "--rubric", dearer, *QUICK)
    assert "Observed now: 1; unchanged since an earlier run: 6." in done.stdout
    assert scores(graded)["ada"] == before["ada"] + 10


def test_persons_word_survives_judging_again(graded, dearer, nnlab):
    (graded / "overrides.csv").write_text("student,task,points,comment\nben,T#6,15,shown by hand\n")
    nnlab("report", graded)
    with_word = scores(graded)["ben"]
    nnlab("judge", graded, "--rubric", dearer)
    report = reports(graded)["ben"]
    assert report["score"] == with_word + 10
    task = next(task for task in report["tasks"] if task["task"] == "T#6")
    assert task["score"] == 15
    assert task["override"]["computed_score"] < 15


def test_folder_without_gradebook_is_told_so(tmp_path, nnlab):
    done = nnlab("judge", tmp_path)
    assert done.returncode == 4
    assert "there is no gradebook.sqlite" in done.stderr
    assert not list(tmp_path.iterdir())

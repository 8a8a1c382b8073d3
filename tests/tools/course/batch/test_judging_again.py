"""A changed rubric moves scores without any student code being run."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from grader.two_layer_net import LAB
from tests.tools.course.batch.conftest import QUICK, other_files, reports, scores
from tools.commands import judge
from tools.course.gradebook import book


@pytest.fixture
def dearer(tmp_path):
    """The rubric with T#11's hidden check worth 12 instead of 2."""
    path = tmp_path / "rubric.toml"
    text = LAB.rubric_path.read_text(encoding="utf-8")
    assert "predict-hidden = 2" in text
    path.write_text(text.replace("predict-hidden = 2", "predict-hidden = 12"), encoding="utf-8")
    return path


@pytest.fixture
def late(dearer):
    """The same with a deadline."""
    with dearer.open("a", encoding="utf-8") as file:
        file.write("\n[late]\ndeadline = 2026-03-03T23:59:00+07:00\n")
    return dearer


def test_same_rubric_moves_nothing(graded, nnlab):
    before = reports(graded)
    done = nnlab("judge", graded)
    assert "0 moved" in done.stdout
    assert done.stderr == ""  # dee's training diverges, and numpy does not say so
    assert reports(graded) == before


def test_dry_run_says_who_would_move_and_changes_nothing(graded, dearer, nnlab):
    before = reports(graded)
    done = nnlab("judge", graded, "--rubric", dearer, "--dry-run", "--json")
    told = json.loads(done.stdout)
    assert {one["check"] for one in told["moved"]} == {"predict-hidden"}
    assert told["median_after"] > told["median_before"]
    assert (told["up"], told["down"]) == (4, 0)
    shown = nnlab("judge", graded, "--rubric", dearer, "--dry-run").stdout
    assert "4 would go up, 0 down." in shown
    assert reports(graded) == before


def test_median_counts_only_grades_and_scores_that_people_set(graded, dearer, nnlab):
    """Zed's broken archive is no zero, and five of the six wait for a decision."""
    nnlab("accept", graded, "ada", "--reason", "not-asked")
    (graded / "overrides.csv").write_text("student,task,points,comment\nben,,40,agreed\n")
    nnlab("report", graded)
    done = nnlab("judge", graded, "--rubric", dearer, "--dry-run", "--json")
    told = json.loads(done.stdout)
    assert (told["median_before"], told["median_after"]) == ((72 + 40) / 2, (82 + 40) / 2)
    assert (told["up"], told["down"]) == (3, 0)


def test_dry_run_reads_a_folder_that_cannot_be_written(graded, dearer, monkeypatch):
    """Root may write anywhere, so the test only says that this folder is read-only."""
    monkeypatch.setattr(book.os, "access", lambda path, mode: mode != os.W_OK)
    monkeypatch.setattr(book, "_locked", pytest.fail)
    before = {path: path.read_bytes() for path in graded.rglob("*") if path.is_file()}
    words = [str(graded), "--rubric", str(dearer), "--dry-run", "--jobs", "1"]
    done = CliRunner().invoke(judge.command, words)
    assert done.exit_code == 0, done.output
    assert "4 would go up, 0 down." in done.output
    assert {path: path.read_bytes() for path in graded.rglob("*") if path.is_file()} == before


def test_new_points_move_scores_and_say_why(graded, dearer, nnlab):
    before = scores(graded)
    done = nnlab("judge", graded, "--rubric", dearer)
    assert "it is worth 12 instead of 2" in done.stdout
    after = scores(graded)
    assert after["ada"] == before["ada"] + 10
    assert after["cy"] == before["cy"]  # its T#11 is wrong: it loses what the others gain
    assert "predict-hidden" in (graded / "moved.csv").read_text()


def test_judging_twice_still_says_whose_score_moved(graded, dearer, nnlab):
    """The second judge finds nothing to move; a killed first one must not lose the names."""
    nnlab("judge", graded, "--rubric", dearer)
    moved = (graded / "moved.csv").read_text()
    assert "predict-hidden" in moved
    (graded / "moved.csv").unlink()
    nnlab("judge", graded)
    assert (graded / "moved.csv").read_text() == moved
    nnlab("judge", graded, "--rubric", "default")
    assert "12.0,2.0" in (graded / "moved.csv").read_text()


def test_report_is_by_the_rubric_that_was_judged_with(graded, late, nnlab):
    """Its points are the sums of tasks, and its `[late]` is what lateness costs."""
    nnlab("judge", graded, "--rubric", late)
    late.unlink()
    before, files = reports(graded), other_files(graded)
    assert before["ada"]["max_score"] == 82
    assert before["ada"]["late"] is not None
    assert nnlab("report", graded).returncode == 1  # an archive is broken
    assert reports(graded) == before
    assert other_files(graded) == files


def test_lateness_by_another_rubric_comes_with_judging_again(graded, late, nnlab):
    before = reports(graded)["ada"]
    assert before["late"] is None
    nnlab("judge", graded, "--rubric", late)
    after = reports(graded)["ada"]
    assert after["late"]["raw_score"] == before["score"] + 10  # of the dearer check


def test_stored_rubric_that_this_kit_does_not_read_is_told_with_a_way_on(graded, nnlab):
    with closing(sqlite3.connect(graded / "gradebook.sqlite", isolation_level=None)) as plain:
        plain.execute("UPDATE runs SET rubric = replace(rubric, '[limits]', '[limit]')")
    done = nnlab("report", graded)
    assert done.returncode == 3
    assert "the rubric in the gradebook: limits: is missing" in done.stderr
    assert "`--rubric default` judges by the rubric of this kit" in done.stderr
    nnlab("judge", graded, "--rubric", "default")
    assert nnlab("report", graded).returncode == 1


def test_grading_again_with_another_rubric_judges_what_was_kept(graded, dearer, small_class, nnlab):
    before = scores(graded)
    done = nnlab("grade", small_class, "-o", graded, "--rubric", dearer, *QUICK)
    assert "Run now: 1; unchanged since an earlier run: 6." in done.stdout
    told = "6 submissions judged again, because the rubric changed."
    assert told in done.stdout
    assert scores(graded)["ada"] == before["ada"] + 10
    done = nnlab("grade", small_class, "-o", graded)
    assert "another rubric" not in done.stdout
    done = nnlab("grade", small_class / "ada", "-o", graded, "--rubric", "default", "--json")
    assert json.loads(done.stdout)["judged_again"] == 6
    assert scores(graded) == before


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
    for name in ("judge", "report"):
        done = nnlab(name, tmp_path)
        assert done.returncode == 2
        assert f"{tmp_path}: there is no gradebook.sqlite; `nnlab grade" in done.stderr
    assert not list(tmp_path.iterdir())


def test_answers_to_other_questions_are_not_judged(graded, dearer, small_class, nnlab):
    """As a kit finds them that asks something else: its right answers are to its own questions."""
    with closing(sqlite3.connect(graded / "gradebook.sqlite")) as plain:
        plain.execute("UPDATE runs SET questions_sha256 = '', asked_with = ''")
        plain.execute("UPDATE submissions SET judged_with = 'another kit'")
        plain.commit()
    before = scores(graded)
    done = nnlab("judge", graded, "--rubric", dearer)
    assert done.returncode == 4
    assert "ada was asked questions of another kit version (" in done.stderr
    assert "Traceback" not in done.stderr
    assert scores(graded) == before
    # Who is handed in again is asked again; who is not keeps the score of then.
    nnlab("grade", small_class / "ada", "-o", graded, *QUICK, "--rubric", dearer)
    after = scores(graded)
    assert after == {**before, "ada": before["ada"] + 10}


def test_report_says_as_many_for_attention_as_grading_did(graded, small_class, nnlab):
    """A broken archive, and somebody on the roster who has handed in nothing."""
    roster = small_class.parent / "roster.csv"
    roster.write_text("name\nada\nGus\n")
    (small_class / "zed.zip").rename(small_class.parent / "zed.zip")
    paths = (small_class / "ada", small_class.parent / "zed.zip")
    words = ("-o", graded, *QUICK, "--roster", roster, "--json")
    told = json.loads(nnlab("grade", *paths, *words).stdout)["attention"]
    done = nnlab("report", graded, "--json")
    assert json.loads(done.stdout)["attention"] == told == 9
    assert done.returncode == 1

"""What becomes of submissions in trouble, of late ones, and of a person's word."""

from __future__ import annotations

import csv
import json
import os
import shlex
import shutil
from dataclasses import replace

import pytest

from grader.engine.rubric import load_rubric
from grader.engine.verdict import Judged, Verdict
from grader.errors import KitError
from grader.submission.submission import Finding
from grader.two_layer_net import LAB
from tests.tools.course.batch.conftest import QUICK, reports, run_nnlab, write_class
from tests.tools.course.gradebook.samples import RUN
from tests.tools.course.gradebook.samples import graded as row_of
from tools.course.batch import pool
from tools.course.batch.grade import grade
from tools.course.batch.observing import described, suspicions
from tools.course.batch.settings import make_settings
from tools.course.collect.model import Entry, Place
from tools.course.gradebook.book import Gradebook
from tools.course.report.write import write_reports
from tools.course.student import Attempt, Owner

ENDLESS = "    def predict(self, X):\n        while True:\n            pass\n"
GREEDY = "    def predict(self, X):\n        return np.ones(1 << 28)\n"


def rows_of(path):
    """A table by its first column."""
    with path.open(newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def graded_by(judged, status="attention"):
    """A runner in the place of workers: every entry comes back judged so."""

    def run(entries, settings, jobs):
        for entry in entries:
            doubts = () if status == "graded" else (Finding("grader-failed", "our own fault"),)
            yield entry, row_of(entry.student, judged=judged, status=status, attention=doubts)

    return run


def written(out, rubric=LAB.rubric_path):
    """Reports of a folder, written in this process."""
    with Gradebook(out, write=True) as book:
        write_reports(out, book, load_rubric(LAB, rubric))
    return reports(out)


def test_could_not_tell_is_no_zero_and_is_tried_again(small_class, tmp_path):
    out, settings = tmp_path / "fresh", make_settings(data="none")
    grade([small_class], out, settings, runner=graded_by(Judged.COULD_NOT_TELL))
    assert written(out)["ada"]["status"] == "attention"
    row = rows_of(out / "scores.csv")["ada"]
    assert (row["score"], row["T#5"], row["status"]) == ("", "", "attention")
    assert rows_of(out / "attention.csv")["ada"]["reason"] == "our own fault"
    again = grade([small_class], out, settings, runner=graded_by(Judged.RIGHT, "graded"))
    assert again.observed == 7
    assert written(out)["ada"]["status"] == "graded"


def test_what_the_judge_finds_odd_is_a_doubt():
    found = suspicions(Verdict((), attention=("it may have memorized the images",)))
    assert found == (Finding("suspicious", "it may have memorized the images"),)


def _dies(pipe, settings):
    """A worker on a machine that kills every worker."""
    pipe.recv()
    os._exit(3)


def test_workers_that_die_in_a_row_stop_the_run(small_class, tmp_path, monkeypatch):
    """Each entry is tried twice, so a class of thousands would take hours to say nothing."""
    monkeypatch.setattr(pool, "_work", _dies)
    with pytest.raises(KitError, match=r"6 worker processes died .* ended with code 3"):
        grade([small_class], tmp_path / "fresh", make_settings(data="none"), jobs=2)


def _dies_on_ben(pipe, settings):
    """A worker that does not survive one of the submissions."""
    while True:
        entry = pipe.recv()
        if entry.student == "ben":
            os._exit(1)
        pipe.send(row_of(entry.student))


def test_submission_that_kills_its_worker_twice_is_for_attention(
    small_class, tmp_path, monkeypatch
):
    monkeypatch.setattr(pool, "_work", _dies_on_ben)
    out = tmp_path / "fresh"
    grade([small_class], out, make_settings(data="none"), jobs=2)
    found = written(out)
    assert found["ben"]["status"] == "attention"
    assert {task["judged"] for task in found["ben"]["tasks"]} == {"could not tell"}
    assert "died on it twice" in rows_of(out / "attention.csv")["ben"]["reason"]
    assert rows_of(out / "scores.csv")["ben"]["score"] == ""
    assert {found[name]["status"] for name in found if name != "ben"} == {"graded"}


def _cannot_work(pipe, settings):
    pipe.recv()
    pipe.send(pool.KitError("no sandbox here"))


def test_workers_that_cannot_work_at_all_end_the_run(small_class, tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "_work", _cannot_work)
    with pytest.raises(pool.KitError, match="no sandbox here"):
        grade([small_class], tmp_path / "fresh", make_settings(data="none"), jobs=1)


def test_limits_given_by_hand_hold(small_class, tmp_path):
    for name, method in (("ada", ENDLESS), ("cy", GREEDY)):
        path = small_class / name / "cattern" / "neural_net.py"
        text = path.read_text()
        path.write_text(text[: text.index("    def predict")] + method)
    out = tmp_path / "fresh"
    run_nnlab(
        *("grade", small_class / "ada", small_class / "cy", "-o", out, *QUICK),
        *("--timeout-s", 0.2, "--memory-mb", 500, "--quiet"),
    )
    ended = {
        student: {check["ended"] for check in report["tasks"][6]["checks"]}
        for student, report in reports(out).items()
    }
    assert ended == {"ada": {"timed out"}, "cy": {"out of memory"}}


def test_lateness_stands_apart_from_the_raw_score(tmp_path):
    rubric = tmp_path / "rubric.toml"
    late = "[late]\ndeadline = 2026-03-02T12:00:00+00:00\npercent_per_day = 1.0\n"
    rubric.write_text(LAB.rubric_path.read_text(encoding="utf-8") + late, encoding="utf-8")
    with Gradebook(tmp_path, write=True, create=True) as book:
        book.save(book.begin_run(RUN), row_of())
    report = written(tmp_path, rubric)["ada"]
    assert report["max_score"] == 92  # one check of T#5 was judged, the rest not reached
    assert report["late"]["raw_score"] == 2.0
    assert report["late"]["deduction"] == pytest.approx(0.92)
    assert report["score"] == pytest.approx(1.08)
    assert sum(task["score"] for task in report["tasks"]) == 2.0
    assert any("counts as 1 day" in flag for flag in report["flags"])
    assert written(tmp_path)["ada"]["late"] is None


def test_mark_of_the_learning_system_is_told_without_a_policy(tmp_path):
    late = row_of().submission
    late = replace(row_of(), submission=replace(late, owner=replace(late.owner, late=True)))
    with Gradebook(tmp_path, write=True, create=True) as book:
        book.save(book.begin_run(RUN), late)
    report = written(tmp_path)["ada"]
    assert report["flags"] == ["The learning system marks this as late and gives no time."]
    assert (report["score"], report["status"]) == (2.0, "attention")


def test_wrong_late_policy_is_told_before_anything_runs(graded, small_class, tmp_path):
    rubric = tmp_path / "rubric.toml"
    rubric.write_text(LAB.rubric_path.read_text(encoding="utf-8") + "[late]\ndeadlin = 1\n")
    for words in (("grade", small_class, "-o", tmp_path / "new"), ("judge", graded)):
        done = run_nnlab(*words, "--rubric", rubric)
        assert done.returncode == 3
        assert "deadlin is unknown; expected deadline" in done.stderr
    assert not (tmp_path / "new").exists()


def test_wrong_override_is_told_with_its_line(graded, nnlab):
    (graded / "overrides.csv").write_text("student,task,points,comment\nada,T#55,3,\nbenn,,1,\n")
    done = nnlab("report", graded)
    assert done.returncode == 3
    assert "overrides.csv:2: no task 'T#55'; did you mean 'T#5'?" in done.stderr
    assert "overrides.csv:3: no student 'benn'; did you mean 'ben'?" in done.stderr


def test_roster_given_later_fills_in_without_running_anything_again(graded, small_class, nnlab):
    roster = small_class.parent / "roster.csv"
    roster.write_text("name,email\nada,ada@x.org\nben,ben@x.org\nGus Missing,gus@x.org\n")
    done = nnlab("grade", small_class / "ada", "-o", graded, *QUICK, "--roster", roster, "--json")
    summary = json.loads(done.stdout)
    assert (summary["observed"], summary["unchanged"]) == (0, 1)
    assert done.returncode == 1
    reasons = (graded / "attention.csv").read_text()
    assert "Gus Missing (gus@x.org) has handed in nothing." in reasons
    owners = json.loads((graded / "owners.json").read_text())["owners"]
    assert owners[0]["ids"] == {"email": "ada@x.org"}


def test_earlier_attempts_are_listed_and_renewed():
    entry = Entry(
        Owner("ada", original="new.zip", received="2026-03-04T10:00:00+00:00"),
        Place(path=None, fingerprint="stat:2"),
        (Attempt("old.zip", None),),
        "again",
    )
    now = described(described(row_of().submission, entry), entry)
    assert [one.message for one in now.findings] == ["An earlier attempt was not graded: old.zip."]
    assert (now.name, now.received, now.fingerprint) == (
        *("new.zip", "2026-03-04T10:00:00+00:00"),
        "stat:2",
    )


def test_how_to_run_it_again_runs_that_one_with_the_same_settings(tmp_path):
    """With another seed or other limits everybody else would be asked anew."""
    given = write_class(tmp_path / "the class")
    rubric = tmp_path / "my rubric.toml"
    rubric.write_text(LAB.rubric_path.read_text(encoding="utf-8"))
    out = tmp_path / "my out"
    options = (*QUICK, "--rubric", rubric, "--timeout-s", 3, "--memory-mb", 900)
    run_nnlab("grade", given, "-o", out, *options, "--jobs", 2)
    row = rows_of(out / "attention.csv")["zed"]
    words = shlex.split(row["how to run it again"])
    assert words == [
        *("nnlab", "grade", str(given / "zed.zip"), "-o", str(out)),
        *("--timeout-s", "3.0", "--memory-mb", "900.0"),
    ]
    shutil.make_archive(str(given / "zed"), "zip", given / "ada")
    before = reports(out)
    done = run_nnlab(*words[1:])
    assert done.returncode == 1, done.stderr  # T#12 was not asked
    after = reports(out)
    assert after.pop("zed")["tasks"] == before["ada"]["tasks"]
    del before["zed"]
    assert after == before


def test_seed_is_given_or_kept_or_the_rubrics(tmp_path):
    rubric = tmp_path / "rubric.toml"
    text = LAB.rubric_path.read_text(encoding="utf-8")
    rubric.write_text(f"{text}\n[questions]\nseed = 5\n", encoding="utf-8")
    assert make_settings(rubric).seed == 5
    assert make_settings(rubric, kept=RUN).seed == RUN.seed
    assert make_settings(rubric, seed=0).seed == 0
    assert make_settings().seed == 0


def test_other_modules_ask_everything_again(tmp_path):
    rubric = tmp_path / "rubric.toml"
    text = LAB.rubric_path.read_text(encoding="utf-8")
    rubric.write_text(text.replace("allowed = []", 'allowed = ["click"]'), encoding="utf-8")
    assert make_settings(rubric).asked_with("none") != make_settings().asked_with("none")

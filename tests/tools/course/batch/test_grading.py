"""Grading a class: what comes out, and that it is always the same."""

from __future__ import annotations

import json
import random
import shutil

from tests.tools.course.batch.conftest import QUICK, other_files, reports, scores
from tools.course.batch.grade import grade
from tools.course.batch.pool import grade_entries
from tools.course.batch.settings import make_settings


def test_each_student_gets_what_their_code_earns(graded):
    """Without images 25 points of T#12 and 4 of trainings cannot be had."""
    found = scores(graded)
    assert found["ada"] > found["ben"] > 0
    assert found["ada"] > found["cy"] > 0
    assert found["flo"] > 0  # leaves at import; its definitions alone are used
    assert found["zed"] == 0


def test_broken_archive_is_for_attention_and_no_zero_in_the_table(graded):
    row = next(line for line in (graded / "scores.csv").read_text().splitlines() if "zed" in line)
    assert row.split(",")[1] == ""
    assert "ungradable" in row
    assert "zed" in (graded / "attention.csv").read_text()


def test_reports_are_the_same_for_any_number_of_jobs_and_any_order(
    graded, small_class, tmp_path, nnlab
):
    shuffled = sorted(small_class.iterdir())
    random.Random(3).shuffle(shuffled)
    for jobs, paths in ((2, [small_class]), (4, shuffled)):
        out = tmp_path / f"jobs{jobs}"
        nnlab("grade", *paths, "-o", out, *QUICK, "--jobs", jobs)
        assert reports(out) == reports(graded)
        assert other_files(out) == other_files(graded)


def test_reports_are_the_same_alone_and_in_company(graded, small_class, tmp_path, nnlab):
    out = tmp_path / "alone"
    done = nnlab("grade", small_class / "ben", "-o", out, *QUICK)
    assert done.returncode == 1, done.stderr  # T#12 was not asked
    assert reports(out)["ben"] == reports(graded)["ben"]


def test_unchanged_submissions_are_not_run_again(graded, small_class, nnlab):
    before = (graded / "students" / "ada" / "report.json").read_bytes()
    done = nnlab("grade", small_class, "-o", graded, *QUICK)
    # The whole class was copied, so what cannot be read had to be looked at again.
    assert "Run now: 1; unchanged since an earlier run: 6." in done.stdout
    assert (graded / "students" / "ada" / "report.json").read_bytes() == before


def test_changed_submission_is_graded_anew_and_no_other(graded, small_class, nnlab):
    shutil.copy(
        small_class / "ada" / "cattern" / "neural_net.py",
        small_class / "cy" / "cattern" / "neural_net.py",
    )
    done = nnlab("grade", small_class, "-o", graded, *QUICK)
    assert "Run now: 2; unchanged since an earlier run: 5." in done.stdout
    assert scores(graded)["cy"] == scores(graded)["ada"]


def test_another_seed_asks_everybody_again(graded, small_class, nnlab):
    done = nnlab("grade", small_class, "-o", graded, "--data", "none", "--seed", 8)
    assert "Run now: 7;" in done.stdout


def test_grading_one_again_keeps_the_others(graded, small_class, nnlab):
    before = reports(graded)
    done = nnlab("grade", small_class / "ben", "-o", graded, *QUICK)
    assert "Kept from earlier runs, not in PATH: ada, cy, dee" in done.stdout
    assert reports(graded) == before


def test_students_who_withdrew_are_forgotten_on_request(graded, small_class, nnlab):
    shutil.rmtree(small_class / "eve")
    (graded / "students" / "eve" / "note.txt").write_text("of the instructor")
    nnlab("grade", small_class, "-o", graded, *QUICK, "--forget-absent")
    assert "eve" not in scores(graded)
    assert "\neve," not in (graded / "scores.csv").read_text()
    assert [path.name for path in (graded / "students" / "eve").iterdir()] == ["note.txt"]
    assert "ada" in scores(graded)


def test_json_summary_is_one_object_and_nothing_else(small_class, tmp_path, nnlab):
    done = nnlab("grade", small_class / "ada", "-o", tmp_path / "out", *QUICK, "--json")
    summary = json.loads(done.stdout)
    assert summary["collected"] == 1
    assert summary["students"][0]["student"] == "ada"
    assert done.stderr == ""


def test_missing_path_is_wrong_usage(tmp_path, nnlab):
    done = nnlab("grade", tmp_path / "nowhere", "-o", tmp_path / "out", *QUICK)
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    assert not (tmp_path / "out").exists()


def test_pages_that_would_come_out_the_same_are_left_alone(graded, nnlab):
    page = graded / "students" / "ada" / "feedback.html"
    nnlab("report", graded)  # the folder was copied, so all are written once
    before = page.stat().st_mtime_ns
    nnlab("report", graded)
    assert page.stat().st_mtime_ns == before


def test_pages_that_were_touched_or_have_other_scores_are_written_again(graded, nnlab):
    ada, ben = (graded / "students" / name / "feedback.html" for name in ("ada", "ben"))
    nnlab("report", graded)
    before = ada.read_bytes(), ben.read_bytes()
    ada.write_text("touched")
    (graded / "overrides.csv").write_text("student,task,points,comment\nben,,1,by hand\n")
    nnlab("report", graded)
    assert ada.read_bytes() == before[0]
    assert b"by hand" in ben.read_bytes()
    assert b"by hand" not in before[1]


def test_stopped_run_with_another_seed_is_judged_by_the_answers_of_its_own(
    graded, small_class, nnlab
):
    """Old and new observations stand side by side until the run is taken up again."""
    before = reports(graded)

    def stopped(entries, settings, jobs):
        yield from grade_entries(entries[:1], settings, jobs)
        raise KeyboardInterrupt

    settings = make_settings(data="none", seed=8)
    outcome = grade([small_class], graded, settings, jobs=1, runner=stopped)
    assert outcome.interrupted
    assert outcome.left == 6
    nnlab("judge", graded)
    after = reports(graded)
    assert after["ada"]["run"]["seed"] == 8
    assert {name: after[name] for name in after if name != "ada"} == {
        name: before[name] for name in before if name != "ada"
    }


def test_wrong_rubric_is_told_before_anything_is_made(small_class, tmp_path, nnlab):
    rubric = tmp_path / "rubric.toml"
    rubric.write_text("[points]\n")
    done = nnlab("grade", small_class, "-o", tmp_path / "out", "--rubric", rubric, *QUICK)
    assert done.returncode == 3
    assert "rubric.toml: tolerance: is missing" in done.stderr
    assert not (tmp_path / "out").exists()


def test_second_download_leaves_the_problems_of_the_first(first_class, tmp_path, nnlab):
    """Until the first is graded again, or is gone."""
    one, two, out = tmp_path / "one", tmp_path / "two", tmp_path / "out"
    for folder, name in ((one, "ada"), (two, "ben")):
        shutil.copytree(first_class / "moved" / name, folder / name)
    stray = one / "notes.txt"
    stray.touch()

    def strays(*paths):
        nnlab("grade", *paths, "-o", out, *QUICK)
        return (out / "attention.csv").read_text().count(",notes.txt,")

    assert [strays(path) for path in (one, two, one / "ada", one)] == [1, 1, 1, 1]
    stray.unlink()
    assert strays(one) == 0

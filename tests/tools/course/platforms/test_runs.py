"""What runs on another system's machine, apart from the grading itself."""

from __future__ import annotations

import json
import os
import sys

import pytest

from grader.errors import KitError
from tests.tools.course.platforms.stand_in import grading
from tools.course.collect.collecting import collect
from tools.course.platforms import run_gradescope, run_prairielearn
from tools.course.platforms.grade_one import by_command, grade_one


@pytest.fixture
def base(tmp_path):
    (tmp_path / "submission").mkdir()
    (tmp_path / "student").mkdir()
    return tmp_path


def result(base):
    return json.loads((base / "results" / "results.json").read_text())


def failing(submission, out):
    raise KitError("no sandbox here")


def leaving(*rows):
    """Leaves no report, and these stages and reasons for attention."""

    def grade(submission, out):
        out.mkdir()
        lines = ["student,submission,stage,reason,how to run it again"]
        lines += [f",x,{stage},{reason},again" for stage, reason in rows]
        (out / "attention.csv").write_text("\n".join(lines))

    return grade


SILENT = (
    failing,
    leaving(("grade", "the sandbox broke")),
    leaving(("collect", "is empty"), ("grade", "the sandbox broke")),
    lambda submission, out: None,
)


def test_gradescope_result_is_the_report(base):
    assert run_gradescope.run(base, grading(score=17.5), "hidden") == 0
    told = result(base)
    assert told["score"] == 17.5
    assert {test["visibility"] for test in told["tests"]} == {"visible", "hidden"}
    assert [path.name for path in (base / "results").iterdir()] == ["results.json"]


def test_gradescope_result_says_unfinished_while_grading_runs(base):
    seen = []

    def watching(submission, out):
        seen.append(result(base))
        grading(score=20)(submission, out)

    run_gradescope.run(base, watching, "hidden")
    assert "Grading did not finish" in seen[0]["output"]
    assert result(base)["score"] == 20


@pytest.mark.parametrize("broken", SILENT)
def test_failure_of_the_kit_leaves_no_score_behind(base, broken, capsys):
    assert run_gradescope.run(base, broken, "hidden") == 1
    assert not list((base / "results").iterdir())
    assert "The autograder failed, not the submission: " in capsys.readouterr().err
    assert run_prairielearn.run(base, broken) == 1
    assert not list((base / "results").iterdir())
    assert "The grader failed, not the submission: " in capsys.readouterr().err


def test_prairielearn_result_is_the_report(base):
    assert run_prairielearn.run(base, grading(score=17.5)) == 0
    assert result(base)["score"] == 0.875
    assert [path.name for path in (base / "results").iterdir()] == ["results.json"]


def test_empty_submission_uses_up_no_attempt(base):
    empty = grading(score=10, status="ungradable", flags=["neural_net.py is missing"])
    assert run_prairielearn.run(base, empty) == 0
    assert result(base) == {"gradable": False, "format_errors": ["neural_net.py is missing"]}


def test_prairielearn_gets_no_score_that_needs_a_person(base, capsys):
    shaky = grading(score=10, status="attention", flags=["the sandbox broke"])
    assert run_prairielearn.run(base, shaky) == 1
    assert "part of it could not be graded: the sandbox broke" in capsys.readouterr().err


def test_submission_that_cannot_be_read_is_the_students(base):
    empty = leaving(("collect", "'student' is empty."))
    assert run_gradescope.run(base, empty, "hidden") == 0
    assert result(base)["score"] == 0
    assert result(base)["output"] == "There is nothing to grade: 'student' is empty."
    assert run_prairielearn.run(base, empty) == 0
    assert result(base) == {"gradable": False, "format_errors": ["'student' is empty."]}


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (leaving(("grade", "it broke"), ("collect", "odd")), "left 0 reports .*: it broke; odd"),
        (leaving(), "left 0 reports of one submission: no reason given"),
    ],
)
def test_why_there_is_no_report_is_said(base, broken, message):
    with pytest.raises(KitError, match=message):
        grade_one(base / "submission", broken)


def test_no_submission_passes_for_a_class(base):
    """Two works in one folder, or a folder named as a system names another's, stay one student."""
    found = []

    def collecting(submission, out):
        found.extend(collect([submission]).entries)
        grading()(submission, out)

    for name in ("lab1", "old", "Kai_10_assignsubmission_file", "submission_7"):
        folder = base / "submission" / name / "cattern"
        folder.mkdir(parents=True)
        (folder / "neural_net.py").write_text("x = 1")
    os.mkfifo(base / "submission" / "pipe")
    (base / "submission" / "link").symlink_to("/etc/passwd")
    grade_one(base / "submission", collecting)
    assert len(found) == 1


def test_exit_code_of_the_command_is_believed(base, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(KitError, match="left 0 reports"):  # 1: done, with some for attention
        grade_one(base / "submission", by_command("auto"))


def test_command_that_fails_is_quoted(base, tmp_path, monkeypatch):
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho "nnlab: no data" >&2\nexit 4\n')
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(KitError, match="nnlab grade ended with 4: nnlab: no data"):
        grade_one(base / "submission", by_command("auto"))

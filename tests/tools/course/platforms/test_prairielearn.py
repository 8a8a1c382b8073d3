"""The PrairieLearn folder, run as its grader does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid

import pytest
from click.testing import CliRunner

from tests.tools.course.export.samples import report
from tests.tools.course.platforms.stand_in import COMMAND
from tools.commands.prairielearn import command


@pytest.fixture
def made(tmp_path):
    out = tmp_path / "pl"
    done = CliRunner().invoke(command, [str(out), "--image", "school/nnlab"])
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture
def grade_folder(tmp_path):
    """`/grade`: no results folder beforehand."""
    base = tmp_path / "grade"
    (base / "student").mkdir(parents=True)
    (base / "data").mkdir()
    (base / "data" / "data.json").write_text("{}")
    return base


def run(made, base, told):
    (made / "image" / "kit" / "tools" / "commands" / "grade.py").write_text(COMMAND)
    (made / "image" / "venv").symlink_to(sys.prefix)
    (base / "student" / "told.json").write_text(json.dumps(told))
    environment = {"PATH": os.environ["PATH"], "GRADE_BASE": str(base)}
    return subprocess.run(
        [str(made / "image" / "run.sh")], env=environment, cwd="/", capture_output=True, timeout=60
    )


def test_question_is_graded_outside_within_the_limits(made):
    info = json.loads((made / "questions" / "nn-lab" / "info.json").read_text())
    assert info["gradingMethod"] == "External"
    assert info["externalGradingOptions"] == {
        "enabled": True,
        "image": "school/nnlab",
        "entrypoint": "/nnlab/run.sh",
        "timeout": 600,
        "enableNetworking": False,
    }
    assert str(uuid.UUID(info["uuid"])) == info["uuid"]
    assert "docker push school/nnlab" in (made / "README.md").read_text()


def test_course_files_hold_nothing_of_the_kit(made):
    names = {path.name for path in (made / "questions").rglob("*") if path.is_file()}
    assert names == {"info.json", "question.html"}


def test_run_in_the_documented_layout_writes_the_result(made, grade_folder):
    done = run(made, grade_folder, report("student", 17.5))
    assert done.returncode == 0, done.stderr
    told = json.loads((grade_folder / "results" / "results.json").read_text())
    assert told["score"] == 0.875
    assert len(told["tests"]) == 3


def test_kit_that_fails_ends_with_an_error(made, grade_folder):
    done = run(made, grade_folder, {"exit": 3})
    assert done.returncode == 1
    assert b"nnlab grade ended with 3" in done.stderr
    assert not (grade_folder / "results").exists()


def test_folder_in_use_is_not_touched(made):
    done = CliRunner().invoke(command, [str(made)])
    assert "is not empty; name a new folder" in str(done.exception)

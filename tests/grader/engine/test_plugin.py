"""`pytest grader/`: the checks as pytest runs them say what the judge says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.engine.judge import judge
from grader.engine.verdict import Verdict
from grader.lab.reference import SOLUTIONS
from grader.submission import read_submission
from grader.two_layer_net import LAB

SEED = "7"  # of the fixtures too


def pytest_grader(project: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run it as a person would, on the offline digits."""
    words = [sys.executable, "-m", "pytest", "grader", "-p", "no:cacheprovider", "--seed", SEED]
    return subprocess.run(
        [*words, "--data", "synthetic", *map(str, arguments)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A submission whose regularization lacks the half."""
    text = (SOLUTIONS / "cattern" / "neural_net.py").read_text(encoding="utf-8")
    package = tmp_path / "ben" / "cattern"
    package.mkdir(parents=True)
    (package / "neural_net.py").write_text(text.replace("0.5 * reg", "reg"))
    return package.parent


def points(output: str) -> dict[str, str]:
    """Points of each task, as the end of a run tells them."""
    return dict(re.findall(r"^(T#\d+) .*?([\d.]+ of [\d.]+)$", output, re.MULTILINE))


def verdict_on(submission: Path, observer, rubric) -> Verdict:
    seen = observer.observe(read_submission(submission))
    return judge(LAB.evidence_of(seen, int(SEED), rubric, observer.data.truth))


def test_reference_passes_everything(project: Path, digits_dir: Path) -> None:
    done = pytest_grader(project)
    assert done.returncode == 0, done.stdout
    assert "reference: 100 of 100" in done.stdout
    assert re.search(r"Sandbox: .* Data: the offline digits", done.stdout)


def test_pytest_and_judge_say_the_same(project, wrong, grader_with_images, rubric) -> None:
    done = pytest_grader(project, "--submission", wrong)
    assert done.returncode == 1
    assert "The factor 0.5 of the regularizer is missing." in done.stdout
    verdict = verdict_on(wrong, grader_with_images.observer, rubric)
    told = {task.task: f"{task.score:g} of {task.max_score:g}" for task in verdict.tasks}
    assert points(done.stdout) == told
    failed = set(re.findall(r"^FAILED .*::(\w+)\[", done.stdout, re.MULTILINE))
    lost = [c for task in verdict.tasks for c in task.checks if c.score < c.max_score]
    assert len(failed) == len(lost)


def test_path_that_is_not_there_is_wrong_usage(project: Path, tmp_path: Path) -> None:
    done = pytest_grader(project, "--submission", tmp_path / "nobody")
    assert done.returncode == 4  # pytest's own code for wrong usage
    assert "--submission: there is no" in done.stderr


def test_wrong_rubric_is_told_before_anything_runs(project: Path, tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.toml"
    rubric.write_text("points = 3\n")
    done = pytest_grader(project, "--rubric", rubric)
    assert done.returncode == 4
    assert "rubric.toml" in done.stderr


def test_folder_that_holds_nothing_is_wrong_usage(project: Path, tmp_path: Path) -> None:
    done = pytest_grader(project, "--submission", tmp_path)
    assert done.returncode == 4
    assert f"--submission: there is nothing in {tmp_path}" in done.stderr


@pytest.mark.parametrize("seed", ["-5", "9" * 20, "one"])
def test_seed_that_is_none_is_wrong_usage(project: Path, seed: str) -> None:
    done = pytest_grader(project, f"--seed={seed}")
    assert done.returncode == 4
    assert "argument --seed: invalid" in done.stderr


def test_archive_that_cannot_be_read_fails_alone(project, wrong) -> None:
    """One check is enough to see that the others are judged."""
    (wrong.parent / "ada.zip").write_bytes(b"PK\x03\x04 cut short")
    checks = ("--submission", wrong.parent, "-k", "test_scores_published")
    done = pytest_grader(project, *checks)
    assert done.returncode == 1
    assert "1 passed" in done.stdout
    assert "1 error" in done.stdout
    assert re.search(r"ada: cannot be read =+\n'ada.zip' is damaged or cut short", done.stdout)
    assert "Traceback" not in done.stdout + done.stderr

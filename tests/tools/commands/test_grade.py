"""What `nnlab grade` says and refuses, with a stand-in for workers and images."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from grader.lab.data import GradingData, Truth
from tests.tools.course.gradebook.samples import graded as row_of
from tools.commands import grade as module
from tools.commands.grade import command

MNIST, DIGITS = "MNIST in /m (MNIST_DIR)", "the offline digits in /d (cache)"


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    """Run the command on a class of two, in this process; every submission comes back graded."""
    for name in ("ada", "ben"):
        (tmp_path / "class" / name / "cattern").mkdir(parents=True)
        (tmp_path / "class" / name / "cattern" / "neural_net.py").write_text(f"# {name}\n")
    monkeypatch.chdir(tmp_path)

    def grade_entries(entries, settings, jobs):
        for entry in entries:
            row = row_of(entry.student)
            stored = replace(row.submission, judged_by=settings.rubric.sha256)
            yield entry, replace(row, submission=stored)

    monkeypatch.setattr(module, "grade_entries", grade_entries)

    def run(*words):
        return CliRunner().invoke(command, list(map(str, words)))

    return run


@pytest.fixture
def images(monkeypatch):
    """Have some images found."""

    def have(kind, title):
        labels = np.zeros(3, int)
        data = GradingData({}, np.zeros((3, 28, 28)), Truth(kind, labels, labels), title)
        # Not by its name: in tools.course.batch, that is the function.
        monkeypatch.setattr(sys.modules["tools.course.batch.grade"], "load_data", lambda _: data)
        monkeypatch.setattr("tools.course.report.write.load_data", lambda _: None)

    return have


@pytest.mark.parametrize(("kind", "title"), [("mnist", MNIST), ("synthetic", DIGITS)])
def test_command_says_which_images_it_uses(invoke, images, kind, title):
    images(kind, title)
    told = invoke("class", "-o", "out").stderr.splitlines()[0]
    assert told.startswith(f"Images: {title}.")
    assert ("saved after training on MNIST score low on them" in told) == (kind == "synthetic")
    assert ("set MNIST_DIR to the folder" in told) == (kind == "synthetic")
    summary = json.loads(invoke("class", "-o", "out", "--json").stdout)
    assert summary["data"] == kind
    assert summary["images"] == told


def test_median_is_that_of_the_dashboard(invoke):
    """Of an even number of scores it lies between the two in the middle."""
    invoke("class", "-o", "out", "--data", "none")
    (Path("out") / "overrides.csv").write_text("student,task,points,comment\nada,all,5,\n")
    done = invoke("class", "-o", "out", "--data", "none")
    median = re.search(r"Graded: 2, median (\S+) of", done.output)
    assert median is not None
    assert median[1] == "3.5"  # of 2 and 5
    assert f"Median score</dt><dd>{median[1]} " in (Path("out") / "index.html").read_text()


def test_without_images_nothing_is_said_of_them(invoke):
    done = invoke("class", "-o", "out", "--data", "none")
    assert "Images" not in done.output
    summary = json.loads(invoke("class", "-o", "out", "--data", "none", "--json").stdout)
    assert (summary["data"], summary["images"]) == ("none", None)


@pytest.mark.parametrize("seed", [-5, 2**63, 99999999999999999999])
def test_seed_that_cannot_be_stored_is_wrong_usage(invoke, seed):
    done = invoke("class", "-o", "out", "--data", "none", "--seed", seed)
    assert done.exit_code == 2
    assert f"'--seed': {seed} is not in the range" in done.stderr


def test_largest_seed_is_stored(invoke):
    done = invoke("class", "-o", "out", "--data", "none", "--seed", 2**63 - 1)
    assert done.exit_code == 0, done.output
    report = json.loads((Path("out") / "students" / "ada" / "report.json").read_text())
    assert report["run"]["seed"] == 2**63 - 1


@pytest.mark.parametrize(
    ("option", "kind"),
    [("--jobs", "whole number"), ("--seed", "whole number"), ("--timeout-s", "number")],
)
def test_word_instead_of_a_number_is_wrong_usage(invoke, option, kind):
    done = invoke("class", "-o", "out", option, "two")
    assert done.exit_code == 2
    assert f"'two' is not a valid {kind}." in done.stderr


@pytest.mark.parametrize(
    ("path", "out", "better"),
    [
        ("class", "class", "class-grades"),
        ("class", "class/out", "class-grades"),
        ("class/ada", "class/../class/ada/deep/out", "class/ada-grades"),
        (".", "out", "../here-grades"),
    ],
)
def test_out_within_what_is_graded_is_wrong_usage(invoke, monkeypatch, path, out, better):
    here = Path("here").absolute()
    here.mkdir()
    Path("class").rename(here / "class")
    monkeypatch.chdir(here)
    before = sorted(here.rglob("*"))
    done = invoke(path, "-o", out, "--data", "none")
    assert done.exit_code == 2
    assert f"{Path(out)} is inside {Path(path)}, where everything is graded" in done.stderr
    assert done.stderr.endswith(f"such as -o {better}\n")
    assert sorted(here.rglob("*")) == before


def test_out_beside_what_is_graded_is_taken(invoke):
    assert invoke("class/ada", "-o", "class/ada-grades", "--data", "none").exit_code == 0

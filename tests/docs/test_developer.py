"""The examples of docs/developer.md work."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import grader.test_t11_predict
from grader.engine.judge import judge_check
from grader.engine.lab import Lab
from grader.engine.observe import Observer
from grader.engine.rubric import load_rubric
from grader.engine.verdict import Judged
from grader.errors import MaterialError
from grader.lab.functional import compiled, source_of
from grader.lab.mistakes.mistake import edited
from grader.lab.mistakes.submissions import submission_of
from grader.lab.reference import SOLUTIONS, reference_submission
from grader.two_layer_net import LAB
from tests.docs.pages import PROJECT, blocks
from tests.tools.course.export.samples import grade
from tools.course.export import Request

PAGE = (PROJECT / "docs" / "developer.md").read_text(encoding="utf-8")


FILE = re.compile(r"`((?:grader|tools|solutions|tests|mnist_data)/[a-z0-9_/.]+)`")


def example(start: str) -> str:
    """Return the block that starts with a comment."""
    (found,) = [text for text in blocks(PAGE, "python", "toml") if text.startswith(f"# {start}")]
    return found


@pytest.fixture
def lab() -> Lab:
    """The lab with the check of the example."""
    names = dict(vars(grader.test_t11_predict))
    before = set(names)
    exec(example("grader/test_t11_predict.py"), names)
    (name,) = set(names) - before
    return replace(LAB, checks={**LAB.checks, "predict-whole": names[name].check})


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    """The rubric with the points of the example."""
    points = example("grader/rubric.toml").splitlines()[1]
    text = LAB.rubric_path.read_text(encoding="utf-8")
    path = tmp_path / "rubric.toml"
    path.write_text(text.replace('[points."T#11"]', f'[points."T#11"]\n{points}  #'))
    return path


def test_check_judges_right_and_wrong(lab: Lab, rubric: Path) -> None:
    with pytest.raises(MaterialError, match="predict-whole: is missing"):
        load_rubric(lab)
    rules = load_rubric(lab, rubric)
    right = (SOLUTIONS / "cattern" / "neural_net.py").read_text(encoding="utf-8")
    wrong = right.replace("np.argmax(", "1.0 * np.argmax(")
    with Observer(lab, seed=7, rubric=rules, data=None) as observer:
        first, second = (
            judge_check(
                lab.checks["predict-whole"],
                lab.evidence_of(observer.observe(submission), 7, rules, None),
            )
            for submission in (reference_submission("synthetic"), submission_of(wrong))
        )
    assert (first.judged, first.score) == (Judged.RIGHT, 1)
    assert second.judged is Judged.WRONG
    assert "float64, expected integers" in second.message


def test_mistake_changes_the_right_code() -> None:
    ((stage, mistakes),) = tomllib.loads(example("grader/lab/mistakes")).items()
    (mistake,) = mistakes.values()
    old, new = mistake["edit"]
    source = edited(source_of(stage), ((old, new),))
    assert source is not None
    assert compiled(stage, source)(np.array([[1.0, 3.0, 2.0], [9.0, 0.0, 5.0]])).tolist() == [0, 1]


def test_export_writes_the_best_first() -> None:
    names: dict[str, Any] = {}
    exec(example("tools/course/export/board.py"), names)
    grades = tuple(grade(name, score=score) for name, score in (("a", 12.0), ("b", 15.0)))
    assert names["export"](Request(grades)).written == ("b", "a")


def test_named_files_exist() -> None:
    for page in sorted((PROJECT / "docs").glob("*.md")):
        for path in re.findall(
            r"`((?:grader|tools|solutions|tests|mnist_data)/[a-z0-9_/.]+)`", page.read_text()
        ):
            assert (PROJECT / path).exists(), f"{page.name}: {path}"

"""The examples of docs/extending.md work."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

import numpy as np
import pytest

import grader.test_t11_predict
from grader.engine.check import Check
from grader.engine.judge import judge_check
from grader.engine.lab import Lab
from grader.engine.observe import Observer
from grader.engine.rubric import load_rubric
from grader.engine.verdict import Judged
from grader.errors import MaterialError
from grader.lab.mistakes.catalogue import read_mistakes
from grader.lab.mistakes.mistake import stages_with
from grader.lab.mistakes.submissions import submission_of
from grader.lab.reference import SOLUTIONS, reference_submission
from grader.two_layer_net import LAB
from tests.docs.pages import PROJECT, blocks
from tests.tools.course.export.samples import grade
from tools.course.export import Request

PAGE = PROJECT / "docs" / "extending.md"


def example(name: str, language: str = "python") -> str:
    """The block whose first line names a file."""
    (found,) = [
        block.text for block in blocks(PAGE, language) if block.text.startswith(f"# {name}")
    ]
    return found


@pytest.fixture(scope="module")
def check():
    """The example of a check, as if it stood in its file."""
    names = dict(vars(grader.test_t11_predict))
    before = set(names)
    exec(example("grader/test_t11_predict.py"), names)
    (name,) = set(names) - before
    return names[name].check


@pytest.fixture(scope="module")
def rubric(tmp_path_factory):
    """The rubric with the lines of the examples."""
    text = LAB.rubric_path.read_text(encoding="utf-8")
    points = example("grader/rubric.toml, in [points", "toml").splitlines()[1]
    path = tmp_path_factory.mktemp("rubric") / "rubric.toml"
    path.write_text(text.replace('[points."T#11"]', f'[points."T#11"]\n{points}  #'))
    return path


def with_check(check: Check) -> Lab:
    """The lab with one check more."""
    return replace(LAB, checks={**LAB.checks, check.id: check})


def test_check_is_found_and_needs_points(check, rubric) -> None:
    lab = with_check(check)
    with pytest.raises(MaterialError, match="predict-whole: is missing"):
        load_rubric(lab)
    assert load_rubric(lab, rubric).points_of("T#11", check.id) == 1


def test_check_tells_right_from_wrong(check, rubric) -> None:
    lab = with_check(check)
    rules = load_rubric(lab, rubric)
    wrong = (SOLUTIONS / "cattern" / "neural_net.py").read_text(encoding="utf-8")
    wrong = wrong.replace("np.argmax(", "1.0 * np.argmax(")
    with Observer(lab, seed=7, rubric=rules, data=None) as observer:
        evidence = [
            lab.evidence_of(observer.observe(submission), 7, rules, None)
            for submission in (reference_submission("synthetic"), submission_of(wrong))
        ]
    right, wrong = (judge_check(check, each) for each in evidence)
    assert (right.judged, right.score) == (Judged.RIGHT, 1)
    assert wrong.judged is Judged.WRONG
    assert "float64, expected integers" in wrong.message


def test_mistake_is_an_edit_of_right_code() -> None:
    text = example("grader/lab/mistakes/t11_predict.toml", "toml")
    (mistake,) = read_mistakes(text, "T#11")
    stages = stages_with((mistake,))
    assert stages is not None
    scores = np.array([[1.0, 3.0, 2.0], [9.0, 0.0, 5.0]])
    assert stages.labels_of(scores).tolist() == [0, 1]
    assert mistake.advice.endswith("?")


def test_deviation_is_one_once_it_is_named(tmp_path) -> None:
    text = example("grader/rubric.toml\n", "toml")
    (slug,) = tomllib.loads(text)["deviations"]
    path = tmp_path / "rubric.toml"
    path.write_text(LAB.rubric_path.read_text(encoding="utf-8") + "\n" + text)
    with pytest.raises(MaterialError, match=f"{slug}: is not known"):
        load_rubric(LAB, path)
    form = replace(LAB.rubric, deviations=(*LAB.rubric.deviations, slug))
    assert load_rubric(replace(LAB, rubric=form), path).deviations[slug].worth == 0.9


def test_export_is_one() -> None:
    names: dict = {}
    exec(example("tools/course/export/board.py"), names)
    grades = tuple(grade(name, score=score) for name, score in (("a", 12.0), ("b", 15.0)))
    export = names["export"](Request(grades))
    assert export.written == ("b", "a")
    assert export.files["board.txt"].decode().splitlines()[0].casefold().startswith("b")


def test_every_file_of_the_page_is_there() -> None:
    for path in set(
        re.findall(r"`((?:grader|tools|solutions|tests)/[a-z0-9_/.]+)`", PAGE.read_text())
    ):
        assert (PROJECT / path).exists(), path

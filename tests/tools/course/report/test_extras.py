"""Pictures are made from arrays that a student's code returned: any kind, any shape."""

from __future__ import annotations

import numpy as np
import pytest

from grader.engine.observation import Ended, Observation
from grader.engine.rubric import load_rubric
from grader.engine.verdict import CheckVerdict, Judged
from grader.lab.data import Truth
from grader.sandbox.guest.frames import DTYPES
from grader.two_layer_net import LAB
from tests.tools.course.gradebook.samples import RUN, graded
from tools.course.gradebook.book import Gradebook
from tools.course.report import write
from tools.course.report.extras import extras_of
from tools.course.report.write import write_reports

Y_VAL = np.arange(5_000) % 10
IMAGES = np.zeros((5_000, 28, 28), np.uint8)
SHAPES = ((5_000,), (5_000, 1), (3,), (), (0,), (2, 2, 2))


def made_of(labels=None, losses=None, grad=None):
    """Extras of a student whose code returned these arrays."""
    arrays = {
        "best_net/val": {"labels": labels},
        "train/images": {"loss_history": losses},
        "grads/published": {"grads/W1": grad},
    }
    seen = {
        question: Observation(question, Ended.FINISHED, {}, {name: array})
        for question, one in arrays.items()
        for name, array in one.items()
        if array is not None
    }
    return extras_of(seen, "", 0, IMAGES, Truth("mnist", Y_VAL, Y_VAL))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_kind_or_shape_of_array_breaks_the_pictures(dtype, shape):
    for fill in (0, 1, -7, 300, np.nan, np.inf):
        with np.errstate(all="ignore"):
            array = np.full(shape, fill).astype(dtype)
        made_of(array, array, array)


@pytest.mark.parametrize("dtype", ["<i8", "<f8", "<f4", "|u1"])
def test_labels_count_whatever_kind_of_number_they_are(dtype):
    found = made_of((Y_VAL + (Y_VAL == 3)).astype(dtype))
    assert found.confusion[3, 4] == 500
    assert found.confusion.trace() == 4_500
    assert (found.errors[0].true, found.errors[0].predicted) == (3, 4)


def test_labels_that_are_no_digits_are_in_no_cell():
    labels = Y_VAL.copy()
    labels[:10] = -1
    labels[10:20] = 10
    assert made_of(labels).confusion.sum() == 4_980
    assert made_of(Y_VAL + 0.5).confusion is None


def test_fault_in_one_students_pictures_costs_nobody_a_report(tmp_path, monkeypatch, capsys):
    def extras(seen, source, *others):
        raise IndexError("out of the picture")

    monkeypatch.setattr(write, "extras_of", extras)
    with Gradebook(tmp_path, write=True, create=True) as book:
        book.save(book.begin_run(RUN), graded())
        assert len(write_reports(tmp_path, book, load_rubric(LAB))) == 1
    assert (tmp_path / "students" / "ada" / "report.json").is_file()
    assert "ada: no pictures, because of a bug in the kit (IndexError" in capsys.readouterr().err


def test_lines_of_lost_checks_are_marked():
    lost = CheckVerdict(
        id="scores-published", task="T#5", judged=Judged.WRONG, ended=Ended.FINISHED, score=0,
        max_score=4, public=True, message="neural_net.py, line 2: division by zero",
    )  # fmt: skip
    found = extras_of({}, "x = 1\n    y = x / 0\n", 0, None, None, [lost])
    assert found.marked == {"y = x / 0"}

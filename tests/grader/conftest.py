"""One sandbox for all tests that grade submissions."""

from __future__ import annotations

import pytest

from grader.engine.observe import Observer
from grader.engine.rubric import load_rubric
from grader.lab.data import load_grading_data
from grader.lab.mistakes.submissions import submission_with
from grader.two_layer_net import LAB
from tests.grader.altered import Altered
from tests.grader.judging import Grader


@pytest.fixture(scope="session")
def rubric():
    """The rubric that the kit comes with."""
    return load_rubric(LAB)


@pytest.fixture(scope="session")
def grader(rubric):
    """Grades without image data: T#5 to T#11 on their own cases and records."""
    with Observer(LAB, seed=7, rubric=rubric, data=None) as observer:
        yield Grader(observer)


@pytest.fixture(scope="session")
def grader_with_images(rubric, digits_dir):
    """Grades with the short training on the offline digits as well."""
    with Observer(LAB, seed=7, rubric=rubric, data=load_grading_data("synthetic")) as observer:
        yield Grader(observer)


@pytest.fixture(scope="session")
def right(grader):
    """What right code shows without image data, to be altered and judged again."""
    return Altered(grader.evidence(submission_with()))

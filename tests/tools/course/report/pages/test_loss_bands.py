from __future__ import annotations

import json

import numpy as np
import pytest

from grader.lab.data import load_grading_data
from tests.tools.course.report.pages import samples
from tests.tools.course.report.pages.scan import Scan
from tools.course.report.pages.feedback import feedback_html
from tools.course.report.pages.loss_bands import band_settings, loss_band
from tools.course.report.pages.model import Extras, Report
from tools.course.report.pages.pictures import loss_curve
from tools.dev import measure_loss_bands


def test_the_bands_were_measured_with_the_settings_that_students_code_is_trained_with():
    options = json.loads(json.dumps(measure_loss_bands.training_options()))
    assert band_settings()["options"] == options
    assert band_settings()["seeds"] == measure_loss_bands.SEEDS
    assert band_settings()["averaged"] == measure_loss_bands.AVERAGED


@pytest.mark.parametrize("kind", measure_loss_bands.KINDS)
def test_a_band_has_every_step_and_its_lower_edge_is_below(kind):
    low, high = loss_band(kind)
    steps = measure_loss_bands.training_options()["settings"]["num_iters"]
    assert low.shape == high.shape == (steps,)
    assert (low <= high).all()
    assert low[0] == pytest.approx(np.log(10), abs=0.01)  # ten classes, nothing learned yet
    assert high[-1] < 0.7


def test_other_data_have_no_band():
    assert loss_band("fashion") is None


def test_a_page_shows_the_band_of_the_data_it_was_graded_with():
    losses = loss_band("mnist")[1]
    words = Scan(
        feedback_html(Report.from_dict(samples.report("ada")), Extras(loss_history=losses))
    ).words
    assert "100% of your curve lies within the reference's band." in words


@pytest.mark.mnist
def test_the_reference_stays_within_the_band_from_a_seed_that_was_not_measured(mnist_dir):
    data = load_grading_data("mnist")
    y = data.public["train_labels"].astype(np.int64)
    options = measure_loss_bands.training_options()
    own = measure_loss_bands._losses(data.rows("train"), y, options, seed=1_000)
    curve = loss_curve(own, loss_band("mnist"))
    share = int(curve.words[0].partition("%")[0])
    assert share >= 90  # of 120 points, some leave a band that 60 other seeds have drawn

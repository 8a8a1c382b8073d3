"""From forms through hands and pens to ink, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_data.offline.handwriting import write
from mnist_data.offline.ink import draw
from mnist_data.offline.pen import BOX, Paths
from mnist_data.offline.strokes import FORMS, SAMPLES, Form, read_form

ALL_FORMS = [text for forms in FORMS for _, text in forms]


def samples(form: Form, points: np.ndarray) -> np.ndarray:
    """Points of the curve, (SAMPLES, 2), with its corners sharp."""
    return np.einsum("ks,ksd->sd", form.weights, form.points[points])


def test_shares_of_each_digits_forms_make_a_hundred() -> None:
    assert [sum(share for share, _ in forms) for forms in FORMS] == [100] * 10


def test_curves_pass_through_their_control_points() -> None:
    """A sample is at most half a step from each; steps are up to 3.3 heights / 96 long."""
    for form in map(read_form, ALL_FORMS):
        np.testing.assert_allclose(form.weights.sum(axis=0), 1, rtol=1e-12)
        curve = samples(form, form.sharp)
        distances = np.linalg.norm(curve[:, None] - form.points, axis=2).min(axis=0)
        assert distances.max() < 0.03  # digit heights


def test_corner_is_kept_sharp_and_can_be_smoothed() -> None:
    form = read_form("0,0 40,0! 40,40")
    corner = form.points[1]
    before = samples(form, form.sharp)
    assert before[:, 0].max() == pytest.approx(corner[0])  # does not swing out
    assert samples(form, form.smooth)[:, 0].max() > corner[0] + 0.005


def test_lifted_pen_leaves_a_gap() -> None:
    form = read_form("0,0 0,50 / 60,0 60,50")
    xs = samples(form, form.sharp)[:, 0]
    assert set(np.round(xs, 9)) == {-0.3, 0.3}
    assert form.is_end.tolist() == [True] * 4


def test_a_writer_writes_the_same_in_company() -> None:
    together, alone = write(range(4), 2), write([2], 2)
    np.testing.assert_array_equal(together.xy[:, 40:60], alone.xy)
    np.testing.assert_array_equal(together.radius[40:60], alone.radius)
    np.testing.assert_array_equal(together.labels[40:60], alone.labels)


def test_a_hand_stays_like_itself() -> None:
    """Two digits of one writer differ less than those of two writers, for each digit."""
    images = draw(write(range(30), 2)).reshape(30, 10, 2, -1).astype(np.int64)
    first, second = images[:, :, 0], images[:, :, 1]  # (writers, digits, pixels)
    within = np.square(first - second).sum(axis=2).mean(axis=0)  # (digits,)
    between = np.square(first - np.roll(second, 1, axis=0)).sum(axis=2).mean(axis=0)
    assert np.all(within < 0.85 * between)


def test_digits_fill_the_box_with_their_lines() -> None:
    paths = write(range(5), 2)
    reach = (np.abs(paths.xy) + paths.radius).max(axis=(0, 2))  # (N,)
    assert np.all(reach <= BOX / 2 + 1e-9)
    assert np.all(reach > BOX / 2 - 3)  # the widest part of the line need not be at the border


def line(radius: float) -> np.ndarray:
    """Image of an upright line, 16 pixels high."""
    y = np.linspace(-8, 8, SAMPLES)
    xy = np.stack([np.zeros(SAMPLES), y])[:, None]
    return draw(Paths(np.array([1], np.uint8), xy, np.full((1, SAMPLES), radius)))[0]


def test_line_is_as_wide_as_the_pen() -> None:
    ink = line(1.5)[14].astype(int)
    assert ink.sum() / 255 == pytest.approx(3.0, abs=0.1)
    assert ink[14] == 255
    np.testing.assert_array_equal(ink[10:14], ink[18:14:-1])  # the same on both sides


def test_crossing_ink_does_not_add_up() -> None:
    once = line(1.0)
    xy = np.zeros((2, 1, SAMPLES))
    xy[1, 0] = np.linspace(-8, 8, SAMPLES // 2).repeat(2)  # everywhere twice
    twice = draw(Paths(np.array([1], np.uint8), xy, np.full((1, SAMPLES), 1.0)))[0]
    assert np.abs(once.astype(int) - twice).max() < 40  # points lie elsewhere, no more

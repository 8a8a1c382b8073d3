"""From forms through hands and pens to ink, step by step."""

from __future__ import annotations

from itertools import combinations

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


@pytest.mark.parametrize("forms", FORMS)
def test_shares_of_a_digits_forms_make_a_hundred(forms: tuple[tuple[int, str], ...]) -> None:
    assert sum(share for share, _ in forms) == 100


def test_digits_that_people_write_differently_have_several_forms() -> None:
    assert all(len(FORMS[digit]) >= 3 for digit in (1, 2, 4, 7, 9))


@pytest.mark.parametrize("text", ALL_FORMS)
def test_every_sample_is_a_weighted_mean_of_control_points(text: str) -> None:
    form = read_form(text)
    assert form.weights.shape == form.sharp.shape == form.smooth.shape == (4, SAMPLES)
    np.testing.assert_allclose(form.weights.sum(axis=0), 1, rtol=1e-12)


@pytest.mark.parametrize("text", ALL_FORMS)
def test_curve_comes_close_to_every_control_point(text: str) -> None:
    """A spline passes through its points; a sample is at most half a step from each."""
    form = read_form(text)
    curve = samples(form, form.sharp)
    distances = np.linalg.norm(curve[:, None] - form.points, axis=2).min(axis=0)
    assert distances.max() < 0.03  # digit heights; steps are up to 3.3 heights / 96 long


def test_forms_are_one_digit_height_tall_and_centered() -> None:
    form = read_form("10,0 30,100")
    np.testing.assert_allclose(form.points, [[-0.1, -0.5], [0.1, 0.5]])


def test_straight_line_is_straight_and_evenly_sampled() -> None:
    curve = samples(read_form("0,0 30,0 60,0 90,0"), read_form("0,0 30,0 60,0 90,0").sharp)
    np.testing.assert_allclose(curve[:, 1], 0)
    steps = np.diff(curve[:, 0])
    inner = steps[SAMPLES // 3 + 1 : 2 * SAMPLES // 3 - 1]  # ends slow down, as a pen does
    np.testing.assert_allclose(inner, 0.9 / (SAMPLES - 1), rtol=1e-9)


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


def test_a_writer_writes_the_same_alone_and_in_company() -> None:
    together, alone = write(range(4), 2), write([2], 2)
    np.testing.assert_array_equal(together.xy[:, 40:60], alone.xy)
    np.testing.assert_array_equal(together.radius[40:60], alone.radius)
    np.testing.assert_array_equal(together.labels[40:60], alone.labels)


def test_no_two_digits_are_alike() -> None:
    xy = write(range(2), 3).xy  # (2, N, SAMPLES)
    pairs = combinations(range(xy.shape[1]), 2)
    assert not any(np.array_equal(xy[:, i], xy[:, j]) for i, j in pairs)


def test_a_hand_stays_like_itself() -> None:
    """Two digits of one writer differ less than those of two writers, for each digit."""
    images = draw(write(range(30), 2)).reshape(30, 10, 2, -1).astype(np.int64)
    first, second = images[:, :, 0], images[:, :, 1]  # (writers, digits, pixels)
    within = np.square(first - second).sum(axis=2).mean(axis=0)  # (digits,)
    between = np.square(first - np.roll(second, 1, axis=0)).sum(axis=2).mean(axis=0)
    assert np.all(within < 0.85 * between)


def test_digits_fill_the_box_with_the_width_of_their_lines() -> None:
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


def test_edges_are_gray() -> None:
    values = np.unique(line(1.25))
    assert values[0] == 0
    assert values[-1] == 255
    assert len(values) > 4


def test_where_paths_cross_ink_does_not_add_up() -> None:
    once = line(1.0)
    xy = np.zeros((2, 1, SAMPLES))
    xy[1, 0] = np.linspace(-8, 8, SAMPLES // 2).repeat(2)  # everywhere twice
    twice = draw(Paths(np.array([1], np.uint8), xy, np.full((1, SAMPLES), 1.0)))[0]
    assert np.abs(once.astype(int) - twice).max() < 40  # points lie elsewhere, no more

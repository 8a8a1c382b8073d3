from __future__ import annotations

import base64
import re
import struct
import zlib

import numpy as np
import pytest

from tests.tools.course.report.pages import samples
from tools.course.report.pages import pictures, png
from tools.course.report.pages.model import Extras


def _pixels(data: bytes) -> np.ndarray:
    """Read back the only kind of PNG that is written here: 4-bit gray, no filter."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            kind + body
        )
        chunks[kind] = body
        at += 12 + length
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, color) == (4, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any()
    nibbles = np.stack([rows[:, 1:] >> 4, rows[:, 1:] & 15], axis=2).reshape(height, -1)
    return nibbles[:, :width]


@pytest.mark.parametrize("shape", [(28, 28), (3, 5), (1, 1)])
def test_a_picture_reads_back_in_sixteen_grays(shape):
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(_pixels(png.gray_png(image)), image >> 4)


def test_a_contact_sheet_puts_images_in_rows_with_white_between():
    sheet = png.contact_sheet(np.zeros((3, 2, 2), np.uint8), columns=2, gap=1)
    assert sheet.tolist() == [
        [0, 0, 255, 0, 0],
        [0, 0, 255, 0, 0],
        [255] * 5,
        [0, 0, 255, 255, 255],
        [0, 0, 255, 255, 255],
    ]


def _curve(history, band=None):
    curve = pictures.loss_curve(history, band)
    assert curve is not None
    return curve


def _places(path):
    pairs = re.findall(r"[ML]([\d.]+) ([\d.]+)", path)
    return [(float(x), float(y)) for x, y in pairs]


def test_a_falling_loss_is_drawn_falling_and_inside_the_frame():
    places = _places(_curve(np.linspace(2.3, 0.3, 2000)).path)
    assert len(places) == pictures.POINTS
    assert all(pictures.LEFT <= x <= pictures.RIGHT for x, _ in places)
    assert all(pictures.TOP <= y <= pictures.BOTTOM for _, y in places)
    assert [y for _, y in places] == sorted(y for _, y in places)


def test_the_words_say_how_much_lies_within_the_band():
    band = (np.zeros(100), np.ones(100))
    assert "50% of your curve" in _curve([0.5] * 50 + [5.0] * 50, band).words[0]
    assert "beyond" in _curve([0.5] * 50 + [5.0] * 50, band).words[-1]


def test_a_loss_that_is_no_number_breaks_the_line_and_is_said():
    curve = _curve([2.0, float("nan"), 1.0, float("inf"), 1e300], (np.ones(2), np.ones(2)))
    assert curve.path.count("M") == 2
    assert _places(curve.path)[-2][1] == pictures.TOP  # infinite is beyond the upper edge
    assert "From step 2 on the loss is not always a finite number." in curve.words


def test_a_loss_that_never_is_a_number_draws_nothing_and_fails_nowhere():
    assert _curve([float("nan")] * 5).path == ""


@pytest.mark.parametrize("history", [[1.0], [0.0, 0.0], [-1.0, -2.0], [1e-12, 1e-13]])
def test_odd_histories_stay_inside_the_frame(history):
    assert all(pictures.TOP <= y <= pictures.BOTTOM for _, y in _places(_curve(history).path))


def test_no_history_is_no_curve():
    assert pictures.loss_curve([], None) is None


def test_weights_show_a_hundred_units_at_most_and_say_how_many_there_are():
    grid = pictures.weight_grid(np.zeros((150, 28, 28), np.uint8))
    assert grid is not None
    assert (grid.shown, grid.total) == (100, 150)
    assert _pixels(base64.b64decode(grid.uri.partition(",")[2])).shape == (298, 298)
    assert pictures.weight_grid(np.zeros((0, 28, 28), np.uint8)) is None


@pytest.mark.parametrize(
    "weights",
    [np.zeros((2, 28, 28)), np.zeros((28, 28), np.uint8), np.zeros((2, 9999, 1), np.uint8)],
    ids=["floats", "one image", "large"],
)
def test_what_are_no_small_images_are_not_drawn(weights):
    assert pictures.weight_grid(weights) is None


def test_the_confusion_matrix_names_the_commonest_confusions():
    matrix = np.diag([50] * 10)
    matrix[4, 9], matrix[3, 5] = 7, 2
    drawn = pictures.confusion(matrix)
    assert drawn.worst == ((4, 9, 7), (3, 5, 2))
    assert drawn.accuracy == pytest.approx(500 / 509)
    assert drawn.rows[4][9].shade == pictures.SHADES
    assert drawn.rows[0][1].shade == 0


def test_an_empty_confusion_matrix_is_drawn_empty():
    assert pictures.confusion(np.zeros((10, 10), int)).accuracy == 0


def test_gradient_bars_grow_with_the_error_and_turn_at_the_published_bound():
    bars = pictures.gradient_bars({"b2": 1e-13, "W1": 9e-9, "W2": 2e-8, "b1": float("nan")})
    assert [bar.name for bar in bars] == ["W1", "b1", "W2", "b2"]
    assert [bar.fine for bar in bars] == [True, False, False, True]
    assert bars[0].width < 100 / 3 < bars[2].width < bars[1].width == 100
    assert bars[1].error == "not a number"


def test_nothing_given_is_nothing_drawn():
    assert not pictures.draw(Extras()).any_of_training
    assert pictures.draw(samples.extras()).any_of_training

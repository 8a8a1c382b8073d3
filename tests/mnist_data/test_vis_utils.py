"""The grid of images."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_data import visualize_grid


def test_images_lie_row_by_row_with_padding_between() -> None:
    images = np.arange(5 * 2 * 3 * 1).reshape(5, 2, 3, 1)
    grid = visualize_grid(images, ubound=10.0, padding=2)
    assert grid.shape == (3 * 4 - 2, 3 * 5 - 2, 1)  # five images need a square of 3 by 3
    stretched = np.linspace(0, 10, 6).reshape(2, 3)
    for k in range(5):
        top, left = k // 3 * 4, k % 3 * 5
        np.testing.assert_allclose(grid[top : top + 2, left : left + 3, 0], stretched)
    assert grid.sum() == pytest.approx(5 * stretched.sum())


def test_36_images_make_six_by_six() -> None:
    images = np.random.RandomState(0).randint(0, 256, (36, 28, 28, 1)).astype(np.uint8)
    grid = visualize_grid(images)
    assert grid.shape == (173, 173, 1)
    assert (grid.min(), grid.max()) == (0.0, 255.0)


def test_images_stay_unchanged_and_do_not_wrap() -> None:
    images = np.array([[[[0], [200]]]], dtype=np.uint8)
    before = images.copy()
    np.testing.assert_array_equal(visualize_grid(images)[0, :, 0], [0.0, 255.0])
    np.testing.assert_array_equal(images, before)


def test_one_colored_image_becomes_zero_and_not_nan() -> None:
    np.testing.assert_array_equal(visualize_grid(np.full((1, 2, 2, 3), 7.0)), np.zeros((2, 2, 3)))


@pytest.mark.parametrize("shape", [(4, 784), (4, 28, 28), (0, 28, 28, 1)])
def test_other_shapes_are_told(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"images has shape \(.*\), expected \(N, H, W, C\) with"):
        visualize_grid(np.zeros(shape))

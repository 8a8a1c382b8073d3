"""Look at many images at once."""

from math import ceil, sqrt

import numpy as np


def visualize_grid(images, ubound=255.0, padding=1):
    """One large image that shows many small ones in a square grid.

    Parameters
    ----------
    images : ndarray of shape (N, H, W, C)
        The images, row by row of the grid; none of them is changed.
    ubound : float, default=255.0
        Each image is stretched on its own, its darkest value to 0 and its
        brightest to `ubound`. An image of one value only becomes 0.
    padding : int, default=1
        Pixels of value 0 between neighbours.

    Returns
    -------
    ndarray of float64, shape (S * (H + padding) - padding, S * (W + padding) - padding, C)
        The grid, S images wide and high, S the least for which all find room.

    Raises
    ------
    ValueError
        If `images` has another number of dimensions, or holds no image.
    """
    images = np.asarray(images, dtype=np.float64)
    if images.ndim != 4 or images.size == 0:
        raise ValueError(
            f"images has shape {images.shape}, expected (N, H, W, C) with at least one image; "
            "rows of 784 pixels become images with images.reshape(-1, 28, 28, 1)"
        )
    N, H, W, C = images.shape
    side = ceil(sqrt(N))
    grid = np.zeros((side * (H + padding) - padding, side * (W + padding) - padding, C))
    for k, image in enumerate(images):
        top, left = k // side * (H + padding), k % side * (W + padding)
        grid[top : top + H, left : left + W] = _stretch(image, ubound)  # (H, W, C)
    return grid


def _stretch(image, ubound):
    low, high = image.min(), image.max()
    return np.zeros_like(image) if low == high else ubound * (image - low) / (high - low)

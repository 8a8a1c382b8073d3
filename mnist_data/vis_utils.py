"""Look at many images at once."""

from math import ceil, sqrt

import numpy as np


def visualize_grid(images: np.ndarray, ubound: float = 255.0, padding: int = 1) -> np.ndarray:
    """Put many small images into one large image, as a square grid.

    Parameters
    ----------
    images : ndarray of shape (N, H, W, C)
        The images, which fill the grid row by row; they are not changed.
    ubound : float, default=255.0
        Each image is stretched on its own: its darkest value becomes 0, its
        brightest `ubound`. An image of one value becomes 0.
    padding : int, default=1
        Pixels of value 0 between neighbors.

    Returns
    -------
    ndarray of float64, shape (S * (H + padding) - padding, S * (W + padding) - padding, C)
        The grid, S images wide and high, with the smallest S that fits all images.

    Raises
    ------
    ValueError
        If `images` has another number of dimensions, or no image.
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


def _stretch(image: np.ndarray, ubound: float) -> np.ndarray:
    low, high = image.min(), image.max()
    return np.zeros_like(image) if low == high else ubound * (image - low) / (high - low)

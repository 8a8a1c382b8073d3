"""Test images mixed with perturbed copies, so that a table of known images shows.

A network keeps most of its accuracy if an image is shifted, rotated or noisy. A table keeps none.
The perturbations are drawn from the run's seed, and one shuffled question holds all images, so that
code can neither store the copies beforehand nor tell which question it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PERTURBED = 1_000
_ROTATION = (4.0, 9.0)  # degrees, to either side
_NOISE = 20.0  # standard deviation, in pixel values from 0 to 255
_SIDE = 28


@dataclass(frozen=True)
class Mixture:
    """Test images (N, 28, 28) and perturbed copies of some, in random order."""

    images: np.ndarray  # (N + K, 28, 28)
    order: np.ndarray  # (N + K,): which image, of the test images and then the copies, stands where
    copied: np.ndarray  # (K,): which test image each copy was made of

    def split(self, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Labels of the test images (N,) and of the copies (K,), from labels in the mixed order."""
        sorted_labels = np.empty_like(labels)
        sorted_labels[self.order] = labels
        return sorted_labels[: -len(self.copied)], sorted_labels[-len(self.copied) :]


def mix(images: np.ndarray, seed: int) -> Mixture:
    """Mix test images (N, 28, 28), as bytes, with perturbed copies drawn from a seed."""
    rng = np.random.Generator(np.random.PCG64([seed, *b"perturbed"]))
    copied = rng.choice(len(images), min(PERTURBED, len(images)), replace=False)
    copies = perturbed(images[copied], rng)
    order = rng.permutation(len(images) + len(copies))
    return Mixture(np.concatenate([images, copies])[order], order, copied)


def perturbed(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every third image shifted by a pixel, rotated, or with noise; (K, 28, 28) bytes."""
    copies = images.astype(np.float64)
    moves = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
    for at in range(0, len(images), 3):
        copies[at] = np.roll(copies[at], moves[rng.integers(len(moves))], axis=(0, 1))
    turned = copies[1::3]
    angles = rng.uniform(*_ROTATION, len(turned)) * rng.choice([-1, 1], len(turned))
    copies[1::3] = _rotated(turned, np.radians(angles))
    copies[2::3] += rng.normal(0, _NOISE, copies[2::3].shape)
    return np.clip(np.rint(copies), 0, 255).astype(np.uint8)


def _rotated(images: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Images (K, 28, 28), each rotated about its center by an angle in radians; bilinear."""
    middle = (_SIDE - 1) / 2
    y, x = np.mgrid[:_SIDE, :_SIDE] - middle
    cos, sin = np.cos(angles)[:, None, None], np.sin(angles)[:, None, None]
    rows, columns = cos * y - sin * x + middle, sin * y + cos * x + middle  # (K, 28, 28)
    rows, columns = np.clip(rows, 0, _SIDE - 1.001), np.clip(columns, 0, _SIDE - 1.001)
    top, left = rows.astype(int), columns.astype(int)
    down, right = rows - top, columns - left
    k = np.arange(len(images))[:, None, None]
    upper = (1 - right) * images[k, top, left] + right * images[k, top, left + 1]
    lower = (1 - right) * images[k, top + 1, left] + right * images[k, top + 1, left + 1]
    return np.asarray((1 - down) * upper + down * lower)

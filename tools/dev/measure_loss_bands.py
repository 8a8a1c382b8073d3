"""Measures where the loss of the reference stays in the short training on images.

    python -m tools.dev.measure_loss_bands

trains once for each seed on MNIST and on the offline digits (10 s of CPU each) and writes
`tools/course/report/pages/loss_bands.npz`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from grader.lab.data import load_grading_data
from grader.lab.questions import make_questions
from solutions.cattern.neural_net import TwoLayerNet
from tools.course.report.pages import loss_bands

SEEDS = 60
AVERAGED = 3  # steps: a point of the drawn curve stands for one or two (200 steps, 120 points)
KINDS = ("mnist", "synthetic")


def training_options() -> dict[str, Any]:
    """The settings that students' code is trained with."""
    return dict(make_questions(0)["train/images"].options)


def measure(X: np.ndarray, y: np.ndarray, options: dict[str, Any], seeds: int) -> np.ndarray:
    """Lowest and highest averaged loss at each step over the seeds, (2, steps)."""
    curves = np.stack([_averaged(_losses(X, y, options, seed)) for seed in range(seeds)])
    return np.stack([curves.min(axis=0), curves.max(axis=0)])


def _losses(X: np.ndarray, y: np.ndarray, options: dict[str, Any], seed: int) -> np.ndarray:
    np.random.seed(seed)
    net = TwoLayerNet(*options["sizes"], **options["constructor"])
    one = X[:1], y[:1]  # to validate with: accuracies are of no interest here
    history = net.train(X, y, *one, **options["settings"])
    return np.array(history["loss_history"])


def _averaged(losses: np.ndarray) -> np.ndarray:
    """Mean of each step and the next few; at the end, of what is left."""
    sums = np.convolve(losses, np.ones(AVERAGED))[AVERAGED - 1 :]
    counts = np.minimum(AVERAGED, np.arange(losses.size, 0, -1))
    return sums / counts


def main() -> None:
    """Measure both kinds of data and write the file."""
    options = training_options()
    arrays: dict[str, Any] = {}
    for kind in KINDS:
        data = load_grading_data(kind)
        y = data.public["train_labels"].astype(np.int64)
        low, high = measure(data.rows("train"), y, options, SEEDS)
        arrays |= {f"{kind}_low": low.astype(np.float32), f"{kind}_high": high.astype(np.float32)}
        print(f"{kind}: from {low[0]:.3f}..{high[0]:.3f} to {low[-1]:.3f}..{high[-1]:.3f}")
    settings = json.dumps({"options": options, "seeds": SEEDS, "averaged": AVERAGED})
    path = Path(loss_bands.__file__).with_name(loss_bands.FILE)
    np.savez_compressed(path, settings=np.array(settings), **arrays)


if __name__ == "__main__":
    main()

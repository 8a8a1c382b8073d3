"""Names what is wrong with the batches of T#8, from the rows that were seen.

Batches are random, so a mistake is recognized by its properties and not by its numbers.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from grader.engine.check import Unanswered
from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.predicting import Mistakes
from grader.lab.training_trace import MANY_ROWS, NONE, TrainingTrace

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence


def explain(evidence: NetworkEvidence) -> Mistakes | None:
    """() if nothing stands out, or the mistakes that the batches show; None without batches."""
    try:
        steps, reach = evidence.trace("steps"), evidence.trace("reach")
    except Unanswered:
        return None
    if len(steps.batch_sizes) < 2:
        return None
    sizes = {"size": steps.batch_sizes[0], "asked": steps.plan.batch_size}
    shape = next((one for one in steps.observation.values["X_shapes"] if len(one) != 2), None)
    if shape is not None:
        return (BY_SLUG["batch-of-other-dimensions"].filled(shape=tuple(shape)),)
    wanted = (steps.plan.batch_size,)
    others = [tuple(one) for one in steps.observation.values["y_shapes"] if tuple(one) != wanted]
    if others and len(others[0]) != 1 and math.prod(others[0]) == steps.plan.batch_size:
        told = {"shape": others[0], "expected": wanted}
        return (BY_SLUG["labels-of-other-shape"].filled(**told),)
    slugs = [slug for slug in (_of_sizes(steps), *names_of(steps, reach)) if slug]
    named = [BY_SLUG[slug] for slug in dict.fromkeys(slugs)]
    return tuple(one.filled(**sizes) if "{size}" in one.title else one for one in named)


def names_of(steps: TrainingTrace, reach: TrainingTrace) -> list[str | None]:
    """Slugs of the mistakes that labels and rows show; None if they show none.

    `steps` is a training of many examples and large batches, `reach` one long enough that every
    row should have been drawn.
    """
    all_rows, rows = steps.all_rows, steps.rows
    if all_rows is None:
        return []
    if (all_rows == NONE).any():
        return [_of_strange_rows(steps)]
    if rows is None:
        return []
    labels = _of_labels(steps, rows)
    changed = steps.observation.values.get("changed") or ()
    if labels and "X" in changed and "y" not in changed:
        return ["training-set-shuffled"]
    return [labels, _of_rows(rows, steps, reach)]


def _of_strange_rows(steps: TrainingTrace) -> str | None:
    """What is known of rows that are no training rows."""
    if steps.has_validation_rows:
        return "rows-of-validation-set"
    examples, labels = steps.examples, steps.all_labels
    if examples is None or labels is None or len(labels) != len(examples):
        return None
    if not np.ptp(examples, axis=0).any():
        return None
    if np.array_equal(examples, np.trunc(examples)):
        return "rows-cut-to-integers"
    if _keeps_order(examples, labels, steps):
        return "rows-changed"
    if steps.rows is None:
        return None
    # A change of drawn rows repeats itself, since more are drawn than there are.
    if len(np.unique(examples, axis=0)) < len(examples):
        return "rows-changed"
    # Rows with noise added are near one that has their label.
    away = np.abs(examples[:, None] - steps.data["X"]).sum(axis=2)  # (T B, N)
    is_near = (steps.data["y"][away.argmin(axis=1)] == labels).mean() > 0.55
    return "rows-changed" if is_near else "random-numbers-for-rows"


def _keeps_order(examples: np.ndarray, labels: np.ndarray, steps: TrainingTrace) -> bool:
    """Whether each batch is an increasing line, column by column, of rows with its labels."""
    size, (X, y) = steps.batch_sizes[0], (steps.data["X"], steps.data["y"])
    for at in range(0, len(examples), size):
        batch, own = examples[at : at + size], labels[at : at + size]
        if not _is_line_of_rows(batch, own, X, y):
            return False
    return True


def _is_line_of_rows(batch: np.ndarray, labels: np.ndarray, X: np.ndarray, y: np.ndarray) -> bool:
    """Whether batch = a * rows + b for some training rows with these labels, a > 0 a column.

    Two training rows fix the line; the others must then be training rows as well.
    """
    apart = [n for n in range(len(batch)) if not np.allclose(batch[n], batch[0])]
    if not apart:
        return False
    other = apart[0]
    for first in np.flatnonzero(y == labels[0]):
        for second in np.flatnonzero(y == labels[other]):
            if first == second:
                continue
            with np.errstate(all="ignore"):
                slope = (batch[other] - batch[0]) / (X[second] - X[first])
                back = X[first] + (batch - batch[0]) / slope
            if not (np.isfinite(back).all() and (slope > 0).all()):
                continue
            away = np.abs(back[:, None] - X).max(axis=2)  # (B, N)
            if (away.min(axis=1) < 1e-6).all() and (y[away.argmin(axis=1)] == labels).all():
                return True
    return False


def _of_sizes(steps: TrainingTrace) -> str | None:
    asked, sizes, num_train = steps.plan.batch_size, steps.batch_sizes, steps.plan.num_train
    if len(set(sizes)) != 1:
        grows = all(after > before for before, after in pairwise(sizes))
        return "batch-grows" if grows else "batch-of-changing-size"
    size, rows = sizes[0], steps.rows
    if (
        size == num_train
        and rows is not None
        and (np.sort(rows, axis=1) == np.arange(num_train)).all()
    ):
        return "whole-set-every-step"
    if size == 2 * asked:
        return "batch-doubled"
    if size > num_train and size % asked:
        return "batch-of-fixed-size"
    if size in (1, asked - 1):
        return "one-row-only" if size == 1 else "batch-one-short"
    is_other = size not in (asked, num_train) and steps.examples is not None
    return "batch-of-other-size" if is_other else None


def _of_labels(steps: TrainingTrace, rows: np.ndarray) -> str | None:
    labels, all_labels = steps.all_labels, steps.data["y"]
    if labels is None:
        return None
    if labels.size == len(rows) * len(all_labels) != rows.size:
        return "labels-all"
    right = all_labels[rows.ravel()]
    if labels.size != rows.size or (right == labels).all():
        return None
    if (labels == np.tile(np.resize(all_labels, rows.shape[1]), len(rows))).all():
        return "labels-from-the-front"
    grid = labels.reshape(rows.shape)
    if (np.sort(grid, axis=1) == np.sort(all_labels[rows], axis=1)).all():
        return "labels-in-another-order"
    if not _are_apart(rows, grid):
        return "labels-otherwise"
    right_at = (grid == all_labels[rows]).all(axis=0)  # places whose labels are always right
    return "some-labels-of-other-rows" if right_at.any() else "labels-drawn-apart"


def _are_apart(rows: np.ndarray, labels: np.ndarray) -> bool:
    """Whether the same row comes with more than one label."""
    pairs = set(zip(rows.ravel().tolist(), labels.ravel().tolist(), strict=True))
    return len(pairs) > len(set(rows.ravel().tolist()))


def _of_rows(rows: np.ndarray, steps: TrainingTrace, reach: TrainingTrace) -> str | None:
    if np.array_equal(np.sort(rows[0]), np.arange(steps.plan.num_train)):
        return None  # the whole set, which its size says already
    if (rows == rows[0]).all():
        return _of_same_rows(rows[0], steps.plan.num_train)
    if len(set((np.diff(rows.ravel()) % (rows.max() + 1)).tolist())) == 1:
        return "batches-in-order"
    if rows.shape[1] > 1 and all(len(set(batch)) == 1 for batch in rows.tolist()):
        return "one-row-repeated"
    sets = [set(batch) for batch in rows.tolist()]
    if all(after <= before for before, after in pairwise(sets)) and len(sets[-1]) < len(sets[0]):
        return "batches-from-the-batch-before"
    if rows.shape[1] > 1 and (rows[1:] == rows[:-1]).all(axis=1).mean() > 0.4:
        return "batch-kept-for-an-epoch"
    if rows.shape[1] > 1 and (rows == rows[0]).all(axis=0).any():
        return "some-rows-fixed"
    if rows.shape[1] > 2 and (np.ptp(steps.data["y"][rows], axis=1) == 0).all():
        return "batch-of-one-class"
    if rows.shape[1] > 2 and (np.diff(rows, axis=1) == 1).all():
        return "batch-of-neighbors"
    return _of_reach(rows, steps, reach)


def _of_same_rows(batch: np.ndarray, num_train: int) -> str:
    if (batch == np.arange(len(batch))).all():
        return "first-rows-always"
    last = np.arange(num_train)[-len(batch) :]
    return "last-rows-always" if np.array_equal(batch, last) else "same-rows-every-step"


def _of_reach(rows: np.ndarray, steps: TrainingTrace, reach: TrainingTrace) -> str | None:
    if reach.all_rows is None or (reach.all_rows == NONE).any():
        return None
    num_train = reach.plan.num_train
    missing = set(range(num_train)) - set(reach.all_rows.tolist())
    if rows.max() < steps.plan.batch_size and missing:
        return (
            "drawn-from-the-first-rows"
            if rows.max() + 1 > steps.plan.per_epoch
            else "drawn-from-a-part"
        )
    if missing == {num_train - 1}:
        return "last-row-missing"
    if missing == {0}:
        return "first-row-missing"
    is_whole = rows.shape[1] >= steps.plan.batch_size
    if is_whole and steps.plan.num_train - len(set(rows.ravel().tolist())) >= MANY_ROWS:
        return "drawn-from-a-part"
    return "drawn-from-a-part" if len(missing) > 1 and reach.all_rows.size >= 80 else None

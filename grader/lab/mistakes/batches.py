"""Names what is wrong with the batches of T#8, from the rows that were seen.

Batches are drawn by chance, so a mistake cannot be recognised by its numbers, only by its ways.
"""

from __future__ import annotations

import numpy as np

from grader.lab.training_trace import NONE, Record


def name_of(steps: Record, reach: Record) -> str | None:
    """Slug of the catalogued mistake that the batches show; None where they show none.

    `steps` is a record of many examples and large batches, `reach` one long enough that every
    row should have been drawn.
    """
    rows = steps.rows  # (T, B)
    if rows is None:
        return None
    if (rows == NONE).any():
        return "random-numbers-for-rows" if _are_random(steps) else None
    return _of_sizes(steps, rows) or _of_labels(steps, rows) or _of_rows(rows, steps, reach)


def _are_random(steps: Record) -> bool:
    """Whether no batch has to do with the training set.

    Whatever is made of its rows comes again, since more are drawn than there are; rows with noise
    on them are next to one that has their label.
    """
    examples, labels, data = steps.examples, steps.all_labels, steps.data
    if examples is None or labels is None or len(labels) != len(examples):
        return False
    if len(np.unique(examples, axis=0)) < len(examples):
        return False
    away = np.abs(examples[:, None] - data["X"]).sum(axis=2)  # (T B, N)
    return bool((data["y"][away.argmin(axis=1)] == labels).mean() < 0.8)


def _of_sizes(steps: Record, rows: np.ndarray) -> str | None:
    asked, size, num_train = steps.plan.batch_size, rows.shape[1], steps.plan.num_train
    if size == num_train and (np.sort(rows, axis=1) == np.arange(num_train)).all():
        return "whole-set-every-step"
    return {1: "one-row-only", asked - 1: "batch-one-short"}.get(size)


def _of_labels(steps: Record, rows: np.ndarray) -> str | None:
    labels, all_labels = steps.all_labels, steps.data["y"]
    if labels is None:
        return None
    if labels.size == len(rows) * len(all_labels) != rows.size:
        return "labels-all"
    if labels.size != rows.size or (all_labels[rows.ravel()] == labels).all():
        return None
    if (labels == np.tile(np.resize(all_labels, rows.shape[1]), len(rows))).all():
        return "labels-from-the-front"
    return (
        "labels-drawn-apart" if _are_apart(rows, labels.reshape(rows.shape), all_labels) else None
    )


def _are_apart(rows: np.ndarray, labels: np.ndarray, all_labels: np.ndarray) -> bool:
    """Whether labels are neither those of the batch in another order nor made from the rows."""
    reordered = (np.sort(labels, axis=1) == np.sort(all_labels[rows], axis=1)).all()
    pairs = set(zip(rows.ravel().tolist(), labels.ravel().tolist(), strict=True))
    return not reordered and len(pairs) > len(set(rows.ravel().tolist()))


def _of_rows(rows: np.ndarray, steps: Record, reach: Record) -> str | None:
    if (rows == rows[0]).all():
        first = (rows[0] == np.arange(rows.shape[1])).all()
        return "first-rows-always" if first else "same-rows-every-step"
    if ((np.diff(rows.ravel()) % (rows.max() + 1)) == 1).all():
        return "batches-in-order"
    if all(len(set(batch)) == 1 for batch in rows.tolist()):
        return "one-row-repeated"
    if rows.max() < steps.plan.batch_size:
        return "drawn-from-the-first-rows"
    return _of_reach(reach)


def _of_reach(reach: Record) -> str | None:
    if reach.all_rows is None:
        return None
    last = reach.plan.num_train - 1
    missing = set(range(last + 1)) - set(reach.all_rows.tolist())
    if missing == {last}:
        return "last-row-missing"
    return "first-row-missing" if missing == {0} else None

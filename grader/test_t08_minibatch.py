"""T#8: a random minibatch, judged on the batches that `train` hands to `loss`."""

from __future__ import annotations

import numpy as np

from grader.engine.check import Unanswered, Wrong, check
from grader.lab.evidence import NetworkEvidence
from grader.lab.questions import TracePlan
from grader.lab.training import judged_training
from grader.lab.training_trace import MANY_ROWS, NONE, TrainingTrace


@check("T#8", "batch-shape")
def test_batch_shape(evidence: NetworkEvidence) -> None:
    """A batch has batch_size rows and as many labels."""
    record = _seen(evidence, "steps")
    size, inputs = record.plan.batch_size, record.data["X"].shape[1]
    for name, expected, letters in (
        ("X_batch", (size, inputs), "(batch_size, D)"),
        ("y_batch", (size,), "(batch_size,)"),
    ):
        shapes = {tuple(shape) for shape in record.observation.values[f"{name[0]}_shapes"]}
        wrong = sorted(shape for shape in shapes if shape != expected)
        if wrong:
            raise Wrong(f"{name} has shape {wrong[0]}, expected {expected} = {letters}.")
    if record.all_rows is None or (record.all_rows == NONE).all():
        raise Wrong(_strange(record) or "X_batch contains no row of the training set.")


@check("T#8", "batch-pairs")
def test_batch_pairs(evidence: NetworkEvidence) -> None:
    """Every row of a batch is a training example, with its own label."""
    _drawn(evidence)
    for case in ("steps", "reach"):
        record = evidence.trace(case)
        rows, labels = _all_rows(record), record.all_labels
        if labels is None or labels.shape != rows.shape:
            raise Wrong("y_batch does not have one label for each row of X_batch.")
        wrong = int((record.data["y"][rows] != labels).sum())
        if wrong:
            raise Wrong(
                f"Labels that belong to other rows: {wrong} of {labels.size}. X_batch and y_batch "
                "must take the same rows, in the same order."
            )


@check("T#8", "batch-random")
def test_batch_random(evidence: NetworkEvidence) -> None:
    """Every batch draws new rows at random."""
    record, other = evidence.trace("steps"), _seen(evidence, "steady")
    rows, others = _drawn(evidence), _rows(other)
    if falls_in_order(rows):
        raise Wrong("The batches go through the training set in order; they must be random.")
    if _one_order(rows, record.plan.num_train):
        evidence.deviates("one-shuffle")
    if _are_blocks(rows):
        evidence.deviates("consecutive-rows")
    elif np.ptp(rows, axis=1).any() and _reused(rows) > 1:
        # Two of twelve by chance: below 1e-13 where rows are drawn, 4e-9 where they are sorted too.
        raise Wrong(
            f"{_reused(rows)} of {len(rows)} batches repeat the batch before them: draw new rows "
            "at every step."
        )
    if np.ptp(rows, axis=1).any() and not np.ptp(record.data["y"][rows], axis=1).any():
        # 78 draws from three classes: below 1e-30.
        raise Wrong("Every batch contains one class only: draw from the whole training set.")
    if np.array_equal(rows, others):
        evidence.deviates("fixed-seed")


@check("T#8", "batch-reach")
def test_batch_reach(evidence: NetworkEvidence) -> None:
    """Every training example can be drawn, and every row of a batch is drawn anew."""
    _drawn(evidence)
    record = evidence.trace("reach")
    rows = _all_rows(record)
    # 60 batches of 4 from 8 rows: a row is never drawn with a chance below 1e-13.
    missing = set(range(record.plan.num_train)) - set(rows.tolist())
    if missing:
        raise Wrong(
            f"Never drawn in {record.num_steps} batches: {len(missing)} of "
            f"{record.plan.num_train} training examples. Look at where the row numbers begin and "
            "end."
        )
    _drawn_at_every_place(_rows(record), record.plan.batch_size)
    _reaches_far(_drawn(evidence), evidence.trace("steps").plan)


@check("T#8", "batch-small-data")
def test_batch_small_data(evidence: NetworkEvidence) -> None:
    """A batch may be larger than the training set, as on the toy data."""
    _drawn(evidence)
    record = evidence.trace("small-data")
    rows, sizes = _all_rows(record), record.batch_sizes
    if len(sizes) < record.plan.num_iters and record.observation.error:
        raise Unanswered("record/small-data", record.observation)
    if not (rows.size and all(sizes)):
        raise Wrong(
            f"With {record.plan.num_train} examples and batch_size {record.plan.batch_size}, some "
            "batches are empty."
        )


@check("T#8", "batch-training", needs_data=True)
def test_batch_training(evidence: NetworkEvidence) -> None:
    """A short training on images learns with these batches."""
    judged_training(evidence, "T#8", "images")


def _seen(evidence: NetworkEvidence, case: str) -> TrainingTrace:
    """The record of a training; Unanswered where it went on without any batch."""
    record = evidence.trace(case)
    if not record.batch_sizes:
        raise Unanswered(record.observation.question, record.observation)
    return record


def _all_rows(record: TrainingTrace) -> np.ndarray:
    """The rows of all batches, one after the other, (T B,)."""
    rows = record.all_rows
    if rows is None:
        raise Wrong("X_batch is not an array with the columns of the training set.")
    if (rows == NONE).any():
        raise Wrong(_strange(record) or "X_batch contains rows that are not in the training set.")
    return rows


def _strange(record: TrainingTrace) -> str | None:
    """What is known of rows that are no training rows."""
    if record.has_validation_rows:
        return "X_batch contains rows of the validation set, which is not for training."
    return None


def _rows(record: TrainingTrace) -> np.ndarray:
    """The rows by batch, (T, B)."""
    _all_rows(record)
    if record.rows is None:
        raise Wrong("The batches differ in size.")
    return record.rows


def _drawn(evidence: NetworkEvidence) -> np.ndarray:
    """The rows by batch of a training, (T, B); Wrong where nothing is drawn at all."""
    rows = _rows(_seen(evidence, "steps"))
    if (rows == rows[0]).all():
        raise Wrong("Every batch contains the same rows: draw new rows at every step.")
    return rows


def falls_in_order(rows: np.ndarray) -> bool:
    """Whether each of the rows (T, B) follows the one before at one distance, round and round."""
    flat = rows.ravel()
    return len(set((np.diff(flat) % (flat.max() + 1)).tolist())) == 1


def _reaches_far(rows: np.ndarray, plan: TracePlan) -> None:
    """Wrong if many of a larger training set are never drawn, such as all after the tenth."""
    missing = plan.num_train - len(set(rows.ravel().tolist()))
    # Blocks, small batches, and batches that are used again have a fault of their own.
    others = _are_blocks(rows) or rows.shape[1] < plan.batch_size or _reused(rows) > 1
    if missing >= MANY_ROWS and not others:
        raise Wrong(
            f"Never drawn in {len(rows)} batches: {missing} of {plan.num_train} training examples. "
            "Look at where the row numbers begin and end."
        )


def _drawn_at_every_place(rows: np.ndarray, asked: int) -> None:
    """Wrong if a part of every batch is fixed, or a copy of another part; `asked` rows each."""
    batches = [set(batch) for batch in rows.tolist()]
    size = min(rows.shape[1], asked)  # batches of another size have another fault
    # Four of eight rows all differ in 41 % of the batches: in none of 60 with a chance of 2e-14.
    most = max(len(batch) for batch in batches)
    if most == 1 or most < size:
        found = "only one example" if most == 1 else f"at most {most} different examples"
        raise Wrong(f"Every batch contains {found}: draw each row of a batch independently.")
    # A batch has a given row with a chance of 1/2 at most: all 60 have it with one below 1e-17.
    # Blocks of neighbors often share a row in the middle; they have a deviation of their own.
    always = set.intersection(*batches)
    if always and size == rows.shape[1] and not _are_blocks(rows):
        raise Wrong(
            f"Training example {min(always)} is in every one of {len(rows)} batches: draw new rows "
            "for each batch."
        )


def _are_blocks(rows: np.ndarray) -> bool:
    """Whether a batch is always some row and those after it."""
    return rows.shape[1] > 1 and bool((np.diff(rows, axis=1) == 1).all())


def _reused(rows: np.ndarray) -> int:
    """How many of the T batches (T, B) hold the rows of the one before, in the same order."""
    return int((rows[1:] == rows[:-1]).all(axis=1).sum())


def _one_order(rows: np.ndarray, num_train: int) -> bool:
    """Whether the second epoch repeats the first, which has every row once."""
    batches = num_train // rows.shape[1]
    first, second = rows[:batches].ravel(), rows[batches : 2 * batches].ravel()
    return len(set(first.tolist())) == num_train and np.array_equal(first, second)

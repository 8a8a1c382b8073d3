"""A mistake is named where everything that its name claims was seen, and else not."""

from __future__ import annotations

import pytest

from tests.grader.judging import lost_tasks, slugs_of
from tools.dev.variants import Variant

ROWS = "rows = np.random.choice(num_train, batch_size)\n"


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        (f"{ROWS}X_batch, y_batch = np.random.normal(X[rows], 0.01), y[rows]", "rows-changed"),
        (f"{ROWS}X_batch, y_batch = X[rows].astype(int), y[rows]", "rows-cut-to-integers"),
        (f"{ROWS}X_batch, y_batch = X[rows] / 255, y[rows]", "rows-changed"),
        ("X_batch, y_batch = np.zeros((batch_size, X.shape[1])), np.zeros(batch_size, int)", None),
        (
            ROWS.replace("num_train", "len(X_val)") + "X_batch, y_batch = X_val[rows], y_val[rows]",
            "rows-of-validation-set",
        ),
        (f"{ROWS}X_batch, y_batch = X[rows], np.sort(y[rows])", "labels-in-another-order"),
        (f"{ROWS}X_batch, y_batch = X[rows], y[rows][::-1]", "labels-in-another-order"),
        (f"{ROWS}X_batch, y_batch = X[rows], (y[rows] + 1) % 3", "labels-otherwise"),
        (f"{ROWS}X_batch, y_batch = X[rows], y[rows - 1]", "labels-otherwise"),
        (
            "rows = np.random.choice(num_train, 200)\nX_batch, y_batch = X[rows], y[rows]",
            "batch-of-fixed-size",
        ),
        (
            f"if it % 2 == 0:\n    {ROWS}X_batch, y_batch = X[rows], y[rows]",
            "batch-kept-for-an-epoch",
        ),
    ],
)
def test_batch_bears_only_a_name_that_is_true(grader, code, slug):
    verdict = grader.grade(Variant("other", {"T#8": code}).submission)
    assert lost_tasks(verdict) == {"T#8"}
    assert slugs_of(verdict) == ({} if slug is None else {"T#8": {slug}})

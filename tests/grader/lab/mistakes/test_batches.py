"""A mistake is named where everything that its name claims was seen, and else not."""

from __future__ import annotations

import pytest

from tests.grader.judging import lost_tasks, slugs_of
from tools.dev.variants import Variant

ROWS = "rows = np.random.choice(num_train, batch_size)\n"


@pytest.mark.parametrize(
    "code",
    [
        f"{ROWS}X_batch, y_batch = np.random.normal(X[rows], 0.01), y[rows]",
        f"{ROWS}X_batch, y_batch = X[rows].astype(int), y[rows]",
        f"{ROWS}X_batch, y_batch = X[rows] / 255, y[rows]",
        "X_batch, y_batch = np.zeros((batch_size, X.shape[1])), np.zeros(batch_size, int)",
        ROWS.replace("num_train", "len(X_val)") + "X_batch, y_batch = X_val[rows], y_val[rows]",
        f"{ROWS}X_batch, y_batch = X[rows], np.sort(y[rows])",
        f"{ROWS}X_batch, y_batch = X[rows], y[rows][::-1]",
        f"{ROWS}X_batch, y_batch = X[rows], (y[rows] + 1) % 3",
        f"{ROWS}X_batch, y_batch = X[rows], y[rows - 1]",
        "rows = np.random.choice(num_train, 200)\nX_batch, y_batch = X[rows], y[rows]",
        f"if it % 2 == 0:\n    {ROWS}X_batch, y_batch = X[rows], y[rows]",
    ],
)
def test_a_wrong_batch_of_another_kind_bears_no_name(grader, code):
    verdict = grader.grade(Variant("other", {"T#8": code}).submission)
    assert lost_tasks(verdict) == {"T#8"}
    assert slugs_of(verdict) == {}

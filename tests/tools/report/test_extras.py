"""The student's own lines, and the pictures, for a feedback page."""

from __future__ import annotations

import numpy as np

from tools.report.extras import code_of_tasks, confusion

SOURCE = """
class TwoLayerNet:
    def loss(self, X, y=None):
        # T#5: the scores, on
        # two lines of comment.
        hidden = X @ W1
        # a comment of the student's
        scores = hidden @ W2

        # T#6: the loss.
        # see T#6 in the notebook
        loss = 1
        return loss

    def predict(self, X):
        # T#11: the labels.
        return 0
"""


def test_lines_of_a_task_go_from_its_comment_to_the_next_task():
    code = code_of_tasks(SOURCE)
    assert code["T#5"] == ("hidden = X @ W1\n# a comment of the student's\nscores = hidden @ W2")
    assert code["T#6"] == "loss = 1\nreturn loss"
    assert code["T#11"] == "return 0"


def test_source_without_comments_on_tasks_has_no_lines_to_show():
    assert code_of_tasks("class TwoLayerNet:\n    pass\n") == {}


def test_number_that_is_no_task_is_passed_over():
    assert code_of_tasks("# T#99: what?\nx = 1\n") == {}


def test_confusion_counts_true_classes_in_rows():
    counts = confusion(np.array([0, 0, 1, 9]), np.array([0, 1, 1, 255]))
    assert counts is not None
    assert counts[0, 0] == counts[0, 1] == counts[1, 1] == 1
    assert counts.sum() == 3  # a label that is no digit is counted nowhere

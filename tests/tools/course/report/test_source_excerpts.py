"""What a student wrote is told from what the release had given."""

from __future__ import annotations

import pytest

from tools.course.report.source_excerpts import CODE_LINES, source_excerpts

STUB = """
class TwoLayerNet:
    def loss(self, X, y=None, reg=0.0):
        # T#5: the scores of each class.
        # They are (N, C).
        {T5}
        if y is None:
            return scores

        # T#6: the loss.
        {T6}

        # T#7: the gradients.
        {T7}
        return loss, grads

    def train(self, X, y):
        for it in range(100):
            # T#10: the rate falls.
            if it % 10 == 0:
                {T10}
        return {{}}

    def predict(self, X):
        # T#11: the labels.
        {T11}
        return labels
"""
PASS = dict.fromkeys(("T5", "T6", "T7", "T10", "T11"), "pass")


def source(**lines: str) -> str:
    return STUB.format(**{**PASS, **lines})


@pytest.mark.parametrize(
    ("task", "written"),
    [
        ("T#5", "hidden = X @ W1\n        # a thought\n        scores = hidden @ W2"),
        ("T#5", "if y is None:\n            print(1)\n        scores = X"),
        ("T#6", "loss = 1\n\n        loss += 2"),
        ("T#7", "grads = {}"),
        ("T#11", "labels = np.argmax(scores)"),
        ("T#11", "return np.argmax(scores)"),
    ],
)
def test_own_lines_are_those_between_the_releases(task, written):
    found = source_excerpts(source(**{task.replace("#", ""): written}))
    assert found[task] == written.replace("\n        ", "\n")


def test_a_block_ends_where_the_indentation_falls_back():
    found = source_excerpts(source(T10="rate *= 0.9"))
    assert found["T#10"] == "if it % 10 == 0:\n    rate *= 0.9"


def test_stub_is_shown_as_it_stands():
    text = 'raise NotImplementedError("T#7 is not done yet")'
    assert source_excerpts(source(T7=text))["T#7"] == text


def test_long_code_is_cut():
    found = source_excerpts(source(T6="\n        ".join(["loss = 1"] * 100)))
    assert found["T#6"].count("\n") == CODE_LINES - 1


def test_code_without_the_releases_comments_has_no_lines_to_show():
    assert source_excerpts("class TwoLayerNet:\n    pass\n") == {}

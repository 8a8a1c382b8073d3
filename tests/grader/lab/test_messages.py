"""What students read: got, expected, where to look; nothing hidden, nothing of the grader."""

from __future__ import annotations

import pytest

from grader.engine.verdict import Judged
from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.submissions import submission_of, submission_with, text_with
from tests.grader.judging import checks_of


@pytest.mark.parametrize(
    ("slug", "check", "said"),
    [
        ("no-relu", "scores-hidden", "scores: 24 of 24 numbers are off, by up to"),
        ("loss-is-a-sum", "loss-data", "loss: it is 6 times what it should be."),
        (
            "weight-gradients-transposed",
            "gradient-W2",
            "grads['W2'] has shape (4, 6), expected (6, 4) = (H, C). The dimensions are in the",
        ),
        ("weights-only", "step-b1", "b1: it never changes."),
        (
            "weights-only",
            "step-size",
            "The step of b1, b2 follows a different rule from the other steps.",
        ),
        ("no-learning-rate", "step-W2", "W2: the first step is 1 times the gradient, the last 1"),
        ("biases-only", "step-toy", "The final loss is 1.18"),
        ("divided-by-decay", "decay-factor", "The learning rate is multiplied by 1.205, but lear"),
        ("scores-for-labels", "predict-hidden", "labels has shape (6, 4), expected (6,) = (N,)."),
    ],
)
def test_message_says_what_is_wrong(grader, slug, check, said):
    verdict = checks_of(grader.grade(submission_with(BY_SLUG[slug])))[check]
    assert verdict.judged is Judged.WRONG
    assert verdict.message.startswith(said), verdict.message
    assert verdict.hint == BY_SLUG[slug].advice


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("X_batch, y_batch = [[1, 2], [3]], y[:2]", "X_batch is not an array with the columns"),
        (
            "X_batch = X[np.random.choice(len(X), np.random.randint(2, 7))]; y_batch = y",
            "The batches differ in size.",
        ),
    ],
)
def test_batches_of_no_shape_are_told(grader, body, said):
    text = text_with().replace("X_batch, y_batch = minibatch(X, y, batch_size, it)", body)
    assert checks_of(grader.grade(text))["batch-random"].message.startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "check", "said"),
    [
        ("return loss, grads", "return loss", "gradient-W1", "loss() returned float64, expected"),
        (
            "return loss, grads",
            "del grads['b1']; return loss, grads",
            "gradient-b1",
            "grads has the keys W1, W2, b2; b1 is missing.",
        ),
        (
            "            step(self",
            "            if it % iterations_per_epoch == 0: step(self",
            "step-W1",
            "W1: it does not change in 9 of 13 steps.",
        ),
        (
            "learning_rate = decayed(learning_rate, learning_rate_decay, epoch, first_rate)",
            "learning_rate = 0.0",
            "decay-epoch",
            "The learning rate becomes 0 or is not finite.",
        ),
        (
            "            step(self",
            "            if it % iterations_per_epoch == 0: step(self",
            "step-size",
            "The four parameters do not follow one rule with the given learning rate: the first "
            "step is right, later steps are not.",
        ),
    ],
)
def test_other_slips_are_told(grader, old, new, check, said):
    text = text_with()
    assert text.count(old) == 1
    assert checks_of(grader.grade(text.replace(old, new)))[check].message.startswith(said)


def test_only_public_cases_show_numbers(grader):
    checks = checks_of(grader.grade(submission_with(BY_SLUG["no-relu"])))
    public, hidden = checks["scores-published"], checks["scores-hidden"]
    assert public.public
    assert not hidden.public
    assert len(public.got) == len(public.expected) == 5
    assert hidden.got is None
    assert hidden.expected is None


def test_traceback_is_the_student_s_own_part(grader):
    text = text_with().replace("scores = hidden @", "scores = hidden.T @")
    check = checks_of(grader.grade(submission_of(text)))["scores-published"]
    assert check.message.startswith("Your code stopped with an error: cattern/neural_net.py, line ")
    assert "in forward\n    scores = hidden.T @ params" in check.message
    assert "ValueError: matmul" in check.message
    for inner in ("harness.py", "fork_server", "grader/", "Traceback"):
        assert inner not in check.message

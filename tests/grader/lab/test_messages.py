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
        ("no-relu", "scores-published", "scores: the differences from the published ones add up"),
        ("no-relu", "scores-hidden", "scores: 24 of 24 numbers are off, by up to"),
        ("no-half", "loss-published", "loss is off by 0.0379308, expected less than 1e-12."),
        ("loss-is-a-sum", "loss-data", "loss: it is 6 times what it should be."),
        ("no-log", "loss-stable", "loss is finite but wrong for large scores."),
        (
            "gradients-uphill",
            "gradient-check",
            "W1: the largest relative error against the numerical gradient is 1",
        ),
        (
            "weight-gradients-transposed",
            "gradient-W2",
            "grads['W2'] has shape (4, 6), expected (6, 4) = (H, C). The dimensions are in the",
        ),
        ("one-row-only", "batch-shape", "X_batch has shape (1, 3), expected (6, 3) = (batch_siz"),
        ("labels-all", "batch-shape", "y_batch has shape (24,), expected (6,) = (batch_size,)."),
        ("labels-all", "batch-pairs", "y_batch does not have one label for each row of X_batch."),
        ("first-rows-always", "batch-random", "Every batch contains the same rows: draw new rows"),
        ("batches-in-order", "batch-random", "The batches go through the training set in order"),
        ("last-row-missing", "batch-reach", "Never drawn in 60 batches: 1 of 8 training"),
        ("one-row-repeated", "batch-reach", "Every batch contains only one example"),
        (
            "random-numbers-for-rows",
            "batch-pairs",
            "X_batch contains rows that are not in the train",
        ),
        ("step-uphill", "step-W1", "W1: it moves along the gradient, so the loss grows."),
        ("weights-only", "step-b1", "b1: it never changes."),
        (
            "weights-only",
            "step-size",
            "The step of b1, b2 follows a different rule from the other steps.",
        ),
        ("no-learning-rate", "step-W2", "W2: the first step is 1 times the gradient, the last 1"),
        ("stale-gradient", "step-b2", "b2: each step uses the gradient of the previous step."),
        (
            "sign-for-gradient",
            "step-b2",
            (
                "b2: its steps should be -learning_rate times its gradient, and they are "
                "not a multiple of it."
            ),
        ),
        ("biases-only", "step-toy", "The final loss is 1.18"),
        ("rate-never-decays", "decay-factor", "The learning rate never changes."),
        ("rate-never-decays", "decay-epoch", "With 4 steps an epoch the rate changed never; exp"),
        (
            "rate-decays-every-step",
            "decay-epoch",
            "With 4 steps an epoch the rate changed before step 1, 2, 3, 4, 5, 6 and later; "
            "expected before step 1, 5, 9 (steps count from 0).",
        ),
        ("divided-by-decay", "decay-factor", "The learning rate is multiplied by 1.205, but lear"),
        ("decay-for-rate", "decay-factor", "With learning_rate_decay 1 the learning rate must"),
        (
            "lowest-score",
            "predict-published",
            "Labels that are not the class of the highest score: 5 of 5.",
        ),
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
            "return loss, list(grads.values())",
            "gradient-W1",
            "grads is a list, expected a dict with the keys of params.",
        ),
        (
            "return loss, grads",
            "del grads['b1']; return loss, grads",
            "gradient-b1",
            "grads has the keys W1, W2, b2; b1 is missing.",
        ),
        (
            "for it in range(num_iters)",
            "for it in range(num_iters - 1)",
            "step-W1",
            "The number of training steps is 12, expected 13.",
        ),
        (
            "step(self.params, grads, learning_rate, memory)",
            "self.params['W1'] = self.params['W1'] * np.nan",
            "step-W1",
            "W1 is no longer finite after a step.",
        ),
        (
            "            step(self",
            "            if it % iterations_per_epoch == 0: step(self",
            "step-W1",
            "W1: it does not change in 9 of 13 steps.",
        ),
        (
            "            step(self",
            "            if it % iterations_per_epoch == 0: step(self",
            "step-size",
            "The four parameters do not follow one rule with the given learning rate: the first "
            "step is right, later steps are not.",
        ),
        (
            "X_batch, y_batch = minibatch(X, y, batch_size, it)",
            "X_batch, y_batch = X_val, y_val",
            "batch-shape",
            "X_batch has shape (7, 3), expected (6, 3) = (batch_size, D).",
        ),
        (
            "learning_rate = decayed(learning_rate, learning_rate_decay, epoch, first_rate)",
            "learning_rate = 0.0",
            "decay-epoch",
            "The learning rate becomes 0 or is not finite.",
        ),
    ],
)
def test_other_slips_are_told(grader, old, new, check, said):
    text = text_with()
    assert text.count(old) == 1
    assert checks_of(grader.grade(text.replace(old, new)))[check].message.startswith(said)


def test_hidden_cases_show_no_numbers_and_public_ones_do(grader):
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

"""A wrong T#5 or T#6 followed by right code costs its own task, and nothing of the later ones."""

from __future__ import annotations

import numpy as np
import pytest

from grader.engine.judge import judge
from grader.engine.verdict import Judged
from grader.lab.follow_through import is_degenerate, is_trivial
from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.submissions import submission_of, submission_with, text_with
from grader.two_layer_net import LAB
from tests.grader.judging import checks_of, lost_tasks
from tests.grader.lab.fixed_code import FIXED as REFERENCE
from tests.grader.lab.fixed_code import with_block
from tests.grader.lab.wrong_submissions import CORPUS, source
from tools.dev.bare import as_it_was
from tools.dev.measure_chance import Asked
from tools.dev.variants import RIGHT

LINE = "hidden = np.maximum(0, X @ W1 + b1)  # (N, H)\n        scores = hidden @ W2 + b2  # (N, C)"
# T#5 in the shape of the release, so that T#7 goes on with its variables.
DEGENERATE = {
    "zeros": "hidden = np.maximum(0, X @ W1 + b1); scores = np.zeros((N, len(b2)))",
    "ones": "hidden = np.maximum(0, X @ W1 + b1); scores = np.ones((N, len(b2)))",
    "the biases": "hidden = np.maximum(0, X @ W1 + b1); scores = np.tile(b2, (N, 1))",
    "one-hot": "hidden = np.maximum(0, X @ W1 + b1); scores = np.eye(len(b2))[[0] * N]",
    "no hidden layer": "hidden = np.zeros((N, len(b1))); scores = hidden @ W2 + b2",
    "negative hidden layer": "hidden = np.minimum(0, X @ W1 + b1); scores = hidden @ W2 + b2",
    "constant hidden layer": "hidden = np.ones((N, len(b1))); scores = hidden @ W2 + b2",
    "not finite": "hidden = np.maximum(0, X @ W1 + b1); scores = hidden @ W2 + np.nan",
    "transposed": "hidden = np.maximum(0, X @ W1 + b1); scores = (hidden @ W2 + b2).T",
    "hidden layer": "hidden = np.maximum(0, X @ W1 + b1); scores = hidden",
    "random": "hidden = np.maximum(0, X @ W1 + b1); scores = np.random.randn(N, len(b2))",
}


def after(line: str) -> str:
    """The reference with another T#5."""
    assert LINE in REFERENCE
    return REFERENCE.replace(LINE, line.replace("; ", "\n        "))


@pytest.mark.parametrize("line", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_scores_leave_later_tasks_their_points(grader, line):
    verdict = grader.grade(after(line))
    assert lost_tasks(verdict) == {"T#5"}
    assert not verdict.could_not_tell


@pytest.mark.parametrize("line", DEGENERATE.values(), ids=DEGENERATE)
def test_wrong_gradients_stay_wrong_after_degenerate_scores(grader, line):
    old = "dW2 = hidden.T @ dscores + reg * W2"
    assert old in REFERENCE
    verdict = grader.grade(after(line).replace(old, "dW2 = 2 * hidden.T @ dscores + reg * W2"))
    checks = checks_of(verdict)
    assert checks["gradient-W2"].score == checks["gradient-check"].score == 0


OWN = [one for one in CORPUS if set(one.tasks) <= {"T#5", "T#6", "T#11"} and not one.hangs]
BROKEN = [
    one
    for one in OWN
    if one.name.startswith(("raise-", "not-implemented"))
    or one.name in ("max-over-batch", "scores-none", "scores-first-layer-then-return")
]


@pytest.mark.parametrize("wrong", [*OWN[::5], *BROKEN], ids=lambda wrong: wrong.name)
def test_submission_of_the_corpus_loses_its_own_tasks(grader, wrong):
    """Every fifth one, and all that raise, are stubs or return early."""
    assert lost_tasks(grader.grade(source(wrong))) <= set(wrong.tasks)


def test_scores_that_show_no_work_are_degenerate():
    rng = np.random.default_rng(0)
    honest = rng.normal(size=(5, 3))
    assert not is_degenerate(honest, (5, 3))
    assert is_degenerate(None, (5, 3))
    assert is_degenerate(honest.T, (5, 3))
    assert is_degenerate(honest * np.inf, (5, 3))
    assert is_degenerate(np.tile(honest[0], (5, 1)), (5, 3))
    assert is_degenerate(np.arange(15.0).reshape(5, 3), (5, 3))
    assert is_degenerate(1e3 * np.eye(3)[[0, 1, 2, 0, 1]], (5, 3))
    assert is_degenerate(np.ones((1, 3)), (1, 3))
    assert not is_degenerate(honest[:1], (1, 3))


def test_gradients_that_cost_no_thought_are_trivial():
    rng = np.random.default_rng(0)
    param, grad = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    assert not is_trivial(grad, param)
    for trivial in (0 * grad, 3 + 0 * grad, 0.7 * param, -param, 0 * grad + np.nan):
        assert is_trivial(trivial, param)


def test_gradient_of_a_larger_loss_follows_everywhere(grader):
    """Three times the loss with three times the gradient is consistent; on some cases it is not."""
    old = "loss = data_loss + "
    tripled = REFERENCE.replace(old, "loss = 3 * data_loss + ")
    tripled = tripled.replace("dscores /= N", "dscores *= 3 / N")
    assert lost_tasks(grader.grade(tripled)) == {"T#6"}
    assert checks_of(grader.grade(tripled))["gradient-W1"].judged is Judged.FOLLOW_THROUGH
    some = tripled.replace("dscores *= 3 / N", "dscores *= 3 / N if N < 30 else 1 / N")
    assert {"T#6", "T#7"} <= lost_tasks(grader.grade(some))


def test_gradients_of_two_losses_earn_only_one(grader):
    """W2 and b2 follow the student's own loss, W1 and b1 another one: one pair earns."""
    text = REFERENCE
    for old, new in (
        ("loss = data_loss + ", "loss = 3 * data_loss + "),
        ("hidden.T @ dscores", "5 * hidden.T @ dscores"),
        ("db2 = dscores", "db2 = 5 * dscores"),
        ("dscores @ W2.T", "3 * dscores @ W2.T"),
    ):
        assert old in text
        text = text.replace(old, new)
    checks = checks_of(grader.grade(text))
    scores = {name: checks[f"gradient-{name}"].score for name in ("W1", "b1", "W2", "b2")}
    assert scores == {"W1": 4, "b1": 4, "W2": 0, "b2": 0}
    assert checks["gradient-check"].score == 0


NUMERIC = """
        def at(name, W):
            p = {**self.params, name: W}
            s = np.maximum(0, X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
            s = s - s.max(axis=1, keepdims=True)
            logs = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
            regularization = 0.5 * reg * ((p["W1"] ** 2).sum() + (p["W2"] ** 2).sum())
            return -logs[np.arange(N), y].mean() + regularization

        grads = {}
        for name, param in self.params.items():
            SLOPE
        return loss, grads
"""
SLOPES = {
    "handed out": "grads[name] = eval_numerical_gradient(lambda W: at(name, W), param, False)",
    "copies": """
            grad = np.zeros_like(param)
            for index in np.ndindex(*param.shape):
                up, down = param.copy(), param.copy()
                up[index] += 1e-5
                down[index] -= 1e-5
                grad[index] = (at(name, up) - at(name, down)) / 2e-5
            grads[name] = grad""",
    "five points": """
            grad = np.zeros_like(param)
            for index in np.ndindex(*param.shape):
                h, kept, values = 1e-3, param[index], []
                for k in (-2, -1, 1, 2):
                    param[index] = kept + k * h
                    values.append(at(name, param))
                param[index] = kept
                a, b, c, d = values
                grad[index] = (a - 8 * b + 8 * c - d) / (12 * h)
            grads[name] = grad""",
}


@pytest.mark.parametrize("slope", SLOPES.values(), ids=SLOPES)
def test_numerical_gradients_earn_about_half(grader, rubric, slope):
    head, tail = REFERENCE.split("        # BEGIN SOLUTION T#7\n")
    tail = tail.split("        # END SOLUTION T#7\n")[1]
    text = head + NUMERIC.replace("SLOPE", slope) + tail
    helper = """
def eval_numerical_gradient(f, x, verbose=True, h=1e-5):
    grad = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        below = f(x)
        x[index] = kept
        grad[index] = (above - below) / (2 * h)
    return grad


class TwoLayerNet:"""
    verdict = grader.grade(text.replace("\nclass TwoLayerNet:", helper, 1))
    gradients = next(task for task in verdict.tasks if task.task == "T#7")
    assert gradients.score == 10
    assert rubric.deviations["numerical-gradient"].sentence in gradients.checks[1].message
    assert lost_tasks(verdict) == {"T#7"}


@pytest.mark.parametrize("variant", RIGHT[:12], ids=lambda variant: variant.name)
def test_right_code_is_not_asked_further(grader, variant):
    seen = grader.evidence(variant.submission).observations.by_question
    asked = {str(seen[name].ended) for name in seen if name.startswith("given/")}
    assert asked == {"finished" if variant.sentence == "single-precision" else "not asked"}


TRIVIAL = {
    "zeros": "grads = {n: 0 * p for n, p in self.params.items()}",
    "regularization": "grads = {n: reg * p for n, p in self.params.items()}",
    "one number": "grads = {n: 0 * p + probs.mean() for n, p in self.params.items()}",
}


@pytest.mark.parametrize("code", TRIVIAL.values(), ids=TRIVIAL)
@pytest.mark.parametrize("before", ["raise NotImplementedError()", "return 0.0"])
def test_trivial_gradients_after_no_loss_earn_nothing(grader, before, code):
    verdict = grader.grade(with_block("T#7", f"{code}\n", with_block("T#6", f"{before}\n")))
    scores = {task.task: task.score for task in verdict.tasks}
    assert (scores["T#6"], scores["T#7"]) == (0, 0)


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("dscores /= N", "", "T#7"),
        ("loss = data_loss + ", "loss = 3 * data_loss + ", "T#6"),
    ],
)
def test_one_wrong_task_alone_is_not_asked_further(grader, old, new, lost):
    """Scores are right, and loss or gradients too: nothing follows from what is wrong."""
    assert old in REFERENCE
    text = REFERENCE.replace(old, new)
    seen = grader.evidence(submission_of(text)).observations.by_question
    asked = {str(seen[name].ended) for name in seen if name.startswith(("given/", "numeric/"))}
    assert asked == {"not asked"}
    assert lost_tasks(grader.grade(text)) == {lost}


@pytest.mark.parametrize("epsilon", ["1e-12", "1e-8", "1e-7", "1e-6", "1e-5"])
def test_epsilon_costs_the_same_for_every_seed(rubric, epsilon):
    """The process of the tests runs this code: it is the kit's own."""
    text = submission_with().files["cattern/neural_net.py"].decode()
    old = "-log_probs[np.arange(len(y)), y].mean()"
    assert old in text
    new = f"-np.log(np.exp(log_probs[np.arange(len(y)), y]) + {epsilon}).mean()"
    scores = set()
    with as_it_was():
        asked = Asked(submission_of(text.replace(old, new)))
        for seed in range(6):
            checks = checks_of(judge(LAB.evidence_of(asked.observe(seed), seed, rubric, None)))
            scores.add(tuple(check.score for check in checks.values() if check.task == "T#6"))
    assert len(scores) == 1


@pytest.mark.parametrize(
    ("slugs", "asked"),
    [
        (("no-relu",), "not asked"),
        (("loss-is-a-sum", "no-relu"), "not asked"),
        (("no-relu", "labels-not-taken-off"), "finished"),
    ],
)
def test_slopes_are_measured_only_if_needed(grader, slugs, asked):
    """They take hundreds of calls of `loss`."""
    seen = grader.evidence(
        submission_of(text_with(*map(BY_SLUG.get, slugs)))
    ).observations.by_question
    assert {str(seen[name].ended) for name in seen if name.startswith("given/")} == {"finished"}
    assert {str(seen[name].ended) for name in seen if name.startswith("numeric/")} == {asked}

"""Wrong code that no catalogue knows: later tasks are judged by what they make of it."""

# One stage has many mistaken forms, and all of them bear its name.
# ruff: noqa: F811

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable

import numpy as np
import pytest

from grader.engine.verdict import Judged
from grader.lab.functional import probabilities
from grader.lab.guest.network import given_scores
from grader.lab.mistakes.submissions import submission_of, text_of, text_with
from grader.lab.questions import HIDDEN, make_questions
from tests.grader.judging import ON_IMAGES, checks_of, lost_tasks
from tests.grader.lab.fixed_code import FIXED, REFERENCE, with_block

FORWARD, LOSS = {}, {}  # wrong stages, by name
TRAININGS = {"step-toy", *ON_IMAGES}


def wrong(functions: dict, name: str) -> Callable:
    """Keep a wrong stage under a name."""

    def keep(function: Callable) -> Callable:
        functions[name] = function
        return function

    return keep


def submission_made_of(*functions: Callable):
    """A submission that is right but for some stages."""
    sources = {one.__name__: textwrap.dedent(inspect.getsource(one)) for one in functions}
    sources = {name: text[text.index("def ") :] for name, text in sources.items()}
    return submission_of(text_of(sources))


@wrong(FORWARD, "softplus")
def forward(X, params):
    hidden = np.log1p(np.exp(X @ params["W1"] + params["b1"]))
    return hidden, hidden @ params["W2"] + params["b2"]


@wrong(FORWARD, "squared-relu")
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"]) ** 2
    return hidden, hidden @ params["W2"] + params["b2"]


@wrong(FORWARD, "very-leaky")
def forward(X, params):
    before = X @ params["W1"] + params["b1"]
    hidden = np.where(before > 0, before, 0.2 * before)
    return hidden, hidden @ params["W2"] + params["b2"]


@wrong(FORWARD, "scores-doubled")
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden, 2 * (hidden @ params["W2"] + params["b2"])


@wrong(FORWARD, "scores-rounded")
def forward(X, params):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden, np.round(hidden @ params["W2"] + params["b2"], 2)


@wrong(LOSS, "three-times")
def data_loss(scores, y):
    return -3 * np.log(probabilities(scores)[np.arange(len(y)), y]).mean()


@wrong(LOSS, "median")
def data_loss(scores, y):
    return np.median(-np.log(probabilities(scores)[np.arange(len(y)), y]))


@wrong(LOSS, "cubes")
def reg_loss(params, reg, N):
    return 0.5 * reg * sum(np.abs(params[name] ** 3).sum() for name in ("W1", "W2"))


def by_name(functions):
    return pytest.mark.parametrize("function", functions.values(), ids=functions)


@by_name(FORWARD)
def test_unknown_mistake_in_the_scores_costs_t5_alone(grader, function):
    verdict = grader.grade(submission_made_of(function))
    assert lost_tasks(verdict) == {"T#5"}


@by_name(LOSS)
def test_unknown_mistake_in_the_loss_costs_t6_alone(grader, function):
    verdict = grader.grade(submission_made_of(function))
    assert lost_tasks(verdict) == {"T#6"}


def test_gradients_may_follow_a_wrong_loss(grader):
    """Three times the loss, three times the data's gradient: T#7 has followed."""

    def dscores_of(scores, y):
        dscores = probabilities(scores)
        dscores[np.arange(len(y)), y] -= 1
        return 3 * dscores / len(y)

    verdict = grader.grade(submission_made_of(LOSS["three-times"], dscores_of))
    assert lost_tasks(verdict) == {"T#6"}
    assert checks_of(verdict)["gradient-W1"].judged is Judged.FOLLOW_THROUGH
    assert checks_of(verdict)["gradient-W1"].message == ("The gradient is that of your own loss.")


def test_gradients_that_follow_from_nothing_are_wrong(grader):
    def dscores_of(scores, y):
        return scores**2 / len(y)

    for earlier in (FORWARD["softplus"], LOSS["median"]):
        verdict = grader.grade(submission_made_of(earlier, dscores_of))
        gradients = next(task for task in verdict.tasks if task.task == "T#7")
        assert gradients.score == 0


def test_one_wrong_gradient_costs_two_checks(grader):
    def gradients(data, reg):
        grads = {name: data[name] + reg[name] for name in data}
        grads["W1"] = data["W1"] * 1.001 + reg["W1"]
        return grads

    verdict = grader.grade(submission_made_of(gradients))
    lost = {check.id for check in checks_of(verdict).values() if check.judged is Judged.WRONG}
    assert lost == {"gradient-check", "gradient-W1"}


@pytest.mark.parametrize(
    ("function", "lost"),
    [
        ("forward", "T#5"),
        ("data_loss", "T#6"),
        ("data_gradients", "T#7"),
        ("minibatch", "T#8"),
        ("step", "T#9"),
        ("decayed", "T#10"),
        ("labels_of", "T#11"),
    ],
)
def test_error_in_one_task_costs_only_that_task(grader, function, lost):
    lines = text_with().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"def {function}("))
    lines.insert(at + 1, "    raise ValueError('a slip of mine')")
    verdict = grader.grade(submission_of("\n".join(lines)))
    assert lost_tasks(verdict) == {lost}
    wrong = [one for one in checks_of(verdict).values() if one.judged is Judged.WRONG]
    assert wrong
    for check in wrong:
        assert check.message.startswith(
            "Your code stopped with an error: cattern/neural_net.py, line"
        )
        assert check.message.endswith("ValueError: a slip of mine")


def test_scores_of_the_wrong_shape_cost_t5_alone(grader):
    def forward(X, params):
        hidden = np.maximum(0, X @ params["W1"] + params["b1"])
        return hidden, (hidden @ params["W2"] + params["b2"]).T

    verdict = grader.grade(submission_made_of(forward))
    assert lost_tasks(verdict) == {"T#5"}
    assert not verdict.could_not_tell


@pytest.mark.parametrize("condition", ["it == 0", "it % iterations_per_epoch == 0", "it < 12"])
def test_steps_that_are_left_out_are_t9_alone(grader, condition):
    text = text_with().replace("            step(self", f"            if {condition}: step(self")
    assert lost_tasks(grader.grade(text)) == {"T#9"}


def test_scores_with_one_best_class_cost_t5(grader):
    # Inputs this small leave the biases to decide, and each case has biases of its own.
    text = text_with().replace("forward(X, self.params)", "forward(X / 255, self.params)")
    assert lost_tasks(grader.grade(text)) == {"T#5"}


DRAWN = "X_batch, y_batch = minibatch(X, y, batch_size, it)"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("X_batch = np.random.choice(X, batch_size)", "ValueError: a must be 1-dimensional"),
        ("X_batch = X[np.arange(len(X)) + it + 1]; y_batch = y", "IndexError: index 24 is out"),
        ("rows = np.random.choice(len(X), batch_size)", "'X_batch'"),
    ],
)
def test_an_error_in_drawing_is_t8_alone(grader, line, said):
    verdict = grader.grade(text_with().replace(DRAWN, line))
    assert lost_tasks(verdict) == {"T#8"}
    for check in checks_of(verdict).values():
        if check.task == "T#8" and check.id not in ON_IMAGES:
            assert check.score == 0
            assert check.message.startswith(
                "Your code stopped with an error: cattern/neural_net.py"
            )
            assert said in check.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for it in range(num_iters):", "it = -1\n        while (it := it + 1) < num_iters:"),
        ("def train(", "train = lambda self, *a, **b: self.fit(*a, **b)\n\n    def fit("),
    ],
)
def test_another_form_of_train_stops_with_its_batch(grader, old, new):
    text = text_with().replace(old, new).replace(DRAWN, "raise ValueError('no batch')")
    checks = checks_of(grader.grade(text))
    assert checks["step-W1"].judged is Judged.NOT_REACHED
    assert checks["step-W1"].message.startswith("T#8 must work first: ")
    assert checks["batch-shape"].message.endswith("ValueError: no batch")


def test_step_and_decay_are_seen_without_a_batch(grader):
    text = text_with().replace(DRAWN, "raise ValueError('no batch')")
    text = text.replace("            step(self", "            1 / 0; step(self")
    text = text.replace("if decays_at(it, iterations_per_epoch):", "if it == 3:")
    checks = checks_of(grader.grade(text))
    assert checks["step-W1"].score == checks["decay-epoch"].score == 0


STEP = "step(self.params, grads, learning_rate, memory)"
DECAYED = "learning_rate = decayed(learning_rate, learning_rate_decay, epoch, first_rate)"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("self.params['W1'] -= learning_rate * dW1", "'dW1' is not defined"),
        ("self.params['W1'] -= learning_rate * grads['W1']; db1", "'db1' is not defined"),
        (f"1 / 0; {STEP}", "division by zero"),
    ],
)
def test_an_error_in_the_step_is_t9_alone(grader, line, said):
    assert STEP in text_with()
    verdict = grader.grade(text_with().replace(STEP, line))
    assert lost_tasks(verdict) == {"T#9"}
    for check in checks_of(verdict).values():
        if check.id.startswith("step-") and check.id not in {*ON_IMAGES, "step-toy"}:
            assert check.score == 0
            assert said in check.message


def test_an_error_in_the_decay_is_t10_alone(grader):
    assert DECAYED in text_with()
    verdict = grader.grade(text_with().replace(DECAYED, "learning_rate *= decay"))
    assert lost_tasks(verdict) == {"T#10"}
    assert "'decay' is not defined" in checks_of(verdict)["decay-factor"].message


def test_errors_before_the_decay_spare_it(grader):
    text = (
        text_with().replace(DRAWN, "raise ValueError('no batch')").replace(STEP, f"1 / 0; {STEP}")
    )
    assert lost_tasks(grader.grade(text)) == {"T#8", "T#9"}


@pytest.mark.parametrize(
    ("line", "wrong", "lost"),
    [
        ("hidden = np.maximum(0, X @ W1 + b1)", "hidden = relu(X @ W1 + b1)", {"T#5"}),
        ("scores = hidden @ W2 + b2", "scores = hidden @ W2 + b3", {"T#5"}),
        ("largest = scores.max(", "largest = scores.maximum(", {"T#6"}),
        ("0.5 * reg * (np.sum(W1 * W1)", "0.5 * reg * (np.sum(w1 * w1)", {"T#6"}),
        ("data_loss = -log_probs", "raise SystemExit; data_loss = -log_probs", {"T#6"}),
        ("dscores = exp_scores / exp_sums", "dscores = probs", {"T#7"}),
    ],
)
def test_an_error_in_loss_spares_independent_tasks(grader, line, wrong, lost):
    assert line in FIXED
    verdict = grader.grade(FIXED.replace(line, wrong))
    assert lost_tasks(verdict) == lost


@pytest.mark.parametrize("done", [("T#6",), ("T#11",), ("T#6", "T#11"), ("T#8", "T#11")])
def test_tasks_done_before_the_first_are_seen(grader, project, done):
    stub = (project / "assignment" / "cattern" / "neural_net.py").read_text()
    blocks = dict(re.findall(r"# BEGIN SOLUTION (T#\d+)\n(.*?) *# END SOLUTION", REFERENCE, re.S))
    for task in done:
        undone = f'raise NotImplementedError("{task} is not done yet")'
        assert undone in stub
        stub = re.sub(rf" *{re.escape(undone)}\n", lambda _, t=task: blocks[t], stub)
    verdict = grader.grade(stub)
    earned = {task.task for task in verdict.tasks if task.score}
    assert earned == set(done)
    for check in checks_of(verdict).values():
        if check.task in done and check.id not in {*ON_IMAGES, *TRAININGS}:
            assert check.score == check.max_score, check.id


def test_given_scores_vary_and_can_be_large():
    cases = make_questions(0).cases
    for name in (*HIDDEN, "published", "large"):
        labels = given_scores(cases[name].arrays).argmax(axis=1)
        assert len(set(labels.tolist())) > 1, name
    assert np.abs(given_scores(cases["large"].arrays)).max() > 709


SHARED = """
probs = {softmax}
loss = -np.log(probs[np.arange(N), y]).mean() + 0.5 * reg * ((W1**2).sum() + (W2**2).sum())
"""
IN_PLACE = "dscores = probs\n"
COPIED = "dscores = probs.copy()\n"
SOFTMAXES = {
    "largest of each column": "np.exp(scores - scores.max(axis=0))\n"
    "probs /= probs.sum(axis=1, keepdims=True)",
    "sigmoid": "1 / (1 + np.exp(-scores))",
    "other sign": "np.exp(-scores) / np.exp(-scores).sum(axis=1, keepdims=True)",
    "temperature": "np.exp(scores / 2) / np.exp(scores / 2).sum(axis=1, keepdims=True)",
    "something added": "np.exp(scores) / (np.exp(scores).sum(axis=1, keepdims=True) + 0.1)",
}


def with_shared_softmax(softmax, dscores):
    text = with_block("T#6", SHARED.format(softmax=softmax), FIXED)
    assert "dscores = exp_scores / exp_sums  # (N, C)\n" in text
    return text.replace("dscores = exp_scores / exp_sums  # (N, C)\n", dscores)


@pytest.mark.parametrize("softmax", SOFTMAXES.values(), ids=SOFTMAXES)
@pytest.mark.parametrize("dscores", [IN_PLACE, COPIED], ids=["in place", "copied"])
def test_a_wrong_softmax_costs_t6_alone(grader, softmax, dscores):
    assert lost_tasks(grader.grade(with_shared_softmax(softmax, dscores))) == {"T#6"}


@pytest.mark.parametrize("softmax", SOFTMAXES.values(), ids=SOFTMAXES)
def test_wrong_gradients_of_a_wrong_softmax_lose(grader, softmax):
    text = with_shared_softmax(softmax, COPIED).replace("dscores[np.arange(N), y] -= 1", "pass")
    assert {"T#6", "T#7"} <= lost_tasks(grader.grade(text))


NO_SCORES = {
    "list": "scores = (hidden @ W2 + b2).tolist()",
    "pair": "scores = hidden @ W2 + b2, 0",
    "nothing": "hidden @ W2 + b2; scores = None",
    "one row of all": "scores = (hidden @ W2 + b2).ravel()",
    "first example": "scores = (hidden @ W2 + b2)[0]",
    "error after the hidden layer": "scores = hidden @ W2.T + b2",
}


def with_scores(line):
    """The reference with another last line of T#5."""
    text = FIXED.replace("scores = hidden @ W2 + b2  # (N, C)", line)
    assert text != FIXED
    return text


@pytest.mark.parametrize("line", NO_SCORES.values(), ids=NO_SCORES)
def test_scores_of_wrong_form_spare_t6_and_t7(grader, line):
    lost = lost_tasks(grader.grade(with_scores(line)))
    assert "T#5" in lost
    assert not {"T#6", "T#7"} & lost


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("dscores /= N\n", "\n"),
        ("dW2 = hidden.T @ dscores + reg * W2", "dW2 = hidden.T @ dscores"),
        ("db2 = dscores.sum(axis=0)", "db2 = dscores.sum()"),
    ],
)
def test_wrong_gradients_of_given_scores_are_wrong(grader, line, wrong):
    text = with_scores(NO_SCORES["list"])
    assert line in text
    assert {"T#5", "T#7"} <= lost_tasks(grader.grade(text.replace(line, wrong)))

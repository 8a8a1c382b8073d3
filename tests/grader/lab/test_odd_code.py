"""Right code in odd forms earns full marks, or loses a small deviation that is named."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.engine import observe
from grader.engine.judge import judge
from grader.lab.mistakes.submissions import submission_of
from solutions.cattern import neural_net
from tests.grader.judging import ON_IMAGES, checks_of, lost_tasks
from tools.dev.variants.variant import Variant

REFERENCE = Path(neural_net.__file__).read_text()
BARE = re.sub(r"^ *# .*\n", "", REFERENCE, flags=re.MULTILINE)  # the release's comments removed
ASK = "loss, grads = self.loss(X_batch, y=y_batch, reg=reg)\n"
STEP = """            for name in self.params:
                self.params[name] -= learning_rate * grads[name]
"""
LOSS = "        return loss, grads\n"


def with_lines(*swaps: tuple[str, str], text: str = BARE) -> str:
    """The reference without comments, with other text in some places."""
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new)
    return text


def lower_case(text: str) -> str:
    """The same with other keys of params and grads."""
    return re.sub(r'"([Wb][12])"', lambda key: f'"{key[1].lower()}"', text)


IN_FULL = {
    "a second look at the batch": with_lines((ASK, ASK + "            " + ASK)),
    "a look in a loop": with_lines(
        (ASK, "for k in range(2):\n                " + ASK),
    ),
    "a look at the same place": with_lines(
        (ASK, "(loss, grads), _ = [self.loss(X_batch, y_batch, reg) for k in range(2)]\n"),
    ),
    "a look after the step": with_lines(
        (STEP, STEP + "            after = self.loss(X_batch, y_batch, reg)[0]\n"),
    ),
    "a look at another batch before it": with_lines(
        (
            ASK,
            "r = np.random.choice(num_train, batch_size)\n"
            "            seen = self.loss(X[r], y[r], reg)[0]\n            " + ASK,
        ),
    ),
    "loss and gradients apart": with_lines(
        (
            ASK,
            "loss = self.loss(X_batch, y_batch, reg)[0]\n"
            "            grads = self.loss(X_batch, y_batch, reg)[1]\n",
        ),
    ),
    "the loss inside the step": with_lines(
        (
            STEP,
            "            for name in self.params:\n"
            "                grad = self.loss(X_batch, y_batch, reg)[1][name]\n"
            "                self.params[name] -= learning_rate * grad\n",
        ),
        (ASK, "loss = 0.0\n"),
    ),
    "the step in a helper": with_lines(
        (ASK, "loss = self.step(X_batch, y_batch, reg, learning_rate)\n"),
        (STEP, ""),
        (
            "    def train(",
            "    def step(self, X_batch, y_batch, reg, learning_rate):\n"
            f"        {ASK}{STEP}            return loss\n\n    def train(".replace(
                "            for", "        for"
            )
            .replace("                self", "            self")
            .replace("            return", "        return"),
        ),
    ),
    "other names in calls of loss": with_lines(
        ("def loss(self, X, y=None, reg=0.0)", "def loss(self, X, y=None, reg=0.0, extra=None)"),
        (ASK, "loss, grads = self.loss(X_batch, y_batch, extra=1, reg=reg)\n"),
    ),
    "names of both versions of Python": with_lines(
        (
            "import numpy as np\n",
            "from __future__ import print_function, division\nfrom builtins import range, object\n"
            "from past.builtins import xrange\nfrom six.moves import cPickle as pickle\n"
            "import numpy as np\n",
        ),
        ("in range(num_iters)", "in xrange(num_iters)"),
    ),
    "a generator of the module": with_lines(
        ("import numpy as np\n", "import numpy as np\n\nRNG = np.random.default_rng(0)\n"),
        ("np.random.choice(num_train, batch_size)", "RNG.integers(num_train, size=batch_size)"),
    ),
    "a generator of the network": with_lines(
        (
            "        self.params = {",
            "        self.rng = np.random.RandomState(3)\n        self.params = {",
        ),
        ("np.random.choice(num_train, batch_size)", "self.rng.choice(num_train, batch_size)"),
    ),
}


@pytest.mark.parametrize("source", IN_FULL.values(), ids=IN_FULL)
def test_odd_code_earns_full_marks(grader, source):
    assert lost_tasks(grader.grade(source)) == set()


PRINTS = (
    'print(f"iteration {it} / {num_iters}: loss {loss:f}")',
    "print 'iteration %d' % it, loss",
)
NAMED = {
    "print statements": ("python-2", with_lines(PRINTS)),
    "a bare xrange": ("python-2", with_lines(("in range(num_iters)", "in xrange(num_iters)"))),
    "iteritems": (
        "python-2",
        with_lines(
            (
                STEP,
                "            for name, grad in grads.iteritems():\n"
                "                self.params[name] -= learning_rate * grad\n",
            ),
        ),
    ),
    "tabs beside blanks": (
        "python-2",
        with_lines(("            loss_history.append(loss)", "\t    loss_history.append(loss)")),
    ),
    "other arguments of train": (
        "renamed",
        with_lines(
            ("learning_rate=1e-3", "lr=1e-3"),
            ("learning_rate_decay=0.95", "lr_decay=0.95"),
            ("num_iters=100", "n_iterations=100"),
            ("batch_size=200", "minibatch=200"),
            (
                "        num_train = X",
                "        num_iters, batch_size = n_iterations, minibatch\n        num_train = X",
            ),
            ("= learning_rate * grads", "= lr * grads"),
            ("learning_rate *= learning_rate_decay", "lr *= lr_decay"),
        ),
    ),
    "train without verbose": (
        "renamed",
        with_lines(("        verbose=False,\n", ""), ("if verbose and it", "if it")),
    ),
    "another name for reg": (
        "renamed",
        with_lines(
            ("y=None, reg=0.0", "y=None, lam=0.0"),
            ("0.5 * reg *", "0.5 * lam *"),
            ("+ reg * W", "+ lam * W"),
            ("reg=reg)", "lam=reg)"),
        ),
    ),
    "lower-case keys": ("renamed", lower_case(BARE)),
    "keys of their own": (
        "renamed",
        with_lines(
            ('"W1"', '"hidden_weights"'),
            ('"b1"', '"hidden_bias"'),
            ('"W2"', '"out"'),
            ('"b2"', '"last"'),
        ),
    ),
}


@pytest.mark.parametrize(("slug", "source"), NAMED.values(), ids=NAMED)
def test_adapted_code_loses_only_its_deviation(grader, rubric, slug, source):
    worth, sentence = rubric.deviations[slug].worth, rubric.deviations[slug].sentence
    checks = [one for one in checks_of(grader.grade(source)).values() if one.id not in ON_IMAGES]
    checks = [one for one in checks if one.task != "T#12"]
    assert all(one.score >= worth * one.max_score - 1e-9 for one in checks), [
        (one.id, one.message) for one in checks if one.score < worth * one.max_score - 1e-9
    ]
    assert any(sentence in one.message for one in checks)


def test_renamed_arguments_are_named(grader):
    _, source = NAMED["other arguments of train"]
    message = checks_of(grader.grade(source))["step-W1"].message
    assert "The grader used lr for learning_rate, lr_decay for learning_rate_decay" in message


BROKEN_EARLIER = {
    "T#5 crashes at once": (("np.maximum(0, X @ W1 + b1)", "np.maximum(0, X @ W2 + b1)"), {"T#5"}),
    "T#5 crashes late": (("hidden @ W2 + b2", "hidden @ W1 + b2"), {"T#5"}),
    "T#5 gives nothing": (("scores = hidden @ W2 + b2", "scores = None"), {"T#5"}),
    "T#6 crashes at once": (
        ("        shifted = ", "        wrong = np.log(missing)\n        shifted = "),
        {"T#6"},
    ),
    "T#6 crashes late": (("        loss = data_loss +", "        loss = total +"), {"T#6"}),
    "T#6 crashes with a part of the loss": (
        ("        loss = data_loss +", "        loss = data_loss\n        loss += wrong +"),
        {"T#6"},
    ),
}


@pytest.mark.parametrize(("swap", "lost"), BROKEN_EARLIER.values(), ids=BROKEN_EARLIER)
def test_crash_costs_only_its_own_task(grader, swap, lost):
    """The release's comments do not stand in the file: the end of a task is what it assigns."""
    verdict = grader.grade(with_lines(swap))
    assert lost_tasks(verdict) - {"T#11"} == lost


def test_loss_that_changes_parameters_is_named(grader, rubric):
    source = with_lines((LOSS, "        W1 -= 1e-3 * dW1\n" + LOSS))
    checks = checks_of(grader.grade(source))
    sentence = rubric.deviations["loss-changes-params"].sentence
    assert sentence in checks["loss-data"].message
    assert checks["gradient-W2"].score < checks["gradient-W2"].max_score


def test_four_values_of_loss_leave_train_alone(grader):
    source = with_lines(
        (LOSS, "        return loss, grads, scores, N\n"),
        (ASK, ASK.replace("grads =", "grads, _, _ =")),
    )
    assert lost_tasks(grader.grade(source)) <= {"T#6", "T#7"}


def test_rate_that_survives_a_training_costs_decay(grader):
    source = with_lines(
        (
            "        num_train = X",
            '        learning_rate = getattr(self, "rate", learning_rate)\n        num_train = X',
        ),
        (
            "learning_rate *= learning_rate_decay",
            "learning_rate *= learning_rate_decay\n                self.rate = learning_rate",
        ),
    )
    verdict = grader.grade(source)
    assert lost_tasks(verdict) == {"T#10"}
    assert "A second call of train() starts at" in checks_of(verdict)["decay-factor"].message


def test_velocity_that_survives_a_training_is_right(grader):
    source = with_lines(
        (
            STEP,
            '            self.v = getattr(self, "v", {})\n'
            "            for name in self.params:\n"
            "                v = 0.9 * self.v.get(name, 0) - learning_rate * grads[name]\n"
            "                self.v[name] = v\n                self.params[name] += v\n",
        ),
    )
    assert lost_tasks(grader.grade(source)) == set()


def test_attempts_are_kept_for_the_instructor(grader):
    """They cost nothing, and the student's report does not hold them."""
    tried = (
        "import os, socket\n"
        "for call in (lambda: open('/etc/passwd'), socket.socket):\n"
        "    try: call()\n"
        "    except OSError: pass\n"
    )
    source = with_lines(("import numpy as np\n", f"import numpy as np\n{tried}"))
    seen = grader.evidence(submission_of(source)).observations
    assert seen.attempts == ("open /etc/passwd", "socket.__new__")
    assert lost_tasks(grader.grade(source)) == set()


def test_honest_code_tries_nothing(grader):
    assert grader.evidence(submission_of(REFERENCE)).observations.attempts == ()


def test_large_replies_are_bounded_in_total(grader):
    """Each question may send little, and all of them together no more than that of a few."""
    source = with_lines(("            return scores\n", "            return np.ones((300, 190))\n"))
    seen = grader.evidence(submission_of(source)).observations
    assert sum(map(len, seen.frames)) <= observe.KEPT_BYTES
    assert lost_tasks(grader.grade(source)) <= {"T#5", "T#11"}


@pytest.mark.parametrize(
    "grads",
    [
        "{name: grad.tolist() for name, grad in grads.items()}",
        "{name: np.atleast_2d(grad) for name, grad in grads.items()}",
    ],
    ids=["lists", "rows"],
)
def test_form_of_gradients_is_no_matter_of_train(grader, grads):
    """A step with a list of numbers raises; that is T#7's deviation and nothing else."""
    source = with_lines((LOSS, f"        grads = {grads}\n{LOSS}"))
    assert lost_tasks(grader.grade(source)) == {"T#7"}


def test_two_steps_in_each_iteration_are_judged_each(grader):
    """Only the rate is late then: it falls after four iterations, which are two epochs."""
    step = "for name in self.params:\n    self.params[name] -= learning_rate * grads[name]\n"
    again = "rows = np.random.choice(num_train, batch_size)\n"
    again += "loss, grads = self.loss(X[rows], y[rows], reg)\n"
    verdict = grader.grade(Variant("two-steps", {"T#9": step + again + step}).submission)
    assert lost_tasks(verdict) == {"T#10"}


def test_slow_loss_is_no_matter_of_train(grader, monkeypatch):
    limits = replace(grader.observer.rubric.limits, toy_s=0.1)
    monkeypatch.setattr(grader.observer, "rubric", replace(grader.observer.rubric, limits=limits))
    wait = "        for _ in range(1000): np.ones(1000).sum()\n"
    source = with_lines(("        N = X.shape[0]\n", f"        N = X.shape[0]\n{wait}"))
    verdict = judge(grader.evidence(submission_of(source)))
    toy = checks_of(verdict)["step-toy"]
    assert toy.score == toy.max_score
    assert toy.message.startswith("The training ran out of time: loss() or predict() is slow")


def test_summaries_count_against_that_total(grader_with_images, monkeypatch):
    whole = grader_with_images.evidence(submission_of(REFERENCE)).observations
    allowed = sum(map(len, whole.frames)) - 1_000  # the short training is summarized to 6 KB
    monkeypatch.setattr(observe, "KEPT_BYTES", allowed)
    seen = grader_with_images.evidence(submission_of(REFERENCE)).observations
    assert sum(map(len, seen.frames)) <= allowed
    lost = {name for name, one in seen.by_question.items() if one.error == observe.TOO_LARGE}
    assert lost == {"train/images"}

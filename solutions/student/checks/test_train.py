"""T#8, T#9 and T#10: the method `train`, and all tasks together.

`train` gets made-up gradients instead of those of the student's `loss`. So these tasks can be
checked before T#5 to T#7 are done.
"""

import numpy as np

from checks import cases
from checks.engine import TITLES, need
from checks.findings import BlockedError, WrongError, check_array, join_names
from checks.student_code import as_finding, call, early_return, watch_training

SIZES = (4, 5, 3)  # D, H, C
ROWS, BATCH, RATE = 20, 8, 0.5

# Each row tells its number, and so does its label.
X_TRAIN = np.outer(np.arange(ROWS), [1.0, 0.5, 0.25, -1.0]) + 1.0  # (ROWS, D)
Y_TRAIN = np.arange(ROWS) * 7 % 3  # (ROWS,)


def test_t08_batch_has_the_right_shape(report):
    X_batch, y_batch = first_batch(BATCH)
    check_array("T#8", "X_batch", X_batch, (BATCH, SIZES[0]), "(batch_size, D)")
    check_array("T#8", "y_batch", y_batch, (BATCH,), "(batch_size,)", np.integer)


def test_t08_images_and_labels_belong_together(report):
    for X_batch, y_batch in (first_batch(BATCH) for _ in range(5)):
        rows = rows_of(X_batch)
        if len(rows) != len(y_batch) or not np.array_equal(Y_TRAIN[rows], y_batch):
            hint = "Do you take images and labels with the same row numbers?"
            got = "images are paired with the wrong labels"
            raise WrongError("T#8", got, "each with its own", hint)


def test_t08_batches_are_random(report):
    batches = [rows_of(first_batch(BATCH)[0]) for _ in range(60)]
    if all(np.array_equal(batch, batches[0]) for batch in batches):
        hint = "Draw row numbers at random. A seed inside `train` draws the same ones every time."
        raise WrongError("T#8", "every run starts with the same rows", "random rows", hint)
    if all(len(set(batch)) == 1 for batch in batches):
        got = "every batch repeats one row"
        raise WrongError("T#8", got, f"{BATCH} random rows", "How many row numbers do you draw?")
    missed = set(range(ROWS)) - set(np.concatenate(batches).tolist())
    if missed:  # a right solution misses a row once in 10^9 runs: 20 * 0.95 ** 480
        got = f"rows {sorted(missed)} never appear in 60 batches of 8"
        raise WrongError("T#8", got, "all 20 rows", "Can every row of the set be drawn?")
    follow = [rows_of(X) for X, _ in watch(num_iters=10).batches]  # one, before T#9 and T#10
    if len(follow) > 1 and all(np.array_equal(rows, follow[0]) for rows in follow):
        raise WrongError("T#8", "all steps of a run use the same rows", "new rows at each step")


def test_t08_batch_may_be_larger_than_the_training_set(report):
    X_batch, _ = first_batch(3 * ROWS)
    if len(X_batch) != 3 * ROWS:
        hint = "The toy data has 5 examples and is trained with batches of 200."
        got = f"the number of rows is {len(X_batch)} for batch_size {3 * ROWS}"
        raise WrongError("T#8", got, f"{3 * ROWS}", hint)


def test_t09_step(report):
    gradients = {key: np.cos(np.arange(v.size)).reshape(v.shape) for key, v in shapes().items()}
    seen = watch(num_iters=1, gradients=lambda it: {k: g.copy() for k, g in gradients.items()})
    steps = finished_steps("T#9", seen)[0]
    factors = {name: along(steps[name], gradients[name]) for name in gradients}
    still = [name for name in steps if not np.any(steps[name])]
    if still:
        hint = "Does the step reach every parameter, and does it change self.params?"
        raise WrongError("T#9", f"{join_names(still)} did not change", "a step", hint)
    none = [name for name in factors if factors[name] is None]
    if none:
        sizes = np.concatenate([np.abs(steps[name]).ravel() for name in none])
        hint = "Is each parameter changed with its own gradient?"
        if np.allclose(sizes, sizes[0], rtol=1e-3):
            hint = "Every element moves by the same amount, as with Adam. The lab asks for SGD."
        got = f"the step of {join_names(none)} is not a multiple of its gradient"
        raise WrongError("T#9", got, "-learning_rate times the gradient", hint)
    up = [name for name in factors if factors[name] > 0]
    if up:
        hint = "The gradient points toward a larger loss. Which way do you want to go?"
        got = f"the step of {join_names(up)} goes along the gradient"
        raise WrongError("T#9", got, "a step against it", hint)
    for name, factor in factors.items():
        # Nesterov's momentum begins with a longer step; plain SGD and momentum with this one.
        if not np.isclose(factor, -1) and not (
            -2 < factor < -1 and np.isclose(factor, factors["b2"])
        ):
            got = f"the step of {name} is {factor:.6g} times learning_rate times its gradient"
            raise WrongError("T#9", got, "-1 times", "Which other factor comes in?", cause="factor")


def test_t10_learning_rate_decays_once_an_epoch(report):
    got = implied_rates(decay=0.5)
    if np.allclose(got, got[0]):
        need("T#9")
        hint = "Does the line change learning_rate itself?"
        raise WrongError("T#10", "the learning rate never changes", "a decay once an epoch", hint)
    hint = "Here an epoch has two iterations, and learning_rate_decay is 0.5."
    if np.isclose(got[1], RATE - 0.5, atol=1e-9):
        hint = "You subtract the decay. The rate should shrink by a factor."
    compare_rates(got, RATE * 0.5 ** np.array([0, 1, 1, 2, 2, 3]), hint)


def test_t10_no_decay_if_the_factor_is_one(report):
    hint = "With learning_rate_decay = 1 the rate stays the same. What else changes it?"
    compare_rates(implied_rates(decay=1.0), np.full(6, RATE), hint)


def compare_rates(got, expected, hint):
    """Compare the learning rates of six steps."""
    if not np.allclose(got, expected, rtol=1e-6, atol=1e-12):
        need("T#9")
        texts = [", ".join(f"{rate:.4g}" for rate in rates) for rates in (got, expected)]
        found = f"the learning rates of six steps are {texts[0]}"
        raise WrongError("T#10", found, texts[1], hint, cause="rates")


def test_together_toy_training(report):
    for task in list(TITLES)[:7]:
        need(task)
    (X, y), net = cases.toy_data(), cases.toy_net()  # in the order of the notebook
    settings = {"learning_rate": 1e-1, "reg": 5e-6, "num_iters": 100, "verbose": False}
    history = call("Training", net.train, X, y, X, y, **settings)
    if not isinstance(history, dict):
        got = f"train returns {type(history).__name__}"
        raise WrongError("Training", got, "a dict of histories", early_return())
    losses = history["loss_history"]
    report["note"] = f"the toy loss ends at {losses[-1]:.6g}"
    if len(losses) != 100:
        got = f"loss_history has length {len(losses)}"
        raise WrongError("Training", got, "100", early_return())
    if not losses[-1] < cases.TOY_TARGET:
        hint = "Each task passes by itself. Plot the losses: do they fall, and from where?"
        raise WrongError("Training", report["note"], f"less than {cases.TOY_TARGET}", hint)


def shapes():
    """Arrays of ones in the shapes of the parameters."""
    D, H, C = SIZES
    return {"W1": np.ones((D, H)), "b1": np.ones(H), "W2": np.ones((H, C)), "b2": np.ones(C)}


def watch(gradients=lambda it: shapes(), **settings):
    """Watch `train` on rows that tell their numbers."""
    settings = {"learning_rate": RATE, "batch_size": BATCH, "num_iters": 1, **settings}
    return watch_training(X_TRAIN, Y_TRAIN, gradients, SIZES, **settings)


def first_batch(batch_size):
    """Images and labels of the first batch of a run."""
    seen = watch(batch_size=batch_size)
    if not seen.batches:
        if seen.error:
            raise as_finding("T#8", seen.error) from seen.error
        got = "train never calls self.loss"
        raise WrongError("T#8", got, "one call in each iteration", early_return())
    return seen.batches[0]


def rows_of(X_batch):
    """Numbers of the rows of the training set that are in a batch."""
    if np.ndim(X_batch) != 2 or X_batch.shape[1] != SIZES[0]:
        got = f"X_batch has shape {np.shape(X_batch)}"
        raise WrongError("T#8", got, f"({BATCH}, {SIZES[0]}) = (batch_size, D)")
    same = (X_batch[:, None, :] == X_TRAIN[None, :, :]).all(axis=2)  # (batch, ROWS)
    if not same.any(axis=1).all():
        raise WrongError("T#8", "X_batch has rows that are not in X", "unchanged rows of X")
    return np.nonzero(same)[1]  # each row of X is there once


def finished_steps(task, seen):
    """Changes of the parameters, step by step, as far as the task allows."""
    finding = as_finding(task, seen.error) if seen.error else None
    later = {"T#9": "T#10", "T#10": None}[task]
    if finding and not (isinstance(finding, BlockedError) and str(finding) == later):
        need("T#8")
        raise finding from seen.error
    if len(seen.params) < 2:
        raise WrongError(task, "train made no step", "one in each iteration", early_return())
    pairs = zip(seen.params, seen.params[1:], strict=False)
    return [{name: after[name] - before[name] for name in before} for before, after in pairs]


def along(step, gradient):
    """The step as a multiple of learning rate and gradient; None if it is not one."""
    factor = np.sum(step * gradient) / np.sum(gradient * gradient) / RATE
    return factor if np.allclose(step, factor * RATE * gradient, atol=1e-12) else None


def implied_rates(decay):
    """The learning rate at each of six steps, two per epoch.

    At each step another element of W1 has a gradient for the first time. Its change is the
    learning rate at that step, with or without momentum.
    """

    def gradients(it):
        grads = {name: np.zeros_like(value) for name, value in shapes().items()}
        grads["W1"].flat[it] = 1.0
        return grads

    settings = {"num_iters": 6, "batch_size": ROWS // 2, "learning_rate_decay": decay}
    steps = finished_steps("T#10", watch(gradients, **settings))
    rates = np.array([-step["W1"].flat[it] for it, step in enumerate(steps)])
    if len(rates) != 6 or not rates[0] > 0:
        need("T#9")
        raise WrongError("T#10", f"the steps are {rates}", "six steps", early_return())
    return rates * (RATE / rates[0])  # Nesterov's steps are longer by one factor

"""T#8, T#9 and T#10: the method `train`, and all tasks together.

`train` is watched with made-up gradients in the place of your `loss`, so that these tasks can be
looked at before T#5 to T#7 are done.
"""

import cases
import numpy as np
import pytest
from findings import check_array, check_close, wrong
from student_code import as_finding, call, watch_training

SIZES = (4, 5, 3)  # D, H, C
ROWS, BATCH, RATE = 20, 8, 0.5

# Each row says which one it is, and so does its label.
X_TRAIN = np.outer(np.arange(ROWS), [1.0, 0.5, 0.25, -1.0]) + 1.0  # (ROWS, D)
Y_TRAIN = np.arange(ROWS) * 7 % 3  # (ROWS,)


def test_t08_batch_has_the_right_shape():
    X_batch, y_batch = first_batch(BATCH)
    check_array("T#8", "X_batch", X_batch, (BATCH, SIZES[0]), "(batch_size, D)")
    check_array("T#8", "y_batch", y_batch, (BATCH,), "(batch_size,)", np.integer)


def test_t08_images_and_labels_belong_together():
    for X_batch, y_batch in (first_batch(BATCH) for _ in range(5)):
        rows = rows_of(X_batch)
        if len(rows) != len(y_batch) or not np.array_equal(Y_TRAIN[rows], y_batch):
            look = "Are images and labels taken with the same row numbers?"
            raise wrong("T#8", "images in X_batch stand beside labels of others", "their own", look)


def test_t08_batches_are_random():
    batches = [rows_of(first_batch(BATCH)[0]) for _ in range(60)]
    if all(np.array_equal(batch, batches[0]) for batch in batches):
        raise wrong("T#8", "every run starts with the same rows", "other rows each time")
    missed = set(range(ROWS)) - set(np.concatenate(batches).tolist())
    if missed:  # by chance in one of 10^9 cases: 20 * 0.95 ** 480
        look = "Can each row of the training set be drawn?"
        raise wrong("T#8", f"rows {sorted(missed)} never come in 60 batches of 8", "all 20", look)
    follow = [rows_of(X) for X, _ in watch(num_iters=10).batches]  # one, before T#9 and T#10
    if len(follow) > 1 and all(np.array_equal(rows, follow[0]) for rows in follow):
        raise wrong("T#8", "all steps of a run use the same rows", "new ones at each step")


def test_t08_batch_may_be_larger_than_the_training_set():
    X_batch, _ = first_batch(3 * ROWS)
    if len(X_batch) != 3 * ROWS:
        look = "The toy data has 5 points and is trained with batches of 200."
        raise wrong("T#8", f"a batch of {3 * ROWS} has {len(X_batch)} rows", f"{3 * ROWS}", look)


@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
def test_t09_step(name):
    gradients = {key: np.cos(np.arange(v.size)).reshape(v.shape) for key, v in shapes().items()}
    seen = watch(num_iters=1, gradients=lambda it: {k: g.copy() for k, g in gradients.items()})
    steps = finished_steps("T#9", seen)
    factors = {key: along(steps[0][key], gradients[key]) for key in gradients}
    got, mine = factors[name], steps[0][name]
    if not np.any(mine):
        raise wrong("T#9", f"{name} stays as it is", "a step", "Is every parameter updated?")
    if got is None:
        look = "Whose gradient is it that is used?"
        raise wrong("T#9", f"the step of {name} is no multiple of its gradient", "one", look)
    if got > 0:
        look = "Towards a smaller loss, or a larger one?"
        raise wrong("T#9", f"{name} goes along its gradient", "the other way", look)
    # Nesterov's momentum begins with a longer step; plain SGD and momentum with this one.
    if not (np.isclose(got, -1) or (-2 < got < -1 and np.isclose(got, factors["b2"] or 0))):
        step = f"the step of {name} is {-got:.6g} times learning rate and gradient"
        raise wrong("T#9", step, "one times", "Which other factor comes in?")


def test_t10_learning_rate_decays_once_an_epoch():
    decay, epochs = 0.5, [0, 1, 1, 2, 2, 3]  # of 2 iterations; how often it decayed before a step
    got = implied_rates(decay)
    expected = RATE * decay ** np.array(epochs[: len(got)])
    if np.allclose(got, got[0]):
        raise wrong("T#10", "the learning rate stays the same", "a decay once an epoch")
    look = "Is the rate changed here alone, and by the factor that is given?"
    check_close("T#10", "rates", got / got[0], expected / RATE, 1e-6, look)


def test_t10_no_decay_where_the_factor_is_one():
    got = implied_rates(decay=1.0)
    look = "Is it learning_rate_decay that the rate is changed by?"
    check_close("T#10", "rates", got / got[0], np.ones(len(got)), 1e-6, look)


def test_together_toy_training():
    net, (X, y) = cases.toy_net(), cases.toy_data()
    settings = {"learning_rate": 1e-1, "reg": 5e-6, "num_iters": 100, "verbose": False}
    history = call("Training", net.train, X, y, X, y, **settings)["loss_history"]
    if len(history) != 100:
        raise wrong("Training", f"loss_history has {len(history)} entries", "100")
    if not history[-1] < cases.TOY_TARGET:
        look = "Look at the tasks above first. Then plot the losses: do they fall, and from where?"
        raise wrong("Training", f"the toy loss ends at {history[-1]:.4g}", "less than 0.05", look)


def shapes():
    """Arrays of ones in the shapes of the parameters."""
    D, H, C = SIZES
    return {"W1": np.ones((D, H)), "b1": np.ones(H), "W2": np.ones((H, C)), "b2": np.ones(C)}


def watch(gradients=lambda it: shapes(), **settings):
    """Watch `train` on the rows that say which they are."""
    settings = {"learning_rate": RATE, "batch_size": BATCH, "num_iters": 1, **settings}
    return watch_training(X_TRAIN, Y_TRAIN, gradients, SIZES, **settings)


def first_batch(batch_size):
    """Images and labels of the first batch of a run."""
    seen = watch(batch_size=batch_size)
    if not seen.batches:
        if seen.error:
            raise as_finding("T#8", seen.error) from seen.error
        raise wrong("T#8", "train never calls loss", "one call in each iteration")
    return seen.batches[0]


def rows_of(X_batch):
    """Numbers of the rows of the training set that a batch holds."""
    if np.ndim(X_batch) != 2 or X_batch.shape[1] != SIZES[0]:
        raise wrong("T#8", f"X_batch has shape {np.shape(X_batch)}", f"({BATCH}, {SIZES[0]})")
    same = (X_batch[:, None, :] == X_TRAIN[None, :, :]).all(axis=2)  # (batch, ROWS)
    if not same.any(axis=1).all():
        raise wrong("T#8", "X_batch holds rows that are not in X", "rows of X as they are")
    return same.argmax(axis=1)


def finished_steps(task, seen):
    """Changes of the parameters, step by step, as far as the task let it come."""
    later = {"T#9": ("T#10",), "T#10": ()}[task]
    if seen.error and not any(str(seen.error).startswith(name) for name in later):
        raise as_finding(task, seen.error) from seen.error
    pairs = zip(seen.params, seen.params[1:], strict=False)
    return [{name: after[name] - before[name] for name in before} for before, after in pairs]


def along(step, gradient):
    """The step as a multiple of learning rate and gradient; None where it is none."""
    factor = np.sum(step * gradient) / np.sum(gradient * gradient) / RATE
    return factor if np.allclose(step, factor * RATE * gradient, atol=1e-12) else None


def implied_rates(decay):
    """The learning rate at each of six steps, two an epoch.

    At each step another element of W1 has a gradient for the first time, so that its change is
    the learning rate of the moment, with or without momentum.
    """

    def gradients(it):
        grads = {name: np.zeros_like(value) for name, value in shapes().items()}
        grads["W1"].flat[it] = 1.0
        return grads

    settings = {"num_iters": 6, "batch_size": ROWS // 2, "learning_rate_decay": decay}
    steps = finished_steps("T#10", watch(gradients, **settings))
    rates = np.array([-step["W1"].flat[it] for it, step in enumerate(steps)])
    if len(rates) != 6 or not np.all(rates > 0):
        raise wrong("T#10", f"the steps are {rates}", "six positive ones", "Does T#9 hold?")
    return rates

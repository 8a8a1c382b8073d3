"""Tests that the corpus of wrong submissions is sound, without running the grader on it."""

import contextlib
import io
import re
import warnings
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.grader.lab.wrong_submissions import (
    BY_KIND,
    CORPUS,
    REFERENCE,
    WrongSubmission,
    block,
    source,
)

TASKS = ("T#5", "T#6", "T#7", "T#8", "T#9", "T#10", "T#11")
RUNNABLE = [wrong for wrong in CORPUS if not wrong.hangs]
N, D, H, C = 6, 4, 7, 3
REG = 0.3

# Other tasks whose faults change what a task gives. The training is observed with right loss and
# predict, so T#8 to T#10 depend on nothing else.
USES: dict[str, tuple[str, ...]] = {
    "T#5": (),
    "T#6": ("T#5", "T#7"),
    "T#7": ("T#5", "T#6"),
    "T#11": ("T#5",),
}


@cache
def network_class(text: str) -> Any:
    """Return the TwoLayerNet of a source text from this corpus."""
    namespace: dict[str, Any] = {}
    exec(compile(text, "neural_net.py", "exec"), namespace)
    return namespace["TwoLayerNet"]


def make_net(text: str, scale: float = 1.0) -> Any:
    """Return a network with random parameters; the biases are not zero."""
    net = network_class(text)(D, H, C)
    rng = np.random.default_rng(5)
    net.params = {key: scale * rng.normal(size=net.params[key].shape) for key in net.params}
    return net


def make_data(rows: int = N) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (rows, D) of very different lengths and labels (rows,)."""
    rng = np.random.default_rng(rows)
    X = rng.normal(size=(rows, D)) * np.geomspace(0.1, 3, rows)[:, None]
    return X, rng.integers(0, C, rows)


def observe_scores(text: str) -> Any:
    X, _ = make_data()
    return [make_net(text).loss(X), X]


def observe_loss(text: str) -> Any:
    """Return losses at ordinary scores and at scores that overflow a bare exp."""
    X, y = make_data()
    return [make_net(text, scale).loss(X, y, reg=REG)[0] for scale in (1.0, 40.0)]


def observe_grads(text: str) -> Any:
    """Return the gradients of two calls in a row, and the parameters after them."""
    X, y = make_data()
    net = make_net(text)
    observed = []
    for _ in range(2):
        _, grads = net.loss(X, y, reg=REG)
        observed.append(grads)
    return [*observed, net.params]


@cache
def train(text: str) -> tuple[list[Any], Any]:
    """Return the batches and the parameters of 14 steps, with 3 steps an epoch.

    The reference answers for loss and predict, so only T#8 to T#10 matter here.
    """
    (X, y), (X_val, y_val) = make_data(12), make_data(5)
    net, reference, batches = make_net(text, 0.3), make_net(REFERENCE), []

    def loss(X: Any, y: Any = None, reg: float = 0.0) -> Any:
        batches.append([np.array(X), np.array(y)])
        reference.params = net.params
        return reference.loss(X, y, reg)

    net.loss, net.predict = loss, reference.predict
    np.random.seed(3)
    net.train(X, y, X_val, y_val, 0.2, 0.6, REG, num_iters=14, batch_size=4)
    return batches, net.params


def observe_labels(text: str) -> Any:
    """Return labels of two batches, from three networks; the last has only negative scores."""
    nets = [make_net(text, scale) for scale in (0.3, 1.0, 1.0)]
    nets[2].params["b2"] -= 100.0
    return [net.predict(make_data(rows)[0]) for net in nets for rows in (20, 5)]


OBSERVE: dict[str, Callable[[str], Any]] = {
    "T#5": observe_scores,
    "T#6": observe_loss,
    "T#7": observe_grads,
    "T#8": lambda text: train(text)[0],
    "T#9": lambda text: train(text)[1],
    "T#10": lambda text: train(text)[1],
    "T#11": observe_labels,
}


@cache
def observe(text: str, task: str) -> Any:
    """Return what the code of a task gives, or the exception that it raises."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            return OBSERVE[task](text)
        except Exception as error:
            return error


def same(got: Any, expected: Any) -> bool:
    """Whether two observations agree in structure, shape and value."""
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(same(got[key], expected[key]) for key in expected)
        )
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(same, got, expected))
    if isinstance(got, dict | list | Exception) or got is None:
        return False
    return np.shape(got) == np.shape(expected) and np.allclose(got, expected, rtol=1e-6)


def differs(wrong: WrongSubmission, task: str) -> bool:
    """Whether the code of a task gives something else than the reference's."""
    return not same(observe(source(wrong), task), observe(REFERENCE, task))


def slope(text: str) -> dict[str, np.ndarray]:
    """Return the central differences of a submission's own loss."""
    X, y = make_data()
    net = make_net(text)
    grads = {key: np.zeros_like(p) for key, p in net.params.items()}
    for key, p in net.params.items():
        for i in np.ndindex(p.shape):
            at, ends = p[i], []
            for p[i] in (at - 1e-5, at + 1e-5):
                ends.append(net.loss(X, y, reg=REG)[0])
            p[i] = at
            grads[key][i] = (ends[1] - ends[0]) / 2e-5
    return grads


def test_at_least_200_entries() -> None:
    assert len(CORPUS) >= 200


def test_names_are_unique() -> None:
    assert max(Counter(wrong.name for wrong in CORPUS).values()) == 1


def test_sources_are_unique() -> None:
    assert max(Counter(source(wrong) for wrong in CORPUS).values()) == 1


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_twelve_entries(task: str) -> None:
    assert sum(task in wrong.tasks for wrong in CORPUS) >= 12


@pytest.mark.parametrize("kind", BY_KIND)
def test_each_kind_has_twenty_entries(kind: str) -> None:
    assert len(BY_KIND[kind]) >= 20


def test_edit_must_match_exactly_once() -> None:
    for old in ("np.", "no such text"):
        wrong = WrongSubmission("bad", ("T#5",), "A test.", ((old, "x"),))
        with pytest.raises(AssertionError, match="matches of"):
            source(wrong)


@pytest.mark.parametrize("kind", BY_KIND)
def test_entries_are_well_formed(kind: str) -> None:
    """`source` itself asserts that each edit matches exactly once."""
    for wrong in BY_KIND[kind]:
        assert network_class(source(wrong)), wrong.name
        assert source(wrong) != REFERENCE, wrong.name
        assert wrong.tasks, wrong.name
        assert set(wrong.tasks) <= set(TASKS), wrong.name
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", wrong.name)
        assert wrong.cause.endswith("."), wrong.name


def test_only_edited_tasks_are_blamed() -> None:
    """An entry that edits several blocks may blame fewer; the rest follows from its fault."""
    for wrong in CORPUS:
        edited = {task for task in TASKS if block(task, source(wrong)) != block(task)}
        assert edited >= set(wrong.tasks), wrong.name


@pytest.mark.parametrize("task", TASKS)
def test_wrong_task_differs_from_reference(task: str) -> None:
    listed = [wrong for wrong in RUNNABLE if task in wrong.tasks]
    assert [wrong.name for wrong in listed if not differs(wrong, task)] == []


@pytest.mark.parametrize("task", USES)
def test_other_tasks_behave_like_reference(task: str) -> None:
    """A task may differ only if it, or a task that it depends on, is listed as wrong."""
    others = [wrong for wrong in RUNNABLE if not {task, *USES[task]} & set(wrong.tasks)]
    assert [wrong.name for wrong in others if differs(wrong, task)] == []


def test_gradient_follows_own_wrong_loss() -> None:
    """T#7 is right if its gradient is the slope of a loss that T#5 or T#6 made wrong."""
    followers = [wrong for wrong in CORPUS if wrong.name.endswith("its-gradient")]
    assert len(followers) >= 5
    for wrong in followers:
        got = observe(source(wrong), "T#7")[0]
        for key, expected in slope(source(wrong)).items():
            np.testing.assert_allclose(got[key], expected, 1e-4, 1e-6, err_msg=wrong.name)


def test_other_wrong_losses_keep_right_gradient() -> None:
    """T#7 is right as well if it differentiates the loss that the lab asks for."""
    keeps = [w for w in RUNNABLE if w.tasks == ("T#6",) and not w.name.endswith("its-gradient")]
    assert len(keeps) >= 50
    for wrong in keeps:
        reached = not isinstance(observe(source(wrong), "T#7"), Exception)
        assert not reached or not differs(wrong, "T#7"), wrong.name

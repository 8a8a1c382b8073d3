"""Labels of saved parameters are worked out only where the student's own leave a doubt."""

from __future__ import annotations

import numpy as np
import pytest

from grader.engine.observation import Ended, Observation
from grader.lab import param_summary
from grader.lab.data import GradingData, Truth
from grader.lab.param_summary import summarize_params
from grader.lab.perturbed import Mixture

N = {"val": 400, "test": 800}
RNG = np.random.default_rng(0)
PARAMS = {
    "W1": RNG.normal(size=(784, 5)),
    "b1": RNG.normal(size=5),
    "W2": RNG.normal(size=(5, 10)),
    "b2": RNG.normal(size=10),
}
IMAGES = {name: RNG.integers(0, 255, (n, 28, 28), dtype=np.uint8) for name, n in N.items()}


def by_hand(name):
    """Labels of the parameters."""
    rows = IMAGES[name].reshape(-1, 784) - 128.0
    hidden = np.maximum(0, rows @ PARAMS["W1"] + PARAMS["b1"])
    return (hidden @ PARAMS["W2"] + PARAMS["b2"]).argmax(axis=1)


def with_errors(labels, every=20):
    """The same labels, but for one in so many."""
    changed = labels.copy()
    changed[::every] = (changed[::every] + 1) % 10
    return changed


LABELS = {name: by_hand(name) for name in N}
TRUE = {name: with_errors(labels) for name, labels in LABELS.items()}


@pytest.fixture
def summary(monkeypatch):
    """What `best_net/load` becomes beside some labels, and how many rows were worked out."""
    copied = np.random.default_rng(1).permutation(N["test"])[:100]
    public = {"val": IMAGES["val"], "mean": np.full(784, 128.0)}
    mixture = Mixture(IMAGES["test"], np.arange(N["test"]), copied)
    truth = Truth("mnist", TRUE["val"], TRUE["test"])
    data, asked = GradingData(public, IMAGES["test"], truth, "", mixture), []
    inner = param_summary._scores

    def counted(network, images):
        asked.append(len(images))
        return inner(network, images)

    def summarize(**own):
        asked.clear()
        seen = {
            f"best_net/{name}": Observation(
                f"best_net/{name}", Ended.FINISHED, {"kinds": {}}, {"labels": labels}
            )
            for name, labels in own.items()
        }
        load = Observation(
            "best_net/load",
            Ended.FINISHED,
            {"kinds": {}, "data": "mnist"},
            {f"params/{name}": value for name, value in PARAMS.items()},
        )
        return summarize_params(load, data, seen).arrays, sum(asked)

    monkeypatch.setattr(param_summary, "_scores", counted)
    return summarize


def is_complete(arrays):
    return all(
        np.array_equal(arrays[f"reference_labels/{name}"], labels)
        for name, labels in LABELS.items()
    )


def test_agreeing_labels_are_not_computed_again(summary):
    arrays, rows = summary(**LABELS)
    assert is_complete(arrays)
    assert rows < sum(N.values()) / 4
    wrong = LABELS["val"] != TRUE["val"]
    assert (arrays["confidence/val"][wrong] > 0).all()


@pytest.mark.parametrize("name", N)
def test_labels_that_are_missing_are_worked_out(summary, name):
    arrays, rows = summary(**{other: LABELS[other] for other in N if other != name})
    assert is_complete(arrays)
    assert rows >= N[name]


@pytest.mark.parametrize(
    "own",
    [
        lambda name: TRUE[name],  # known by heart
        lambda name: with_errors(LABELS[name], 23),
        lambda name: LABELS[name][:, None],
        lambda name: LABELS[name].astype(float),
        lambda name: np.zeros_like(LABELS[name]),
    ],
    ids=["the truth", "more errors", "a column", "floats", "a constant"],
)
def test_labels_that_disagree_are_worked_out(summary, own):
    arrays, rows = summary(**{name: own(name) for name in N})
    assert is_complete(arrays)
    assert rows >= sum(N.values())

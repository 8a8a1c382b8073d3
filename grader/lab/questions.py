"""The questions: cases put to the student's code, drawn from the run's seed, without answers.

A case is numbers (data, labels, parameters); a question is one thing to do with a case. The
published case is the notebook's, and its twin tells whether what comes out was worked out or
copied; the others are hidden and start from biases that are not zero,
since zero biases hide one that is left out, added twice or regularized.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.engine.question import SAVED, Case, Question, Questions

# Where a test looks for each kind of case.
HIDDEN = ("square", "wide", "tall", "small")
EDGES = ("one-example", "two-classes", "one-hidden")

PARAMS = ("W1", "b1", "W2", "b2")
Arrays = dict[str, np.ndarray]


def params_of(case: Case) -> Arrays:
    """The parameters of a case, as copies."""
    return {name: case.arrays[name].copy() for name in PARAMS}


# What the record of a training run is made with. Odd numbers: a rate or a decay that somebody has
# written into their code must not pass for the one that was handed in.
RECORD_RATE = 0.0837
RECORD_DECAY = 0.83
NUMERIC_STEP = 1e-5
LOAD_BEST_NET = "best_net/load"
PUBLISHED_REG = 0.1  # of the notebook's loss
GRADIENT_REG = 0.05  # of its gradient check
# exp() is infinite above 709, and 0 below -745.
_LARGE_SCORE, _LARGE_LAG, _LARGE_SPREAD = 1_000.0, 60.0, 4_000.0

# id -> (N, D, H, C), scale of the inputs
_SHAPES = {
    "square": (6, 5, 6, 4),
    "wide": (4, 17, 5, 3),
    "tall": (40, 3, 5, 5),
    "one-example": (1, 6, 5, 4),
    "two-classes": (9, 5, 6, 2),
    "one-hidden": (8, 4, 1, 3),
    "small": (5, 4, 3, 3),
}
HIDDEN_CASES = tuple(_SHAPES)
_REG = {
    "square": 0.0,
    "wide": 0.7,
    "tall": 0.3,
    "one-example": 0.0,
    "two-classes": 0.4,
    "one-hidden": 0.0,
    "small": 0.6,
}


@lru_cache(maxsize=4)
def make_questions(seed: int, with_data: bool = True) -> Questions:
    """The questions of a run; the same seed gives the same questions on every machine.

    `with_data` adds the short training on images and the questions to `best_net`, which need data.
    """
    cases = [_published(), _twin(seed), _large(seed)]
    cases += [_hidden(name, seed) for name in _SHAPES]
    cases += [_record(name, seed) for name in _RECORDS]
    return Questions({case.id: case for case in cases}, tuple(_questions(seed, with_data)))


def reg_of(case: str) -> float:
    """Strength of the regularization that a hidden case is asked with."""
    return _REG[case]


def _rng(seed: int, name: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([seed, *name.encode()]))


def _published() -> Case:
    """The notebook's toy model and data, drawn as the notebook draws them."""
    model, data = np.random.RandomState(0), np.random.RandomState(1)
    arrays = {
        "W1": 1e-1 * model.randn(4, 10),
        "b1": np.zeros(10),
        "W2": 1e-1 * model.randn(10, 3),
        "b2": np.zeros(3),
        "X": 10 * data.randn(5, 4),
        "y": np.array([0, 1, 2, 2, 1]),
    }
    return Case("published", arrays, public=True)


def _twin(seed: int) -> Case:
    """Of the published case's shapes, with biases of zero as there, and other numbers."""
    return Case("twin", _drawn_until(_tells_apart, _rng(seed, "twin"), 5, 4, 10, 3, bias=0.0))


def _hidden(name: str, seed: int) -> Case:
    N, D, H, C = _SHAPES[name]
    return Case(name, _drawn_until(_tells_apart, _rng(seed, name), N, D, H, C))


def _large(seed: int) -> Case:
    """Scores near a thousand: exp of them overflows unless the largest is taken off first.

    Once it is, the right class is behind by _LARGE_LAG at most: enough for a floor inside the
    logarithm to show, and too little for a probability of 0, whose logarithm is infinite. The last
    class is no label and far below the others: exp overflows if the smallest, or the mean, is
    subtracted.
    """
    rng = _rng(seed, "large")
    # A lag that is far below the scores would stretch these too far.
    arrays = _drawn_until(lambda drawn: _tells_apart(drawn) and _lag(drawn) > 1, rng, 6, 5, 6, 4)
    arrays["y"] %= 3
    stretch = _LARGE_LAG / _lag(arrays)
    arrays["W2"] = arrays["W2"] * stretch
    arrays["b2"] = arrays["b2"] * stretch + _LARGE_SCORE
    arrays["b2"][-1] -= _LARGE_SPREAD
    return Case("large", arrays)


def _lag(arrays: Arrays) -> float:
    """Largest distance of the right class from the highest score, the last class left out."""
    hidden = np.maximum(0, arrays["X"] @ arrays["W1"] + arrays["b1"])  # (N, H)
    scores = (hidden @ arrays["W2"] + arrays["b2"])[:, :-1]  # (N, C - 1)
    right = scores[np.arange(len(scores)), arrays["y"] % 3]  # (N,)
    return float((scores.max(axis=1) - right).max())


def _drawn_until(
    good: Callable[[Arrays], bool],
    rng: np.random.Generator,
    N: int,
    D: int,
    H: int,
    C: int,
    bias: float = 1.0,
) -> Arrays:
    for _ in range(100_000):
        arrays = {
            "W1": rng.standard_normal((D, H)) / np.sqrt(D),
            "b1": bias * rng.uniform(0.2, 0.8, H) * rng.choice([-1.0, 1.0], H),
            "W2": rng.standard_normal((H, C)),
            "b2": bias * rng.uniform(0.2, 0.8, C) * rng.choice([-1.0, 1.0], C),
            "X": rng.standard_normal((N, D)),
            "y": rng.permutation(np.arange(N) % C),
        }
        if good(arrays):
            return arrays
    raise AssertionError(f"no case of N={N}, D={D}, H={H}, C={C} tells right from wrong")


def _tells_apart(arrays: Arrays) -> bool:
    """Whether a case leaves chance no room.

    No hidden unit near its kink (a numerical gradient would be wrong there), no two scores near
    each other (the label would hang on rounding), every unit both on and off, every class among
    the labels, and the first class not the only answer.
    """
    before = arrays["X"] @ arrays["W1"] + arrays["b1"]  # (N, H)
    scores = np.maximum(0, before) @ arrays["W2"] + arrays["b2"]  # (N, C)
    N, C = scores.shape
    best_two = np.sort(scores, axis=1)[:, -2:]  # (N, 2)
    labels = scores.argmax(axis=1)
    on = before > 0
    clear = np.abs(before).min() > 0.01 and (best_two[:, 1] - best_two[:, 0]).min() > 0.02
    if N == 1:
        return bool(clear and labels[0] not in (0, C - 1) and on.any() and not on.all())
    return bool(
        clear
        and on.any(axis=0).all()
        and not on.all(axis=0).any()
        and len(set(labels)) == C
        and 0.1 < (labels == arrays["y"]).mean() < 0.9
    )


@dataclass(frozen=True)
class TracePlan:
    """How the training of a record runs: its data, its batches, its length."""

    num_train: int
    batch_size: int
    num_iters: int
    decay: float

    @property
    def per_epoch(self) -> int:
        """Steps of an epoch."""
        return max(self.num_train // self.batch_size, 1)


# Batches divide the data, so that `/` and `//` give the same epochs.
_RECORDS = {
    # Four steps an epoch; the rate falls after steps 0, 4 and 8.
    "steps": TracePlan(24, 6, 13, RECORD_DECAY),
    # The same without decay, so that only the update rule shows.
    "steady": TracePlan(24, 6, 13, 1.0),
    # Small and long: a row that is never drawn has a chance below 1e-13.
    "reach": TracePlan(8, 4, 60, 1.0),
    # A batch larger than the data, as on the notebook's toy data.
    "small-data": TracePlan(5, 12, 4, 1.0),
    # The second training of one network; the first one lets the rate fall.
    "again": TracePlan(24, 6, 2, 1.0),
}


_BEFORE = TracePlan(24, 6, 6, RECORD_DECAY)  # of the first training of "again"


def _record_settings(plan: TracePlan) -> dict[str, Any]:
    """What `train` is called with."""
    return {
        "learning_rate": RECORD_RATE,
        "learning_rate_decay": plan.decay,
        "reg": 0.25,
        "num_iters": plan.num_iters,
        "batch_size": plan.batch_size,
        "verbose": False,
    }


def trace_plan(case: str) -> TracePlan:
    """How a record's training runs."""
    return _RECORDS[case]


def _record(name: str, seed: int) -> Case:
    """Data whose rows can be told apart, and a gradient for every step, independent of them.

    The records share network, data and gradients, so that the steps of two can be compared.
    """
    plan, rng = _RECORDS[name], _rng(seed, "record")
    D, H, C, most = 3, 4, 3, max(plan.num_iters for plan in _RECORDS.values())
    shapes = {"W1": (D, H), "b1": (H,), "W2": (H, C), "b2": (C,)}
    arrays: Arrays = {key: rng.standard_normal(shape) for key, shape in shapes.items()}
    for key, shape in shapes.items():
        # Away from zero, so that a step that ignores the size of the gradient shows.
        size = rng.uniform(0.3, 1.5, (most, *shape))
        arrays[f"grads_{key}"] = (size * rng.choice([-1.0, 1.0], size.shape))[: plan.num_iters]
    arrays["X"] = rng.standard_normal((24, D))[: plan.num_train]
    arrays["y"] = (np.arange(24) * 5 % 7 % C)[: plan.num_train]
    # Rows of their own, and not as many as any batch has.
    arrays["X_val"], arrays["y_val"] = rng.standard_normal((7, D)), np.arange(7) % C
    return Case(name, arrays)


def _questions(seed: int, with_data: bool) -> list[Question]:
    hidden = [name for name in _SHAPES if name != "small"]
    at = iter(range(1_000_000))

    def ask(
        kind: str, case: str, do: str | None = None, *, further: int = 0, **options: Any
    ) -> Question:
        # A seed of its own for each question: what one draws cannot depend on another's draws.
        own_seed = (seed * 1_000 + next(at)) % 2**32
        return Question(
            f"{kind}/{case}",
            do or kind,
            case,
            own_seed,
            options=options,
            round="train" if kind == "record" else "loss",
            further=further,
        )

    asked = [ask("scores", case) for case in ["published", "twin", *hidden, "small", "large"]]
    asked += [ask("loss", case, reg=PUBLISHED_REG) for case in ("published", "twin")]
    asked += [ask("loss", case, reg=_REG[case]) for case in [*hidden, "small"]]
    asked.append(ask("loss", "large", reg=0.0))
    asked += [ask("predict", case) for case in ["published", "twin", *hidden]]
    asked.append(ask("grads", "published", do="loss", reg=GRADIENT_REG))
    asked.append(ask("effort", "one-example", reg=_REG["one-example"]))
    asked += [
        ask(
            "record",
            case,
            skip_undone=True,
            # Some records are for the steps, two for the batches alone.
            with_params=case in ("steps", "steady", "again"),
            settings=_record_settings(plan),
            before=_record_settings(_BEFORE) if case == "again" else None,
        )
        for case, plan in _RECORDS.items()
    ]
    toy = Question(
        "train/toy",
        "train",
        "published",
        seed=0,  # the published run's: its model and batches follow from it
        # A slow `loss` is no fault of `train`, and a busy machine makes it slower.
        limit="toy",
        options={
            "skip_undone": True,
            "sizes": [4, 10, 3],
            "constructor": {"std": 1e-1},
            "settings": {"learning_rate": 1e-1, "reg": 5e-6, "num_iters": 100, "verbose": False},
        },
    )
    first = [*asked, toy, *(_on_images(seed % 2**32) if with_data else [])]
    return [*first, *_further(ask)]


def _further(ask: Callable[..., Question]) -> Iterator[Question]:
    """What the later tasks do with given scores, and, after that, the slopes of the own loss."""
    regs = {"published": GRADIENT_REG, **_REG}
    for case, reg in {**regs, "twin": PUBLISHED_REG, "large": 0.0}.items():
        yield ask("given", case, further=1, reg=reg)
    for case, reg in regs.items():
        yield ask("inside", case, further=1, reg=reg)
        # Whether a loss is a function of the scores shows where nothing is added to it.
        jacobian = case == "square"
        yield ask("numeric", case, further=2, reg=reg, h=NUMERIC_STEP, jacobian=jacobian)


# Steps of the short training on images, 80 to an epoch: two of its epochs end inside the run.
TRAINING_IMAGES = 8_000
TRAINING: Mapping[str, Any] = {
    "skip_undone": True,
    "sizes": [784, 20, 10],
    "constructor": {},
    "settings": {
        "learning_rate": 1e-3,
        "learning_rate_decay": 0.95,
        "reg": 0.0,
        "num_iters": 200,
        "batch_size": 100,
        "verbose": False,
    },
}


def trainings_digest() -> str:
    """Digest of what the trainings with a threshold ask; thresholds are measured for one digest."""
    toy = Questions({}, tuple(_questions(0, with_data=False)))["train/toy"]  # no case is drawn
    asked = [TRAINING_IMAGES, dict(TRAINING), dict(toy.options)]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def _on_images(seed: int) -> list[Question]:
    """The short training and the questions to `best_net`."""

    def ask(name: str, do: str, options: Mapping[str, Any], **more: Any) -> Question:
        return Question(f"best_net/{name}", do, "", seed, "best_net", options, needs=SAVED, **more)

    return [
        Question(
            *("train/images", "train", "", seed),
            limit="training",
            summarized=True,
            options=TRAINING,
        ),
        ask("load", "best_net", {}, required=True, summarized=True),
        ask("val", "labels", {"images": "X_val"}),
        ask("test", "labels", {"images": "X_mixed"}, summarized=True),
        ask("val-255", "labels", {"images": "X_val", "count": 500, "pixels": "centered/255"}),
    ]

"""What this lab's rubric has of its own: tolerances, thresholds of trainings, steps of T#12."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from grader.engine.rubric import Limits, Rubric, RubricFormat, RubricReader
from grader.lab.questions import trainings_digest

DATA_KINDS = ("mnist", "synthetic")


@dataclass(frozen=True)
class Tolerance:
    """How far a right answer may be off."""

    published_scores: float
    published_loss: float
    published_gradient: float
    relative: float
    numeric: float
    step: float


@dataclass(frozen=True)
class Threshold:
    """What a training has to reach."""

    toy_loss: float
    training_mnist: float
    training_synthetic: float


@dataclass(frozen=True, kw_only=True)
class NetworkLimits(Limits):
    """What a submission may use."""

    toy_s: float
    training_s: float
    best_net_s: float


@dataclass(frozen=True)
class Steps:
    """Shares of a check's points by accuracy, for one data set: (accuracy, share), best first."""

    validation: tuple[tuple[float, float], ...]
    test: tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class NetworkRubric(Rubric):
    """The rubric of this lab."""

    tolerance: Tolerance
    threshold: Threshold
    tuning: Mapping[str, Steps]  # kind of data -> steps
    perturbed_share: float


def _read(reader: RubricReader) -> Mapping[str, Any]:
    _check_trainings(reader)
    tuning = reader.table_at("tuning")
    reader.names("tuning", tuning, (*DATA_KINDS, "memorised"))
    return {
        "tolerance": reader.numbers("tolerance", Tolerance),
        "threshold": reader.numbers("threshold", Threshold),
        "tuning": {kind: _steps(reader, kind) for kind in DATA_KINDS if kind in tuning},
        "perturbed_share": reader.share("tuning.memorised", "perturbed_share"),
    }


def _check_trainings(reader: RubricReader) -> None:
    """Refuse thresholds that were measured with other trainings than are asked now."""
    found, digest = reader.table_at("training").get("questions"), trainings_digest()
    reader.names("training", reader.table_at("training"), ["questions"])
    if found is not None and found != digest:
        expected = f"{digest!r}: these thresholds were measured with other trainings"
        reader.wrong("training.questions", found, expected)


def _steps(reader: RubricReader, kind: str) -> Steps:
    key = f"tuning.{kind}"
    table = reader.table_at(key)
    reader.names(key, table, ["validation", "test"])
    return Steps(
        *(_ladder(reader, f"{key}.{name}", table.get(name)) for name in ("validation", "test"))
    )


def _ladder(reader: RubricReader, key: str, value: Any) -> tuple[tuple[float, float], ...]:
    expected = "pairs [accuracy, share], both from 0 to 1 and falling from the first to the last"
    pairs: list[Any] = value if isinstance(value, list) and value else [None]
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        reader.wrong(key, value, expected)
        return ()
    before = len(reader.problems)
    steps = tuple(
        (reader.number(key, a, 0, 1, expected), reader.number(key, b, 0, 1, expected))
        for a, b in pairs
    )
    rising = any(later[0] >= step[0] or later[1] > step[1] for step, later in pairwise(steps))
    if rising and len(reader.problems) == before:
        reader.wrong(key, value, expected)
    return steps


RUBRIC = RubricFormat(
    kind=NetworkRubric,
    limits=NetworkLimits,
    deviations=(
        *("list-for-array", "row-for-vector", "array-for-number", "epsilon-in-log"),
        *("numerical-gradient", "adaptive-step", "one-shuffle", "decay-late", "labels-as-column"),
        *("changed-inputs", "single-precision", "fixed-seed", "consecutive-rows", "renamed"),
        *("python-2", "loss-changes-params", "best-net-arrays"),
    ),
    tables=("tolerance", "threshold", "training", "tuning"),
    read=_read,
)

"""The rubric: what each check is worth and how near is near enough, read from `rubric.toml`.

Every mistake in the file is reported at once, with its key, what was found and what was expected.
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from grader.errors import MaterialError
from grader.lab.tasks import TASK_NAMES

DEFAULT_RUBRIC = Path(__file__).parents[1] / "rubric.toml"
DATA_KINDS = ("mnist", "synthetic")
DEVIATIONS = (
    "list-for-array",
    "row-for-vector",
    "array-for-number",
    "epsilon-in-log",
    "numerical-gradient",
    "adaptive-step",
    "one-shuffle",
    "decay-late",
    "labels-as-column",
    "changed-inputs",
    "single-precision",
    "fixed-seed",
    "consecutive-rows",
)


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


@dataclass(frozen=True)
class Limits:
    """What a submission may use."""

    question_s: float
    load_s: float
    training_s: float
    best_net_s: float
    wall_factor: float
    wasted_s: float
    memory_mb: float
    output_mb: float

    def cpu_s(self, name: str) -> float:
        """Seconds of CPU time for one question: `name` is "question", "training", ..."""
        return float(getattr(self, f"{name}_s"))


@dataclass(frozen=True)
class Deviation:
    """Something right in substance but not as asked."""

    worth: float
    sentence: str


@dataclass(frozen=True)
class Steps:
    """Shares of a check's points by accuracy, for one data set: (accuracy, share), best first."""

    validation: tuple[tuple[float, float], ...]
    test: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Rubric:
    """A rubric that has been checked."""

    points: Mapping[str, Mapping[str, float]]  # task -> check -> points
    tolerance: Tolerance
    threshold: Threshold
    tuning: Mapping[str, Steps]  # kind of data -> steps
    shifted_share: float
    follow_through: float
    deviations: Mapping[str, Deviation]
    limits: Limits
    seed: int  # of the hidden questions, where a command is given no other
    modules: tuple[str, ...]  # that submissions may import besides the standard library and numpy
    late: Mapping[str, Any]
    sha256: str

    def points_of(self, task: str, check: str) -> float:
        """What a check is worth."""
        return self.points[task][check]


def load_rubric(path: Path = DEFAULT_RUBRIC, checks: Mapping[str, Iterable[str]] = {}) -> Rubric:
    """Read and check a rubric.

    Parameters
    ----------
    path : Path
        The TOML file.
    checks : mapping
        Task -> ids of its checks, to compare the points with; left out, any id passes.

    Raises
    ------
    MaterialError
        With every mistake of the file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MaterialError([f"{path.name}: cannot be read: {error.strerror}"]) from error
    return parse_rubric(path.name, content, checks)


def parse_rubric(name: str, content: bytes, checks: Mapping[str, Iterable[str]] = {}) -> Rubric:
    """Check a rubric that was read from anywhere; `name` is what its mistakes are told of.

    Raises
    ------
    MaterialError
        With every mistake.
    """
    try:
        table = tomllib.loads(content.decode("utf-8"))
        repr(table)  # a number of too many digits to be shown could not be told as wrong either
    except (ValueError, RecursionError) as error:  # what TOML, UTF-8 and their depth raise
        raise MaterialError([f"{name}: is no TOML: {error}"]) from error
    return _Reader(name, table).rubric(checks, hashlib.sha256(content).hexdigest())


class _Reader:
    """Takes a rubric's tables apart and gathers what is wrong with them."""

    def __init__(self, name: str, table: dict[str, Any]) -> None:
        self.name = name
        self.table = table
        self.problems: list[str] = []

    def rubric(self, checks: Mapping[str, Iterable[str]], sha256: str) -> Rubric:
        known = ("points", "tolerance", "threshold", "tuning", "follow_through", "deviations")
        self._names("", self.table, (*known, "limits"), optional=("late", "questions", "modules"))
        tuning = self._table("tuning")
        self._names("tuning", tuning, (*DATA_KINDS, "memorised"))
        values = {
            "points": self._points(checks),
            "tolerance": self._numbers("tolerance", Tolerance),
            "threshold": self._numbers("threshold", Threshold),
            "tuning": {kind: self._steps(kind) for kind in DATA_KINDS if kind in tuning},
            "shifted_share": self._share("tuning.memorised", "shifted_share"),
            "follow_through": self._share("follow_through", "worth"),
            "deviations": self._deviations(),
            "limits": self._numbers("limits", Limits),
            "seed": self._seed(),
            "modules": self._modules(),
            "late": self._table("late"),
        }
        if self.problems:
            raise MaterialError(self.problems)
        return Rubric(**values, sha256=sha256)

    def _wrong(self, key: str, found: Any, expected: str) -> None:
        self.problems.append(f"{self.name}: {key}: found {found!r}, expected {expected}")

    def _table(self, key: str) -> dict[str, Any]:
        found: Any = self.table
        for part in key.split("."):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        if not isinstance(found, dict):
            self._wrong(key, found, "a table")
            return {}
        return found

    def _names(
        self, key: str, found: Iterable[str], expected: Iterable[str], optional: Iterable[str] = ()
    ) -> None:
        """Report names that are missing, and unknown ones with the nearest known name."""
        found, expected, where = set(found), list(expected), f"{key}." if key else ""
        for name in expected:
            if name not in found:
                self.problems.append(f"{self.name}: {where}{name}: is missing")
        for name in sorted(found - {*expected, *optional}):
            near = difflib.get_close_matches(name, [*expected, *optional], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self.problems.append(f"{self.name}: {where}{name}: is not known{hint}")

    def _number(self, key: str, value: Any, low: float, high: float, expected: str) -> float:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (number and low <= value <= high):  # never true of nan
            self._wrong(key, value, expected)
            return 0.0
        return float(value)

    def _numbers(self, key: str, kind: type) -> Any:
        table = self._table(key)
        names = [field.name for field in fields(kind)]
        self._names(key, table, names)
        tiny = 1e-300  # above zero
        return kind(
            **{
                name: self._number(f"{key}.{name}", table[name], tiny, 1e9, "a number above 0")
                for name in names
                if name in table
            },
            **{name: 0.0 for name in names if name not in table},
        )

    def _seed(self) -> int:
        found = self._table("questions")
        self._names("questions", found, (), optional=["seed"])
        seed = found.get("seed", 0)
        if type(seed) is not int or not 0 <= seed < 2**63:
            self._wrong("questions.seed", seed, "a whole number, 0 or more and below 2**63")
            return 0
        return seed

    def _modules(self) -> tuple[str, ...]:
        found = self._table("modules")
        self._names("modules", found, (), optional=["allowed"])
        names = found.get("allowed", [])
        if not (isinstance(names, list) and all(map(_is_module_name, names))):
            self._wrong("modules.allowed", names, "a list of names as in an import statement")
            return ()
        return tuple(names)

    def _share(self, table: str, name: str) -> float:
        found = self._table(table)
        self._names(table, found, [name])
        value = found.get(name, 0.0)
        return self._number(f"{table}.{name}", value, 0, 1, "a share from 0 to 1")

    def _points(self, checks: Mapping[str, Iterable[str]]) -> dict[str, dict[str, float]]:
        table = self._table("points")
        self._names("points", table, TASK_NAMES)
        points = {}
        for task in TASK_NAMES:
            found = self._table(f"points.{task}") if task in table else {}
            if checks:
                self._names(f'points."{task}"', found, checks.get(task, ()))
            points[task] = {
                name: self._number(f'points."{task}".{name}', value, 0, 1e6, "points, 0 or more")
                for name, value in found.items()
            }
        return points

    def _steps(self, kind: str) -> Steps:
        key = f"tuning.{kind}"
        table = self._table(key)
        self._names(key, table, ["validation", "test"])
        return Steps(
            *(self._ladder(f"{key}.{name}", table.get(name)) for name in ("validation", "test"))
        )

    def _ladder(self, key: str, value: Any) -> tuple[tuple[float, float], ...]:
        expected = (
            "pairs [accuracy, share], both from 0 to 1 and falling from the first to the last"
        )
        pairs: list[Any] = value if isinstance(value, list) and value else [None]
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            self._wrong(key, value, expected)
            return ()
        before = len(self.problems)
        steps = tuple(
            (self._number(key, a, 0, 1, expected), self._number(key, b, 0, 1, expected))
            for a, b in pairs
        )
        rising = any(later[0] >= step[0] or later[1] > step[1] for step, later in pairwise(steps))
        if rising and len(self.problems) == before:
            self._wrong(key, value, expected)
        return steps

    def _deviations(self) -> dict[str, Deviation]:
        table = self._table("deviations")
        self._names("deviations", table, DEVIATIONS)
        deviations = {}
        for slug in table:
            key, found = f"deviations.{slug}", self._table(f"deviations.{slug}")
            self._names(key, found, ["worth", "sentence"])
            sentence = found.get("sentence", "")
            if not (isinstance(sentence, str) and sentence.strip()):
                self._wrong(f"{key}.sentence", sentence, "a sentence for the student")
            worth = self._number(f"{key}.worth", found.get("worth", 0), 0, 1, "a share from 0 to 1")
            deviations[slug] = Deviation(worth, str(sentence))
        return deviations


def _is_module_name(name: Any) -> bool:
    return isinstance(name, str) and all(part.isidentifier() for part in name.split("."))

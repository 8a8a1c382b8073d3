"""The rubric: what each check is worth and how near is near enough, read from `rubric.toml`.

Every mistake in the file is reported at once, with its key, what was found and what was expected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import MaterialError

if TYPE_CHECKING:
    from grader.engine.lab import Lab


@dataclass(frozen=True)
class Limits:
    """What a submission may use; a lab adds seconds for questions that need longer."""

    question_s: float
    load_s: float
    wall_factor: float
    wasted_s: float
    memory_mb: float
    output_mb: float

    def cpu_s(self, name: str) -> float:
        """Seconds of CPU time for one question: `name` is "question", or one of the lab's."""
        return float(getattr(self, f"{name}_s"))


@dataclass(frozen=True)
class Deviation:
    """Something right in substance but not as asked."""

    worth: float
    sentence: str


@dataclass(frozen=True)
class Rubric:
    """A rubric that has been checked."""

    points: Mapping[str, Mapping[str, float]]  # task -> check -> points
    follow_through: float
    deviations: Mapping[str, Deviation]
    limits: Limits
    seed: int | None  # of the hidden questions, if the course wants a fixed one
    modules: tuple[str, ...]  # that submissions may import besides the standard library and numpy
    late: Mapping[str, Any]
    bonus: float  # points by which a total may exceed the maximum
    sha256: str

    def points_of(self, task: str, check: str) -> float:
        """What a check is worth."""
        return self.points[task][check]

    def judges_like(self, other: Rubric) -> bool:
        """Whether verdicts by the other rubric differ from this one's only in points."""
        points, late, bonus = other.points, other.late, other.bonus
        return replace(self, points=points, late=late, bonus=bonus, sha256=other.sha256) == other


@dataclass(frozen=True)
class RubricFormat:
    """What a lab's rubric has besides the tables of every rubric."""

    kind: type[Rubric] = Rubric
    limits: type[Limits] = Limits
    deviations: tuple[str, ...] = ()  # slugs of what is right in substance but not as asked
    tables: tuple[str, ...] = ()
    read: Callable[[RubricReader], Mapping[str, Any]] = lambda reader: {}  # fields of `kind`


def load_rubric(lab: Lab, path: Path | None = None) -> Rubric:
    """Read and check a rubric; the lab's own if no path is given.

    Raises
    ------
    MaterialError
        With every mistake of the file.
    """
    path = path or lab.rubric_path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MaterialError([f"{path.name}: cannot be read: {error.strerror}"]) from error
    return parse_rubric(lab, path.name, content)


def parse_rubric(lab: Lab, name: str, content: bytes, *, any_checks: bool = False) -> Rubric:
    """Check a rubric that was read from anywhere; error messages call it `name`.

    With `any_checks` its points may belong to checks that the lab no longer has.

    Raises
    ------
    MaterialError
        With every mistake.
    """
    import tomllib  # here and below, since workers read no rubric

    try:
        table = tomllib.loads(content.decode("utf-8"))
        repr(table)  # a number of too many digits to be shown could not be told as wrong either
    except (ValueError, RecursionError) as error:  # what TOML, UTF-8 and their depth raise
        raise MaterialError([f"{name}: is not valid TOML: {error}"]) from error
    reader = RubricReader(lab, name, table)
    return reader.rubric(hashlib.sha256(content).hexdigest(), any_checks)


class RubricReader:
    """Takes a rubric's tables apart and gathers what is wrong with them."""

    def __init__(self, lab: Lab, name: str, table: dict[str, Any]) -> None:
        self.lab = lab
        self.name = name
        self.table = table
        self.problems: list[str] = []

    def rubric(self, sha256: str, any_checks: bool) -> Rubric:
        """The rubric; MaterialError with everything that is wrong with it."""
        form = self.lab.rubric
        known = ("points", "follow_through", "deviations", "limits", *form.tables)
        self.names("", self.table, known, optional=("late", "questions", "modules", "bonus"))
        values = {
            "points": self._points({} if any_checks else self.lab.checks_by_task()),
            "follow_through": self.share("follow_through", "worth"),
            "deviations": self._deviations(),
            "limits": self.numbers("limits", form.limits),
            "seed": self._seed(),
            "modules": self._modules(),
            "late": self.table_at("late"),
            "bonus": self._bonus(),
            **form.read(self),
        }
        if self.problems:
            raise MaterialError(self.problems)
        return form.kind(**values, sha256=sha256)

    def wrong(self, key: str, found: Any, expected: str) -> None:
        """Report a value that does not fit."""
        self.problems.append(f"{self.name}: {key}: found {found!r}, expected {expected}")

    def table_at(self, key: str) -> dict[str, Any]:
        """The table at a dotted key; {} if there is none."""
        found: Any = self.table
        for part in key.split("."):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        if not isinstance(found, dict):
            self.wrong(key, found, "a table")
            return {}
        return found

    def names(
        self, key: str, found: Iterable[str], expected: Iterable[str], optional: Iterable[str] = ()
    ) -> None:
        """Report names that are missing, and unknown ones with the nearest known name."""
        found, expected, where = set(found), list(expected), f"{key}." if key else ""
        for name in expected:
            if name not in found:
                self.problems.append(f"{self.name}: {where}{name}: is missing")
        for name in sorted(found - {*expected, *optional}):
            import difflib

            near = difflib.get_close_matches(name, [*expected, *optional], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self.problems.append(f"{self.name}: {where}{name}: is not known{hint}")

    def number(self, key: str, value: Any, low: float, high: float, expected: str) -> float:
        """A number within bounds; 0 if the value is none."""
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (number and low <= value <= high):  # never true of nan
            self.wrong(key, value, expected)
            return 0.0
        return float(value)

    def numbers(self, key: str, kind: type) -> Any:
        """A dataclass of positive numbers, from the table of that name."""
        table = self.table_at(key)
        names = [field.name for field in fields(kind)]
        self.names(key, table, names)
        tiny = 1e-300  # above zero
        return kind(
            **{
                name: self.number(f"{key}.{name}", table[name], tiny, 1e9, "a number above 0")
                for name in names
                if name in table
            },
            **{name: 0.0 for name in names if name not in table},
        )

    def _seed(self) -> int | None:
        found = self.table_at("questions")
        self.names("questions", found, (), optional=["seed"])
        seed = found.get("seed")
        if seed is not None and (type(seed) is not int or not 0 <= seed < 2**63):
            self.wrong("questions.seed", seed, "a whole number, 0 or more and below 2**63")
        return seed

    def _bonus(self) -> float:
        found = self.table_at("bonus")
        self.names("bonus", found, (), optional=["points"])
        return self.number("bonus.points", found.get("points", 0), 0, 1e6, "points, 0 or more")

    def _modules(self) -> tuple[str, ...]:
        found = self.table_at("modules")
        self.names("modules", found, (), optional=["allowed"])
        names = found.get("allowed", [])
        if not (isinstance(names, list) and all(map(_is_module_name, names))):
            self.wrong("modules.allowed", names, "a list of names as in an import statement")
            return ()
        return tuple(names)

    def share(self, table: str, name: str) -> float:
        """One number from 0 to 1, the only one of its table."""
        found = self.table_at(table)
        self.names(table, found, [name])
        value = found.get(name, 0.0)
        return self.number(f"{table}.{name}", value, 0, 1, "a share from 0 to 1")

    def _points(self, checks: Mapping[str, Iterable[str]]) -> dict[str, dict[str, float]]:
        table = self.table_at("points")
        self.names("points", table, self.lab.task_names)
        points = {}
        for task in self.lab.task_names:
            found = self.table_at(f"points.{task}") if task in table else {}
            if checks:
                self.names(f'points."{task}"', found, checks.get(task, ()))
            points[task] = {
                name: self.number(f'points."{task}".{name}', value, 0, 1e6, "points, 0 or more")
                for name, value in found.items()
            }
        return points

    def _deviations(self) -> dict[str, Deviation]:
        table = self.table_at("deviations")
        self.names("deviations", table, self.lab.rubric.deviations)
        deviations = {}
        for slug in table:
            key, found = f"deviations.{slug}", self.table_at(f"deviations.{slug}")
            self.names(key, found, ["worth", "sentence"])
            sentence = found.get("sentence", "")
            if not (isinstance(sentence, str) and sentence.strip()):
                self.wrong(f"{key}.sentence", sentence, "a sentence for the student")
            worth = self.number(f"{key}.worth", found.get("worth", 0), 0, 1, "a share from 0 to 1")
            deviations[slug] = Deviation(worth, str(sentence))
        return deviations


def _is_module_name(name: Any) -> bool:
    return isinstance(name, str) and all(part.isidentifier() for part in name.split("."))

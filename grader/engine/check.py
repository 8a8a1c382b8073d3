"""How a check is written: a pytest test with a task, a name, perhaps credit that follows through.

    @check("T#1", "sum-public", public=True)
    def test_scores_of_the_published_case(evidence):
        ...raises Wrong where the answer is not right...

    @follow_through(test_scores_of_the_published_case)
    def consistent_with_something_earlier(evidence):
        ...the same, against the student's own earlier results...

A check that returns a number has earned that share of its points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from grader.engine.observation import Observation

Test = Callable[..., Any]  # takes the evidence; raises, or returns a share of the points or None


class Wrong(AssertionError):
    """An answer is not right; the message is what the student reads."""

    def __init__(self, message: str, *, got: Any = None, expected: Any = None) -> None:
        self.got, self.expected = got, expected
        super().__init__(message)


class Unanswered(Exception):
    """There is nothing to judge: the question did not get that far."""

    def __init__(self, what: str, observation: Observation | None = None) -> None:
        self.what, self.observation = what, observation
        super().__init__(what)


class CausedElsewhere(Exception):
    """The answer falls short, and the evidence shows that another task is the reason."""


class NotReached(Exception):
    """An earlier task, or a missing part, must work first."""


class CannotTell(Exception):
    """Neither right nor wrong can be shown; a person has to look. The message says why.

    `share` is the share of the points, 0 to 1, if that person accepts the doubt; None if unknown.
    """

    def __init__(self, reason: str, share: float | None = None) -> None:
        super().__init__(reason)
        self.share = share


@dataclass(frozen=True)
class Check:
    """One test, as the judge and the plugin see it."""

    id: str
    task: str
    public: bool
    title: str  # first line of the docstring: what the check asks
    test: Callable[..., float | None]
    needs_data: bool = False  # asks about the data; without data it is worth nothing

    @property
    def follow_through(self) -> Callable[..., None] | None:
        """The test that earns credit where an earlier task is wrong."""
        return getattr(self.test, "follow_through", None)


def check(
    task: str, name: str, *, public: bool = False, needs_data: bool = False
) -> Callable[[Test], Test]:
    """Mark a test as a check of the rubric."""

    def mark(test: Test) -> Test:
        title = (test.__doc__ or "").strip().splitlines()[0].rstrip(".")
        test.check = Check(name, task, public, title, test, needs_data)  # type: ignore[attr-defined]
        return test

    return mark


def follow_through(test: Test) -> Callable[[Test], Test]:
    """Mark a function as what a check falls back to where an earlier task is wrong."""

    def mark(fallback: Test) -> Test:
        test.follow_through = fallback  # type: ignore[attr-defined]
        return fallback

    return mark


def checks_of_modules(*modules: ModuleType) -> Mapping[str, Check]:
    """The checks of test modules by id, in the order they are written in."""
    values = (value for module in modules for value in vars(module).values())
    found = [getattr(value, "check", None) for value in values]
    checks = [one for one in found if isinstance(one, Check)]
    by_id = {check.id: check for check in checks}
    assert len(by_id) == len(checks), "two checks share an id"
    return by_id

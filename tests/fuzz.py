"""All property tests with twenty times as many cases, drawn anew: `python -m tests.fuzz [PATH...]`.

The last line says how many cases were run. A failure prints the line that runs its case again.
"""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest


class CaseCounter:
    """A plugin of pytest that counts the cases given to each property."""

    def __init__(self) -> None:
        self.cases: Counter[str] = Counter()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put a counter around the functions that Hypothesis calls, each once."""
        from hypothesis import is_hypothesis_test  # not before pytest, which rewrites its asserts

        tests = {id(test): test for item in items if is_hypothesis_test(test := item.obj)}
        for test in tests.values():
            name = f"{test.__module__}.{test.__qualname__}"
            test.hypothesis.inner_test = self._counted(name, test.hypothesis.inner_test)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say how many there were."""
        terminalreporter.write_line(
            f"{self.cases.total():,} cases of {len(self.cases)} properties were run."
        )

    def _counted(self, name: str, test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def counted(*arguments: Any, **named: Any) -> None:
            self.cases[name] += 1
            test(*arguments, **named)

        return counted


def main(arguments: list[str]) -> int:
    """Run the property tests of these paths, or of all; pytest's exit code."""
    options = ["-q", "-m", "hypothesis", "--hypothesis-profile", "fuzz", *arguments]
    return int(pytest.main(options, plugins=[CaseCounter()]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

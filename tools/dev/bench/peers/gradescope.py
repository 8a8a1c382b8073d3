"""A script as instructors write it for Gradescope: unittest and gradescope-utils, one process."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tools.dev.bench.cost import Cost, run
from tools.dev.bench.peers.environments import python_of
from tools.dev.bench.peers.peer import CHECK_NAMES, NO_FILES, Peer

_SCRIPT = """
import unittest

import toy_checks
from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
from neural_net import TwoLayerNet


class Checks(unittest.TestCase):
{tests}

with open("results.json", "w") as file:
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Checks)
    JSONTestRunner(visibility="visible", stream=file).run(suite)
""".format(
    tests="".join(
        f"    @weight(1)\n    def test_{name}(self):\n        toy_checks.{name}(TwoLayerNet)\n\n"
        for name in CHECK_NAMES
    )
)


class Gradescope(Peer):
    """The script is copied beside the submission and run there, without a container."""

    name = "a Gradescope script"
    environment = "gradescope"

    def prepare(self) -> None:
        self.python = python_of(self.environment)

    def grade(
        self,
        student: str,
        text: str,
        *,
        timeout_s: float,
        memory_mb: int | None = None,
        files: Mapping[str, str] = NO_FILES,
    ) -> Cost:
        out = self.handed_in(student, text, {"run_tests.py": _SCRIPT, **files})
        return run([self.python, "run_tests.py"], cwd=out, timeout_s=timeout_s, memory_mb=memory_mb)

    def passed(self, student: str) -> set[str] | None:
        path = self.folder / student / "results.json"
        if not path.exists() or not path.stat().st_size:
            return None
        tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
        good = {one["name"].split()[0].removeprefix("test_") for one in tests if one["score"] > 0}
        return good & set(CHECK_NAMES)

"""One pytest process for each submission, which imports the module: what many graders come to."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

from tools.dev.bench.cost import Cost, run
from tools.dev.bench.peers.environments import python_of
from tools.dev.bench.peers.peer import CHECK_NAMES, NO_FILES, Peer

_TESTS = "import toy_checks\nfrom neural_net import TwoLayerNet\n" + "".join(
    f"\n\ndef test_{name}():\n    toy_checks.{name}(TwoLayerNet)\n" for name in CHECK_NAMES
)


class PytestEach(Peer):
    """The tests are copied beside the submission and run there, with no plugin installed."""

    name = "pytest for each"
    environment = "pytest"

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
        out = self.handed_in(student, text, {"test_lab.py": _TESTS, **files})
        command: list[str | Path] = [self.python, "-m", "pytest", "-q", "--junitxml=result.xml"]
        command += ["-p", "no:cacheprovider", "--rootdir", out, "-c", "/dev/null", "test_lab.py"]
        return run(command, cwd=out, timeout_s=timeout_s, memory_mb=memory_mb)

    def passed(self, student: str) -> set[str] | None:
        path = self.folder / student / "result.xml"
        if not path.exists():
            return None
        good = set()
        for case in ElementTree.parse(path).iter("testcase"):
            if len(case) == 0:
                good.add(case.get("name", "").removeprefix("test_"))
        return good & set(CHECK_NAMES)

"""otter-grader: `otter run` on a notebook, and the same through its Python interface."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tools.dev.bench.cost import Cost, run
from tools.dev.bench.peers.environments import on_path, python_of
from tools.dev.bench.peers.peer import CHECK_NAMES, CHECKS_FILE, NO_FILES, Peer, notebook

# One exception-based test file for each check, as its documentation has them.
_TEST = """from otter.test_files import test_case

OK_FORMAT = False
name = "{check}"
points = 1


@test_case()
def test_{check}(TwoLayerNet):
    from toys import toy_checks

    toy_checks.{check}(TwoLayerNet)
"""
_IN_ONE_PROCESS = """
import json, resource, sys, time
from otter.api import grade_submission

def cpu_s():
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )

for path in sys.argv[2:]:
    began, wall = cpu_s(), time.monotonic()
    grade_submission(path, sys.argv[1], quiet=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print("COST", json.dumps([cpu_s() - began, time.monotonic() - wall, peak]), flush=True)
"""


class Otter(Peer):
    """`otter run`, one command for each submission."""

    name = "otter run"
    environment = "otter"

    def prepare(self) -> None:
        self.python = python_of("otter")
        self.autograder = self.folder / "autograder.zip"
        with zipfile.ZipFile(self.autograder, "w") as archive:
            config = {"pdf": False, "show_stdout": False}
            archive.writestr("otter_config.json", json.dumps(config))
            for check in CHECK_NAMES:
                archive.writestr(f"tests/{check}.py", _TEST.format(check=check))
            archive.writestr("files/toys/__init__.py", "")
            archive.write(CHECKS_FILE, "files/toys/toy_checks.py")

    def grade(
        self,
        student: str,
        text: str,
        *,
        timeout_s: float,
        memory_mb: int | None = None,
        files: Mapping[str, str] = NO_FILES,
    ) -> Cost:
        out = self.folder / student
        command: list[str | Path] = [self.python.with_name("otter"), "run"]
        command += [
            self.written(student, text, files),
            "-a",
            self.autograder,
            "-o",
            out,
            "--no-logo",
        ]
        return run(command, cwd=out, timeout_s=timeout_s, memory_mb=memory_mb, env=on_path("otter"))

    def written(self, student: str, text: str, files: Mapping[str, str] = NO_FILES) -> Path:
        """The submission as a notebook, in an archive where there are files beside it."""
        out = self.folder / student
        out.mkdir(exist_ok=True)
        path = out / "lab.ipynb"
        path.write_text(json.dumps(notebook((text, {}))), encoding="utf-8")
        if not files:
            return path
        with zipfile.ZipFile(out / "lab.zip", "w") as archive:
            archive.write(path, path.name)
            for name, content in files.items():
                archive.writestr(name, content)
        return out / "lab.zip"

    def passed(self, student: str) -> set[str] | None:
        path = self.folder / student / "results.json"
        if not path.exists():
            return None
        tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
        good = {one["name"].split()[0] for one in tests if one.get("score", 0) > 0}
        return good & set(CHECK_NAMES)

    def in_one_process(self, texts: list[str], timeout_s: float) -> list[Cost]:
        """Its Python interface, one process for all submissions; the first one starts it."""
        paths = [self.written(f"api{at}", text) for at, text in enumerate(texts)]
        command: list[str | Path] = [self.python, "-c", _IN_ONE_PROCESS, self.autograder, *paths]
        done = run(command, cwd=self.folder, timeout_s=timeout_s, env=on_path("otter"))
        lines = [line for line in done.output.splitlines() if line.startswith("COST ")]
        rows = [json.loads(line.removeprefix("COST ")) for line in lines]
        return [Cost(cpu_s, wall_s, peak, 0) for cpu_s, wall_s, peak in rows]

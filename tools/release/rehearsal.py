"""Run in a process of its own, in the unpacked release: imports, and the public checks.

    python rehearsal.py FOLDER REQUEST ANSWER

REQUEST is a JSON list of stages, each an object from file name to text that is written before
the checks run; ANSWER gets {"imports": [error, ...], "stages": [{check: outcome, ...}, ...]},
an outcome being "passed", "skipped", or the status that the checks gave. Nothing of the kit can
be imported here: what students get has to stand alone.
"""

import contextlib
import importlib
import io
import json
import pickle
import re
import sys
from pathlib import Path
from typing import Any

# No check uses a bare assert, so there is nothing for pytest to rewrite; the plugin that is left
# out runs the garbage collector twice for each run.
QUICK = ("--assert=plain", "-p", "no:unraisableexception", "--continue-on-collection-errors")
KIT = ("grader", "tools", "solutions", "tests")


class NoKit:
    """Refuses the kit's own packages, which the interpreter could otherwise find."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Called by the import system; None where others are to look."""
        if name.partition(".")[0] in KIT:
            raise ImportError(f"{name} belongs to the kit, students do not have it")


class Recorder:
    """A pytest plugin that notes how each check ended."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Called by pytest after set-up, call and tear-down of a check."""
        if report.when == "call" or not report.passed:
            status = dict(report.user_properties).get("status", report.outcome)
            name = report.nodeid.rpartition("::")[2]
            self.outcomes[name] = report.outcome if report.outcome != "failed" else status

    def pytest_collectreport(self, report: Any) -> None:
        """Called by pytest after it has read a file."""
        if report.failed:
            self.outcomes[report.nodeid] = report.longreprtext.strip().splitlines()[-1]


def import_all(folder: Path) -> list[str]:
    """Import every module of the release; a sentence for each that cannot be."""
    errors = []
    for path in sorted(folder.glob("*/*.py")):
        module = ".".join(path.relative_to(folder).with_suffix("").parts)
        module = module.removesuffix(".__init__")
        if path.stem in ("__main__", "conftest"):
            continue  # the one would act, the other is pytest's
        try:
            file = importlib.import_module(module).__file__
            if not file or not Path(file).is_relative_to(folder):
                errors.append(f"{module}: found outside of the release")
        except Exception as error:
            if not _is_missing_library(error, folder):
                errors.append(f"{module}: {type(error).__name__}: {error}")
    return errors


def _is_missing_library(error: Exception, folder: Path) -> bool:
    """Whether students are asked to install what is missing here, such as matplotlib."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return False
    asked = (folder / "requirements.txt").read_text(encoding="utf-8")
    return re.search(rf"^{re.escape(error.name)}\b", asked, re.MULTILINE) is not None


def run_checks(folder: Path) -> dict[str, str]:
    """Run the public checks on what is in the folder now; outcome by name of the check."""
    import pytest

    for name in list(sys.modules):  # what a student has changed, and what imported it
        if name.partition(".")[0] in ("cattern", "checks"):
            del sys.modules[name]
    importlib.invalidate_caches()
    recorder = Recorder()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*QUICK, "--rootdir", str(folder)], plugins=[recorder])
    return recorder.outcomes


def save_net(folder: Path) -> None:
    """A `best_net.pkl` of the student's own class, as the notebook saves it."""
    from cattern.neural_net import TwoLayerNet

    (folder / "best_net.pkl").write_bytes(pickle.dumps(TwoLayerNet(784, 50, 10)))


def main(release: str, request: str, answer: str) -> None:
    """Go through the stages that are asked for."""
    folder = Path(release).resolve()
    sys.dont_write_bytecode = True
    sys.meta_path.insert(0, NoKit())
    sys.path.insert(0, str(folder))
    imports = import_all(folder)
    stages = []
    for files in json.loads(Path(request).read_text(encoding="utf-8")):
        for name, text in files.items():
            if name == "best_net.pkl":
                save_net(folder)
            else:
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
        stages.append(run_checks(folder))
    result = {"imports": imports, "stages": stages}
    Path(answer).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

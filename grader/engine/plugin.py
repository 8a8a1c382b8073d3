"""Judges submissions with pytest: `pytest grader/ --submission PATH`.

Without `--submission` the reference is judged, which passes everything. Student code runs in the
sandbox alone; the tests read what was observed there.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import cast

import pytest

from grader.engine.check import Check
from grader.engine.evidence import Evidence
from grader.engine.judge import judge_check
from grader.engine.lab import Data, Lab
from grader.engine.observe import Observer
from grader.engine.rubric import load_rubric
from grader.engine.verdict import CheckVerdict, Judged
from grader.errors import NnlabError, SubmissionError
from grader.submission import read_submission, slug
from grader.submission.names import stem
from grader.submission.submission import Submission

PLUGIN = "nnlab-grading"
PASSING = (Judged.RIGHT, Judged.FOLLOW_THROUGH)


def add_options(parser: pytest.Parser, lab: Lab) -> None:
    """The options of `pytest grader/`."""
    group = parser.getgroup("nnlab", "grading of lab submissions")
    group.addoption(
        "--submission",
        action="append",
        default=[],
        metavar="PATH",
        help="a submission (folder or archive), or a folder of them; may be repeated "
        "(default: the reference)",
    )
    group.addoption("--seed", type=_seed, help="seed of the hidden questions (default: 0)")
    group.addoption(
        "--data",
        choices=("auto", *lab.data_kinds),
        default="auto",
        help="images for the checks (default: MNIST if it is found)",
    )
    group.addoption("--isolation", default="auto", metavar="LEVEL", help="level of the sandbox")
    group.addoption("--rubric", type=Path, default=lab.rubric_path, metavar="FILE")
    group.addoption(
        "--trust-submissions",
        action="store_true",
        help="run without a sandbox if this machine has none",
    )


def register(config: pytest.Config, lab: Lab) -> None:
    """Start the grading part of a run; wrong material stops it with one clear message."""
    try:
        config.pluginmanager.register(Grading(config, lab), PLUGIN)
    except NnlabError as error:
        raise pytest.UsageError(str(error)) from error


class Grading:
    """One run of `pytest grader/`, hooks in calling order."""

    def __init__(self, config: pytest.Config, lab: Lab) -> None:
        self.config, self.lab = config, lab
        self.rubric = load_rubric(lab, config.getoption("--rubric"))
        given = [Path(path) for path in config.getoption("--submission")]
        self._given = [single for path in given for single in _single(path, lab)]
        self.verdicts: dict[str, list[CheckVerdict]] = {}
        self.unreadable: dict[str, str] = {}  # name -> why
        self._evidence: dict[str, Evidence] = {}
        self._observer: Observer | None = None

    @cached_property
    def data(self) -> Data:
        """The images, found once they are needed."""
        return self.lab.load_data(self.config.getoption("--data"))

    @cached_property
    def submissions(self) -> dict[str, Submission | None]:
        """What is judged, by a name that is unique in this run; None for what cannot be read."""
        if not self._given:
            return {"reference": self.lab.reference(self.data.kind)}
        found: dict[str, Submission | None] = {}
        for path in self._given:
            student = name = slug(stem(path.name))
            while name in found:
                name = f"{student}-{len(found) + 1}"
            try:
                found[name] = read_submission(path)
            except SubmissionError as error:
                found[name], self.unreadable[name] = None, str(error)
        return found

    @property
    def observer(self) -> Observer:
        """The sandbox, started once it is needed."""
        if self._observer is None:
            seed = self.config.getoption("--seed")
            self._observer = Observer(
                self.lab,
                (self.rubric.seed or 0) if seed is None else seed,
                self.rubric,
                self.data,
                isolation=self.config.getoption("--isolation"),
                trust_submissions=self.config.getoption("--trust-submissions"),
            )
        return self._observer

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Every check once for each submission."""
        if "evidence" not in metafunc.fixturenames:
            return
        try:
            names = list(self.submissions)
        except NnlabError as error:
            raise pytest.UsageError(str(error)) from error
        metafunc.parametrize("evidence", names, indirect=True, scope="session")

    def evidence_of(self, name: str) -> Evidence:
        """What was observed of one submission, beside the reference's answers."""
        submission = self.submissions[name]
        if submission is None:
            pytest.fail(self.unreadable[name], pytrace=False)
        if name not in self._evidence:
            self._evidence[name] = self.lab.evidence_of(
                self.observer.observe(submission),
                self.observer.seed,
                self.rubric,
                self.data.truth,
            )
        return self._evidence[name]

    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Judge a check instead of only calling it, so that credit follows through."""
        check: Check | None = getattr(pyfuncitem.obj, "check", None)
        if check is None:
            return None
        evidence = cast(Evidence, pyfuncitem.funcargs["evidence"])
        verdict = judge_check(check, evidence)
        name = str(pyfuncitem.callspec.params["evidence"])
        self.verdicts.setdefault(name, []).append(verdict)
        if verdict.judged not in PASSING:
            hint = f"\n{verdict.hint}" if verdict.hint else ""
            pytest.fail(f"{check.task} {verdict.judged}: {verdict.message}{hint}", pytrace=False)
        return True

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Points by task, for each submission."""
        for name, why in self.unreadable.items():
            terminalreporter.section(f"{name}: cannot be read")
            terminalreporter.write_line(why)
        for name, verdicts in self.verdicts.items():
            terminalreporter.section(f"{name}: {_points(verdicts)}")
            for task in self.lab.tasks:
                own = [verdict for verdict in verdicts if verdict.task == task.name]
                if own:
                    terminalreporter.write_line(f"{task.name:<5} {task.title:<20} {_points(own)}")
        if self._observer is not None:
            terminalreporter.write_line(f"{self._observer.sandbox.notice} Data: {self.data.title}.")

    def pytest_unconfigure(self) -> None:
        """End the sandbox."""
        if self._observer is not None:
            self._observer.close()


def _seed(text: str) -> int:
    """As argparse reads an option: what numpy takes as a seed."""
    seed = int(text)
    if not 0 <= seed < 2**63:
        raise ValueError(text)
    return seed


def _points(verdicts: list[CheckVerdict]) -> str:
    score = round(sum(verdict.score for verdict in verdicts), 2)
    return f"{score:g} of {sum(verdict.max_score for verdict in verdicts):g}"


def _single(path: Path, lab: Lab) -> list[Path]:
    """The path itself, or what lies in it where it is a folder of submissions."""
    if not path.exists():
        raise pytest.UsageError(f"--submission: there is no {path}")
    if not path.is_dir() or _is_submission(path, lab):
        return [path]
    found = [inner for inner in sorted(path.iterdir()) if not inner.name.startswith((".", "__"))]
    if not found:
        raise pytest.UsageError(f"--submission: there is nothing in {path}")
    return found


def _is_submission(folder: Path, lab: Lab) -> bool:
    """Whether a folder holds a part of a submission itself, not only folders of students."""
    form = lab.submission
    endings = {Path(name).suffix for name in (form.source, form.notebook, *form.saved)}
    return (folder / form.package).is_dir() or any(
        inner.suffix in endings for inner in folder.iterdir() if inner.suffix
    )

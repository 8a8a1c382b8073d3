"""Observes and judges one submission; runs in a worker, on this machine or another."""

from __future__ import annotations

import math
from dataclasses import replace
from types import TracebackType

import numpy as np

from grader.engine.evidence import Evidence
from grader.engine.judge import judge
from grader.engine.observation import Measured, Observations
from grader.engine.observe import Observer
from grader.engine.verdict import Verdict
from grader.errors import SandboxError, SubmissionError
from grader.lab.data import GradingData, load_grading_data
from grader.submission.files import SubmissionFiles, find_files
from grader.submission.source import code_cells, decode_source
from grader.submission.submission import Finding, Submission
from grader.two_layer_net import LAB
from tools.course.batch.settings import Settings, judging_digest
from tools.course.collect.model import Entry
from tools.course.collect.reader import Reader
from tools.course.gradebook.records import (
    Graded,
    StoredSubmission,
    checks_of,
    observation_rows,
    pack_frames,
)

SUSPICIOUS = "suspicious"
MAX_TEXT = 200_000  # characters of a source or notebook that are stored
_EARLIER = "earlier-attempt"


class Grader:
    """Grades entries one by one with one sandbox; a context manager.

    Raises
    ------
    NnlabError
        When it is made, if data, rubric or sandbox are not to be had.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.data = load_data(settings.data)
        self.observer = Observer(
            LAB,
            settings.seed,
            settings.rubric,
            self.data,
            isolation=settings.isolation,
            trust_submissions=settings.trust_submissions,
        )
        self.reader = Reader()

    def __enter__(self) -> Grader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        self.observer.close()
        self.reader.close()

    def grade(self, entry: Entry) -> Graded:
        """Everything about one entry; a submission that cannot be read is told so, not raised."""
        try:
            submission = self.reader.read(entry)
        except SubmissionError as error:
            return unreadable(entry, str(error))
        return self.grade_read(entry, submission)

    def grade_read(self, entry: Entry, submission: Submission) -> Graded:
        """Everything about an entry whose files have been read."""
        parts, trouble = find_files(submission, LAB.submission), None
        try:
            observations = self.observer.observe(submission, parts)
        except SandboxError as error:
            trouble = str(error)
            observations = self.observer.nothing_seen(trouble)
        return self._graded(entry, submission, parts, observations, trouble)

    def _graded(
        self,
        entry: Entry,
        submission: Submission,
        parts: SubmissionFiles,
        observations: Observations,
        trouble: str | None,
    ) -> Graded:
        evidence = LAB.evidence_of(
            observations,
            self.settings.seed,
            self.settings.rubric,
            self.data.truth if self.data else None,
        )
        verdict = judge(evidence)
        attention = [Finding("grader-failed", f"The grader failed: {trouble}")] if trouble else []
        return Graded(
            submission=StoredSubmission(
                student=entry.student,
                name=entry.owner.original or submission.name,
                sha256=submission.sha256,
                fingerprint=entry.fingerprint,
                received=entry.owner.received,
                status="attention" if trouble else "graded",
                owner=entry.owner,
                findings=(*observations.findings, *_told(verdict), *_attempts(entry)),
                attention=(*entry.doubts, *attention, *suspicions(verdict)),
                source=source_text(parts),
                notebook=notebook_text(parts.notebook and parts.notebook[1]),
                output=_output(observations),
                isolation=observations.isolation,
                measured=observations.measured,
                figures=figures_of(evidence),
                judged_by=self.settings.rubric.sha256,
                judged_with=judging_digest(),
                again=entry.again,
                attempts=entry.attempts,
            ),
            observations=observation_rows(observations),
            content=pack_frames(observations.frames),
            verdicts=checks_of(verdict),
        )


def source_text(files: SubmissionFiles) -> str:
    """The source of a submission as it is stored; "" if there is none."""
    return decode_source(files.source[1])[:MAX_TEXT] if files.source else ""


def notebook_text(notebook: bytes | None) -> str:
    """The code cells of a notebook as they are stored, each under a line "# %%"."""
    cells = None if notebook is None else code_cells(notebook)
    return "".join(f"# %%\n{cell}\n" for cell in cells or ())[:MAX_TEXT]


def _output(observations: Observations) -> str:
    """What the code printed and what it tried in vain, for the instructor."""
    if not observations.attempts:
        return observations.output
    return f"{observations.output}\n[The sandbox refused: {'; '.join(observations.attempts)}]"


def load_data(kind: str) -> GradingData | None:
    """The images to grade with; None for the kind "none": then nothing is asked about images."""
    return None if kind == "none" else load_grading_data(kind)


def describe_data(data: GradingData | None) -> str | None:
    """What people should know of the images: which, from where, and what may mislead in them."""
    if data is None:
        return None
    told = f"Images: {data.title}."
    if data.kind == "synthetic":
        told += (
            " Networks that were saved after training on MNIST score low on them: if the class had "
            "MNIST, set MNIST_DIR to the folder with its four files."
        )
    return told


def suspicions(verdict: Verdict) -> tuple[Finding, ...]:
    """What the judge wants a person to look at, besides what it could not tell."""
    return tuple(Finding(SUSPICIOUS, sentence) for sentence in verdict.attention)


def figures_of(evidence: Evidence) -> dict[str, float | None]:
    """What people want to see of a training, rounded; None where it is not known."""
    truth = evidence.truth
    figures: dict[str, float | None] = {}
    for name, key in (("val", "validation_accuracy"), ("test", "test_accuracy")):
        labels = evidence.array(f"best_net/{name}", "labels")
        right = None if truth is None else truth.labels(name)
        figures[key] = None
        if labels is not None and right is not None and labels.shape == right.shape:
            figures[key] = round(float(np.mean(labels == right)), 4)
    losses = evidence.array("train/toy", "loss_history")
    last = None if losses is None or losses.ndim != 1 or not losses.size else float(losses[-1])
    known = last is not None and math.isfinite(last)
    figures["toy_final_loss"] = float(f"{last:.6g}") if known else None
    return figures


def _told(verdict: Verdict) -> tuple[Finding, ...]:
    return tuple(Finding("changed-inputs", flag) for flag in verdict.flags)


def _attempts(entry: Entry) -> tuple[Finding, ...]:
    return tuple(
        Finding(_EARLIER, f"An earlier attempt was not graded: {attempt.original}.")
        for attempt in entry.attempts
    )


def described(stored: StoredSubmission, entry: Entry) -> StoredSubmission:
    """A row as the collection describes it now: a roster or newer metadata may say more."""
    others = [one for one in stored.findings if one.slug != _EARLIER]
    return replace(
        stored,
        name=entry.owner.original or stored.name,
        fingerprint=entry.fingerprint,
        received=entry.owner.received,
        owner=entry.owner,
        findings=(*others, *_attempts(entry)),
        attention=(*entry.doubts, *(one for one in stored.attention if one.slug != "same-name")),
        again=entry.again,
        attempts=entry.attempts,
    )


def unreadable(entry: Entry, reason: str, slug: str = "unreadable") -> Graded:
    """What is stored of a submission of which nothing was observed."""
    status = "attention" if slug == "grader-failed" else "ungradable"
    return Graded(
        submission=StoredSubmission(
            student=entry.student,
            name=entry.owner.original or entry.student,
            sha256="",
            fingerprint=entry.fingerprint,
            received=entry.owner.received,
            status=status,
            owner=entry.owner,
            findings=(),
            attention=(*entry.doubts, Finding(slug, reason)),
            source="",
            output="",
            isolation="none",
            measured=Measured(0.0, 0.0, 0.0),
            figures={},
            judged_by="",
            judged_with="",
            again=entry.again,
            attempts=entry.attempts,
        ),
        observations=(),
        content=b"",
        verdicts=(),
    )

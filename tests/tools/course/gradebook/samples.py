"""Rows to store, small ones."""

from __future__ import annotations

import numpy as np

from grader.engine.observation import Ended, Measured, Observation, Observations
from grader.engine.protocol import frame_of
from grader.engine.verdict import CheckVerdict, Judged
from tools.course.gradebook.records import (
    Graded,
    RunRecord,
    StoredSubmission,
    observation_rows,
    pack_frames,
)
from tools.course.student import Owner

RUN = RunRecord(7, "none", "auto", "r" * 64, "[points]\n", "1.0", "2.0", "asked", "q" * 64, b"")


def graded(student="ada", *, judged=Judged.RIGHT, status="graded", attention=(), score=2.0):
    """One student's rows: an observation with an array, and a verdict."""
    seen = {
        "scores/wide": Observation(
            "scores/wide", Ended.RAISED, {"a": 1, "kinds": {}}, {"x": np.arange(3.0)}, "oh"
        ),
        "loss/wide": Observation("loss/wide", Ended.FINISHED, {}, {"loss": np.ones(())}),
    }
    observations = Observations(seen, "full", Measured(0, 0, 0))
    verdict = CheckVerdict(
        *("scores-hidden", "T#5", judged, Ended.FINISHED, score, 2.0, False, "right."),
        got=[1.5, None],
        expected="text",
    )
    return Graded(
        submission=StoredSubmission(
            student=student,
            name=f"{student}.zip",
            sha256="s" * 64,
            fingerprint="stat:1",
            received="2026-03-03T10:00:00+00:00",
            status=status,
            owner=Owner(student, student.title(), "canvas", {"id": "5"}, None, None, "x", ()),
            findings=(),
            attention=attention,
            source="class TwoLayerNet: pass",
            output="printed",
            isolation="full",
            measured=Measured(1.0, 0.5, 20.0),
            figures={"test_accuracy": None},
            judged_by="r" * 64,
            judged_with="",
            again="nnlab grade x -o OUT",
        ),
        observations=observation_rows(observations),
        content=pack_frames(map(frame_of, seen.values())),
        verdicts=(verdict,),
    )

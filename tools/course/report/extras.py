"""Pictures and code for a student's feedback page, from what was observed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from grader.engine.compare import relative_error
from grader.engine.observation import Observation
from grader.engine.verdict import CheckVerdict
from grader.lab.answers import make_answers
from grader.lab.data import Truth
from grader.lab.questions import PARAMS
from tools.course.report.pages import ConfidentError, Extras
from tools.course.report.source_excerpts import source_excerpts
from tools.course.report.source_lines import line_of_check, lines_of

SHOWN_ERRORS = 12
# The questions that pictures are made from; the others need not be unpacked.
QUESTIONS = ("train/images", "best_net/load", "best_net/val", "grads/published")


def extras_of(
    seen: Mapping[str, Observation],
    source: str,
    seed: int,
    images: np.ndarray | None,
    truth: Truth | None,
    checks: Iterable[CheckVerdict] = (),
) -> Extras:
    """What a page can show beside the report.

    `images` are the validation images (N, 28, 28) of bytes, where the data are at hand.
    """
    labels = _labels(_array(seen, "best_net/val", "labels"))
    y_val = None if truth is None else truth.y_val
    if labels is None or y_val is None or labels.shape != y_val.shape:
        labels = y_val = None
    lines = {
        check.id: line
        for check in checks
        if check.score < check.max_score and (line := line_of_check(source, check))
    }
    text = lines_of(source)
    return Extras(
        code=source_excerpts(source),
        lines=lines,
        marked={text[line - 1].strip() for line in lines.values()},
        loss_history=_losses(_array(seen, "train/images", "loss_history")),
        weights=_array(seen, "best_net/load", "tiles"),
        confusion=confusion(y_val, labels),
        errors=_errors(images, y_val, labels, _array(seen, "best_net/load", "confidence/val")),
        gradient_errors=_gradient_errors(seen, seed),
    )


def confusion(expected: np.ndarray | None, got: np.ndarray | None) -> np.ndarray | None:
    """How often each class was taken for each: (10, 10), rows true, columns predicted."""
    if expected is None or got is None:
        return None
    counts = np.zeros((10, 10), dtype=np.int64)
    known = (got >= 0) & (got < 10)
    np.add.at(counts, (expected[known], got[known]), 1)
    return counts


def _array(seen: Mapping[str, Observation], question: str, name: str) -> np.ndarray | None:
    found = seen.get(question)
    return None if found is None else found.arrays.get(name)


def _labels(labels: np.ndarray | None) -> np.ndarray | None:
    """Labels as integers, however the student returned them; None where they are none."""
    if labels is None or labels.dtype.kind in "iu":
        return labels
    with np.errstate(all="ignore"):
        integers = labels.astype(np.int64)
    return integers if np.array_equal(integers, labels) else None


def _losses(losses: np.ndarray | None) -> np.ndarray | None:
    if losses is None or losses.ndim != 1 or losses.size < 2 or losses.dtype.kind != "f":
        return None
    return losses


def _errors(
    images: np.ndarray | None,
    expected: np.ndarray | None,
    got: np.ndarray | None,
    confidence: np.ndarray | None,
) -> tuple[ConfidentError, ...]:
    """The wrong labels that the network is surest of; in order of the images if that is unknown."""
    if images is None or expected is None or got is None:
        return ()
    wrong = np.flatnonzero((got != expected) & (got >= 0) & (got < 10))
    if confidence is None or confidence.shape != got.shape:
        return tuple(_error(images, expected, got, at) for at in wrong[:SHOWN_ERRORS])
    surest = wrong[np.argsort(-confidence[wrong].astype(int), kind="stable")][:SHOWN_ERRORS]
    return tuple(
        replace(_error(images, expected, got, at), probability=float(confidence[at]) / 255)
        for at in surest
    )


def _error(images: np.ndarray, expected: np.ndarray, got: np.ndarray, at: int) -> ConfidentError:
    return ConfidentError(images[at], int(expected[at]), int(got[at]))


def _gradient_errors(seen: Mapping[str, Observation], seed: int) -> dict[str, float]:
    """Relative error of each gradient on the public case."""
    expected = make_answers(seed).loss("published", 0.05)[1]
    errors = {}
    for name in PARAMS:
        grad = _array(seen, "grads/published", f"grads/{name}")
        if grad is not None and grad.shape == expected[name].shape:
            off = relative_error(grad.astype(np.float64), expected[name])
            if np.isfinite(off):
                errors[name] = off
    return errors

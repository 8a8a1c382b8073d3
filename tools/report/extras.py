"""Pictures and code for a student's feedback page, from what was observed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from grader.answers import make_answers
from grader.compare import off_by
from grader.evidence import Truth
from grader.observation import Observation
from grader.questions import PARAMS
from grader.tasks import TASK_NAMES
from tools.pages import ConfidentError, Extras

SHOWN_ERRORS = 12
CODE_LINES = 40
# The questions that pictures are made from; the others need not be unpacked.
QUESTIONS = ("train/images", "best_net/load", "best_net/val", "grads/published")

_TASK_COMMENT = re.compile(r"#.*?\bT#(\d+)\b")


def extras_of(
    seen: Mapping[str, Observation],
    source: str,
    seed: int,
    images: np.ndarray | None,
    truth: Truth | None,
) -> Extras:
    """What a page can show beside the report.

    `images` are the validation images (N, 28, 28) of bytes, where the data are at hand.
    """
    labels = _labels(_array(seen, "best_net/val", "labels"))
    y_val = None if truth is None else truth.y_val
    if labels is None or y_val is None or labels.shape != y_val.shape:
        labels = y_val = None
    return Extras(
        code=code_of_tasks(source),
        loss_history=_losses(_array(seen, "train/images", "loss_history")),
        weights=_array(seen, "best_net/load", "tiles"),
        confusion=confusion(y_val, labels),
        errors=_errors(images, y_val, labels, _array(seen, "best_net/load", "confidence/val")),
        gradient_errors=_gradient_errors(seen, seed),
    )


def code_of_tasks(source: str) -> dict[str, str]:
    """The student's lines of each task: what follows the release's comment on it.

    A task ends where the next one's comment stands, or where the indentation falls back.
    """
    lines = source.splitlines()
    marks = [(at, f"T#{found[1]}") for at, line in enumerate(lines) if (found := _mark(line))]
    # A task that is mentioned again before the next one begins is still the same task.
    starts = [mark for before, mark in pairwise([(0, ""), *marks]) if before[1] != mark[1]]
    code: dict[str, str] = {}
    for (at, name), (end, _) in pairwise([*starts, (len(lines), "")]):
        block = _without_comment(_block(lines[at:end]))
        if block and name in TASK_NAMES:
            code.setdefault(name, "\n".join(block[:CODE_LINES]))
    return code


def _mark(line: str) -> re.Match[str] | None:
    return _TASK_COMMENT.search(line)


def _block(lines: list[str]) -> list[str]:
    """Lines from a comment on, up to the first that is indented less."""
    indent = len(lines[0]) - len(lines[0].lstrip())
    block = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            break
        block.append(line[indent:])
    while block and not block[-1].strip():
        block.pop()
    return block


def _without_comment(block: list[str]) -> list[str]:
    """The block without the comment that the release puts above it."""
    at = next((at for at, line in enumerate(block) if not line.startswith("#")), len(block))
    return block[at:]


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
            off = off_by(grad.astype(np.float64), expected[name])
            if np.isfinite(off):
                errors[name] = off
    return errors

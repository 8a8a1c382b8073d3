"""Names what is wrong with the labels of T#11."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from grader.lab.functional import RIGHT, NetworkFunctions
from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.forward import seen_scores
from grader.lab.mistakes.mistake import Mistake
from grader.lab.mistakes.predicting import (
    CASES,
    Arrays,
    Mistakes,
    agree,
    pairs,
    scores_of,
    singles,
    stages_of,
    tried,
)

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence


def explain(evidence: NetworkEvidence) -> Mistakes | None:
    """() if the labels are right, the mistakes that explain them, or None.

    Compared with what a mistake makes of the student's own scores, and of the scores that a
    forward pass of predict's own would have.
    """
    arrays = {case: evidence.array(f"predict/{case}", "labels") for case in CASES}
    seen = {case: labels for case, labels in arrays.items() if labels is not None}
    form = _form(evidence)
    if form:
        return (form,)
    if not seen:
        return None
    own = seen_scores(evidence)
    if all(case in own for case in seen):
        for mistakes in ((), *singles("T#11")):
            if agree(seen, partial(_labels_of_own, stages_of(mistakes), own)):
                return mistakes
    found = _own_forward(evidence, seen)
    telling = _telling(evidence, seen) if found is None else None
    return (telling,) if telling else found


def _telling(evidence: NetworkEvidence, seen: Arrays) -> Mistake | None:
    """What stands out in labels that nothing explains."""
    if evidence.drew("predict"):
        return BY_SLUG["labels-random"]
    right = {case: evidence.answers.scores(case).argmax(axis=1) for case in seen}
    sizes = {case: labels.size for case, labels in seen.items()}
    other = next((case for case, size in sizes.items() if size != right[case].size), None)
    if other is not None:
        told = "one label" if sizes[other] == 1 else f"{sizes[other]} labels"
        return BY_SLUG["labels-of-other-number"].filled(count=told, size=right[other].size)
    if any(labels.shape != right[case].shape for case, labels in seen.items()):
        return None
    off = {case: np.flatnonzero(labels != right[case]) for case, labels in seen.items()}
    starts = {int(at[0]) for at in off.values() if at.size}
    later = {float(one) for case, at in off.items() if at.size for one in seen[case][at[0] :]}
    if len(starts) == len(later) == 1 and starts != {0}:
        values = {"count": starts.pop(), "label": f"{later.pop():g}"}
        return BY_SLUG["labels-right-at-the-front"].filled(**values)
    return None


def _labels_of_own(stages: NetworkFunctions, own: Arrays, case: str) -> np.ndarray | None:
    return tried(lambda: stages.labels_of(own[case]))


def _own_forward(evidence: NetworkEvidence, seen: Arrays) -> Mistakes | None:
    """A forward pass of predict's own, with one or two mistakes."""
    questions = evidence.answers.questions

    def fits(forward: Mistakes, labels: Mistakes) -> bool:
        stages, labels_of = stages_of(forward), stages_of(labels).labels_of

        def predicted(case: str) -> np.ndarray | None:
            scores = scores_of(stages, questions, case)
            return None if scores is None else tried(lambda: labels_of(scores))

        return agree(seen, predicted)

    other = _other_array(evidence, seen)
    if other:
        return (other,)
    found = _first_fit(((), *singles("T#5")), singles("T#11"), fits)
    if found is not None:
        return found or None
    values = {float(value) for labels in seen.values() for value in labels.ravel()}
    if len(values) == 1 and len(seen) > 2:
        return (BY_SLUG["labels-always-the-same"].filled(label=f"{values.pop():g}"),)
    sizes = {case: len(evidence.answers.case(case).arrays["X"]) for case in seen}
    is_alike = [
        labels.shape == (sizes[case],) and not np.ptp(labels) for case, labels in seen.items()
    ]
    if all(is_alike) and max(sizes.values()) > 1:
        return (BY_SLUG["one-label-for-each-batch"],)  # too little for two mistakes
    return _first_fit(pairs("T#5"), pairs("T#11"), fits)


def _first_fit(
    of_forward: tuple[Mistakes, ...],
    of_labels: tuple[Mistakes, ...],
    fits: Callable[[Mistakes, Mistakes], bool],
) -> Mistakes | None:
    """The first mistakes that fit, of the forward pass or else of the labels."""
    for forward in of_forward:
        if fits(forward, ()):
            return tuple(_in_predict(one) for one in forward)
    return next((labels for labels in of_labels if fits((), labels)), None)


def _in_predict(mistake: Mistake) -> Mistake:
    """A mistake of T#5 in the forward pass that predict has of its own."""
    return replace(
        mistake,
        slug=f"{mistake.slug}-in-predict",
        title=f"predict has its own forward pass, with a mistake. {mistake.title}",
        look_at="Call self.loss(X) for the scores instead.",
    )


def _other_array(evidence: NetworkEvidence, seen: Arrays) -> Mistake | None:
    """Argmax of the hidden layer or of the inputs."""
    hidden, inputs = {}, {}
    for case in seen:
        arrays = evidence.answers.case(case).arrays
        hidden[case] = RIGHT.forward(arrays["X"], arrays)[0].argmax(axis=1)
        inputs[case] = arrays["X"].argmax(axis=1)
    if agree(seen, hidden.get):
        return BY_SLUG["hidden-for-scores"]
    return BY_SLUG["inputs-for-scores"] if agree(seen, inputs.get) else None


def _form(evidence: NetworkEvidence) -> Mistake | None:
    """What is wrong with labels that are no array of numbers."""
    found = [evidence.observations.by_question.get(f"predict/{case}") for case in CASES]
    kinds = [
        one.values.get("kinds", {}).get("labels", {}) for one in found if one and not one.error
    ]
    types = {kind.get("type") for kind in kinds}
    if types == {"NoneType"}:
        return BY_SLUG["labels-are-nothing"]
    if (
        types <= {"list", "tuple", "ndarray"}
        and kinds
        and all(kind.get("shape") == [0] for kind in kinds)
    ):
        return BY_SLUG["labels-empty"]
    other = next((kind["type"] for kind in kinds if kind.get("dtype") == "object"), None)
    return BY_SLUG["labels-not-an-array"].filled(kind=other) if other else None

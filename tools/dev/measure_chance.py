"""Measures how often right code misses a check, and how far it stays from every threshold.

    python -m tools.dev.measure_chance --seeds 1000 --trainings 60
    python -m tools.dev.measure_chance --catalogue --trainings 2 --data mnist synthetic

The second form trains every mistake of the catalogue and prints its best accuracies.

The code that runs is the kit's own (the reference and its variants), so that no sandbox is needed:
each variant is asked in a process of its own. Exit code 1 if any check was missed. The numbers
beside the thresholds in `grader/rubric.toml` come from here.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.engine.judge import judge
from grader.engine.observation import Ended, Measured, Observation, Observations
from grader.engine.protocol import values_of
from grader.engine.question import Question
from grader.engine.rubric import load_rubric
from grader.lab.data import GradingData, load_grading_data
from grader.lab.functional import RIGHT as RIGHT_STAGES
from grader.lab.functional import data_loss
from grader.lab.mistakes.catalogue import CATALOGUE
from grader.lab.mistakes.submissions import submission_with
from grader.lab.questions import make_questions
from grader.lab.rubric import NetworkRubric
from grader.submission.submission import Submission
from grader.two_layer_net import LAB
from tools.dev.bare import as_it_was, harness_module, loaded, quiet
from tools.dev.variants import RIGHT

# The first is the reference; those of the issue: loops, single precision, momentum, no replacement.
MEASURED = (
    *("reference", "loops-over-examples", "single-precision-data", "momentum"),
    *("nesterov", "without-replacement", "epoch-shuffle"),
)
NOT_ASKED = {"batch-training", "step-training", "decay-training"}  # these need images
IMAGES_SEED = 0


@dataclass
class Measurement:
    """What was measured on one variant."""

    variant: str
    judged: int = 0  # run seeds
    missed: Counter[str] = field(default_factory=Counter)  # check and message -> how often
    toy_losses: list[float] = field(default_factory=list)
    accuracies: dict[str, list[float]] = field(default_factory=dict)  # kind of data -> each run


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; the exit code says whether a check was missed."""
    options = _parser().parse_args(arguments)
    if options.catalogue:
        print("\n".join(mistaken_accuracies(options.trainings, options.data)))
        return 0
    names = options.variant or MEASURED
    jobs = [(name, options.seeds, options.trainings, tuple(options.data)) for name in names]
    rubric, missed = _rubric(), 0
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # A new process for each: the modules of one submission must not meet those of another.
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=1) as pool:
        for found in pool.imap(_measured, jobs, chunksize=1):
            missed += sum(found.missed.values())
            print("\n".join(_report(found, rubric)), flush=True)
    print(f"Missed checks in all: {missed}")
    return 1 if missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.dev.measure_chance", description=__doc__)
    known = [variant.name for variant in RIGHT]
    parser.add_argument("--seeds", type=int, default=1000, help="run seeds, and toy trainings")
    parser.add_argument("--trainings", type=int, default=0, help="trainings on images, each kind")
    parser.add_argument("--catalogue", action="store_true", help="train wrong code instead")
    parser.add_argument("--variant", action="append", choices=known, metavar="NAME")
    parser.add_argument("--data", nargs="*", choices=("mnist", "synthetic"), default=["mnist"])
    parser.add_argument("--jobs", type=int, default=1)
    return parser


def _measured(job: tuple[str, int, int, tuple[str, ...]]) -> Measurement:
    name, seeds, trainings, kinds = job
    found = Measurement(name)
    respondent = Asked(next(one for one in RIGHT if one.name == name).submission)
    rubric = _rubric()
    for seed in range(seeds):
        found.missed.update(missed_checks(respondent, seed, rubric))
        found.judged += 1
    found.toy_losses = [respondent.toy_loss(seed) for seed in range(seeds)]
    for kind in kinds if trainings else ():
        data = load_grading_data(kind)
        found.accuracies[kind] = [respondent.accuracy(seed, data) for seed in range(trainings)]
    return found


def mistaken_accuracies(seeds: int, kinds: Iterable[str]) -> Iterator[str]:
    """Lines with each mistake's best accuracy after the short training, the highest first."""
    best: dict[str, float] = {}
    for kind in kinds:
        data = load_grading_data(kind)
        for mistake in (one for mistakes in CATALOGUE.values() for one in mistakes):
            with as_it_was():
                asked = Asked(submission_with(mistake))
                reached = [asked.accuracy(seed, data) for seed in range(seeds)]
            best[f"{mistake.task} {mistake.slug} ({kind})"] = max(reached)
    for name, accuracy in sorted(best.items(), key=lambda pair: -pair[1]):
        yield f"{accuracy:.3f} {name}"


def missed_checks(respondent: Asked, seed: int, rubric: NetworkRubric) -> Iterator[str]:
    """Checks of a run's seed that lose points."""
    verdict = judge(LAB.evidence_of(respondent.observe(seed), seed, rubric, None))
    for task in verdict.tasks:
        for check in task.checks if task.task != "T#12" else ():
            if check.score < check.max_score and check.id not in NOT_ASKED:
                yield f"{check.id}: {check.message}"


class Asked:
    """One submission, loaded as inside the sandbox but in this process."""

    def __init__(self, submission: Submission) -> None:
        self.respond = harness_module()
        self.respondent = loaded(submission, {})
        self.prepared: tuple[str, dict[str, np.ndarray]] = ("", {})

    def observe(self, seed: int) -> Observations:
        """What is observed with the questions of a run's seed."""
        questions = make_questions(seed, with_data=False)
        seen = {}
        for question in questions.questions:
            inputs = questions.cases[question.case].arrays
            seen[question.id] = self._answer(question.header, inputs)
        return Observations(seen, "none", Measured(0.0, 0.0, 0.0))

    def toy_loss(self, seed: int) -> float:
        """Final loss of the toy training from the published model, with batches of any seed."""
        question = make_questions(0, with_data=False)["train/toy"]
        arrays = make_questions(0, with_data=False).cases["published"].arrays
        np.random.seed(0)
        net = self.respondent.student_class(
            *question.options["sizes"], **question.options["constructor"]
        )
        self.respondent.seed(seed)
        with quiet():
            X, y = arrays["X"].copy(), arrays["y"].copy()
            net.train(X, y, X, y, **question.options["settings"])
        return float(data_loss(RIGHT_STAGES.scores(arrays["X"], net.params), arrays["y"]))

    def accuracy(self, seed: int, data: GradingData) -> float:
        """Validation accuracy after the short training on images."""
        if self.prepared[0] != data.kind:
            self.prepared = (data.kind, self.respond.prepare({}, data.public)[1])
        self.respondent.data = self.prepared[1]
        question = _question("train/images")
        seen = self._answer({**question.header, "seed": seed}, {})
        labels = LAB.summarize(seen, data, {}).arrays.get("reference_labels/val")
        return 0.0 if labels is None else float((labels == data.truth.y_val).mean())

    def _answer(self, header: dict[str, Any], inputs: Any) -> Observation:
        with quiet():
            reply, arrays = self.respondent.answer(header, dict(inputs))
        ended = Ended(reply["ended"])
        return Observation(reply["id"], ended, values_of(reply), arrays, reply["error"])


def _rubric() -> NetworkRubric:
    rubric = load_rubric(LAB)
    assert isinstance(rubric, NetworkRubric)
    return rubric


def _question(name: str) -> Question:
    return make_questions(IMAGES_SEED)[name]


def _report(found: Measurement, rubric: NetworkRubric) -> Iterable[str]:
    missed = sum(found.missed.values())
    yield f"{found.variant}: {missed} checks missed in {found.judged} run seeds"
    for what, count in found.missed.most_common(10):
        yield f"    {count} x {what}"
    limit = rubric.threshold.toy_loss
    yield f"    toy loss (below {limit}): {_spread(found.toy_losses)}"
    for kind, accuracies in found.accuracies.items():
        floor = getattr(rubric.threshold, f"training_{kind}")
        yield f"    accuracy on {kind} (above {floor}): {_spread(accuracies)}"


def _spread(values: list[float]) -> str:
    low, middle, high = np.min(values), np.median(values), np.max(values)
    return f"{low:.4g} / {middle:.4g} / {high:.4g} (least, median, most of {len(values)})"


if __name__ == "__main__":
    sys.exit(main())

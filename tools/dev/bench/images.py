"""What the sandbox adds to the short training on images, and what the reference itself needs."""

from __future__ import annotations

import statistics
import time
from typing import Any

from grader.engine.observe import Observer
from grader.engine.question import Questions
from grader.lab.data import load_grading_data
from grader.lab.mistakes.submissions import submission_of
from grader.two_layer_net import LAB
from tools.course.batch.settings import make_settings
from tools.dev.bare import InProcess
from tools.dev.bench.samples import REFERENCE


def measure_images(rounds: int) -> dict[str, Any]:
    """CPU of the short training in the sandbox and in a bare process, in turn."""
    text = REFERENCE.read_text(encoding="utf-8")
    data = load_grading_data("auto")
    rows = []
    with Observer(LAB, 0, make_settings().rubric, data) as observer:
        training = tuple(one for one in observer.questions.questions if one.id == "train/images")
        observer.questions = Questions(observer.questions.cases, training)
        bare = InProcess(observer.questions, data.public)
        for _ in range(rounds):
            began = time.process_time()
            seen = observer.observe(submission_of(text))
            ours = time.process_time() - began  # the labels by the reference's code are in it
            rows.append((seen.measured.cpu_s, ours, bare.answer_s(text)))
    child, ours, floor = (1e3 * statistics.median(column) for column in zip(*rows, strict=True))
    return {
        "data": data.kind,
        "rounds": rounds,
        "child_cpu_ms": round(child, 1),
        "bare_cpu_ms": round(floor, 1),
        "child_by_bare": round(statistics.median(row[0] / row[2] for row in rows), 3),
        "judging_labels_cpu_ms": round(ours, 1),
    }


def measure_reference(rounds: int) -> dict[str, Any]:
    """CPU of the reference on all questions of T#5 to T#11 without images, in a bare process."""
    text = REFERENCE.read_text(encoding="utf-8")
    settings = make_settings(data="none")
    with Observer(LAB, settings.seed, settings.rubric, None) as observer:
        bare = InProcess(observer.questions)
        times = [1e3 * bare.answer_s(text) for _ in range(rounds)]
    return {
        "questions": len(observer.questions.questions),
        "cpu_ms": round(statistics.median(times), 1),
    }

"""What the kit itself costs for a submission, beside the same questions in one bare process.

Both are measured in turn, submission by submission, so that other load on the machine meets both.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from grader.engine.question import Questions
from tools.course.batch.observing import Grader
from tools.course.batch.settings import kit_version, make_settings
from tools.course.collect.collecting import collect
from tools.course.collect.model import Entry
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.records import Graded, RunRecord
from tools.dev.bare import InProcess, as_it_was, quiet
from tools.dev.bench import toy_checks
from tools.dev.bench.samples import sample_texts, write_submissions

# The questions of the toy checks that other graders are asked.
TOY_QUESTIONS = (
    *("scores/published", "loss/published", "grads/published", "numeric/published"),
    *("predict/published", "train/toy"),
)
WARM_UP = 3  # submissions that fill what is worked out once in a run


class Bench:
    """One grader and one bare process's worth of questions, on the same submissions."""

    def __init__(self, folder: Path, texts: list[str], toy_only: bool) -> None:
        self.entries = collect([write_submissions(folder / "class", texts)]).entries
        self.texts = texts
        self.toy_only = toy_only
        began = time.process_time()
        self.grader = Grader(make_settings(data="none"))
        self.start_ms = 1e3 * (time.process_time() - began)
        if toy_only:
            asked = self.grader.observer.questions
            few = tuple(one for one in asked.questions if one.id in TOY_QUESTIONS)
            self.grader.observer.questions = Questions(asked.cases, few)
        self.bare = InProcess(self.grader.observer.questions)

    def measure(self, book: _Store, rounds: int) -> dict[str, Any]:
        """Medians over all submissions, in milliseconds of CPU."""
        rows = []
        with self.grader as grader:
            server = ServerClock(grader)
            for entry in self.entries[:WARM_UP]:
                book.save(grader.grade(entry))
            for _ in range(rounds):
                for entry, text in zip(self.entries, self.texts, strict=True):
                    rows.append(self._one(grader, server, book, entry, text))
        return _summary(rows, self.start_ms + server.start_ms)

    def _one(
        self, grader: Grader, server: ServerClock, book: _Store, entry: Entry, text: str
    ) -> dict[str, float]:
        forks, wall, began = server.cpu_s(), time.monotonic(), time.process_time()
        graded = grader.grade(entry)
        observed = time.process_time()
        book.save(graded)
        stored, forked = time.process_time(), server.cpu_s()
        row = {
            "grading process": observed - began,
            "storing": stored - observed,
            "fork server": forked - forks,
            "child": graded.submission.measured.cpu_s,
            "wall": time.monotonic() - wall,
            "peak_gb": graded.submission.measured.peak_memory_mb / 1e3,
        }
        row["kit"] = sum(row[key] for key in ("grading process", "storing", "fork server", "child"))
        row["bare"] = _toy_s(text) if self.toy_only else self.bare.answer_s(text)
        return row


def _summary(rows: list[dict[str, float]], start_ms: float) -> dict[str, Any]:
    middle = {key: 1e3 * statistics.median(row[key] for row in rows) for key in rows[0]}
    over = 1e3 * statistics.median(row["kit"] - row["bare"] for row in rows)
    return {
        "submissions": len(rows),
        "kit_cpu_ms": round(middle["kit"], 2),
        "kit_wall_ms": round(middle["wall"], 1),
        "bare_cpu_ms": round(middle["bare"], 2),
        "overhead_cpu_ms": round(over, 2),
        "overhead_ratio": round(over / middle["bare"], 3),
        "kit_by_bare": round(middle["kit"] / middle["bare"], 3),
        "child_peak_mb": round(middle["peak_gb"], 1),
        "start_once_ms": round(start_ms, 1),
        "parts_ms": {
            "child beyond the bare process": round(
                1e3 * statistics.median(row["child"] - row["bare"] for row in rows), 2
            ),
            **{key: round(middle[key], 2) for key in ("fork server", "grading process", "storing")},
        },
    }


class _Store:
    """A gradebook that results go into, as in a batch."""

    def __init__(self, book: Gradebook) -> None:
        self._book = book
        settings = make_settings(data="none")
        run = RunRecord(
            seed=settings.seed,
            data="none",
            isolation=settings.isolation,
            rubric_sha256=settings.rubric.sha256,
            rubric=settings.rubric_text,
            kit_version=kit_version(),
            numpy_version=np.__version__,
            asked_with="bench",
            questions_sha256="",
            labels=b"",
        )
        self._run = book.begin_run(run)

    def save(self, graded: Graded) -> None:
        """Store one submission in a transaction of its own."""
        self._book.save(self._run, graded)


class ServerClock:
    """The CPU clocks of a grader's fork server and of the process that holds its namespaces."""

    def __init__(self, grader: Grader) -> None:
        self._clocks = [(~pid << 3) | 2 for pid in _tree(grader.observer.sandbox.server_pid)]
        self.start_ms = 1e3 * self.cpu_s()

    def cpu_s(self) -> float:
        """CPU seconds so far, of children not counted."""
        return sum(map(time.clock_gettime, self._clocks))


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _toy_s(text: str) -> float:
    """CPU seconds of importing a neural_net.py and running the toy checks on it."""
    with as_it_was(), quiet():
        began = time.process_time()
        namespace: dict[str, Any] = {}
        exec(compile(text, "neural_net.py", "exec"), namespace)
        toy_checks.passed(namespace["TwoLayerNet"])
        return time.process_time() - began


@contextmanager
def _on_one_core() -> Iterator[None]:
    """As each worker has one in a full batch; between idle ones processes lose their caches."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def measure_overhead(count: int, rounds: int, *, toy_only: bool) -> dict[str, Any]:
    """The kit's own cost over count x rounds submissions."""
    with _on_one_core(), tempfile.TemporaryDirectory(prefix="nnlab-bench-") as name:
        folder = Path(name)
        bench = Bench(folder, sample_texts(count), toy_only)
        with Gradebook(folder / "out", write=True, create=True) as book:
            return bench.measure(_Store(book), rounds)

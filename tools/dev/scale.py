"""How grading grows with the class: `python -m tools.dev.scale --sizes 100 1000`.

A class is made from the catalogue of mistakes and right variants, graded, reported and judged
again, each in a process of its own, and every figure is set beside the class's size. Processor
time is what to compare on a machine that does other work as well.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.lab.data import GradingData, seeded
from grader.lab.mistakes.catalogue import CATALOGUE
from grader.lab.mistakes.submissions import text_with
from grader.lab.questions import make_questions
from grader.lab.reference import reference_submission
from tools.common.machine import ONE_BLAS_THREAD, available_cores, environment
from tools.course.batch.grade import grade
from tools.course.batch.observing import load_data
from tools.course.batch.rejudge import judge_again
from tools.course.batch.settings import make_settings
from tools.course.gradebook.book import FILE, Gradebook
from tools.course.report.write import write_reports
from tools.dev.bare import InProcess

_RIGHT_EVERY = 3  # of so many submissions one is right
_MB = 1 << 20


@dataclass(frozen=True)
class Cost:
    """What one step took."""

    wall_s: float
    cpu_s: float  # of the process and of all that it started
    peak_mb: float  # of the process alone


@dataclass(frozen=True)
class Figures:
    """One class."""

    size: int
    observe: Cost
    report: Cost
    judge: Cost
    students_cpu_s: float  # of the submissions' own processes
    bare_cpu_s: float  # of the same questions in one process without a sandbox
    gradebook_mb: float

    def lines(self, jobs: int) -> list[tuple[str, str]]:
        """What to print, as (name, value)."""
        each = 1000 / self.size
        return [
            ("submissions/s", f"{self.size / self.observe.wall_s:.2f} on {jobs} jobs"),
            ("observing, CPU ms each", f"{self.observe.cpu_s * each:.0f}"),
            ("  in the submissions' processes", f"{self.students_cpu_s * each:.0f}"),
            ("  bare, without a sandbox", f"{self.bare_cpu_s * each:.0f}"),
            ("  observing / bare", f"{self.observe.cpu_s / self.bare_cpu_s:.2f}"),
            ("parent's peak MB", f"{self.observe.peak_mb:.0f}"),
            ("gradebook MB", f"{self.gradebook_mb:.1f} ({self.gradebook_mb * each:.0f} kB each)"),
            ("reports, CPU ms each", f"{self.report.cpu_s * each:.1f}"),
            ("  wall s, parent's peak MB", f"{self.report.wall_s:.1f}, {self.report.peak_mb:.0f}"),
            ("judging again, CPU ms each", f"{self.judge.cpu_s * each:.1f}"),
            ("  wall s, parent's peak MB", f"{self.judge.wall_s:.1f}, {self.judge.peak_mb:.0f}"),
        ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Grade classes of several sizes and print how the cost grows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--data", choices=["auto", "mnist", "synthetic", "none"], default="auto")
    parser.add_argument("--jobs", type=int, default=available_cores())
    options = parser.parse_args(arguments)
    for size in options.sizes:
        with tempfile.TemporaryDirectory(prefix="scale-") as folder:
            figures = measure(Path(folder), size, options.data, options.jobs)
            sys.stdout.write(f"\n{size} submissions, data {options.data}\n")
            for name, value in figures.lines(options.jobs):
                sys.stdout.write(f"{name:34}{value}\n")
            sys.stdout.flush()


def measure(folder: Path, size: int, data: str, jobs: int) -> Figures:
    """Make a class of that size in a folder and put it through every step."""
    write_class(folder / "class", size, data)
    out = folder / "out"
    observe, students_cpu_s = _apart(_observe, folder / "class", out, data, jobs)
    report, _ = _apart(_report, out, jobs)
    judge, _ = _apart(_judge, out, jobs)
    _, bare_cpu_s = _apart(_bare, min(size, len(_sources())), data)
    return Figures(
        size=size,
        observe=observe,
        report=report,
        judge=judge,
        students_cpu_s=students_cpu_s,
        bare_cpu_s=bare_cpu_s * size,
        gradebook_mb=(out / FILE).stat().st_size / _MB,
    )


def write_class(folder: Path, size: int, data: str) -> None:
    """Submissions from the catalogue, right ones among them, each with a best network."""
    sources, net = _sources(), _best_net(load_data(data))
    for number in range(size):
        package = folder / f"student{number:05d}" / "cattern"
        package.mkdir(parents=True)
        (package / "neural_net.py").write_text(sources[number % len(sources)], encoding="utf-8")
        if net is not None:
            (package.parent / "best_net.npz").write_bytes(net)


def _sources() -> list[str]:
    """One text for each mistake, with right ones between them."""
    mistakes = [mistake for mistakes in CATALOGUE.values() for mistake in mistakes]
    texts = []
    for number, mistake in enumerate(mistakes):
        if number % (_RIGHT_EVERY - 1) == 0:
            texts.append(text_with())
        texts.append(text_with(mistake))
    return texts


def _best_net(data: GradingData | None) -> bytes | None:
    return None if data is None else reference_submission(data.kind).files["best_net.npz"]


def _apart(step: Callable[..., float], *arguments: Any) -> tuple[Cost, float]:
    """A step in a new process: what it took, and what it returned."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with environment(ONE_BLAS_THREAD):
        process = context.Process(target=_measured, args=(theirs, step, arguments))
        process.start()
    theirs.close()
    try:
        measured: tuple[Cost, float] = ours.recv()
        return measured
    finally:
        process.join()


def _measured(pipe: Any, step: Callable[..., float], arguments: Sequence[Any]) -> None:
    began = time.monotonic()
    result = step(*arguments)
    wall_s = time.monotonic() - began
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    pipe.send((Cost(wall_s, cpu_s, _peak_mb()), result))


def _peak_mb() -> float:
    """Of this process since it began; `ru_maxrss` would count the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _observe(folder: Path, out: Path, data: str, jobs: int) -> float:
    grade([folder], out, make_settings(data=data), jobs=jobs)
    with Gradebook(out, write=False) as book:
        return sum(stored.measured.cpu_s for stored in book.submissions())


def _report(out: Path, jobs: int) -> float:
    with Gradebook(out, write=True) as book:
        return float(len(write_reports(out, book, make_settings().rubric, jobs=jobs)))


def _judge(out: Path, jobs: int) -> float:
    with Gradebook(out, write=False) as book:
        students = book.students()
    return float(sum(1 for _ in judge_again(out, make_settings().rubric, students, jobs)))


def _bare(count: int, data: str) -> float:
    """CPU seconds for each submission when its code is simply called, in this process."""
    held = load_data(data)
    net = _best_net(held)
    questions = make_questions(0, with_data=held is not None)
    bare = InProcess(questions, seeded(held, 0).public if held else None)
    return sum(bare.answer_s(text, net) for text in _sources()[:count]) / count


if __name__ == "__main__":
    main()

"""Run checks and sum up what they found. The notebook and `pytest` both use this."""

import contextlib
import importlib
import io
import re
import signal
import threading
import traceback
import warnings
from dataclasses import dataclass

import numpy as np

from checks.findings import BlockedError, SkippedError, TooLongError, UnfinishedError, WrongError
from checks.student_code import stubs_left

TITLES = {
    "T#5": "Scores",
    "T#6": "Loss",
    "T#7": "Gradients",
    "T#8": "Minibatch",
    "T#9": "SGD step",
    "T#10": "Learning rate decay",
    "T#11": "Prediction",
    "T#12": "Tuning",
    "Training": "All together",
}
MODULES = ("test_loss", "test_train", "test_tuning")
STATUSES = ("wrong", "not yet", "waits", "done", "skipped")  # the worst first
STATUS_OF = {
    UnfinishedError: "not yet",
    BlockedError: "waits",
    SkippedError: "skipped",
    WrongError: "wrong",
    TooLongError: "wrong",
}
LIMIT_S = 30  # for one check; the longest takes well under a second


@dataclass(frozen=True)
class Outcome:
    """How one check ended.

    Attributes
    ----------
    check, task, status : str
        The name of the check, its task, and one of `STATUSES`.
    finding : BaseException or None
        What it found, unless all is well.
    report : dict
        What it measured: ``note``, a sentence, and ``table``, rows of texts; each may be absent.
    """

    check: str
    task: str
    status: str
    finding: BaseException | None
    report: dict


@dataclass(frozen=True)
class Result:
    """What the checks of one task found."""

    task: str
    outcomes: list

    @property
    def status(self):
        """The worst status of any check."""
        return min((outcome.status for outcome in self.outcomes), key=STATUSES.index)

    @property
    def findings(self):
        """What is wrong, one finding for each cause."""
        wrong = [outcome.finding for outcome in self.outcomes if outcome.status == "wrong"]
        return list({getattr(w, "cause", str(w)): w for w in reversed(wrong)}.values())[::-1]

    @property
    def facts(self):
        """What stands beside the status: counts, notes, and the task that this one waits for."""
        done = sum(outcome.status == "done" for outcome in self.outcomes)
        facts = [f"{done} of {len(self.outcomes)} checks pass"] * (0 < done < len(self.outcomes))
        facts += [o.report["note"] for o in self.outcomes if "note" in o.report]
        facts += [str(o.finding) for o in self.outcomes if o.status == "skipped"]
        waits = [f"for {o.finding}" for o in self.outcomes if o.status == "waits"]
        return facts or (waits[:1] if self.status == "waits" else [])


def task_of(name):
    """The task that a check belongs to, by its name."""
    match = re.match(r"test_t(\d\d)_", name)
    return f"T#{int(match[1])}" if match else "Training"


def checks_of(tasks):
    """The checks of these tasks, in their order."""
    modules = [importlib.import_module(f"checks.{name}") for name in MODULES]
    found = [check for m in modules for name, check in vars(m).items() if name.startswith("test_")]
    return [check for task in tasks for check in found if task_of(check.__name__) == task]


def run(check):
    """Run one check, quietly and within the time limit; numpy's random state is put back."""
    report, task, finding = {}, task_of(check.__name__), None
    state = np.random.get_state()
    np.random.seed(0)
    try:
        with _quiet(), _limited(task):
            check(report)
    except (Exception, TooLongError) as error:
        finding = error
        if type(error) not in STATUS_OF:
            last = traceback.format_exception(error)[-3:]
            finding = WrongError(task, "the check itself failed.\n" + "".join(last), "no error")
    finally:
        np.random.set_state(state)
    status = STATUS_OF[type(finding)] if finding else "done"
    return Outcome(check.__name__, task, status, finding, report)


def passes(task):
    """Whether every check of a task passes."""
    return all(run(check).status == "done" for check in checks_of([task]))


def need(task):
    """Wait for another task if that one is wrong: one mistake is reported once."""
    if not passes(task):
        raise BlockedError(task)


def sum_up(outcomes):
    """One result for each task, in the order of the tasks."""
    by_task = {task: [o for o in outcomes if o.task == task] for task in TITLES}
    return [Result(task, found) for task, found in by_task.items() if found]


def findings_of(results):
    """What is wrong in all tasks, each finding once."""
    return list({str(finding): finding for r in results for finding in r.findings}.values())


def next_step(results, command="python -m pytest"):
    """What to do next, a sentence or two."""
    if any(str(finding).startswith("Import") for r in results for finding in r.findings):
        return "Next: fix cattern/neural_net.py; nothing can be checked before that."
    for status in ("wrong", "not yet"):
        for result in results:
            if result.status == status:
                where = "the notebook" if result.task == "T#12" else "cattern/neural_net.py"
                return f"Next: {result.task}, {TITLES[result.task]}, in {where}."
    left = [task for task in stubs_left() if task not in {result.task for result in results}]
    if left:
        todo = f"Still to do: {', '.join(left)}." if left[1:] else "One task is left."
        return f"{todo} Next: {left[0]}, {TITLES[left[0]]}."
    if len(results) < len(TITLES):
        return f"Check all tasks together: {command}"
    return (
        "All public checks pass. Grading also uses other shapes and numbers. "
        "To hand in: python -m cattern.submit"
    )


def as_text(finding, hints=1):
    """A finding as lines of text, with the first hints."""
    lines = [str(finding)]
    if getattr(finding, "table", None):
        lines += as_lines(finding.table)
    return "\n".join([*lines, *getattr(finding, "hints", ())[:hints]])


def as_lines(table):
    """The rows of a table as lines of text."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]  # none if no rows
    rows = (zip(row, widths, strict=True) for row in table)
    return ["  " + "  ".join(cell.ljust(width) for cell, width in row).rstrip() for row in rows]


@contextlib.contextmanager
def _quiet():
    """Neither prints nor warnings of the student's code get in the way."""
    hidden = io.StringIO()
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(hidden):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _limited(task):
    """End a check that runs too long, if the system has an alarm (Windows has none)."""
    main = threading.current_thread() is threading.main_thread()
    if not hasattr(signal, "SIGALRM") or not main or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def stop(signum, frame):
        where = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        raise TooLongError(f"{task}: still running after {LIMIT_S} seconds, at\n{where}")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

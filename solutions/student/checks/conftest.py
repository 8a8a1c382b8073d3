"""What `pytest` prints: task by task what holds, and what to look at."""

import faulthandler
import re
import signal
from dataclasses import dataclass, field

import pytest
from findings import BlockedError, UnfinishedError, WrongError

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
STATUS = {UnfinishedError: "not yet", BlockedError: "waits", WrongError: "wrong"}
WORST = ["wrong", "not yet", "waits", "done"]
COLOURS = {"done": "green", "wrong": "red", "not yet": "yellow", "waits": "yellow"}
LIMIT_S = 30  # for one check; the longest takes well under a second


@dataclass
class Row:
    """What was found about one task."""

    statuses: list = field(default_factory=list)
    messages: dict = field(default_factory=dict)  # text -> status, without repetition
    notes: list = field(default_factory=list)

    @property
    def status(self):
        """The worst there is; one check that holds does not make a task begun."""
        return min(self.statuses, key=WORST.index)


ROWS = pytest.StashKey[dict]()


def pytest_configure(config):
    config.stash[ROWS] = {}


def task_of(item):
    """The task that a check belongs to, by its name."""
    match = re.match(r"test_t(\d\d)_", item.name)
    return f"T#{int(match[1])}" if match else "Training"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """End a check that runs for ever, where the system can."""
    if not hasattr(signal, "SIGALRM"):
        faulthandler.dump_traceback_later(LIMIT_S, exit=True)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def stop(signum, frame):
        where = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        message = f"{task_of(item)}: still running after {LIMIT_S} seconds.\nIt is at {where}."
        raise WrongError(message)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when != "call" and report.passed:
        return report
    row = item.config.stash[ROWS].setdefault(task_of(item), Row())
    if report.skipped:
        row.notes.append(str(report.longrepr[2]).removeprefix("Skipped: "))
        return report
    status, message = "done", ""
    if report.failed:
        error = call.excinfo.value
        known = type(error) in STATUS
        status = STATUS.get(type(error), "wrong")
        message = str(error) if known else f"The check itself failed.\n{report.longreprtext}"
        report.longrepr = message
        row.messages.setdefault(message, status)
    row.statuses.append(status)
    report.user_properties.append(("status", status))
    return report


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash[ROWS]
    if not rows:
        return
    write = terminalreporter.write_line
    terminalreporter.section("task by task")
    for task in filter(rows.get, TITLES):
        write_row(terminalreporter, task, rows[task])
    for task in filter(rows.get, TITLES):
        for message in (m for m, status in rows[task].messages.items() if status == "wrong"):
            write("")
            write(message)
    write("")
    write(closing_words(rows))


def write_row(reporter, task, row):
    """One line of the table."""
    name = "" if task == "Training" else task
    reporter.write(f"{name:6}{TITLES[task]:22}")
    status = row.status if row.statuses else "not looked at"
    reporter.write(f"{status:10}", **{COLOURS.get(status, "yellow"): True})
    held = row.statuses.count("done")
    facts = [] if status == "done" else [f"{held} of {len(row.statuses)} checks hold"] * (held > 0)
    facts += [message.splitlines()[0] for message, s in row.messages.items() if s == "waits"][:1]
    reporter.write_line("; ".join(facts + row.notes))


def closing_words(rows):
    """What to do next."""
    todo = [task for task in TITLES if task in rows and "wrong" in rows[task].statuses]
    todo += [task for task in TITLES if task in rows and "not yet" in rows[task].statuses]
    if todo:
        return f"Next: {todo[0]}, {TITLES[todo[0]]}."
    return (
        "All of this holds. Grading looks at other shapes and numbers too. "
        "Pack your work: python -m cattern.submit"
    )

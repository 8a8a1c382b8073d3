"""What `pytest` prints: task by task what holds, and what to look at."""

import re
import signal
from dataclasses import dataclass, field

import pytest
from findings import BlockedError, TooLongError, UnfinishedError, WrongError

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
STATUSES = {  # the worst first; one check that holds does not make a task done
    "wrong": "red",
    "not yet": "yellow",
    "waits": "yellow",
    "done": "green",
}
STATUS_OF = {
    UnfinishedError: "not yet",
    BlockedError: "waits",
    WrongError: "wrong",
    TooLongError: "wrong",
}
LIMIT_S = 30  # for one check; the longest takes well under a second


@dataclass
class Row:
    """What was found about one task."""

    statuses: list = field(default_factory=list)
    wrong: dict = field(default_factory=dict)  # check -> what is wrong, the first time it was
    notes: list = field(default_factory=list)

    @property
    def status(self):
        """The worst there is."""
        return min(self.statuses, key=list(STATUSES).index, default="skipped")


ROWS = pytest.StashKey[dict]()


def pytest_configure(config):
    config.stash[ROWS] = {}


def task_of(item):
    """The task that a check belongs to, by its name."""
    match = re.match(r"test_t(\d\d)_", item.name)
    return f"T#{int(match[1])}" if match else "Training"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """End a check that runs for ever, where the system has an alarm (Windows has none)."""
    if not hasattr(signal, "SIGALRM"):
        return (yield)

    def stop(signum, frame):
        where = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        message = f"{task_of(item)}: still running after {LIMIT_S} seconds, at\n{where}"
        raise TooLongError(message)

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
    row.notes += [text for name, text in report.user_properties if name == "note"]
    if report.skipped:
        row.notes.append(str(report.longrepr[2]).removeprefix("Skipped: "))
        return report
    status = "done"
    if report.failed:
        error = call.excinfo.value
        status = STATUS_OF.get(type(error), "wrong")
        known = type(error) in STATUS_OF
        message = str(error) if known else f"The check itself failed.\n{report.longreprtext}"
        report.longrepr = message
        if status == "wrong":
            row.wrong.setdefault(item.originalname, message)
        elif status == "waits":
            row.notes = row.notes or [message]
    row.statuses.append(status)
    report.user_properties.append(("status", status))
    return report


def pytest_terminal_summary(terminalreporter, config):
    rows = {task: row for task in TITLES if (row := config.stash[ROWS].get(task))}
    if not rows:
        return
    terminalreporter.section("task by task")
    for task, row in rows.items():
        write_row(terminalreporter, task, row)
    messages = (message for row in rows.values() for message in row.wrong.values())
    for message in dict.fromkeys(messages):  # two checks may find the same
        terminalreporter.write_line(f"\n{message}")
    terminalreporter.write_line(f"\n{closing_words(rows)}")


def write_row(reporter, task, row):
    """One line of the table."""
    name = "" if task == "Training" else task
    reporter.write(f"{name:6}{TITLES[task]:22}")
    reporter.write(row.status, **{STATUSES.get(row.status, "yellow"): True})
    held = row.statuses.count("done")
    some = [f"{held} of {len(row.statuses)} checks hold"] if 0 < held < len(row.statuses) else []
    facts = "; ".join(some + row.notes)
    reporter.write_line(" " * (9 - len(row.status)) + facts if facts else "")


def closing_words(rows):
    """What to do next."""
    for status in ("wrong", "not yet"):
        for task, row in rows.items():
            if row.status == status:
                return f"Next: {task}, {TITLES[task]}."
    return (
        "All of this holds. Grading looks at other shapes and numbers too. "
        "Pack your work: python -m cattern.submit"
    )

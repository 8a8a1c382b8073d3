"""Show in `pytest` what the engine found, task by task."""

import pytest

from checks import engine

COLORS = {"wrong": "red", "done": "green"}  # the others are yellow
OUTCOMES = pytest.StashKey[list]()


def pytest_addoption(parser):
    parser.addoption("--hints", action="store_true", help="show all hints, not only the first")


def pytest_configure(config):
    config.stash[OUTCOMES] = []


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a check through the engine instead of calling it."""
    outcome = engine.run(pyfuncitem.function)
    pyfuncitem.config.stash[OUTCOMES].append(outcome)
    pyfuncitem.user_properties.append(("status", outcome.status))
    if outcome.status == "skipped":
        pytest.skip(str(outcome.finding))
    if outcome.status != "done":
        pytest.fail(engine.as_text(outcome.finding), pytrace=False)
    return True


@pytest.fixture
def report():
    """A check writes into this what it measured; the engine hands in its own dict."""
    return {}


def pytest_report_teststatus(report):
    """Print no letter per check; the table below says more."""
    status = dict(report.user_properties).get("status")
    return (status, "", "") if status and report.when == "call" else None


def pytest_terminal_summary(terminalreporter, config):
    results = engine.sum_up(config.stash[OUTCOMES])
    if not results:
        return
    terminalreporter.section("task by task")
    for result in results:
        _write_row(terminalreporter, result)
    hints = 9 if config.getoption("hints") else 1
    for finding in engine.findings_of(results):
        terminalreporter.write_line(f"\n{engine.as_text(finding, hints)}")
    terminalreporter.write_line(f"\n{engine.next_step(results)}")


def _write_row(reporter, result):
    name = "" if result.task == "Training" else result.task
    reporter.write(f"{name:6}{engine.TITLES[result.task]:22}")
    reporter.write(result.status, **{COLORS.get(result.status, "yellow"): True})
    facts = "; ".join(result.facts)
    reporter.write_line(" " * (9 - len(result.status)) + facts if facts else "")

"""A class that trained on another data set raises one alarm, and its grades wait for a person."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest

from grader.engine.rubric import load_rubric
from grader.engine.verdict import CheckVerdict, Judged
from grader.two_layer_net import LAB
from tests.tools.course.gradebook.samples import RUN, graded
from tools.course.accept import accept
from tools.course.doubts import doubts_of, is_for_other_data
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import Decision
from tools.course.report.alarm import other_data_alarm
from tools.course.report.write import write_reports

NOTED = "best_net says that it was trained on synthetic, but this run is judged on mnist: 0.1."
UNNOTED = "best_net does not say which data set it was trained on, and its accuracy is low."


def row(student, *messages, judged=Judged.COULD_NOT_TELL):
    """One student, with a check of T#12 for each message."""
    rows = graded(student)
    checks = tuple(
        CheckVerdict(
            *(f"tuning-{name}", "T#12", judged, "finished", 0.0, 10.0, False, message),
            worth_if_accepted=0.75 if is_for_other_data(message) else None,
        )
        for name, message in zip(("validation", "test"), messages, strict=False)
    )
    owner = replace(rows.submission.owner, ids={"id": student}, student=student)
    stored = replace(rows.submission, owner=owner)
    return replace(rows, submission=stored, verdicts=(*rows.verdicts, *checks))


@pytest.mark.parametrize("message", [NOTED, UNNOTED])
def test_both_checks_of_the_network_are_one_doubt(message):
    rows = row("ada", message, message)
    found = list(doubts_of(rows.submission, rows.verdicts))
    assert [(doubt.slug, doubt.message) for doubt in found] == [("other-data", f"T#12: {message}")]


def test_check_that_could_not_be_judged_otherwise_is_another_doubt():
    rows = row("ada", "the sandbox failed.", NOTED)
    assert [doubt.slug for doubt in doubts_of(rows.submission, rows.verdicts)] == [
        "other-data",
        "could-not-tell",
    ]


@pytest.mark.parametrize(("other", "right", "alarms"), [(4, 1, 1), (2, 0, 0), (3, 4, 0)])
def test_class_on_another_data_set_raises_one_alarm(tmp_path, other, right, alarms):
    with Gradebook(tmp_path, write=True, create=True) as book:
        run = book.begin_run(replace(RUN, data="mnist"))
        for number in range(other):
            book.save(run, row(f"other{number}", NOTED, NOTED))
        for number in range(right):
            book.save(run, row(f"right{number}", "It is 0.97.", judged=Judged.RIGHT))
        reports = write_reports(tmp_path, book, load_rubric(LAB))
    with (tmp_path / "attention.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    told = [each["reason"] for each in rows if each["stage"] == "class"]
    assert len(told) == alarms
    assert len([each for each in rows if each["student"]]) == other
    statuses = {report["student"]: report["status"] for report in reports}
    assert [statuses[f"other{number}"] for number in range(other)] == ["attention"] * other
    assert [statuses[f"right{number}"] for number in range(right)] == ["graded"] * right
    if alarms:
        assert told == [other_data_alarm(reports)]
        assert "4 of 5 networks" in told[0]
        assert "--data synthetic" in told[0]


def test_accepted_data_set_gives_the_points_until_withdrawn(tmp_path):
    with Gradebook(tmp_path, write=True, create=True) as book:
        run = replace(RUN, data="mnist", rubric=LAB.rubric_path.read_text(encoding="utf-8"))
        book.save(book.begin_run(run), row("ada", NOTED, NOTED))
    assert accept(tmp_path, "other-data") == ["ada"]
    assert tuning_of(tmp_path) == ("graded", 17.0, 15.0, "partly", "synthetic")
    with Gradebook(tmp_path, write=True) as book:
        book.ledger.withdraw(book.ledger.rows(Decision)[0], "eve")
        write_reports(tmp_path, book, load_rubric(LAB))
    assert tuning_of(tmp_path) == ("attention", 2.0, 0.0, "could not tell", "mnist")


def tuning_of(out):
    """Status and score of ada; of T#12 the score, how it was judged, and on which data."""
    report = json.loads((out / "students" / "ada" / "report.json").read_text())
    task = report["tasks"][-1]
    return report["status"], report["score"], task["score"], task["judged"], task["data"]


def test_doubt_without_points_elsewhere_is_not_accepted_as_other_data():
    rows = row("ada", NOTED)
    *_, check = rows.verdicts
    unknown = replace(check, worth_if_accepted=None)
    found = doubts_of(rows.submission, [*rows.verdicts[:-1], unknown])
    assert [one.slug for one in found] == ["could-not-tell"]

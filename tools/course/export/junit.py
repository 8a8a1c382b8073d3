"""JUnit XML: one test suite for each student, one test case for each check."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from grader.engine.verdict import Judged
from tools.common.numbers import points
from tools.common.sanitize import plain
from tools.course.export.grade import CheckGrade, Grade, TaskGrade
from tools.course.export.result import Export, Request, without_score

FILE = "junit.xml"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
# All that XML 1.0 does not allow, whatever the escape.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export(request: Request) -> Export:
    """One file for the class."""
    suites = "".join(_suite(grade) for grade in request.grades)
    text = f'{_HEAD}\n<testsuites name="nnlab">\n{suites}</testsuites>\n'
    students = tuple(grade.owner.student for grade in request.grades)
    return Export({FILE: text.encode()}, students, notes=without_score(request))


def legal(text: str) -> str:
    """Text with what XML does not allow written out, as pytest does: #x1B for an escape."""
    return _ILLEGAL.sub(lambda found: f"#x{ord(found[0]):02X}", text)


def _suite(grade: Grade) -> str:
    checks = [(task, check) for task in grade.tasks for check in task.checks]
    kinds = [_kind(check) for _, check in checks]
    cases = [_case(task, check) for task, check in checks]
    if grade.nothing_ran:  # a suite without a case would pass for one in which all is well
        kinds, cases = ["skipped"], [_not_graded(grade)]
    counts = {kind: kinds.count(kind) for kind in ("failure", "error", "skipped")}
    attributes = {
        "name": grade.owner.student,
        "tests": str(len(cases)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
    }
    properties = {"max_score": points(grade.max_score), "status": grade.status}
    if grade.scored:
        properties["score"] = points(grade.score)
    if grade.computed is not None:
        properties["computed_score"] = points(grade.computed)
    inside = f"{_properties(properties)}\n{''.join(cases)}"
    return f"<testsuite{_attributes(attributes)}>{inside}</testsuite>\n"


def _not_graded(grade: Grade) -> str:
    attributes = {"classname": "submission", "name": "graded"}
    why = _skipped(plain("\n".join(grade.remarks), 3000))
    return f"<testcase{_attributes(attributes)}>{why}</testcase>\n"


def _case(task: TaskGrade, check: CheckGrade) -> str:
    attributes = {"classname": task.task, "name": check.id}
    body = _properties({"points": points(check.score), "max_points": points(check.max_score)})
    kind = _kind(check)
    if kind == "skipped":
        body += _skipped(check.message)
    elif kind:
        first = check.message.split("\n", 1)[0]
        body += f"<{kind}{_attributes({'message': first})}>{escape(legal(check.text))}</{kind}>"
    return f"<testcase{_attributes(attributes)}>{body}</testcase>\n"


def _skipped(message: str) -> str:
    return f"<skipped{_attributes({'type': 'nnlab', 'message': message})}/>"


def _kind(check: CheckGrade) -> str:
    """The child element that says how a check ended; "" for one that passed."""
    if check.judged == Judged.COULD_NOT_TELL:
        return "error"
    if check.judged in (Judged.NOT_REACHED, Judged.NOT_ASKED):
        return "skipped"
    return "" if check.judged in (Judged.RIGHT, Judged.FOLLOW_THROUGH) else "failure"


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(legal(value))}" for name, value in values.items())


def _properties(values: dict[str, str]) -> str:
    each = "".join(
        f"<property{_attributes({'name': name, 'value': value})}/>"
        for name, value in values.items()
    )
    return f"<properties>{each}</properties>"

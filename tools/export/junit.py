"""JUnit XML: one test suite for each student, one test case for each check."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from grader.verdict import Judged
from tools.export.grade import CheckGrade, Grade, TaskGrade
from tools.export.numbers import points
from tools.export.result import Export, Request

FILE = "junit.xml"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
# All that XML 1.0 does not allow, whatever the escape.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export(request: Request) -> Export:
    """One file for the class."""
    suites = "".join(_suite(grade) for grade in request.grades)
    text = f'{_HEAD}\n<testsuites name="nnlab">\n{suites}</testsuites>\n'
    return Export({FILE: text.encode()}, tuple(grade.owner.student for grade in request.grades))


def legal(text: str) -> str:
    """Text with what XML does not allow written out, as pytest does: #x1B for an escape."""
    return _ILLEGAL.sub(lambda found: f"#x{ord(found[0]):02X}", text)


def _suite(grade: Grade) -> str:
    checks = [(task, check) for task in grade.tasks for check in task.checks]
    kinds = [_kind(check) for _, check in checks]
    counts = {kind: kinds.count(kind) for kind in ("failure", "error", "skipped")}
    attributes = {
        "name": grade.owner.student,
        "tests": str(len(checks)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
    }
    properties = {
        "score": points(grade.score),
        "max_score": points(grade.max_score),
        "status": grade.status,
    }
    if grade.computed is not None:
        properties["computed_score"] = points(grade.computed)
    cases = "".join(_case(task, check) for task, check in checks)
    return f"<testsuite{_attributes(attributes)}>{_properties(properties)}\n{cases}</testsuite>\n"


def _case(task: TaskGrade, check: CheckGrade) -> str:
    attributes = {"classname": task.task, "name": check.id}
    body = _properties({"points": points(check.score), "max_points": points(check.max_score)})
    kind = _kind(check)
    if kind == "skipped":
        body += f"<skipped{_attributes({'type': 'nnlab', 'message': check.message})}/>"
    elif kind:
        first = check.message.split("\n", 1)[0]
        body += f"<{kind}{_attributes({'message': first})}>{escape(legal(check.text))}</{kind}>"
    return f"<testcase{_attributes(attributes)}>{body}</testcase>\n"


def _kind(check: CheckGrade) -> str:
    """The child element that says how a check ended; "" for one that passed."""
    if check.judged == Judged.COULD_NOT_TELL:
        return "error"
    if check.judged == Judged.NOT_REACHED:
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

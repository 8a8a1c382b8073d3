"""JUnit XML: one test suite for each student, one test case for each check."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from grader.engine.verdict import Judged
from tools.common.numbers import points
from tools.common.sanitize import plain
from tools.course.export.result import Export, Request, without_score
from tools.course.export.student_grade import Grade, text_of
from tools.course.report.pages.model import Check, Task

FILE = "junit.xml"
# All that XML 1.0 does not allow, whatever the escape.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export(request: Request) -> Export:
    """One file for the class."""
    root = ET.Element("testsuites", name="nnlab")
    for grade in request.grades:
        _add_suite(root, grade)
    ET.indent(root, "")
    students = tuple(grade.owner.student for grade in request.grades)
    content: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return Export({FILE: content + b"\n"}, students, notes=without_score(request))


def legal(text: str) -> str:
    """Text with what XML does not allow written out, as pytest does: #x1B for an escape."""
    return _ILLEGAL.sub(lambda found: f"#x{ord(found[0]):02X}", text)


def _add(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, tag, {name: legal(value) for name, value in attributes.items()})


def _add_properties(parent: ET.Element, **values: str) -> None:
    properties = _add(parent, "properties")
    for name, value in values.items():
        _add(properties, "property", name=name, value=value)


def _add_suite(root: ET.Element, grade: Grade) -> None:
    suite = _add(root, "testsuite", name=grade.owner.student)
    properties = {"max_score": points(grade.report.max_score), "status": grade.report.status}
    if grade.report.final:
        properties["score"] = points(grade.score)
    if grade.computed is not None:
        properties["computed_score"] = points(grade.computed)
    _add_properties(suite, **properties)
    if grade.nothing_ran:  # a suite without a case would pass for one in which all is well
        case = _add(suite, "testcase", classname="submission", name="graded")
        _add(case, "skipped", type="nnlab", message=plain("\n".join(grade.remarks), 3000))
    else:
        for task in grade.report.tasks:
            for check in task.checks:
                _add_case(suite, task, check)
    suite.set("tests", str(len(suite.findall("testcase"))))
    for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))


def _add_case(suite: ET.Element, task: Task, check: Check) -> None:
    case = _add(suite, "testcase", classname=task.name, name=check.id)
    _add_properties(case, points=points(check.score), max_points=points(check.max_score))
    kind = _kind(check)
    if kind == "skipped":
        _add(case, kind, type="nnlab", message=check.message)
    elif kind:
        _add(case, kind, message=check.message.split("\n", 1)[0]).text = legal(text_of(check))


def _kind(check: Check) -> str:
    """The child element that says how a check ended; "" for one that passed."""
    if check.judged == Judged.COULD_NOT_TELL:
        return "error"
    if check.judged in (Judged.NOT_REACHED, Judged.NOT_ASKED):
        return "skipped"
    return "" if check.judged in (Judged.RIGHT, Judged.FOLLOW_THROUGH) else "failure"

"""Brightspace's export comes back with one item changed."""

from __future__ import annotations

import pytest

from grader.errors import MaterialError
from tests.tools.course.export.samples import grade, request
from tools.course.export import export_grades

EXPORT = (
    "OrgDefinedId,Username,Last Name,First Name,"
    "Lab 1 Points Grade <Numeric MaxPoints:20 Weight:10 Category:Labs>,End-of-Line Indicator\r\n"
    "#0070012,#ad123,Doe,Ana,,#\r\n"
    "#0070013,#kob7,O'Brien,Kai,3,#\r\n"
)


def export(grades, source=EXPORT, **more):
    result = export_grades("brightspace", request(grades, source, **more))
    return result, result.files["brightspace.csv"].decode()


@pytest.mark.parametrize(
    "who",
    [
        {"ids": {"org_defined_id": "0070012"}},
        {"ids": {"sid": "0070012"}},
        {"ids": {"username": "AD123"}},
    ],
)
def test_grade_is_filled_in_and_marks_stay(who):
    _, data = export([grade("x", 17.5, **who)])
    assert data == EXPORT.replace("Ana,,#", "Ana,17.5,#")


def test_name_decides_only_when_asked():
    ana = grade("397063-2557369", 17.5, name="Ana Doe")
    result, data = export([ana])
    assert data == EXPORT
    assert "--by-name" in result.problems[0].text
    assert export([ana], by_name=True)[1] == EXPORT.replace("Ana,,#", "Ana,17.5,#")


def test_maximum_in_the_header_is_compared():
    with pytest.raises(MaterialError, match="out of 25 points"):
        export([grade("ad123")], EXPORT.replace("MaxPoints:20", "MaxPoints:25"))


def test_tabs_and_utf_16_are_kept():
    source = b"\xff\xfe" + EXPORT.replace(",", "\t").encode("utf-16-le")
    result = export_grades("brightspace", request([grade("ad123", 17.5)], source))
    expected = EXPORT.replace("Ana,,#", "Ana,17.5,#").replace(",", "\t")
    assert result.files["brightspace.csv"] == b"\xff\xfe" + expected.encode("utf-16-le")


def test_without_an_export_a_file_is_made():
    ana = grade("a", 17.5, ids={"org_defined_id": "0070012"})
    result, data = export([ana, grade("b")], None, column="Lab 1")
    assert data == ("OrgDefinedId,Lab 1 Points Grade,End-of-Line Indicator\n#0070012,17.5,#\n")
    assert [(each.student, each.text) for each in result.problems] == [
        ("b", "no OrgDefinedId is known")
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Name,Lab 1 Points Grade\na,\n", "no OrgDefinedId and no Username among"),
        (EXPORT.replace("Points Grade", "Text Grade"), "no grade column of Brightspace"),
        (EXPORT.replace("#0070012", "#7.0012E+04"), "was an id before a spreadsheet"),
        (None, "Brightspace needs the grades that you downloaded from it, or --column ITEM"),
    ],
)
def test_what_is_no_export_is_said(source, message):
    with pytest.raises(MaterialError, match=message):
        export([grade("ad123")], source)

"""Blackboard's download comes back with grade and feedback in it."""

from __future__ import annotations

import codecs

import pytest

from grader.errors import MaterialError
from tests.tools.course.export.samples import grade, request
from tools.course.export import export_grades

HEADER = '"Last Name","First Name","Username","Student ID","Lab 1 [Total Pts: 20 Score] |337483"'
FEEDBACK = '"Feedback to Learner","Feedback Format","Grading Notes","Notes Format"'
DOWNLOAD = (
    f"{HEADER},{FEEDBACK}\r\n"
    '"Doe","Ana","ad123","0070012","Needs Grading","","","",""\r\n'
    '"O\'Brien","Kai","kob7","0070013","3.00","","","",""\r\n'
)


def export(grades, source=DOWNLOAD, **more):
    result = export_grades("blackboard", request(grades, source, **more))
    ((name, data),) = result.files.items()
    return name, data


def test_grade_feedback_and_format_are_filled_in_quoted():
    name, data = export([grade("ad123", 17.5, message="<b>off</b>\tby 1")])
    assert name == "blackboard.csv"
    feedback = (
        "Score 17.5 of 20. | T#5 Scores: 10/10, right | T#6 Loss: 7.5/10, partly. ‹b›off‹/b› by 1"
    )
    expected = DOWNLOAD.replace(
        '"Needs Grading","","","",""', f'"17.5","{feedback}","SMART_TEXT","",""'
    )
    assert data.decode() == expected


def test_xls_stays_tab_separated_utf_16():
    text = DOWNLOAD.replace('","', "\t").replace('"', "")
    source = codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    name, data = export([grade("x", 3.25, ids={"sid": "0070013"}, message="m")], source)
    assert name == "blackboard.xls"
    assert data.startswith(codecs.BOM_UTF16_LE)
    lines = data[2:].decode("utf-16-le").split("\r\n")
    assert lines[:2] == text.split("\r\n")[:2]
    assert lines[2].startswith("O'Brien\tKai\tkob7\t0070013\t3.25\tScore 3.25 of 20.")
    assert lines[2].count("\t") == text.split("\r\n")[2].count("\t")


def test_only_the_named_column_changes():
    source = DOWNLOAD.replace(HEADER, f'{HEADER},"Total [Total Pts: up to 90 Score] |1"')
    source = source.replace('"Needs Grading"', '"","7"').replace('"3.00"', '"3.00","9"')
    with pytest.raises(MaterialError, match="several grade columns; choose with --column"):
        export([grade("ad123")], source)
    with pytest.raises(MaterialError, match="the column is out of 90 points"):
        export([grade("ad123")], source, column="Total")
    _, data = export([grade("ad123")], source, column="Lab 1 [Total Pts: 20 Score] |337483")
    assert b'"0070012","17.5","7","Score 17.5' in data


def test_translated_username_column_is_found_by_content():
    source = DOWNLOAD.replace("Username", "Nom d'utilisateur")
    _, data = export([grade("x", 17.5, ids={"username": "AD123"})], source)
    assert b'"ad123","0070012","17.5"' in data


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (DOWNLOAD.replace("Username", "X").replace("ad123", "y"), "no column of usernames among"),
        (DOWNLOAD.replace(" |337483", ""), "no grade column of Blackboard"),
        (None, "Blackboard needs the file that you downloaded from it"),
    ],
)
def test_what_is_no_download_is_said(source, message):
    with pytest.raises(MaterialError, match=message):
        export([grade("ad123")], source)

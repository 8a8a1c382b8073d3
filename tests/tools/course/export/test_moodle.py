"""Moodle's worksheet comes back filled in, in whatever language it is."""

from __future__ import annotations

import codecs

import pytest

from grader.errors import MaterialError
from tests.tools.course.export.samples import changed_lines, grade, request
from tools.course.export import Obstacle, export_grades

WORKSHEET = """\
Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade",\
"Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 10482","Ana Doe",0070012,ana@example.edu,"Submitted for grading - Graded",,20.00,\
Yes,"Monday, 2 March 2026, 9:43 PM",-,
"Participant 10483","Kai O'Brien",0070013,kai@example.edu,"No submission",12.00,20.00,\
Yes,-,"Tuesday, 3 March 2026, 10:00 AM","Come and see me"
"Participant 10484","Eve Roe",0070014,eve@example.edu,"Submitted for grading",5.00,20.00,\
No,-,-,
"""
# Composed: other words in Moodle's order, decimal commas.
TRANSLATED = """\
Kennung;"Voller Name";"Nummer";Status;Note;Höchstnote;"Darf geändert werden";\
"Zuletzt (Abgabe)";"Zuletzt (Note)";"Rückmeldung als Text"
"Teilnehmer 10482";"Ana Döe";0070012;Abgegeben;;20,00;Ja;"Montag, 2. März 2026, 21:43";-;
"Teilnehmer 10483";"Kai";0070013;Nichts;12,50;20,00;Ja;-;"Dienstag, 3. März 2026, 10:00";
"""


def export(grades, source=WORKSHEET, **more):
    result = export_grades("moodle", request(grades, source, **more))
    return result, result.files["moodle.csv"]


def ana(**more):
    return grade("ana", 17.5, ids={"participant": "10482"}, message="a <b> & off by 0.5", **more)


def test_only_grade_and_feedback_change():
    result, data = export([ana()])
    ((old, new),) = changed_lines(WORKSHEET.encode(), data)
    feedback = (
        "Score 17.5 of 20.<br />T#5 Scores: 10/10, right<br />"
        "T#6 Loss: 7.5/10, partly. a &lt;b&gt; &amp; off by 0.5"
    )
    expected = old.replace(b",,20.00,", b",17.5,20.00,").removesuffix(b"\n")
    assert new == expected + f'"{feedback}"\n'.encode()
    assert result.written == ("ana",)


def test_writing_twice_is_writing_once():
    _, once = export([ana()])
    _, twice = export([ana()], once)
    assert twice == once


def test_own_feedback_is_renewed_others_is_kept():
    kai = grade("kai", 12, ids={"participant": "10483"})
    result, data = export([kai])
    assert data == WORKSHEET.encode()
    assert result.notes == ("download.csv: feedback that a person wrote was not changed",)
    _, once = export([ana()])
    better = grade("ana", 20, ids={"participant": "10482"})
    _, again = export([better], once)
    assert b",20,20.00," in again
    assert b"off by" not in again


@pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_translated_worksheet_is_understood_by_its_shape(bom, end):
    source = bom + TRANSLATED.replace("\n", end).encode()
    result, data = export([ana()], source)
    assert result.written == ("ana",)
    lines = data.splitlines()
    assert b';Abgegeben;17,5;20,00;Ja;"Montag' in lines[1]
    assert lines[1].endswith(b'off by 0.5"')
    assert [lines[0], lines[2]] == [source.splitlines()[0], source.splitlines()[2]]


def test_worksheet_without_feedback_column_gets_grades_alone():
    source = "\n".join(line.rsplit(";", 1)[0] for line in TRANSLATED.splitlines()) + "\n"
    _, data = export([ana()], source)
    assert data.decode() == source.replace("Abgegeben;;", "Abgegeben;17,5;")


def test_feedback_column_can_be_named():
    source = TRANSLATED.replace("Nummer", "Notiz")
    _, data = export([ana()], source, feedback_column="Rückmeldung als Text")
    assert b'off by 0.5"\n' in data
    with pytest.raises(MaterialError, match="column 'Notitz' is not there; did you mean 'Notiz'"):
        export([ana()], source, feedback_column="Notitz")


def test_blind_marking_needs_no_names():
    source = 'Identifier,Status,Grade,"Maximum grade","Last modified (grade)"\n'
    source += '"Participant 10482",Submitted,,20.00,-\n'
    _, data = export([ana()], source)
    assert data.decode() == source.replace(",,20.00", ",17.5,20.00")


def test_locked_row_stays_and_is_told():
    result, data = export([grade("eve", 20, ids={"email": "Eve@example.edu"})])
    assert data == WORKSHEET.encode()
    assert [each.kind for each in result.problems] == [Obstacle.LEFT]
    assert "locked in Moodle" in result.problems[0].text


def test_code_page_of_a_spreadsheet_is_kept():
    source = WORKSHEET.replace("Ana Doe", "Ana Döe").encode("latin-1")
    result, data = export(
        [grade("ana", 17.5, ids={"participant": "10482"}, message="off by ≥ 1")], source
    )
    assert data.decode("latin-1").count("Ana Döe") == 1
    assert b"off by ? 1" in data
    assert result.notes == (
        "download.csv is latin-1: characters that it does not have became question marks",
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a,b\n1,2\n", "this is not a Moodle worksheet: no column of participants among"),
        ("Identifier,Status\nParticipant 1,x\n", "no grade column of Moodle; choose with --column"),
        ("Identifier,Grade,Scale\nParticipant 1,,Pass\n", "is graded on a scale"),
        (WORKSHEET.replace("20.00", "10.00"), "the column is out of 10 points"),
        (None, "Moodle needs the file that you downloaded from it"),
    ],
)
def test_what_is_no_worksheet_is_said(source, message):
    with pytest.raises(MaterialError, match=message):
        export([ana()], source)

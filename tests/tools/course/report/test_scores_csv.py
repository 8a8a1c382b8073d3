from __future__ import annotations

import csv
import io

import pytest

from tests.tools.course.report.pages import samples
from tests.tools.course.report.pages.hostile import HOSTILE
from tools.course.report.pages import Attention
from tools.course.report.scores_csv import attention_csv, scores_csv, write_attention, write_scores

HEADER = "student,score,max_score,T#5,T#6,T#7,T#8,T#9,T#10,T#11,T#12,status,flags"


def _rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_scores_have_the_columns_of_the_contract():
    text = scores_csv([samples.report("ada", "loss-sum-not-mean")])
    assert text == f"{HEADER}\nada,92.5,100.0,10,7.5,20,10,10,5,5,25,graded,\n".replace(
        "10,7.5,20,10,10,5,5,25", "10.0,7.5,20.0,10.0,10.0,5.0,5.0,25.0"
    )


def test_what_could_not_be_told_is_empty_and_never_a_zero():
    (row,) = _rows(scores_csv([samples.attention("fei")]))
    assert (row["score"], row["T#12"], row["T#5"]) == ("", "", "10.0")
    assert row["status"] == "attention"


def test_what_could_not_be_graded_has_no_score():
    (row,) = _rows(scores_csv([samples.ungradable("lise")]))
    assert (row["score"], row["T#5"], row["status"]) == ("", "", "ungradable")
    assert row["flags"] == "lab.zip cannot be opened: it is encrypted"


def test_rows_stand_in_the_order_of_names_whatever_the_order_given():
    reports = [samples.report(name) for name in ("cid", "ada", "bob")]
    assert scores_csv(reports) == scores_csv(reports[::-1])
    assert [row["student"] for row in _rows(scores_csv(iter(reports)))] == ["ada", "bob", "cid"]


def test_a_task_of_another_lab_gets_a_column_of_its_own():
    report = samples.report("ada")
    report["tasks"][0] |= {"task": "T#1"}
    assert _rows(scores_csv([report]))[0]["T#1"] == "10.0"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_submission_is_a_formula_and_none_breaks_its_row(text):
    item = Attention(text, text, text, text, text)
    tables = (scores_csv([samples.hostile(text, text)]), attention_csv([item]))
    for table in tables:
        header, *rows = csv.reader(io.StringIO(table))
        assert len(rows) == 1
        assert len(rows[0]) == len(header)
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in rows[0])


def test_attention_has_the_columns_of_the_contract_in_a_fixed_order():
    items = [Attention(name, "a.zip", "collect", "encrypted", "nnlab") for name in "ba"]
    assert attention_csv(items) == (
        "student,submission,stage,reason,how to run it again\n"
        "a,a.zip,collect,encrypted,nnlab\nb,a.zip,collect,encrypted,nnlab\n"
    )


def test_tables_are_written_under_their_names(tmp_path):
    scores = write_scores(tmp_path / "out", [samples.report("Zoë")])
    assert scores.name == "scores.csv"
    assert "Zoë" in scores.read_bytes().decode("utf-8")
    assert write_attention(tmp_path, []).read_text().count("\n") == 1

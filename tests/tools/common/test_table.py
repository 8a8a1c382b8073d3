"""A grades file read and written back."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import MaterialError
from tools.common.table import plain_value, read_table

SAMPLE = 'Name,Note\r\n"Doe, Ana","said ""hi""\r\ntwice"\r\nKai,\r\n'

cells = st.text(
    st.sampled_from(' ab;,"\t\n\r=é漢') | st.characters(exclude_categories=("Cs",)), max_size=6
).filter(lambda value: "\0" not in value)
tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=4)
)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-16-le"),
        (b"", "latin-1"),
    ],
)
def test_every_usual_form_comes_back_byte_for_byte(separator, end, bom, encoding):
    lines = [["Name", "Grade"], ["Zoé", "17,5" if separator != "," else "17.5"], ["Kai", ""]]
    data = bom + "".join(separator.join(line) + end for line in lines).encode(encoding)
    table = read_table(data, "f.csv")
    assert table.separator == separator
    assert table.value(1, 0) == "Zoé"
    assert table.to_bytes() == data
    changed = table.with_values({(2, 1): "9"})
    expected = "".join(separator.join(line) + end for line in [*lines[:2], ["Kai", "9"]])
    assert changed.to_bytes() == bom + expected.encode(encoding)


def test_quoted_cells_keep_their_quotes_and_line_ends():
    table = read_table(SAMPLE.encode(), "f.csv")
    assert table.value(1, 1) == 'said "hi"\r\ntwice'
    changed = table.with_values({(1, 0): "Roe"})
    assert changed.to_bytes() == SAMPLE.replace('"Doe, Ana"', '"Roe"').encode()


def test_short_row_is_padded_up_to_the_cell():
    table = read_table(b"a,b,c\n1\n", "f.csv").with_values({(1, 2): "x"})
    assert table.to_bytes() == b"a,b,c\n1,,x\n"


@given(tables, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_values_are_those_of_the_csv_module(rows, separator, end):
    written = io.StringIO()
    header = ["h" * 3] * len(rows[0])  # tells the separator
    # Only with \r\n does the module quote both characters of a line end by itself.
    quoting = csv.QUOTE_MINIMAL if end == "\r\n" else csv.QUOTE_ALL
    writer = csv.writer(written, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerows([header, *rows])
    table = read_table(written.getvalue().encode(), "f.csv")
    assert [[cell.value for cell in row.cells] for row in table.rows[1:]] == rows


@given(st.lists(st.text(st.sampled_from('a",;\t\n\r '), max_size=12), max_size=6))
def test_any_text_is_written_back_unchanged(parts):
    data = "".join(parts).encode()
    with contextlib.suppress(MaterialError):  # empty, or a quote that never ends
        assert read_table(data, "f.csv").to_bytes() == data


@given(tables, st.data())
def test_changed_cell_reads_back_and_others_stay(rows, data):
    written = io.StringIO()
    csv.writer(written).writerows([["head"] * len(rows[0]), *rows])
    table = read_table(written.getvalue().encode(), "f.csv")
    at = (data.draw(st.integers(1, len(rows))), data.draw(st.integers(0, len(rows[0]) - 1)))
    value = data.draw(cells)
    again = read_table(table.with_values({at: value}).to_bytes(), "f.csv")
    for r, row in enumerate(rows, 1):
        for c, old in enumerate(row):
            assert again.rows[r].cells[c].value == (value if (r, c) == at else old)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "f.csv: the file is empty"),
        (codecs.BOM_UTF8 + b"\r\n", "f.csv: the file is empty"),
        (b'a,b\n1,"x\n2,y\n', "f.csv:2: a quoted cell begins here and never ends"),
        (b"PK\x03\x04xxxx", "f.csv: this is not a text file"),
        (b"a,b\nx\0y,1\n", "f.csv: this is not a text file"),
        (codecs.BOM_UTF16_LE + b"a\0b", "f.csv: not utf-16-le, byte 2"),
    ],
)
def test_what_is_no_grades_file_is_said(data, message):
    with pytest.raises(MaterialError, match=message):
        read_table(data, "f.csv")


def test_encoding_can_be_named():
    data = "Name,Grade\nสมชาย,\n".encode("cp874")
    table = read_table(data, "f.csv", "cp874")
    assert table.value(1, 0) == "สมชาย"
    assert table.to_bytes() == data
    assert table.writable("a≠b") == "a?b"


@pytest.mark.parametrize(
    ("encoding", "message"),
    [("klingon", "unknown encoding 'klingon'"), ("ascii", "not ascii, byte 11 is 0xe9")],
)
def test_wrong_encoding_is_said(encoding, message):
    with pytest.raises(MaterialError, match=message):
        read_table("Name,Grade\né,1\n".encode("latin-1"), "f.csv", encoding)


@pytest.mark.parametrize(
    "written", ["0070012", " 0070012 ", "#0070012", '="0070012"', '="#0070012"']
)
def test_ids_lose_what_systems_put_around_them(written):
    assert plain_value(written) == "0070012"

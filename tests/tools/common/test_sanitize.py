from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.tools.course.report.pages.hostile import HOSTILE
from tools.common import sanitize

ANY_TEXT = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters()))


def _is_harmless(char: str) -> bool:
    return char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")


@given(ANY_TEXT)
def test_plain_text_has_no_controls_and_is_idempotent(text):
    once = sanitize.plain(text)
    assert all(_is_harmless(char) for char in once)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", once)
    once.encode("utf-8")
    assert sanitize.plain(once, 10**6) == once


@given(ANY_TEXT)
def test_a_line_is_one_line(text):
    assert len(sanitize.line(text).splitlines()) <= 1


def test_text_of_many_scripts_stays_as_it_is():
    for name in (
        "Zoë Łukasiewicz",
        "Nguyễn Thị Hằng",
        "สมชาย ใจดี",
        "محمد",
        "山田 太郎",
        "👩‍🔬 क्षि",
    ):
        assert sanitize.line(name) == name


def test_terminal_sequences_go_and_words_stay():
    assert sanitize.plain("\x1b[31mred\x1b[0m \x1b]0;title\x07plain \x9b1mbold") == "red plain bold"
    assert sanitize.plain("\x1b]8;;http://x.invalid\x1b\\link\x1b]8;;\x1b\\") == "link"


def test_unclosed_sequence_swallows_only_its_own_line():
    assert sanitize.plain("a\x1b]0;never closed\nb") == "a\nb"


def test_every_kind_of_line_end_becomes_a_newline():
    assert sanitize.plain("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"


def test_marks_piled_on_a_letter_are_capped():
    assert len(sanitize.plain("z" + "\u0335" * 400)) == 7


def test_long_text_keeps_head_tail_and_missing_count():
    text = sanitize.trim("a" * 50 + "b" * 50, 30)
    assert text == "a" * 20 + " … 70 characters left out … " + "b" * 10


@pytest.mark.parametrize(
    "text", ["=1+1", " =1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "|x", "%x"]
)
def test_possible_formula_is_marked_as_text(text):
    assert str(sanitize.csv_cell(text)).startswith("'")


def test_numbers_names_and_none_stay_unmarked():
    cells = [sanitize.csv_cell(v) for v in (-1.5, 3, None, "Ada", "T#5")]
    assert cells == [-1.5, 3, "", "Ada", "T#5"]


@given(ANY_TEXT)
def test_a_cell_survives_csv_as_one_cell(text):
    out = io.StringIO()
    csv.writer(out).writerow([sanitize.csv_cell(text), "next"])
    assert next(csv.reader([out.getvalue().rstrip("\r\n")])) == [sanitize.csv_cell(text), "next"]


@given(ANY_TEXT)
def test_inline_markdown_renders_to_the_text_itself(text):
    line = f"Name: {sanitize.markdown_inline(text)}"
    html = MarkdownIt("commonmark").enable("table").render(line)
    assert re.findall(r"<(/?\w+)", html) in (["p", "/p"],)


@pytest.mark.parametrize("text", ["- a", "+ a", "1. a", "100) a", "# a", "> a", "---", "==="])
def test_inline_markdown_starts_no_block(text):
    html = MarkdownIt("commonmark").render(f"Before\n{sanitize.markdown_inline(text)}")
    assert re.findall(r"<(/?\w+)", html) == ["p", "/p"]


@given(ANY_TEXT)
def test_a_fenced_block_cannot_be_left(text):
    tokens = MarkdownIt("commonmark").parse(sanitize.markdown_block(text) + "\n\nafter")
    assert [t.type for t in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


@given(ANY_TEXT)
def test_a_link_stays_below_its_folder(text):
    link = sanitize.file_link(("students", text, "feedback.html"))
    if link is not None:
        assert link.startswith("students/")
        assert link.count("/") == 2
        assert re.fullmatch(r"[\w.~%/-]+", link, re.ASCII)
        assert unquote(link.split("/")[1]) == text


@pytest.mark.parametrize("part", ["", ".", "..", "a/b", "a\\b", "a\nb", "\ud800", "a\x00"])
def test_name_that_leaves_the_folder_has_no_link(part):
    assert sanitize.file_link(("students", part)) is None


@given(ANY_TEXT)
def test_json_in_a_page_cannot_end_its_element(text):
    embedded = sanitize.json_for_html({text: [text, 1, None]})
    assert json.loads(embedded) == {text: [text, 1, None]}
    assert not set(embedded) & set("<>&\u2028\u2029")

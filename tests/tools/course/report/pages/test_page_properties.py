"""No text changes what a page or a table is: the same elements and cells as with harmless words."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.tools.course.report.pages import samples
from tests.tools.course.report.pages.hostile import HOSTILE
from tests.tools.course.report.pages.scan import Scan
from tools.course.report.pages import Attention
from tools.course.report.pages.dashboard import dashboard_html
from tools.course.report.pages.feedback import feedback_html
from tools.course.report.pages.markdown import feedback_md
from tools.course.report.pages.model import Extras, Report
from tools.course.report.scores_csv import attention_csv, scores_csv

PIECES = ["<", ">", "&", '"', "'", "`", "</script>", "<!--", "]]>", "{{", "{%", "&#60;", "=1", "\n"]
# Whole attacks, and their pieces in any order between any characters.
TEXTS = st.one_of(
    st.sampled_from([text for text in HOSTILE if len(text) < 1_000]),
    st.lists(st.sampled_from(PIECES) | st.characters(), max_size=12).map("".join),
)

# A whole page takes as long as a hundred smaller cases.
A_TENTH = settings(max_examples=settings.default.max_examples // 10)


def feedback(text: str) -> str:
    """A student's page with the text wherever a student could put one."""
    extras = Extras(code=dict.fromkeys(samples.CODE, text))
    return feedback_html(Report.from_dict(samples.hostile(text, text)), extras)


def dashboard(text: str) -> str:
    """A class's page with it; the key of the student is a folder's name."""
    reports = [samples.hostile("ada", text) | {"name": text}, samples.report("ben")]
    return dashboard_html(reports, [Attention("ada", text, text, text, text)], title=text)


def markdown(text: str) -> str:
    """What a student's Markdown is rendered as elsewhere."""
    report = Report.from_dict(samples.hostile(text, text))
    return MarkdownIt("commonmark").enable("table").render(feedback_md(report, Extras()))


@lru_cache
def harmless(page: Callable[[str], str]) -> Scan:
    """The page with a word instead."""
    return Scan(page("harmless"))


@pytest.mark.parametrize("page", [feedback, dashboard, markdown])
@A_TENTH
@given(TEXTS)
def test_a_page_has_the_same_elements_whatever_a_student_wrote(page, text):
    found, plain = Scan(page(text)), harmless(page)
    # Where there is a line more, it is code or a paragraph; without any text something is left out.
    assert set(found.tags) <= {*plain.tags, "br", "pre", "code"}
    assert [found.tags.count(tag) for tag in ("h1", "form", "table")] == [
        plain.tags.count(tag) for tag in ("h1", "form", "table")
    ]
    assert found.handlers == plain.handlers
    assert found.foreign_links() == []
    assert [found.allows("script", one) for one in found.scripts] == [True] * len(plain.scripts)
    assert [found.allows("style", one) for one in found.styles] == [True] * len(plain.styles)


@A_TENTH
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_tables_have_a_row_for_each_student_and_no_formula_whatever_they_wrote(texts):
    reports = [samples.hostile(f"student{at}", text) for at, text in enumerate(texts)]
    items = [Attention(f"student{at}", text, text, text, text) for at, text in enumerate(texts)]
    for table in (scores_csv(reports), attention_csv(items)):
        header, *rows = csv.reader(io.StringIO(table, newline=""), strict=True)
        assert [row[0] for row in rows] == [report["student"] for report in reports]
        assert all(len(row) == len(header) for row in rows)
        assert not any(_is_formula(cell) for row in rows for cell in row)


def _is_formula(cell: Any) -> bool:
    return cell.lstrip().startswith(("=", "+", "@", "|", "%")) or cell.startswith(("-", "\t", "\r"))

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from tests.tools.course.report.pages import samples
from tests.tools.course.report.pages.hostile import HOSTILE
from tools.course.report.pages.markdown import feedback_md
from tools.course.report.pages.model import Extras, Report

OURS = {
    "h1", "h2", "p", "strong", "em", "ul", "li", "hr", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def _text(data, extras=None):
    return feedback_md(Report.from_dict(data), extras or Extras())


def _html(text):
    return MarkdownIt("commonmark").enable("table").render(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_renders_as_text(text):
    extras = Extras(code=dict.fromkeys(samples.CODE, text))
    html = _html(_text(samples.hostile(text, text), extras))
    assert set(re.findall(r"<(\w+)", html)) <= OURS
    assert html.count("<h1>") == 1
    assert html.count("<h2>") in (9, 10)  # losses if any, what is right, and eight tasks


def test_it_says_the_same_as_the_page():
    text = _text(samples.report("Ada", "loss-sum-not-mean"), Extras(code=samples.CODE))
    for words in (
        "**92.5 of 100 points**",
        "- **7.5 points**: T\\#6 Loss: The loss is the sum over the batch, not the mean.",
        "| T\\#6 | Loss | partly right | 7.5 of 15 |",
        "- Public checks: 5 of 7 passed, 1 by follow-through, 30.67 of 34.42 points",
        "  A common mistake: loss sum not mean. *The loss is the sum over the batch, not the mean.",
        "off by: 4.72",
        "T\\#6 lost points, and T\\#7 builds on it.",
        "```python\nlearning_rate *= learning_rate_decay\n```",
        "Isolation: full",
    ):
        assert words in text


def test_what_could_not_be_graded_has_no_tasks():
    text = _text(samples.ungradable("Lise"))
    assert "This submission could not be graded" in text
    assert "of 100" not in text

from __future__ import annotations

import re
import time

import pytest

from grader.engine.rubric import parse_rubric
from grader.errors import MaterialError
from grader.two_layer_net import LAB
from tools.course.gradebook.book import Gradebook
from tools.desk.rubric_text import changes_between, fields_of, with_values

TEXT = LAB.rubric_path.read_text(encoding="utf-8")


def _wait(visitor):
    for _ in range(200):
        page = visitor.get("/rubric").text
        if 'id="progress"' not in page:
            return page
        time.sleep(0.1)
    raise AssertionError("the preview never ends")


def test_every_field_can_be_changed_and_nothing_else_changes():
    for field in fields_of(TEXT):
        new = with_values(TEXT, {field.name: str(field.value / 2 + 0.25)})
        (change,) = changes_between(TEXT, new)
        assert change[0].endswith(field.key)
        assert change[2] == pytest.approx(field.value / 2 + 0.25)
        assert new.count("#") == TEXT.count("#")


def test_unchanged_fields_leave_every_byte():
    assert with_values(TEXT, {one.name: repr(one.value) for one in fields_of(TEXT)}) == TEXT


def test_all_points_and_tolerances_are_fields():
    rubric = parse_rubric(LAB, "rubric", TEXT.encode())
    names = {field.name for field in fields_of(TEXT)}
    assert {f'points."{t}"/{c}' for t, checks in rubric.points.items() for c in checks} <= names
    assert {"tolerance/relative", "threshold/toy_loss", "follow_through/worth"} <= names


def test_word_instead_of_a_number_is_refused():
    with pytest.raises(MaterialError, match="scores-hidden: found 'four', expected a number"):
        with_values(TEXT, {'points."T#5"/scores-hidden': "four"})


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ('points."T#6"/loss-reg', "-4", "expected points, 0 or more"),
        ("follow_through/worth", "7", "expected a share from 0 to 1"),
    ],
)
def test_invalid_rubric_is_explained_and_not_judged(visitor, name, value, problem):
    answer = visitor.post("/rubric", data={"fields": "on", name: value})
    assert answer.status_code == 422
    assert problem in answer.text
    assert 'id="preview"' not in answer.text


def test_preview_says_who_moves_and_apply_moves_them(visitor, out):
    visitor.post("/rubric", data={"fields": "on", 'points."T#6"/loss-reg': "10"})
    page = _wait(visitor)
    assert "scores would move" in page
    assert page.count('class="histo"') == 2
    assert 'href="/s/ada"' in page
    with Gradebook(out, write=False) as book:
        assert book.moves() == []
    sha256 = re.search(r'name="sha256" value="(\w+)"', page)[1]
    visitor.post("/rubric/apply", data={"sha256": sha256})
    assert "Applied by instructor" in _wait(visitor)
    with Gradebook(out, write=False) as book:
        assert {one.check for one in book.moves()} == {"loss-reg"}
        assert "loss-reg = 10" in book.latest_run().rubric


def test_stale_preview_is_not_applied(visitor, grace):
    visitor.post("/rubric", data={"fields": "on", 'points."T#6"/loss-reg': "10"})
    page = _wait(visitor)
    sha256 = re.search(r'name="sha256" value="(\w+)"', page)[1]
    grace.post("/s/ben/entry", data={"scope": "student", "points": "+1"})
    answer = visitor.post("/rubric/apply", data={"sha256": sha256})
    assert answer.status_code == 409
    assert "has changed since the preview" in answer.text

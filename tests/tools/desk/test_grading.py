from __future__ import annotations

import re

import pytest

from tests.tools.desk.conftest import EDITS, MARKUP, nnlab, write_submission
from tools.course.gradebook.book import Gradebook
from tools.course.gradebook.ledger import Kind, Scope, ScoreEntry


def _entries(out, student=None):
    with Gradebook(out, write=False) as book:
        return book.ledger.rows(ScoreEntry, student)


def _score(visitor, student):
    page = visitor.get(f"/s/{student}").text
    return float(re.search(r'class="total"><p><b>([\d.]+)</b>', page)[1])


def test_points_and_comment_become_an_entry(visitor, out):
    before = _score(visitor, "ben")
    form = {"scope": "task", "task": "T#6", "points": "+2", "words": "nice plot", "seen": "0"}
    page = visitor.post("/s/ben/entry", data=form).text
    assert "Saved: +2 points for T#6." in page
    assert _score(visitor, "ben") == before + 2
    (entry,) = _entries(out, "ben")
    assert (entry.kind, entry.value, entry.author) == (Kind.CHANGE, 2.0, "instructor")


def test_absolute_points_replace_the_computed_ones(visitor):
    visitor.post("/s/ben/entry", data={"scope": "student", "points": "17", "words": "oral exam"})
    assert _score(visitor, "ben") == 17
    assert "the checks gave" in visitor.get("/s/ben").text


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"points": "many"}, "expected a number such as 7.5, +2 or -1.5"),
        ({"points": "999"}, "expected 0 to"),
        ({"points": "", "words": ""}, "Type points, or a comment."),
        ({"scope": "line", "line": "x", "words": "y"}, "Choose a line."),
        ({"task": "T#99", "words": "y"}, "There is no task"),
    ],
)
def test_wrong_entry_comes_back_as_typed(visitor, out, typed, problem):
    form = {"scope": "task", "task": "T#6", "words": "because"} | typed
    answer = visitor.post("/s/ben/entry", data=form)
    assert answer.status_code == 422
    assert problem in answer.text.replace("&#39;", "'")
    assert _entries(out, "ben") == []


def test_comment_at_a_line_stands_below_it(visitor):
    form = {"scope": "line", "line": "87", "task": "T#6", "words": "where is the half?"}
    page = visitor.post("/s/ben/entry", data=form).text
    after = page.split('id="L87"')[1].split('id="L88"')[0]
    assert "where is the half?" in after


def test_undo_leaves_both_in_the_history(visitor, out):
    visitor.post("/s/ben/entry", data={"scope": "student", "points": "+1", "words": "hm"})
    before = _score(visitor, "ben")
    (entry,) = _entries(out, "ben")
    page = visitor.post(f"/undo/entry/{entry.id}", data={"student": "ben"}).text
    assert _score(visitor, "ben") == before - 1
    assert "withdrew: +1 point for the whole submission" in page
    assert page.count("+1 point for the whole submission") >= 2
    again = visitor.post(f"/undo/entry/{entry.id}", data={"student": "ben"})
    assert again.status_code == 409


def test_second_grader_sees_the_conflict_and_loses_nothing(visitor, grace, out):
    seen = grace.seen("ben")
    visitor.post("/s/ben/entry", data={"scope": "student", "points": "+1", "seen": seen})
    form = {"scope": "task", "task": "T#6", "points": "+3", "words": "clever", "seen": seen}
    answer = grace.post("/s/ben/entry", data=form)
    assert answer.status_code == 409
    assert "Somebody else has changed ben" in answer.text
    assert "clever" in answer.text
    assert "+1 point for the whole submission" in answer.text
    assert len(_entries(out, "ben")) == 1
    assert grace.post("/s/ben/entry", data=form | {"seen": grace.seen("ben")}).status_code == 200
    assert len(_entries(out, "ben")) == 2


def test_comment_on_a_mistake_reaches_all_and_later_ones(visitor, out, graded_class, tmp_path):
    before = _score(visitor, "bob")
    form = {"points": "-1", "words": "see lecture 3", "seen": "0"}
    page = visitor.post("/mistake/no-half", data=form).text
    assert "Saved for 2 students" in page
    for name in ("ben", "bob"):
        assert "see lecture 3" in visitor.get(f"/s/{name}").text
    assert _score(visitor, "bob") == before - 1
    assert "see lecture 3" not in visitor.get("/s/cy").text
    write_submission(tmp_path / "late" / "zoe", *EDITS["ben"])
    nnlab("grade", tmp_path / "late", "-o", out, "--data", "none", "--seed", 7)
    assert "see lecture 3" in visitor.get("/s/zoe").text
    assert _score(visitor, "zoe") == before - 1


def test_two_graders_on_one_mistake_see_the_conflict(visitor, grace, out):
    form = {"points": "-1", "words": "half", "seen": "0"}
    assert visitor.post("/mistake/no-half", data=form).status_code == 200
    answer = grace.post("/mistake/no-half", data=form)
    assert answer.status_code == 409
    assert len(_entries(out)) == 1


def test_kept_comment_is_used_again_with_one_click(visitor, out):
    form = {"scope": "task", "task": "T#6", "points": "-1", "words": "units missing", "keep": "on"}
    visitor.post("/s/ben/entry", data=form)
    page = visitor.get("/s/cy").text
    action = re.search(r'action="(/s/cy/item/\d+)"[^§]*?units missing', page)[1]
    number = page.split("units missing")[0].rsplit("/s/cy/item/", 1)[1].split('"')[0]
    visitor.post(action.rsplit("/", 1)[0] + "/" + number)
    (entry,) = _entries(out, "cy")
    assert (entry.reason, entry.value, entry.scope) == ("units missing", -1.0, Scope.TASK)


def test_bulk_accept_settles_one_reason_only(visitor):
    page = visitor.get("/").text
    count = re.search(r'name="reason" value="not-asked"><input[^>]*value="(\d+)"', page)[1]
    assert int(count) == len(EDITS)
    wrong = visitor.post("/accept", data={"reason": "not-asked", "count": "1", "words": "x"})
    assert wrong.status_code == 409
    page = visitor.post("/accept", data={"reason": "not-asked", "count": count, "words": "no T#12"})
    assert f"Accepted {len(EDITS)} grades" in page.text
    assert 'value="not-asked"><input' not in page.text


def test_extension_and_release_are_kept_with_their_author(visitor):
    visitor.post("/s/ben/extension", data={"days": "3", "words": "ill"})
    page = visitor.post("/release", data={"student": "ben", "to": "held"}).text
    assert "extension: 3 more days" in page
    assert 'class="state-held">held' in page
    assert visitor.post("/s/ben/extension", data={"days": "-1"}).status_code == 422


def test_whole_class_is_released_but_for_open_decisions(visitor):
    page = visitor.post("/release", data={"to": "released"}).text
    assert f"0 now released. Unchanged: {len(EDITS)}." in page
    visitor.post("/accept", data={"reason": "not-asked", "count": len(EDITS), "words": "fine"})
    page = visitor.post("/release", data={"to": "released"}).text
    assert f"{len(EDITS)} now released." in page
    assert 'class="state-released">released' in visitor.get("/s/ben").text


def test_regrade_request_waits_until_it_is_answered(visitor, out):
    file = "student,task,claim\nben,T#6,My loss is right\n"
    for found in ("1 new", "0 new"):
        page = visitor.post("/claims", data={"file": (_file(file), "claims.csv")}).text
        assert found in page
    assert "asks for a regrade" in visitor.get("/").text
    page = visitor.get("/s/ben").text
    number = re.search(r'name="answers" value="(\d+)"', page)[1]
    form = {"answers": number, "task": "T#6", "points": "+1", "words": "Half of it is."}
    visitor.post("/s/ben/claim", data=form)
    assert 'href="?reason=regrade"' not in visitor.get("/").text
    assert _entries(out, "ben")[0].value == 1.0


def test_hostile_texts_are_shown_and_do_nothing(visitor):
    forms = {"scope": "student", "points": "", "words": MARKUP}
    visitor.post("/s/ben/entry", data=forms)
    folders = list(visitor.client.application.config["DESK"].classroom().pupils)
    assert any("img" in folder for folder in folders)
    for folder in folders:
        for tab in ("code", "diff", "checks"):
            page = visitor.get(f"/s/{folder}?tab={tab}").text
            assert "<img src=x" not in page
            assert "<img src-x" not in page
    assert "&lt;img src=x" in visitor.get("/s/ben").text


def test_notebook_is_framed_without_scripts(visitor):
    page = visitor.get("/s/ada?tab=notebook").text
    assert '<iframe class="frame" sandbox src=' in page
    answer = visitor.get("/s/ada/notebook")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert "My network" in answer.text


def _file(text):
    import io

    return io.BytesIO(text.encode())

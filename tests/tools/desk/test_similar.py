from __future__ import annotations

import json
import shutil
import sqlite3
import time
from urllib.parse import quote

import pytest

from tests.tools.desk.conftest import MARKUP, nnlab
from tests.tools.desk.test_browser_desk import Instructor
from tools.desk.likeness import FILE

ARCHIVED = "old (earlier)"
PAIR = 'href="/similar/fay/gus"'


def _wait(visitor):
    """The page of pairs once the search is done."""
    end = time.monotonic() + 120
    while 'id="progress"' in (page := visitor.get("/similar").text):
        assert time.monotonic() < end
        time.sleep(0.1)
    return page


@pytest.fixture(scope="session")
def copied_class(graded_class, tmp_path_factory):
    """The class with two students more, who share rare lines with markup in them."""
    folder = tmp_path_factory.mktemp("copied")
    out = shutil.copytree(graded_class / "out", folder / "out")
    for name in ("fay", "gus"):
        package = folder / "class" / name / "cattern"
        package.mkdir(parents=True)
        text = f"rare_name = 'a rare text {MARKUP}'\nz = sum(rare_name.count(c) for c in 'xyz')\n"
        (package / "neural_net.py").write_text(text)
    nnlab("grade", folder / "class", "-o", out, "--data", "none", "--seed", 7)
    return out


@pytest.fixture
def out(copied_class, tmp_path):
    """A graded folder of one's own, with the pair in it."""
    return shutil.copytree(copied_class, tmp_path / "out")


def test_pairs_and_shared_lines_are_shown(out, visitor):
    """The search runs in the background, once, and finds what the command finds."""
    began = time.monotonic()
    assert 'id="progress"' in visitor.get("/similar").text
    assert "0 of 9" in visitor.get("/similar/progress").text
    assert visitor.get("/similar/fay/gus").status_code == 404
    assert time.monotonic() - began < 2  # pages do not wait for the search
    assert PAIR in _wait(visitor)
    pair = visitor.get("/similar/fay/gus").text
    assert "in <b>2</b> of 9 submissions" in pair
    assert pair.count('class="srcline both"') >= 4
    assert "rare_name" in pair
    assert MARKUP not in pair
    assert visitor.get("/similar/ada/fay").status_code == 404
    command = json.loads(nnlab("similar", out, "--json").stdout)
    assert json.loads((out / FILE).read_text())["pairs"] == command["pairs"]
    written = (out / FILE).stat().st_mtime_ns
    visitor.post("/s/fay/entry", data={"scope": "student", "words": "x", "points": "+1"})
    assert PAIR in visitor.get("/similar").text
    assert (out / FILE).stat().st_mtime_ns == written


def test_new_submission_starts_a_new_search(out, visitor):
    (out / FILE).write_text("{")  # damaged: replaced
    assert PAIR in _wait(visitor)
    with sqlite3.connect(out / "gradebook.sqlite") as plain:
        plain.execute("UPDATE submissions SET source = 'a = 1', sha256 = 'b' WHERE student = 'gus'")
        plain.execute("UPDATE marks SET value = value + 1 WHERE name = 'changes'")
    assert PAIR not in _wait(visitor)


def test_earlier_year_is_compared_too(out, visitor, graded_class, tmp_path):
    earlier = tmp_path / "earlier"
    assert visitor.post("/similar", data={"archive": str(earlier)}).status_code == 422
    shutil.copytree(graded_class / "class" / "cy", earlier / "old")
    visitor.post("/similar", data={"archive": str(earlier)})
    assert f"/similar/cy/{quote(ARCHIVED)}" in _wait(visitor)
    pair = visitor.get(f"/similar/cy/{quote(ARCHIVED)}").text
    assert ARCHIVED in pair
    assert 'class="srcline both"' in pair


def test_search_that_fails_says_why(out, visitor, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "gradebook.sqlite").write_text("no database " * 1000)
    visitor.post("/similar", data={"archive": str(tmp_path / "old")})
    assert 'class="problem"' in _wait(visitor)
    visitor.post("/similar", data={})
    assert PAIR in _wait(visitor)


@pytest.mark.browser
def test_instructor_reads_a_pair_side_by_side(browser, served):
    me = Instructor(browser, served)
    me.open("similar")
    me.until(lambda: me.driver.find_elements("css selector", "a[href*='/similar/fay/gus']"), 120)
    assert browser.violations() == []
    me.one("a[href*='/similar/fay/gus']").click()
    me.see("Shared part 1")
    assert browser.violations() == []
    places = "[...document.querySelectorAll('.two figure')].slice(0, 2).map(e => [e.offsetLeft, "
    (left, top), (right, other_top) = browser.run(f"{places}e.offsetTop])")
    assert top == other_top
    assert left < right
    me.resize(360)
    me.driver.refresh()
    assert browser.run("document.documentElement.scrollWidth") <= 360
    assert browser.run("typeof window.pwned") == "undefined"


def test_questions_are_those_of_the_command(out, visitor):
    asked = json.loads(nnlab("questions", out, "ada", "--json").stdout)["ada"]
    page = visitor.get("/s/ada/questions").text
    assert 1 <= len(asked) <= 5
    assert page.count("<details") == page.count("<b>Expected:</b>") == len(asked)
    assert all(one["task"] in page for one in asked)
    assert visitor.get("/s/nobody/questions").status_code == 404


def test_forgotten_student_is_in_no_kept_search(out):
    (out / FILE).write_text("{}")
    done = nnlab("forget", out, "fay")
    assert done.returncode == 0, done.stderr
    assert not (out / FILE).exists()

"""A rubric that changes only points runs no check again and gives the same bytes."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from grader.engine.rubric import parse_rubric
from grader.lab.mistakes.catalogue import CATALOGUE
from grader.lab.mistakes.submissions import text_with
from grader.two_layer_net import LAB
from tests.tools.course.batch.conftest import other_files, reports
from tools.course.batch import rejudge
from tools.course.batch.grade import grade
from tools.course.batch.settings import make_settings
from tools.course.gradebook.book import Gradebook
from tools.course.report import write
from tools.course.report.write import write_reports
from tools.dev.variants import DEVIATING, RIGHT

RUBRIC = LAB.rubric_path.read_text(encoding="utf-8")
# Follow-through, a share of follow-through, deviations, wrong tasks, code that never ran.
MISTAKES = ("no-relu", "loss-is-a-sum", "labels-not-taken-off", "step-uphill", "lowest-score")
DEVIATIONS = ("list-for-array", "epsilon-in-log", "fixed-seed", "decay-late")
STUB = "class TwoLayerNet:\n    def loss(self):\n        raise NotImplementedError\n"


def parsed(text):
    return parse_rubric(LAB, "the rubric", text.encode())


def with_points(text, **points):
    """A rubric with other points for checks whose names have underscores here."""
    for name, value in points.items():
        lines = text.splitlines()
        (at,) = (at for at, line in enumerate(lines) if line.startswith(name.replace("_", "-")))
        lines[at] = f"{name.replace('_', '-')} = {value}"
        text = "\n".join(lines) + "\n"
    return text


HALF = RUBRIC.replace("worth = 1.0", "worth = 0.65", 1)  # of follow-through, which comes first
THIRDS = with_points(HALF, loss_reg=1 / 3, gradient_W1=0.1, decay_epoch=7 / 9, predict_hidden=0)
AGAIN = with_points(THIRDS, predict_hidden=12, loss_reg=2, step_W1=0) + (
    "\n[late]\ndeadline = 2020-03-03T23:59:00+07:00\n\n[bonus]\npoints = 3\n"
)


@pytest.fixture(scope="module")
def first_judged(tmp_path_factory):
    """A class that was graded by a rubric with a share for follow-through."""
    folder = tmp_path_factory.mktemp("points")
    mistakes = (mistake for task in CATALOGUE.values() for mistake in task)
    texts = {one.slug: text_with(one) for one in mistakes if one.slug in MISTAKES}
    texts |= {one.name: one.text for one in DEVIATING if one.name in DEVIATIONS}
    texts |= {"right": RIGHT[0].text, "stub": STUB, "broken": "import nothing_of_this_name"}
    for name, text in texts.items():
        (folder / "class" / name).mkdir(parents=True)
        (folder / "class" / name / "neural_net.py").write_text(text, encoding="utf-8")
    (folder / "rubric.toml").write_text(HALF, encoding="utf-8")
    settings = make_settings(folder / "rubric.toml", seed=7, data="none")
    grade([folder / "class"], folder / "out", settings, jobs=1)
    return folder / "out"


def judged(out, text):
    """Judge by another rubric and write everything; the bytes that came out."""
    rubric = parsed(text)
    with Gradebook(out, write=True) as book:
        run = replace(book.latest_run(), rubric=text, rubric_sha256=rubric.sha256)
        rejudge.judge_and_save(book, rubric, book.students(), 1, run)
        write_reports(out, book, rubric)
    whole = {path: path.read_bytes() for path in sorted(Path(out).glob("students/*/report.json"))}
    moved = (out / "moved.csv").read_bytes()
    return {str(path.relative_to(out)): one for path, one in whole.items()}, moved


def forget_worth(out):
    """As if another kit had judged."""
    with closing(sqlite3.connect(out / "gradebook.sqlite")) as plain:
        plain.execute("UPDATE submissions SET judged_with = 'another kit'")
        plain.commit()


@pytest.fixture
def without_checks(monkeypatch):
    monkeypatch.setattr(rejudge, "judge", lambda evidence: pytest.fail("a check ran"))


def test_class_shows_every_kind_of_verdict(first_judged):
    """What the next test compares."""
    with Gradebook(first_judged, write=False) as book:
        checks = [check for student in book.students() for check in book.verdicts(student)]
    assert {str(check.judged) for check in checks} == {
        *("right", "partly", "wrong", "follow-through", "not reached", "not asked")
    }
    assert {0.65, 1.0, 0.0} < {check.worth for check in checks}  # and those of deviations


def test_reports_are_the_same_bytes(first_judged, tmp_path, monkeypatch):
    quick, full = (Path(shutil.copytree(first_judged, tmp_path / name)) for name in ("a", "b"))
    for text in (THIRDS, AGAIN, HALF):
        forget_worth(full)
        expected = judged(full, text)
        with monkeypatch.context() as patch:
            patch.setattr(rejudge, "judge", lambda evidence: pytest.fail("a check ran"))
            assert judged(quick, text) == expected
        assert reports(quick) == reports(full)
        assert other_files(quick) == other_files(full)


def test_scores_do_move(first_judged, tmp_path, without_checks):
    out = Path(shutil.copytree(first_judged, tmp_path / "out"))
    _, moved = judged(out, THIRDS)
    rows = list(csv.DictReader(moved.decode().splitlines()))
    assert {"predict-hidden", "loss-reg"} <= {row["check"] for row in rows}
    assert {row["student"] for row in rows} >= {"right", "no-relu"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("worth = 0.65", "worth = 0.6"),  # of follow-through
        ("relative = 1e-5", "relative = 1e-4"),
        ("toy_loss = 0.05", "toy_loss = 0.06"),
    ],
)
def test_other_changes_are_judged_in_full(first_judged, monkeypatch, old, new):
    assert HALF.count(old) == 1
    asked = []
    inner = rejudge.judge
    monkeypatch.setattr(rejudge, "judge", lambda evidence: asked.append(1) or inner(evidence))
    changed = parsed(HALF.replace(old, new))
    assert len(list(rejudge.judge_again(first_judged, changed, ["right", "no-relu"], 1))) == 2
    assert len(asked) == 2


def test_unchanged_files_are_not_written(first_judged, tmp_path):
    out = Path(shutil.copytree(first_judged, tmp_path / "out"))
    judged(out, HALF)
    before = {path: path.stat().st_mtime_ns for path in out.glob("students/*/*")}
    judged(out, HALF)
    assert {path: path.stat().st_mtime_ns for path in out.glob("students/*/*")} == before


def test_other_points_start_no_process(first_judged, monkeypatch):
    """To start one takes as long as other points for a few hundred submissions."""
    monkeypatch.setattr(rejudge, "_CHUNK", 1)
    monkeypatch.setattr(rejudge, "ProcessPoolExecutor", lambda *_, **__: pytest.fail("started"))
    with Gradebook(first_judged, write=False) as book:
        students = book.students()
    new = [one.student for one in rejudge.judge_again(first_judged, parsed(THIRDS), students, 2)]
    assert new == students


def test_images_are_read_only_to_show_errors(first_judged, tmp_path, monkeypatch):
    """They take half a second."""
    out = Path(shutil.copytree(first_judged, tmp_path / "out"))
    monkeypatch.setattr(write, "_validation_images", lambda kind: pytest.fail("read"))
    judged(out, THIRDS)
    assert (out / "students" / "right" / "feedback.html").is_file()

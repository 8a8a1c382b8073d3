from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pytest

from grader.engine.verdict import Judged
from tests.tools.course.report.pages import samples
from tests.tools.course.report.pages.hostile import HOSTILE
from tests.tools.course.report.pages.scan import Scan
from tools.course.report.pages import folder_of, write_student
from tools.course.report.pages.feedback import _meter, feedback_html
from tools.course.report.pages.losses import losses
from tools.course.report.pages.markdown import feedback_md
from tools.course.report.pages.model import Extras, Report
from tools.course.report.pages.terminal import terminal_text

MIXED = samples.report("Ada", "bias-left-out", "loss-sum-not-mean", "step-uphill")
KINDS = {
    "right": samples.report("Emmy"),
    "mixed": MIXED,
    "stub": samples.stub("Kurt"),
    "raised": samples.raised("Yann"),
    "attention": samples.attention("Fei"),
    "ungradable": samples.ungradable("Lise"),
    "hostile": samples.hostile(HOSTILE[0], HOSTILE[1]),
}
LATE_BY = {
    "deduction": 10.0,
    "message": "Handed in 3 hours late: counts as 1 day, 10% = 10 points.",
}
LATE = samples.report("Ada", "loss-sum-not-mean", late=LATE_BY) | {"score": 82.5}


def _page(data, extras=None):
    return feedback_html(Report.from_dict(data), extras or Extras())


def _words(data, extras=None):
    return Scan(_page(data, extras)).words


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("extras", [Extras(), samples.extras()], ids=["bare", "pictures"])
def test_a_page_has_no_script_and_only_the_style_that_its_policy_names(kind, extras):
    scan = Scan(_page(KINDS[kind], extras))
    assert "script" not in scan.tags
    assert not scan.handlers
    assert not scan.foreign_links()
    assert scan.policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "script-src" not in scan.policy
    assert [scan.allows("style", style) for style in scan.styles] == [True]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_adds_no_element(text):
    def tags(words):
        data = samples.hostile(words, words)
        for task in data["tasks"]:
            task |= {"task": task["task"], "title": words}
        data["run"] |= {"data": words, "isolation": words, "kit_version": words}
        code = dict.fromkeys(samples.CODE, words)
        extras = dataclasses.replace(samples.extras(), code=code, gradient_errors={words: 1.0})
        return Scan(_page(data, extras))

    scan, harmless = tags(text), tags("a\nb" if "\n" in text or "\r" in text else "ab")
    assert set(scan.tags) <= set(harmless.tags) | {"pre"}
    assert not scan.handlers
    assert not scan.foreign_links()
    assert "script" not in scan.tags
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", scan.text)


def test_task_with_full_points_holds_however_it_came_to_them():
    data = samples.report("Ada")
    for task in data["tasks"]:
        task["judged"], task["score"] = "wrong", 0.0
    followed, settled = data["tasks"][1], data["tasks"][2]
    followed |= {"judged": "follow-through", "score": followed["max_score"]}
    override = {"computed_score": 0.0, "comment": None}
    settled |= {"score": settled["max_score"], "override": override}
    words = _words(data)
    assert "T#6 Loss – by follow-through, 15 points" in words
    assert "T#7 Gradients – set by your instructor, 20 points" in words
    assert "No task earned full points" not in words
    text = feedback_md(Report.from_dict(data), Extras())
    assert "- T\\#6 Loss: by follow-through\n- T\\#7 Gradients: set by your instructor\n" in text


def test_what_could_not_be_read_has_no_digest():
    report = Report.from_dict(samples.ungradable("Lise"))
    assert "SHA-256 unknown" in feedback_md(report, Extras())
    assert "SHA-256 unknown" in _words(samples.ungradable("Lise"))


def test_losses_come_first_then_what_is_right_then_each_task():
    words = _words(MIXED)
    places = [words.index(title) for title in ("What you lost", "What you got right")]
    places.append(words.index("Task by task"))
    places += [words.index(f"{name} {title} ", places[-1]) for name, title in (
        ("T#5", "Scores"), ("T#6", "Loss"), ("T#7", "Gradients"), ("T#12", "Tuning"))]  # fmt: skip
    assert places == sorted(places)
    assert "T#8 Minibatch – all 3 checks, 10 points" in words


def test_loss_says_points_task_mistake_and_line():
    words = _words(MIXED, Extras(lines={"loss-published": 74}))
    assert "7.5 points T#6 Loss: The loss is the sum over the batch, not the mean. Line 74" in words


@pytest.mark.parametrize("kind", ["right", "mixed", "stub", "raised", "hostile", "late"])
def test_losses_add_up_to_what_is_missing(kind):
    report = Report.from_dict(LATE if kind == "late" else KINDS[kind])
    if report.override and report.override.whole:
        assert losses(report, {}) == ()
        return
    lost = math.fsum(loss.points for loss in losses(report, {}))
    assert lost == pytest.approx(report.max_score - report.score, abs=0.02)


def test_page_gives_no_advice_after_the_deadline():
    for data in KINDS.values():
        for text in (_words(data), feedback_md(Report.from_dict(data), Extras())):
            assert not re.search(r"Go on with|Start with|one task at a time|not right yet", text)


def test_unjudged_points_are_not_lost():
    assert "T#12" not in [
        loss.task.name for loss in losses(Report.from_dict(KINDS["attention"]), {})
    ]


def test_bar_of_a_late_score_ends_at_the_score():
    """The rest of the tasks' points is shown as lost, not as earned."""
    kept, lost, rest = _meter(Report.from_dict(LATE))
    assert kept.part == pytest.approx(82.5, abs=0.7)
    assert (lost.x, rest.x) == (82.5, 92.5)
    assert rest.part == 0
    assert "Your tasks earned 92.5 points. Lateness cost 10." in _words(LATE)


def test_bar_of_a_whole_override_ends_at_the_score():
    override = {"computed_score": 100.0, "points": 60.0, "comment": None}
    pieces = _meter(Report.from_dict(samples.report("ada") | {"score": 60.0, "override": override}))
    assert sum(piece.part for piece in pieces) == pytest.approx(60, abs=0.7)


def test_overridden_task_has_the_color_of_its_points():
    data = samples.report("Ada", "step-uphill")
    task = data["tasks"][4]
    task |= {"score": task["max_score"], "override": {"computed_score": 0.0, "comment": None}}
    data["score"] = 100.0
    assert {piece.judged for piece in _meter(Report.from_dict(data))} == {Judged.RIGHT}


def test_bonus_makes_no_bar_wider_than_the_page():
    data = samples.report("Ada")
    data["tasks"][7] |= {"score": 30.0, "override": {"computed_score": 25.0, "comment": None}}
    last = _meter(Report.from_dict(data | {"score": 105.0}))[-1]
    assert last.x + last.part <= 100


def test_a_mistake_comes_with_what_was_got_how_far_off_and_a_question_once():
    words = _words(MIXED)
    assert "got 6.0189395 expected 1.3037879 off by 4.72" in words
    assert words.count("If the batch were twice as large") == 2  # on the screen, and on paper
    assert "A common mistake: loss sum not mean The loss is the sum over the batch" in words


def test_follow_through_is_explained_in_one_sentence():
    assert (
        "T#5 and T#6 lost points, and T#7 builds on them. Your code for T#7 is consistent with "
        "your own earlier results, so it earned credit."
    ) in _words(MIXED)
    assert "0 of 4 passed, 4 by follow-through" in _words(MIXED)


def test_public_checks_that_all_hold_are_not_read_as_full_marks():
    words = _words(samples.report("Ada", "bias-left-out"))
    assert "All public checks passed, and 2 hidden checks did not." in words
    assert "Both count toward your score." in words


def test_a_score_that_is_not_final_says_so_and_blames_nobody():
    words = _words(KINDS["attention"])
    assert "at least 71.25 of 100 points" in words
    assert "T#12 could not be judged in full. This is not your fault" in words


def test_a_persons_word_stands_beside_what_the_checks_gave():
    data = samples.attention("fei")
    data["tasks"][7] |= {"score": 20, "override": {"computed_score": 0.0, "comment": "Seen it."}}
    data |= {"score": 91.25, "override": {"computed_score": 71.25, "points": None, "comment": None}}
    words = _words(data)
    assert "91.25 of 100 points" in words
    assert "at least" not in words
    assert "Your instructor set these points; the checks gave 0. Seen it." in words
    whole = {"computed_score": 71.25, "points": 95.0, "comment": "Shown in the lab."}
    words = _words(data | {"score": 95.0, "override": whole})
    assert "Your instructor set this score The checks gave 71.25 points. Shown in the" in words


def test_what_lateness_costs_is_said():
    assert f"10 points {LATE['late']['message']}" in _words(LATE)


def test_what_could_not_be_graded_shows_no_score():
    words = _words(KINDS["ungradable"])
    assert "This submission could not be graded" in words
    assert "lab.zip cannot be opened: it is encrypted" in words
    assert "points" not in words


def test_a_traceback_of_the_students_code_is_shown_once_in_a_task():
    assert _words(KINDS["raised"]).count("IndexError: shape mismatch") == 3  # T#8, T#9, T#10
    assert "run raised" in _words(KINDS["raised"])


def test_the_students_own_lines_stand_beside_each_task():
    page = _page(MIXED, Extras(code={"T#6": "loss = (a < b) & c"}))
    assert page.count("Your lines</h4>") == 1
    assert "loss = (a &lt; b) &amp; c" in page


def test_mistaken_line_is_marked():
    code = {"T#6": "if a:\n    loss = a < b\nreturn loss"}
    page = _page(MIXED, Extras(code=code, marked={"loss = a < b"}))
    assert "if a:\n<mark>    loss = a &lt; b</mark>\nreturn loss</code>" in page


def test_students_read_data_and_rubric_but_no_seed():
    words = _words(MIXED)
    assert "Data MNIST Rubric 49672f0ef3b3" in words
    for text in (_page(MIXED), feedback_md(Report.from_dict(MIXED), Extras())):
        assert str(MIXED["run"]["seed"]) not in text
    assert "Isolation full: all layers of the sandbox" in words


def test_pictures_come_with_the_same_facts_in_words():
    page = _page(MIXED, samples.extras())
    words = Scan(page).words
    assert "of your curve lies within the reference's band" in words
    assert "The first 100 of 150 units" in words
    assert "The most common:" in words
    assert page.count("<img") == page.count(' alt="') == 13


def test_the_largest_page_stays_under_half_a_megabyte():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (1000, 28, 28)).astype(np.uint8)
    error = samples.ConfidentError(noise[0], 1, 2)
    data = samples.hostile("x" * 50_000, "&" * 50_000)
    extras = dataclasses.replace(
        samples.extras(steps=100_000),
        weights=noise,
        errors=(error,) * 100,
        code=dict.fromkeys(samples.CODE, "&" * 50_000),
    )
    page = _page(data, extras)
    assert len(page.encode()) < 500_000
    assert "too large for this page" in page
    assert "too large for this page" not in _page(MIXED, samples.extras())


def test_the_same_report_gives_the_same_bytes(tmp_path):
    first = write_student(tmp_path / "a", MIXED, samples.extras())
    second = write_student(tmp_path / "b", MIXED, samples.extras())
    assert [path.name for path in first] == ["feedback.html", "feedback.md"]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_name_that_could_leave_the_report_gets_no_folder(tmp_path):
    assert folder_of(tmp_path, "ada") == tmp_path / "students" / "ada"
    for name in ("..", "a/b", "", "a\\b"):
        with pytest.raises(ValueError, match="cannot be the name of a folder"):
            folder_of(tmp_path, name)


def test_a_check_that_does_not_hold_says_what_it_looked_at():
    """Each title once, none where nothing was looked at or where the message has it."""
    data = samples.report("Ada")
    checks = [*data["tasks"][0]["checks"], data["tasks"][1]["checks"][0]]
    for check, id in zip(checks, ("scores-hidden", "scores-edges", "gone"), strict=False):
        check |= {"id": id, "judged": "wrong", "message": "scores: 4 of 4 numbers are off."}
    # "gone" was a check of an earlier kit.
    checks[3] |= {"id": "loss-data", "judged": "not reached", "message": "T#5 must work first."}
    told = Report.from_dict(data)
    other = "The scores of other shapes, with biases that are not zero"
    single = "The scores of a single example, a single hidden unit, two classes"
    public, hidden = f"Checked: {other}.", f"Checked: {single}."
    shown = terminal_text(data, width=200)
    for text in (_words(data), feedback_md(told, Extras()), shown):
        assert text.count("Checked: ") == 2
        assert public in text
        assert hidden in text
    assert f"are off.  (hidden)\n    {hidden}\n" in shown
    checks[0] |= {"judged": "partly", "message": f"{other}: partly right."}
    assert public not in _words(data)

from __future__ import annotations

import json
import random
import re

import pytest

from grader.lab.mistakes.catalogue import CATALOGUE
from tests.tools.course.report.pages import samples
from tests.tools.course.report.pages.hostile import HOSTILE
from tests.tools.course.report.pages.scan import Scan
from tools.course.report.pages import Attention, write_dashboard
from tools.course.report.pages.dashboard import dashboard_html
from tools.course.report.pages.summary import BINS, compare, rank_mistakes, row_of, spread

CLASS = [
    samples.report("ada"),
    samples.report("bob", "loss-sum-not-mean", "decay-never"),
    samples.report("cid", "loss-sum-not-mean"),
    samples.attention("dee"),
    samples.ungradable("eve"),
]


def _embedded(page):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def test_a_page_has_one_script_and_one_style_and_its_policy_names_both():
    scan = Scan(dashboard_html(CLASS, old=CLASS))
    assert len(scan.scripts) == len(scan.styles) == 1
    assert scan.allows("script", scan.scripts[0])
    assert scan.allows("style", scan.styles[0])
    assert not scan.handlers
    assert not scan.foreign_links()
    assert "require-trusted-types-for 'script'" in scan.policy


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_adds_no_element(text):
    def scan(words):
        data = samples.hostile(words, words)
        for task in data["tasks"]:
            task["title"] = words
            for check in task["checks"]:  # a plus would make two mistakes of it
                check["misconception"] = check["misconception"].replace("+", "")
        data["run"] |= {"data": words, "isolation": words, "kit_version": words}
        item = Attention(words, words, words, words, words)
        gone = samples.report(f"gone {words}")
        return Scan(dashboard_html([data], [item], title=words, old=[gone]))

    hostile, harmless = scan(text), scan("ab")
    assert [tag for tag in hostile.tags if tag != "a"] == [
        tag for tag in harmless.tags if tag != "a"
    ]
    assert not hostile.handlers
    assert not hostile.foreign_links()
    assert len(hostile.scripts) == 1
    assert hostile.allows("script", hostile.scripts[0])


def test_a_name_that_could_leave_the_report_folder_gets_no_link():
    page = dashboard_html([samples.report("../../x")])
    assert _embedded(page)["rows"][0]["link"] is None
    assert "students/.." not in page


def test_the_head_figures_count_only_scores_that_are_final():
    words = Scan(dashboard_html(CLASS)).words
    assert "Submissions 5 Median score 92.5 of 100 Full marks 1" in words
    assert "2 more could not be graded in full and are not counted here" in words


def test_each_task_is_counted_by_how_it_was_judged():
    page = dashboard_html(CLASS)
    row = page[page.index("T#6</span> Loss") :].split("</tr>")[0]
    numbers = re.findall(r'<td class="number[^>]*>(\d+)', row)
    assert numbers[:6] == ["1", "0", "3", "0", "0", "0"]  # right, ..., partly right, ...


def test_mistakes_are_ranked_by_how_many_students_made_them():
    ranked = rank_mistakes([row_of(data) for data in CLASS])
    assert [(m.slug, [row.student for row in m.who]) for m in ranked] == [
        ("loss-sum-not-mean", ["bob", "cid"]),
        ("decay-never", ["bob"]),
        ("no-shift", ["dee"]),
    ]
    assert ranked[0].sentence.startswith("The loss is the sum over the batch, not the mean. If")


def test_a_mistake_of_the_catalogue_is_told_in_the_catalogues_words():
    data = samples.report("ada", "loss-sum-not-mean")
    for check in data["tasks"][1]["checks"]:
        check["misconception"] = check["misconception"] and "no-half+loss-is-a-sum"
    known = {mistake.slug: mistake.advice for mistake in CATALOGUE["T#6"]}
    assert {m.slug: m.sentence for m in rank_mistakes([row_of(data)])} == {
        "loss-is-a-sum": known["loss-is-a-sum"],
        "no-half": known["no-half"],
    }


def test_a_persons_word_makes_a_score_final():
    override = {"computed_score": 71.25, "computed_status": "attention", "comment": None}
    data = samples.attention("dee") | {"score": 90.0, "override": override | {"points": 90.0}}
    assert row_of(data | {"status": "graded"}).counted
    assert not row_of(data).counted


def test_the_list_holds_everybody_and_no_score_where_there_is_none():
    rows = {row["name"]: row for row in _embedded(dashboard_html(CLASS))["rows"]}
    assert list(rows) == ["ada", "bob", "cid", "dee", "eve"]
    assert rows["bob"]["judged"] == "rpfrrwrr"
    assert rows["dee"]["final"] is False
    assert rows["eve"]["score"] is None
    assert rows["eve"]["judged"] == "--------"
    assert rows["ada"]["link"] == "students/ada/feedback.html"


def test_a_comparison_tells_whose_score_moved_and_who_came_and_went():
    old = [samples.report("ada", "decay-never"), samples.report("cid", "loss-sum-not-mean")]
    old += [samples.report("zoe")]
    found = compare([row_of(data) for data in CLASS], old)
    assert [(move.row.student, move.old, move.new) for move in found.moves] == [("ada", 95, 100)]
    assert (found.unchanged, found.new, found.gone) == (1, ("bob", "dee", "eve"), ("zoe",))
    words = Scan(dashboard_html(CLASS, old=old)).words
    assert "1 score moved: 1 up, 0 down. 1 stayed. 3 new. 1 no longer there." in words
    assert "ada 95 100 +5" in words


def test_attention_is_listed_with_why_and_how_to_run_it_again():
    item = Attention("eve", "eve.zip", "collect", "it is encrypted", "nnlab grade eve.zip -o out")
    words = Scan(dashboard_html(CLASS, [item])).words
    assert "eve eve.zip collect it is encrypted nnlab grade eve.zip -o out" in words


def test_mixed_settings_are_said():
    other = samples.report("zoe")
    other["run"] |= {"seed": 7, "data": "synthetic"}
    words = Scan(dashboard_html([*CLASS, other])).words
    assert "this report mixes 2" in words
    assert "the offline digits (made by the kit, not MNIST)" in words


@pytest.mark.parametrize("reports", [[], [samples.ungradable("eve")], [samples.stub("kurt")]])
def test_a_class_without_results_is_a_page_all_the_same(reports):
    assert Scan(dashboard_html(reports)).tags.count("h1") == 1


def test_the_same_reports_in_any_order_give_the_same_bytes(tmp_path):
    reports = samples.a_class(40)
    shuffled = random.Random(1).sample(reports, k=40)
    first = write_dashboard(tmp_path / "a", reports)
    second = write_dashboard(tmp_path / "b", iter(shuffled))
    assert first.name == "index.html"
    assert first.read_bytes() == second.read_bytes()


def test_a_distribution_counts_every_value_once_ends_included():
    found = spread([0, 0, 5, 99.9, 100], 0.0, 100.0)
    assert [b.count for b in found.bins] == [2, 1, *[0] * (BINS - 3), 2]
    assert (found.lowest, found.median, found.highest) == (0, 5, 100)
    assert sum(b.count for b in spread([3.0, 3.0]).bins) == 2


def test_settings_are_mixed_only_where_two_submissions_ran_with_others():
    mixed = "this report mixes 2"
    page = dashboard_html(CLASS)  # one of them was never run, and says so as its isolation
    assert "graded alike" not in page
    assert "no sandbox, the submissions were trusted" not in page
    other = samples.report("flo")
    other["run"] |= {"data": "synthetic" if other["run"]["data"] == "mnist" else "mnist"}
    assert mixed in dashboard_html([*CLASS, other])
    assert "How it was graded" in dashboard_html([samples.ungradable("eve")])

from __future__ import annotations

import base64
import re

import pytest

from tests.tools.course.report.pages import samples
from tests.tools.course.report.pages.hostile import HOSTILE
from tools.course.report.pages import folder_of, write_student

pytestmark = pytest.mark.browser

NAMES = "#rows th a bdi"


@pytest.fixture
def dashboard(browser, class_report):
    """The dashboard of the class, freshly opened."""
    browser.open(class_report / "index.html")
    return browser


@pytest.fixture
def feedback(class_report):
    """Feedback of a student with mistakes and pictures."""
    data = samples.report("grace", "loss-sum-not-mean", "step-uphill")
    return write_student(folder_of(class_report, "grace"), data, samples.extras())[0]


def _column(browser, label):
    """Texts of one column; in one call, for a thousand cells are a thousand calls otherwise."""
    cells = f"document.querySelectorAll('#rows td[data-label=\"{label}\"]')"
    return browser.run(f"[...{cells}].map(cell => cell.textContent)")


def _scores(browser):
    return [float(text.removeprefix("≥ ")) for text in _column(browser, "Score") if text != "–"]


def _choose(browser, select, label):
    from selenium.webdriver.support.select import Select

    Select(browser.one(select)).select_by_visible_text(label)


def test_the_list_shows_a_hundred_and_turns_its_pages(dashboard):
    assert dashboard.one("#found").text == "130 students"
    assert len(dashboard.all("#rows tr")) == 100
    dashboard.one("#on").click()
    assert len(dashboard.all("#rows tr")) == 30
    assert dashboard.one("#where").text == "Page 2 of 2"
    assert not dashboard.one("#on").is_enabled()


def test_a_click_on_a_heading_sorts_and_another_turns_the_order(dashboard):
    button = dashboard.one('[data-sort="score"] button')
    button.click()
    assert _scores(dashboard) == sorted(_scores(dashboard))
    button.click()
    assert _scores(dashboard) == sorted(_scores(dashboard), reverse=True)
    assert dashboard.one("[aria-sort]").get_attribute("aria-sort") == "descending"


def test_unknown_scores_stand_last_in_both_orders(dashboard):
    for _ in range(2):
        dashboard.one('[data-sort="score"] button').click()
        assert "–" not in _column(dashboard, "Score")
    dashboard.one("#on").click()
    assert _column(dashboard, "Score")[-1] == "–"


def test_search_finds_names_without_their_accents(dashboard):
    dashboard.one("#search").send_keys("garcia")
    found = [name.text for name in dashboard.all(NAMES)]
    assert found
    assert all("garcía" in name for name in found)
    assert dashboard.one("#found").text == f"{len(found)} of 130 students"


def test_nobody_found_is_said_and_clearing_brings_everybody_back(dashboard):
    dashboard.one("#search").send_keys("no such person")
    assert dashboard.one("#found").text.startswith("Nobody matches")
    dashboard.one("#reset").click()
    assert dashboard.one("#found").text == "130 students"


def test_filters_work_together(dashboard):
    _choose(dashboard, "#task", "T#9 SGD step")
    _choose(dashboard, "#judged", "wrong")
    signs = dashboard.all('#rows td[data-label="T#9"] svg')
    assert signs
    assert {sign.get_attribute("aria-label") for sign in signs} == {"wrong"}
    before = len(signs)
    _choose(dashboard, "#mistake", "decay never")
    assert len(dashboard.all("#rows tr")) < before


def test_a_mistake_leads_to_who_made_it(dashboard):
    card = dashboard.all(".mistakes li")[0]
    count = card.find_element("css selector", ".count b").text
    card.find_element("css selector", ".pick").click()
    assert dashboard.one("#found").text == f"{count} of 130 students"


def test_the_list_can_be_used_by_keyboard_alone(dashboard):
    from selenium.webdriver.common.keys import Keys

    body = dashboard.one("body")
    body.send_keys("/")
    assert dashboard.run("document.activeElement.id") == "search"
    assert dashboard.run("document.activeElement.value") == ""
    dashboard.driver.switch_to.active_element.send_keys("kowalska")
    assert dashboard.all(NAMES)
    dashboard.run("document.querySelector('[data-sort=score] button').focus()")
    dashboard.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert dashboard.one("[aria-sort]").get_attribute("data-sort") == "score"
    assert _scores(dashboard) == sorted(_scores(dashboard))


def test_a_name_leads_to_the_feedback_and_hostile_names_do_too(dashboard):
    for search in ("kowalska", "<img src=x"):
        dashboard.one("#reset").click()
        dashboard.one("#search").send_keys(search)
        name = dashboard.all(NAMES)[0]
        shown = name.text
        name.click()
        assert dashboard.one("h1").text == shown
        dashboard.driver.back()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_no_page_scrolls_sideways_complains_or_asks_for_anything(
    browser, class_report, feedback, scheme, width
):
    for page in (class_report / "index.html", feedback):
        browser.open(page, width=width, scheme=scheme)
        assert browser.run("document.documentElement.scrollWidth") == width
        assert browser.complaints() == []
        asked = browser.requests()
        assert asked[0] == page.as_uri()
        assert all(url.startswith("data:image/png;") for url in asked[1:])


def test_the_list_fits_a_phone(browser, class_report):
    browser.open(class_report / "index.html", width=360)
    right = browser.run(
        "Math.max(...[...document.querySelectorAll('#rows *')]"
        ".map(e => e.getBoundingClientRect().right))"
    )
    assert right <= 360


def test_dark_mode_turns_the_ground_dark(browser, feedback):
    grounds = []
    for scheme in ("light", "dark"):
        browser.open(feedback, scheme=scheme)
        color = browser.run("getComputedStyle(document.body).backgroundColor")
        grounds.append(sum(int(part) for part in color[4:-1].split(",")))
    assert grounds[0] > 3 * 200 > 3 * 60 > grounds[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_static_pages_pass_axe(browser, class_report, feedback, scheme):
    for page in (class_report / "index.html", feedback):
        browser.open(page, scheme=scheme)
        assert browser.violations() == [], page.name


def test_the_pictures_of_a_feedback_page_are_shown(browser, feedback):
    browser.open(feedback)
    widths = browser.run("[...document.images].map(image => image.naturalWidth)")
    assert widths == [298, *[28] * 12]
    assert browser.one(".chart .own").size["width"] > 300


def test_no_script_of_a_hostile_submission_runs(browser, class_report):
    browser.open(class_report / "index.html")
    assert browser.run("typeof window.pwned") == "undefined"
    for text in HOSTILE[:12]:
        page, _ = write_student(class_report / "hostile", samples.hostile(text, text))
        browser.open(page)
        assert browser.run("typeof window.pwned") == "undefined"
        assert browser.complaints() == []
        assert browser.requests() == [page.as_uri()]


def test_the_policy_stops_a_script_that_got_into_a_page_all_the_same(browser, class_report):
    """The second line of defence, tried without the first."""
    page, _ = write_student(class_report / "broken", samples.report("ada"))
    page.write_text(
        page.read_text(encoding="utf-8").replace(
            "</body>",
            "<script>window.pwned = 1</script><img src='file:///x.png' onerror='window.pwned = 1'>",
        ),
        encoding="utf-8",
    )
    browser.open(page)
    assert browser.run("typeof window.pwned") == "undefined"
    assert any("Content Security Policy" in words for words in browser.complaints())


@pytest.mark.parametrize("kind", ["mixed", "stub", "right", "all wrong"])
def test_feedback_prints_on_one_page(browser, class_report, kind):
    wrong = ("bias-left-out", "loss-sum-not-mean", "step-uphill")
    data = {
        "mixed": samples.report("Ada", *wrong),
        "stub": samples.stub("Kurt"),
        "right": samples.report("Emmy"),
        "all wrong": samples.raised("Yann"),
    }[kind]
    browser.open(write_student(class_report / "print", data, samples.extras())[0])
    printed = browser.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pages = re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"]))
    assert len(pages) == 1

"""What an instructor does, in Chromium, against `nnlab serve` in a process of its own."""

from __future__ import annotations

import shutil
import time

import pytest

from tests.tools.desk.serving import serve

pytestmark = pytest.mark.browser
PAGES = (
    *("", "?q=nobody", "s/ben", "s/ben?tab=diff", "s/ben?tab=checks", "s/ben?tab=notebook"),
    *("s/ben?tab=pictures", "s/ben?tab=attempts", "s/ben?tab=questions", "mistake/no-half"),
    *("rubric", "checks", "back", "similar"),
)


class Instructor:
    """A browser at the desk."""

    def __init__(self, browser, address):
        self.driver, self.browser = browser.driver, browser
        self.base = address.split("?")[0]
        self.resize(1280)
        self.driver.get(address)

    def resize(self, width, scheme="light"):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    def open(self, path):
        self.driver.get(self.base + path)

    def one(self, css):
        return self.until(lambda: next(iter(self.driver.find_elements("css selector", css)), None))

    def until(self, found, seconds=20):
        """What `found` gives once it gives something; a swap by htmx may come in between."""
        from selenium.common.exceptions import StaleElementReferenceException

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if value := found():
                    return value
            except StaleElementReferenceException:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not found on {self.driver.current_url}: {self.text[:2000]}")

    @property
    def text(self):
        return self.driver.find_element("css selector", "main").text

    def see(self, words):
        self.until(lambda: words in self.text)

    def type(self, css, words):
        field = self.one(css)
        field.clear()
        field.send_keys(words)


@pytest.fixture
def instructor(browser, served):
    """Somebody who changes grades, and has a gradebook for that."""
    return Instructor(browser, served)


@pytest.fixture(scope="module")
def read_only(graded_class, tmp_path_factory):
    """The address of a desk that nobody changes anything at."""
    out = shutil.copytree(graded_class / "out", tmp_path_factory.mktemp("read") / "out")
    with serve(out) as address:
        yield address


@pytest.fixture
def reader(browser, read_only):
    """Somebody who only looks."""
    return Instructor(browser, read_only)


def test_instructor_decides_comments_scores_and_exports(instructor, tmp_path):
    """The whole path, then a reload that finds everything."""
    from selenium.webdriver.common.keys import Keys

    me = instructor
    assert "token" not in me.driver.current_url
    # The queue.
    me.see("Part of the lab was not run")
    me.one(".queue summary").click()
    me.type(".queue details[open] input[name=words]", "T#12 comes later")
    me.one(".queue details[open] button").click()
    me.see("Accepted 7 grades")
    # A student, by the keyboard.
    me.one("body").send_keys("/")
    me.driver.switch_to.active_element.send_keys("ben")
    me.until(lambda: "q=ben" in me.driver.current_url)
    me.see("1 student")
    me.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    me.one("body").send_keys("j")
    me.driver.switch_to.active_element.send_keys(Keys.ENTER)
    me.see("no half")
    # A comment on the marked line.
    line = me.one(".srcline.hit button.ln")
    number = line.text
    line.click()
    me.type("#line-form textarea", "where is the half?")
    me.one("#line-form button:not(.ln)").click()
    me.see("where is the half?")
    # Two points.
    me.type("details.tk[open] form.grade .pts", "+2")
    me.type("details.tk[open] form.grade textarea", "good experiment")
    me.one("details.tk[open] form.grade button").click()
    me.see("Saved: +2 points for T#6.")
    # Once for all.
    me.one(".losses a[href*='mistake/no-half']").click()
    me.see("2 students")
    me.type("form.grade .pts", "-1")
    me.type("form.grade textarea", "see the notes, page 4")
    me.one("form.grade button").click()
    me.see("Saved for 2 students")
    # The rubric.
    me.open("rubric")
    me.type("input[name$='loss-reg']", "8")
    me.one(".bar-foot button").click()
    me.see("scores would move")
    assert len(me.driver.find_elements("css selector", "#preview svg.histo")) == 2
    # The export.
    file = tmp_path / "grades.csv"
    head = "Student,ID,SIS User ID,SIS Login ID,Section,Lab (5)\nPoints Possible,,,,,72\n"
    file.write_text(head + "ben,1,ben,ben,A,\nbob,2,bob,bob,A,\n")
    me.open("back")
    me.one("input[type=file]").send_keys(str(file))
    me.one("form.main button").click()
    me.see("cells that change in grades.csv: 2")
    me.see("65")
    # Everything is still there.
    me.open("s/ben")
    me.driver.refresh()
    for words in ("where is the half?", "good experiment", "see the notes, page 4", "65 / 72"):
        me.see(words)
    assert number in me.one(".srcline.hit").text
    me.see("accepted: not asked")


def test_every_page_passes_axe(reader):
    """WCAG 2.2 AA, with the size of targets."""
    found = {}
    for scheme, paths in (("light", PAGES), ("dark", ("", "s/ben", "rubric"))):
        reader.resize(1280, scheme)
        for path in paths:
            reader.open(path)
            if wrong := reader.browser.violations():
                found[path, scheme] = wrong
    assert found == {}


def test_pages_fit_a_phone_and_ask_only_the_desk(reader):
    reader.driver.get_log("performance")
    for path in PAGES:
        reader.resize(360)
        reader.open(path)
        width = reader.browser.run("document.documentElement.scrollWidth")
        assert width <= 360, (path, width)
    origin = reader.base.split("/", 3)[2]
    asked = reader.browser.requests()
    assert len(asked) > len(PAGES)
    assert all(f"//{origin}/" in url or url.startswith("data:") for url in asked), asked


def test_keyboard_alone_reaches_and_leaves_everything(reader):
    """Tab visits every control of a student's page in order and is never caught."""
    from selenium.webdriver.common.keys import Keys

    reader.open("s/ben")
    reader.see("no half")
    visited = []
    for _ in range(120):
        reader.driver.switch_to.active_element.send_keys(Keys.TAB)
        script = "document.activeElement.outerHTML.slice(0, 80)"
        visited.append(reader.browser.run(script))
        if visited[-1].startswith("<body"):
            break
    words = " ".join(visited)
    for part in ("skip", "Previous", 'rel="next"', "tab=diff", "<summary", "Hold", "textarea"):
        assert part.split("=")[0] in words, part
    assert visited[0].startswith('<a class="skip"')
    reader.open("")
    reader.see("7 students")
    for _ in range(3):
        reader.driver.switch_to.active_element.send_keys("j")
    assert "row" in reader.browser.run("document.activeElement.className")
    first = reader.browser.run("document.activeElement.textContent")
    reader.driver.switch_to.active_element.send_keys("k")
    assert reader.browser.run("document.activeElement.textContent") != first


def test_no_script_of_a_student_runs(reader):
    reader.open("")
    rows = reader.driver.find_elements("css selector", "#students a.row")
    paths = [row.get_attribute("href").split(reader.base)[1] for row in rows]
    assert len(paths) == 7
    for path in paths:
        for tab in ("code", "checks", "diff"):
            reader.open(f"{path.split('?')[0]}?tab={tab}")
            assert reader.browser.run("typeof window.pwned") == "undefined"
    for path in ("s/ada?tab=notebook", "s/ada/notebook"):
        reader.driver.get_log("performance")
        reader.open(path)
        time.sleep(1)
        if path.endswith("tab=notebook"):
            reader.driver.switch_to.frame(0)
        reader.until(lambda: "My network" in reader.driver.page_source)
        assert not any("example.invalid" in url for url in reader.browser.requests())
        reader.driver.switch_to.default_content()


def test_instructor_compares_a_pair_and_asks_questions(reader):
    me = reader
    me.open("similar")
    me.until(lambda: "submissions" in me.text and "Reading" not in me.text, seconds=120)
    me.see("too few to know what is common")
    me.open("s/ada?tab=questions")
    me.one(".questions summary").click()
    me.see("Expected:")
    assert me.one(".questions details[open] p").is_displayed()


def test_instructor_downloads_released_feedback(instructor):
    """Also on a phone, where the forms once were hidden."""
    me = instructor
    me.resize(360)
    me.open("back")
    me.one("form[action$='/feedback'] option[value=csv]").click()
    me.one("form[action$='/feedback'] [name=with_attention]").click()
    me.one("form[action$='/feedback'] button").click()
    me.until(lambda: "Feedback for 7 students" in me.text, seconds=120)
    assert me.one("a[href$='/back/feedback.zip']").is_displayed()
    me.open("s/ben")
    me.one("form[action$='/release'] button[value=held]").click()
    me.see("1 now held")
    me.open("back")
    me.one("form[action$='/feedback'] option[value=csv]").click()
    me.one("form[action$='/feedback'] [name=with_attention]").click()
    me.one("form[action$='/feedback'] button").click()
    me.until(lambda: "Feedback for 6 students" in me.text, seconds=120)
    me.see("a grader holds this grade")

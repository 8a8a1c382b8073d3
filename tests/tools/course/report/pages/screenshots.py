"""Takes the pictures of the README, small enough for a repository.

    python -m tests.tools.course.report.pages.screenshots OUT STUDENT docs/images [FOLDER]

OUT is a graded folder, STUDENT one of its students, with mistakes worth showing. FOLDER gets every
page of the desk, on a desktop and a phone, light and dark, to be looked at.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from tests.tools.course.report.pages.chromium import Browser, open_chromium
from tests.tools.desk.serving import serve

COLORS = 256  # flat colors: more make the file larger and no better
MISTAKE = ".task:has(mark)"
PAGES = {
    "home": "",
    "student": "s/{}",
    "questions": "s/{}?tab=questions",
    "diff": "s/{}?tab=diff",
    "checks-of-student": "s/{}?tab=checks",
    "pictures": "s/{}?tab=pictures",
    "mistake": "mistake/no-half",
    "rubric": "rubric",
    "checks": "checks",
    "similar": "similar",
    "back": "back",
}


def take(browser: Browser, out: Path, desk: str, student: str, into: Path) -> None:
    """The desk's first page, a student there, and a named mistake on the feedback page."""
    for name in ("home", "student"):
        _open(browser, desk, PAGES[name].format(student), 1280, "light")
        _save(browser, (0, 0, 1280, 820), into / f"desk-{name}.png")
    browser.open(out / "students" / student / "feedback.html", width=1100)
    top = browser.run(f"document.querySelector('{MISTAKE}').getBoundingClientRect().top")
    end = browser.run(f"document.querySelector('{MISTAKE} .check').getBoundingClientRect().bottom")
    area = (100, int(top) - 8, 900, int(end - top) + 22)
    _save(browser, area, into / "feedback.png")


def take_all(browser: Browser, desk: str, student: str, into: Path) -> None:
    """Every page of the desk in both sizes and both color schemes."""
    into.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        for width, scheme in ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")):
            _open(browser, desk, path.format(student), width, scheme)
            height = browser.run("document.documentElement.scrollHeight")
            area = (0, 0, width, min(int(height), 1800))
            _save(browser, area, into / f"{name}-{width}-{scheme}.png", 1)


def _open(browser: Browser, desk: str, path: str, width: int, scheme: str) -> None:
    """Show a page of the desk once nothing in it is loading."""
    browser.open(desk + path, width=width, scheme=scheme)
    while browser.run("!!document.querySelector('#progress, .htmx-request, .loaded:empty')"):
        time.sleep(0.2)
    time.sleep(0.5)


def _save(
    browser: Browser, area: tuple[int, int, int, int], path: Path, scale: float = 1.5
) -> None:
    with Image.open(io.BytesIO(browser.screenshot(area, scale))) as picture:
        picture.convert("RGB").quantize(
            COLORS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        ).save(path, optimize=True)


def main(out: Path, student: str, into: Path, every: Path | None = None) -> None:
    """Take the pictures."""
    with (
        serve(out) as address,
        tempfile.TemporaryDirectory() as profile,
        open_chromium(Path(profile)) as browser,
    ):
        browser.open(address)
        desk = address.split("?")[0]
        take(browser, out, desk, student, into)
        if every is not None:
            take_all(browser, desk, student, every)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(Path, sys.argv[3:]))

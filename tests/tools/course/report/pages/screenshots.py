"""Takes the pictures of the README, small enough for a repository.

    python -m tests.tools.course.report.pages.screenshots REPORT STUDENT docs/images

REPORT is a report folder, STUDENT one of its students, with mistakes worth showing.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.tools.course.report.pages.chromium import Browser, open_chromium

COLORS = 128  # flat colors: more make the file larger and no better


def take(browser: Browser, report: Path, student: str, into: Path) -> None:
    """Scores and tasks on the dashboard, its list in the dark, and one task of the feedback."""
    feedback = report / "students" / student / "feedback.html"
    browser.open(report / "index.html")
    top = browser.run("document.getElementById('scores').getBoundingClientRect().top")
    _save(browser, (0, int(top) - 24, 1200, 900), into / "dashboard.png")
    browser.open(report / "index.html", scheme="dark")
    top = browser.run("document.getElementById('students').getBoundingClientRect().top")
    _save(browser, (0, int(top) - 24, 1200, 640), into / "students-dark.png")
    browser.open(feedback, width=1100)
    task = browser.run("document.querySelector('.e-wrong').closest('article').offsetTop")
    _save(browser, (0, int(task) - 24, 1100, 720), into / "feedback.png")


def _save(browser: Browser, area: tuple[int, int, int, int], path: Path) -> None:
    with Image.open(io.BytesIO(browser.screenshot(area))) as picture:
        picture.convert("RGB").quantize(COLORS, Image.Quantize.MAXCOVERAGE).save(
            path, optimize=True
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as profile, open_chromium(Path(profile)) as opened:
        take(opened, Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))

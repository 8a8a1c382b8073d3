"""A small class, graded once, and a desk over a copy of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.lab.reference import SOLUTIONS
from tests.tools.course.report.pages.chromium import Browser, missing, open_chromium
from tests.tools.desk.serving import serve
from tools.desk.access import ALONE, Access
from tools.desk.classroom import Desk
from tools.desk.server import create_app

HOST = "127.0.0.1:8765"
TOKENS = {ALONE: "t" * 32, "grace": "g" * 32}
MARKUP = "<img src=x onerror=window.pwned=1>"
# What each student changed in the reference.
EDITS = {
    "ada": ("", ""),
    "ben": ("0.5 * reg", "reg"),
    "bob": ("0.5 * reg", "reg"),
    "cy": ("np.argmax", "np.argmin"),
    "dee": ("-= learning_rate", "+= learning_rate"),
    "eve": ("labels = np.argmax", f"raise ValueError('{MARKUP}')\n        labels = np.argmax"),
    MARKUP.replace("=", "-"): ("hidden @ W2 + b2", f"hidden @ W2  # </code>{MARKUP}"),
}


def write_submission(folder: Path, old: str, new: str) -> None:
    """The reference with one edit, and a notebook that wants to run scripts."""
    text = (SOLUTIONS / "cattern" / "neural_net.py").read_text(encoding="utf-8")
    text = "".join(line for line in text.splitlines(True) if "SOLUTION" not in line)
    (folder / "cattern").mkdir(parents=True)
    (folder / "cattern" / "neural_net.py").write_text(text.replace(old, new) if old else text)
    script = (
        f"<script>window.pwned=1</script>{MARKUP}<iframe src='https://example.invalid'></iframe>"
    )
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": f"# My network\n{script}"},
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": "print(1)",
            "outputs": [
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"text/html": script, "application/javascript": "window.pwned=1"},
                }
            ],
        },
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (folder / "Simple_Neural_Network_Lab.ipynb").write_text(json.dumps(book))


def nnlab(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command of the kit."""
    command = [sys.executable, "-m", "tools.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `class` and its `out`; nobody changes it."""
    folder = tmp_path_factory.mktemp("desk")
    for name, edit in EDITS.items():
        write_submission(folder / "class" / name, *edit)
    done = nnlab("grade", folder / "class", "-o", folder / "out", "--data", "none", "--seed", 7)
    assert done.returncode in (0, 1), done.stderr
    return folder


@pytest.fixture
def out(graded_class: Path, tmp_path: Path) -> Path:
    """A graded folder of one's own."""
    return Path(shutil.copytree(graded_class / "out", tmp_path / "out"))


class Visitor:
    """A grader's browser without a screen: follows redirects, sends what a browser sends."""

    def __init__(self, app, grader: str = ALONE) -> None:
        self.client = app.test_client()
        self.get("/", query_string={"token": TOKENS[grader]})

    def get(self, path: str, **options):
        """Follow a link."""
        return self.client.get(path, base_url=f"http://{HOST}", follow_redirects=True, **options)

    def post(self, path: str, **options):
        """Send a form of the desk's own page."""
        headers = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
        options = {"headers": headers, "follow_redirects": True} | options
        return self.client.post(path, base_url=f"http://{HOST}", **options)

    def seen(self, student: str) -> str:
        """What the grading form of a student's page says about its state."""
        page = self.get(f"/s/{student}").text
        return page.split('name="seen" value="')[1].split('"')[0]


@pytest.fixture
def app(out: Path):
    """The desk's web app."""
    desk = Desk(out)
    desk.prepare()
    return create_app(desk, Access(TOKENS), frozenset({HOST}))


@pytest.fixture
def visitor(app) -> Visitor:
    """The instructor, logged in."""
    return Visitor(app)


@pytest.fixture
def grace(app) -> Visitor:
    """A second grader, logged in."""
    return Visitor(app, "grace")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, or a skip that says what is missing."""
    if lacks := missing():
        pytest.skip(lacks)
    with open_chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def served(out: Path) -> Iterator[str]:
    """The address of `nnlab serve` in a process of its own."""
    with serve(out) as address:
        yield address

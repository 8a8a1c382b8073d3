"""A real browser, where there is one, and a class to look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.course.report.pages import samples
from tests.tools.course.report.pages.chromium import Browser, missing, open_chromium


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, or a skip that says what is missing."""
    if lacks := missing():
        pytest.skip(lacks)
    with open_chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture(scope="session")
def class_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report folder of a class of 130, every fifteenth of them hostile."""
    out = tmp_path_factory.mktemp("class")
    samples.write_class(out, 130)
    return out

"""docs/collecting.md says what the code does."""

from __future__ import annotations

import re
import tomllib

import pytest

from grader.submission import DEFAULT, archive, names, reader
from grader.submission import files as parts
from tools.course.collect import systems
from tools.course.late import late_policy


@pytest.fixture(scope="module")
def page(project):
    return (project / "docs/collecting.md").read_text()


@pytest.fixture(scope="module")
def words(page):
    """The page as one line, so that a sentence may be broken anywhere."""
    return " ".join(page.split())


def test_every_flag_is_explained(page, project):
    slugs = set(reader._REFUSALS)
    for path in ("grader/submission/files.py", "grader/submission/source.py"):
        slugs |= set(re.findall(r'Finding\(\s*"([a-z-]+)"', (project / path).read_text()))
    for part in ("source-file", "notebook", "saved-net"):
        slugs |= {f"{part}-renamed", f"several-{part}s"}
    assert set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", page)) - {"mnist-data"} >= slugs


def test_every_system_is_named(words):
    for recognize in systems.RECOGNIZERS:
        assert recognize.__module__.rpartition(".")[2] in words.casefold()


def test_every_reason_to_skip_an_entry_is_named(words, project):
    reasons = []
    for module in (names, archive):
        text = (project / f"{module.__name__.replace('.', '/')}.py").read_text()
        reasons += re.findall(r'UnsafeName\(f?"([^"{]+)', text)
        reasons += re.findall(r'return "(is [a-z][^"]+)"', text)
    assert len(reasons) > 10
    unnamed = [reason for reason in reasons if reason.strip() not in words]
    assert unnamed == ["is not a name"]  # of an entry that is called "." or nothing


def test_every_foreign_kind_of_file_is_named(words):
    for _, kind in archive._FOREIGN:
        assert kind.split(",")[0] in words


def test_the_limits_are_those_of_the_code(words):
    mib = 1 << 20
    for value in (DEFAULT.file_bytes, DEFAULT.other_bytes, DEFAULT.total_bytes):
        assert f"{value // mib} MiB" in words
    assert f"{DEFAULT.files:,}; {DEFAULT.entries:,}" in words
    assert f"{DEFAULT.ratio} times its packed size from {DEFAULT.ratio_from_bytes // mib}" in words
    assert f"at most {parts.MODULES}, {parts.SOURCE_BYTES // mib} MiB each" in words


def test_late_table_is_valid(project):
    page = (project / "docs/late.md").read_text()
    (block,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    policy = late_policy(tomllib.loads(block)["late"])
    assert policy.percent_per_day == 10

"""Links and pictures of the guides."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import PROJECT, anchor, headings, links, pages


def broken(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere."""
    return [link for link in links(page.read_text("utf-8")) if not _resolves(page, link)]


def _resolves(page: Path, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme:
        return parts.scheme == "https"
    target = (page.parent / parts.path).resolve() if parts.path else page
    if not target.exists():
        return False
    return not parts.fragment or parts.fragment in headings(target.read_text("utf-8"))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    assert broken(page) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A b\n[x](none.md) [z](#c) [ok](#a-b) [y](http://a.b)\n`[code](no.md)`\n")
    assert broken(page) == ["none.md", "#c", "http://a.b"]


def test_anchors_follow_github() -> None:
    assert anchor("A person's score: overrides.csv") == "a-persons-score-overridescsv"


def test_index_lists_every_guide() -> None:
    docs = PROJECT / "docs"
    listed = set(links((docs / "README.md").read_text("utf-8")))
    assert {page.name for page in docs.glob("*.md")} - {"README.md"} <= listed

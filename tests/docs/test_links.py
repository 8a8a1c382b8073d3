"""Every link and picture of the pages leads somewhere."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import PROJECT, anchor, headings, links, pages


def broken_links(page: Path) -> list[str]:
    """Relative links of a page that lead nowhere."""
    return [link for link in links(page) if not _leads_somewhere(page, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme:
        return parts.scheme == "https"
    target = (page.parent / parts.path).resolve() if parts.path else page
    if not target.exists() or PROJECT not in (target, *target.parents):
        return False
    return not parts.fragment or parts.fragment in headings(target)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A b\n[x](none.md) [z](#c)\n`[code](no.md)` ![p](no.png) [y](http://a.b)\n")
    assert broken_links(page) == ["none.md", "#c", "no.png", "http://a.b"]


def test_anchors_are_those_of_the_reader() -> None:
    assert anchor("A person's word: overrides.csv") == "a-persons-word-overridescsv"
    assert anchor("T#5, and so on") == "t5-and-so-on"


def test_every_guide_is_in_the_index() -> None:
    docs = PROJECT / "docs"
    listed = set(links(docs / "README.md"))
    assert {page.name for page in docs.glob("*.md")} - {"README.md"} <= listed

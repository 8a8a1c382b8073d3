"""The pages that people read, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    language: str
    text: str


def pages() -> list[Path]:
    """Everything in Markdown that instructors and students read."""
    found = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", PROJECT / "solutions/INSTRUCTOR.md"]
    return [*found, PROJECT / "assignment/README.md", *sorted((PROJECT / "docs").glob("*.md"))]


def blocks(page: Path, *languages: str) -> Iterator[Block]:
    """The fenced blocks of a page, of some languages or of all."""
    for indent, language, text in _FENCE.findall(page.read_text(encoding="utf-8")):
        if not languages or language in languages:
            plain = "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))
            yield Block(page, language, plain)


def commands(page: Path) -> Iterator[str]:
    """Every `nnlab` command of a page: after a prompt in a block, alone on a line, or in a text."""
    text = page.read_text(encoding="utf-8")
    for block in blocks(page):
        for line in block.text.splitlines():
            if found := re.match(r"(?:\$ )?(nnlab\b.*)", line):
                yield found[1].split("  #")[0].strip()
    for inline in re.findall(r"`([^`\n]+)`", _FENCE.sub("", text)):
        if inline.startswith("nnlab "):
            yield inline


def headings(page: Path) -> set[str]:
    """What a link after # may name, as GitHub makes it of headings."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def anchor(title: str) -> str:
    """The anchor of a heading."""
    kept = re.sub(r"[^\w\- ]", "", title.casefold())
    return kept.strip().replace(" ", "-")


def links(page: Path) -> Iterator[str]:
    """Targets of links and pictures."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    text = re.sub(r"`[^`\n]+`", "", text)
    yield from re.findall(r"\]\(([^)\s]+)\)", text)
    yield from re.findall(r'(?:src|href|srcset)="([^"]+)"', text)

"""The guides, taken apart: blocks, commands, links, headings."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^(?:    .+\n)+", re.MULTILINE)
_COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:nnlab|pytest|python|make) \S.*")


def pages() -> list[Path]:
    """Return everything in Markdown that a user reads."""
    top = [PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    lab = [PROJECT / "solutions" / "INSTRUCTOR.md", PROJECT / "assignment" / "README.md"]
    return [*top, *lab, *sorted((PROJECT / "docs").glob("*.md"))]


def blocks(text: str, *languages: str) -> list[str]:
    """Return the fenced blocks of some languages."""
    return [
        textwrap.dedent(block)
        for _, language, block in _FENCE.findall(text)
        if language in languages
    ]


def prose(text: str) -> str:
    """Return a page without fenced blocks."""
    return _FENCE.sub("", text)


def commands(text: str) -> Iterator[str]:
    """Yield the commands in blocks, in indented lines and between backquotes."""
    lines = [line for block in blocks(text, "console", "") for line in block.splitlines()]
    for indented in _INDENTED.findall(prose(text)):
        lines += [line.strip() for line in indented.splitlines()]
    lines += [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose(text))]
    for line in lines:
        command = re.split(r"  +[#(]|  +(?=[a-z])", line.removeprefix("$ "))[0].strip()
        if _COMMAND.fullmatch(command):
            yield command


def anchor(title: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.casefold()).strip().replace(" ", "-")


def headings(text: str) -> set[str]:
    """Return the anchors of a page."""
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)}


def links(text: str) -> list[str]:
    """Return targets of links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", prose(text)))

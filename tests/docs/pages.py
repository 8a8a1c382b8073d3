"""The pages that people read, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# What a command begins with; other code, output and names of files do not.
_PROGRAMS = "nnlab|pytest|python3?|make|pip3?|jupyter|dask|kubectl|docker|git|sudo|source"
_COMMAND = re.compile(rf"(?:[A-Z_]+=\S+ )*(?:{_PROGRAMS}) \S.*|nnlab|\S+activate")
_INDENTED = re.compile(r"^(?:    .+\n)+", re.MULTILINE)


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
    """Every command of a page: in a block, after a prompt or alone on a line, and in a text."""
    for block in blocks(page, "console", ""):
        for line in block.text.splitlines():
            prompt, command = re.fullmatch(r"(\$ )?(.*?)(?:  +#.*)?", line).groups()
            if prompt or (not block.language and _COMMAND.fullmatch(command)):
                yield _one_line(command)
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for block in _INDENTED.findall(text):
        yield from filter(_COMMAND.fullmatch, map(_one_line, block.splitlines()))
    # A command may be broken where the line ends.
    for inline in re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", text):
        if _COMMAND.fullmatch(command := _one_line(inline)):
            yield command


def _one_line(text: str) -> str:
    return " ".join(text.split())


def shown(page: Path) -> Iterator[tuple[str, str]]:
    """Every command of a page that is followed by what it prints, and that."""
    for block in blocks(page, "console", ""):
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if output.strip():
                yield _one_line(command), output.rstrip("\n")


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

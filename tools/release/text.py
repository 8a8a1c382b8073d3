"""The author's files as text, and what is wrong with them, each with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Spot:
    """Where something stands: a line of a file or of a notebook's cell."""

    path: str  # from the root of the checkout, with forward slashes
    line: int | None = None  # from 1; None for the file as a whole
    cell: str | None = None  # "cell 12 (id tune)", where the file is a notebook

    def at(self, line: int) -> Spot:
        """The same file or cell, at another line."""
        return Spot(self.path, line, self.cell)

    def __str__(self) -> str:
        if self.cell is None:
            return self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{self.path}: {self.cell}" + ("" if self.line is None else f", line {self.line}")


@dataclass(frozen=True)
class Flaw:
    """One mistake of the author: found, expected, and what may have been meant."""

    place: Spot
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def decode(place: Spot, content: bytes) -> tuple[str, list[Flaw]]:
    """The text of a file; bytes that are no UTF-8 are a problem and come out as U+FFFD."""
    problems = []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"found byte 0x{content[error.start]:02x}, expected UTF-8"
        problems.append(Flaw(place.at(line), found))
        text = content.decode("utf-8", "replace")
    return text, problems


def check_characters(place: Spot, text: str, code: bool) -> list[Flaw]:
    """Line ends, tabs in code, and characters that nobody sees."""
    kinds = [
        ("a carriage return (CRLF)", "line ends of one line feed", re.compile(r"\r")),
        ("a byte order mark", "UTF-8 without one", re.compile("\ufeff")),
        ("an invisible character", "only printable ones", re.compile(_INVISIBLE)),
    ]
    if code:
        kinds.append(("a tab", "spaces", re.compile(r"\t")))
    problems = []
    for found, expected, pattern in kinds:
        lines = [n for n, line in enumerate(text.split("\n"), 1) if pattern.search(line)]
        if lines:  # one problem, not one for each line of the file
            more = f" (and {len(lines) - 1} more such lines)" if lines[1:] else ""
            problems.append(Flaw(place.at(lines[0]), f"found {found}, expected {expected}{more}"))
    return problems


def quote(line: str, limit: int = 80) -> str:
    """A line for a message: without its indentation, shortened where it is long, repr'd."""
    short = line.lstrip(" ")
    return repr(short if len(short) <= limit else f"{short[: limit - 3]}...")


def _invisible() -> str:
    """A pattern of control and format characters, but for line feed, tab and carriage return."""
    codes = [code for code in range(0x2070) if unicodedata.category(chr(code)) in ("Cc", "Cf")]
    seen_to = {ord(sign) for sign in "\n\t\r"}
    others = [0x2028, 0x2029]  # line and paragraph separators: some editors break lines there
    return "[" + "".join(f"\\u{code:04x}" for code in {*codes, *others} - seen_to) + "]"


_INVISIBLE = _invisible()

"""Text from a submission made safe to show: every name, message, line of code and printed text.

`plain` and `line` make it harmless to read, whatever it is shown on: no terminal sequence, no
control character, nothing that reorders or hides text. What a format needs on top (HTML escapes,
CSV quotes) belongs to the format: templates escape HTML by default, and the functions below are
for the formats that have no such default.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

LINE_LIMIT = 300  # characters; a name or a message is one line
_REMEMBERED = 1000  # characters; a class repeats its short texts
TEXT_LIMIT = 6000  # characters; about two screens of code

# ECMA-48: a string (OSC, DCS, SOS, PM, APC) up to its terminator, a control sequence (CSI), or
# any other escape. A string that is never closed swallows its line, no more.
_TERMINAL = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls, C0 and C1, but for tab and newline
    "\xad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, marks of direction, zero-width space
    "\u202a-\u202e\u2060-\u206f"  # embedding, override and isolation of direction, invisible signs
    "\ufeff\ufff9-\ufffb\ufffe\uffff"  # byte order mark, annotations, noncharacters
    "\U000e0000-\U000e007f]"  # tags: a whole hidden ASCII
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_INNOCENT = {ord("\n"): " ", ord("\t"): " "}
_MARKS_IN_A_ROW = 6  # Vietnamese and Hebrew need three at most; more only smears over other lines
_SPREADSHEET = re.compile(r"^\s*[=+\-@|%＝＋－＠]|^[\t\r\n]")  # a formula, or what starts one
_MARKDOWN = re.compile(
    r"([\\`*_\[\]<>#|~&$]"  # what Markdown and its usual extensions read anywhere in a line
    r"|^[-+=]"  # what starts a list or underlines a heading
    r"|:(?=//)|(?<=www)\.)",  # what makes a bare address a link
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")


def plain(text: object, limit: int = TEXT_LIMIT) -> str:
    """Text of one or more lines that holds printable characters, newlines and tabs alone."""
    string = text if isinstance(text, str) else str(text)
    if not (string.isascii() and string.translate(_INNOCENT).isprintable()):
        string = _TERMINAL.sub("", string)
        string = _LINE_ENDS.sub("\n", string)
        string = _HIDDEN.sub("", string)
        string = _SURROGATE.sub("\ufffd", string)
        if not string.isascii():
            string = _cap_marks(string)
    return trim(string, limit)


def line(text: object, limit: int = LINE_LIMIT) -> str:
    """Text of one line: like `plain`, with every run of white space made one blank."""
    string = text if isinstance(text, str) else str(text)
    make = _remembered_line if len(string) <= _REMEMBERED else _line
    return make(string, limit)


def _line(string: str, limit: int) -> str:
    return trim(" ".join(plain(string, 4 * limit).split()), limit)


_remembered_line = functools.lru_cache(maxsize=4096)(_line)


def trim(text: str, limit: int) -> str:
    """Head and tail of a text that is too long, and between them how much is missing."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    tail = limit - head
    return f"{text[:head]} … {len(text) - head - tail} characters left out … {text[-tail:]}"


def _cap_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run <= _MARKS_IN_A_ROW:
            kept.append(char)
    return "".join(kept)


def csv_cell(value: object) -> str | int | float:
    """A cell that no spreadsheet takes for a formula.

    Numbers stay numbers, None becomes an empty cell, and a text that could start a formula gets
    an apostrophe in front (the spreadsheets' own sign for "this is text").
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = line(value, 2000)
    return f"'{text}" if _SPREADSHEET.match(text) else text


def markdown_inline(text: object, limit: int = LINE_LIMIT) -> str:
    """One line of Markdown that shows the text as it is, marks of Markdown and HTML included."""
    return _escaped_markdown(line(text, limit))


@functools.lru_cache(maxsize=4096)
def _escaped_markdown(string: str) -> str:
    escaped = _MARKDOWN.sub(r"\\\1", string)
    return _NUMBERED.sub(r"\1\\\2", escaped)


def markdown_block(text: object, language: str = "", limit: int = TEXT_LIMIT) -> str:
    """A fenced code block whose fence is longer than any run of backticks in the text."""
    body = plain(text, limit).strip("\n")
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def file_link(parts: Iterable[str]) -> str | None:
    """A relative, percent-encoded link below the folder of the page; None if it would leave it."""
    encoded = []
    for part in parts:
        if part in ("", ".", "..") or re.search(r"[/\\\x00-\x1f\x7f]", part):
            return None
        if _SURROGATE.search(part):
            return None
        encoded.append(quote(part, safe=""))
    return "/".join(encoded) or None


def json_for_html(data: Any) -> str:
    """Compact JSON that can stand inside a script element: it cannot end it nor open a comment."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

"""Text of a student's source, from whatever bytes it was saved as.

Only text is handled: nothing here tokenizes, parses or compiles, because a few kilobytes are enough
to keep Python's parser busy for minutes. That is left to the sandbox.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

_BOMS = (  # the longer first: UTF-16's begins like UTF-32's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
# Encodings of text that editors offer; Python knows others that are none, or slow on purpose.
_KNOWN = re.compile(
    r"utf[-_]?8|us[-_]ascii|ascii|latin[-_]?1|iso[-_]?8859[-_]\d+|(cp|windows[-_]?)(125\d|874)"
    r"|koi8[-_][ru]|mac[-_]roman|gbk|gb2312|gb18030|big5|shift[-_]?jis|cp932|euc[-_](jp|kr)|tis[-_]620",
    re.IGNORECASE,
)

_NOTEBOOK_BYTES = 32 << 20  # json needs several times as much memory as text
_STUB = re.compile(r"raise[ \t]+NotImplementedError\([\"']([^\s:\"']+)")
_MERGE_MARK = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?: .*)?$")
# Cell magics after which the rest of the cell is still Python.
_PYTHON_MAGIC = re.compile(r"%%(writefile|file|time|timeit|capture|prun|python3?)\b")
_SHELL_LINE = re.compile(r"^[ \t]*(%[%\w]|!|\?|[\w.]+\?{1,2}[ \t]*$)")
_CONTINUES = re.compile(r"[ \t)\]}#]|(else|elif|except|finally)\b|$")


def decode_source(data: bytes) -> str:
    """Text of a source file: without byte order mark and NUL, its lines ended as on Unix.

    Byte order mark first, then UTF-16 without a mark, the coding cookie, UTF-8, Windows-1252,
    Latin-1: the last has a letter for every byte, so that this never fails.
    """
    text = _decode(data).replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\N{BOM}")


def _decode(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for encoding in (*_unmarked_utf16(data), *_cookie(data), "utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _cookie(data: bytes) -> Iterator[str]:
    for line in re.split(rb"\r\n?|\n", data[:1000])[:2]:
        found = _COOKIE.match(line)
        if found and _KNOWN.fullmatch(name := found[1].decode("ascii", "replace")):
            yield name.replace("windows-", "cp").replace("windows_", "cp")


def _unmarked_utf16(data: bytes) -> Iterator[str]:
    """Source is mostly ASCII, so in UTF-16 about every second byte is NUL."""
    head = data[:400].rstrip(b"\0")
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) / 4 > min(even, odd):
        yield "utf-16-le" if odd > even else "utf-16-be"


class _ClassPatterns:
    """Regular expressions for the lines that belong to a class of some name."""

    def __init__(self, name: str) -> None:
        method = rf"{re.escape(name)}\.\w+[ \t]*=(?!=)"  # one that is put into it afterwards
        begin = rf"^class[ \t]+{re.escape(name)}\b"
        self.begin = re.compile(begin, re.MULTILINE)
        self.adds = re.compile(rf"{begin}|^{method}", re.MULTILINE)
        self.kept_block = re.compile(
            r"(import|from|def|class|async[ \t]+def|if[ \t]+TYPE_CHECKING|try)\b|@"
            rf"|{method}"
            r"|[A-Za-z_]\w*[ \t]*=[ \t]*([-+]?[\d.]|['\"]|True\b|False\b|None\b|lambda\b)"
        )


_patterns = cache(_ClassPatterns)


def defines_class(text: str, name: str) -> bool:
    """Whether some line begins the class of that name."""
    return _patterns(name).begin.search(text) is not None


def is_untouched(text: str, tasks: Collection[str]) -> bool:
    """Whether all tasks are still the stubs of the release."""
    return set(tasks) <= set(_STUB.findall(text))


def has_merge_marks(text: str) -> bool:
    """Whether both ends of a merge conflict stand in a text."""
    return re.search(r"^<{7} ", text, re.MULTILINE) is not None and (
        re.search(r"^>{7} ", text, re.MULTILINE) is not None
    )


def code_cells(data: bytes) -> list[str] | None:
    """The code cells of a notebook (nbformat 3 or 4) as text; None if it is no notebook.

    Of a merge conflict the first side is taken. A notebook above 32 MB is not read.
    """
    if len(data) > _NOTEBOOK_BYTES:
        return None
    text = decode_source(data)
    try:
        notebook = json.loads(_first_side(text) if has_merge_marks(text) else text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(notebook, dict):
        return None
    sheets = notebook.get("worksheets")  # nbformat 3
    holders = sheets if isinstance(sheets, list) else [notebook]
    cells = [cell for holder in holders for cell in _list(holder, "cells")]
    if not cells and not any(isinstance(_get(holder, "cells"), list) for holder in holders):
        return None
    return [_cell_text(cell) for cell in cells if _get(cell, "cell_type") == "code"]


def _first_side(text: str) -> str:
    kept, keeping = [], True
    for line in text.split("\n"):
        mark = _MERGE_MARK.match(line)
        if mark is None:
            kept.extend([line] * keeping)
        else:
            keeping = mark[1][0] in "<>"
    return "\n".join(kept)


def _get(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, dict) else None


def _list(holder: Any, key: str) -> list[Any]:
    value = _get(holder, key)
    return value if isinstance(value, list) else []


def _cell_text(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))  # "input" in nbformat 3
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def class_from_cells(cells: list[str], name: str) -> str | None:
    """Source of the class `name` out of a notebook's code cells; None if no cell begins it.

    Beside the class come the imports, functions, classes and plain constants of all cells up to
    the last that defines it or adds to it; what a cell runs (training, plots) stays behind.
    Magics are removed.
    """
    plain = [_without_magics(cell) for cell in cells]
    if not any(defines_class(cell, name) for cell in plain):
        return None
    holders = [number for number, cell in enumerate(plain) if _patterns(name).adds.search(cell)]
    kept_block = _patterns(name).kept_block
    definitions = (_definitions(cell, kept_block) for cell in plain[: holders[-1] + 1])
    return "\n\n".join(block for block in definitions if block) + "\n"


def _without_magics(cell: str) -> str:
    first = cell.lstrip()
    if first.startswith("%%") and not _PYTHON_MAGIC.match(first):
        return ""  # another language
    return "\n".join(line for line in cell.split("\n") if not _SHELL_LINE.match(line))


def _definitions(cell: str, kept_block: re.Pattern[str]) -> str:
    """The blocks at the left margin that define something, each with the lines it goes on in."""
    kept: list[str] = []
    keeping, fence, decorated = False, None, False
    for line in cell.split("\n"):
        if fence is None and not decorated and not _CONTINUES.match(line):
            keeping = kept_block.match(line) is not None
        decorated = fence is None and line.startswith("@")
        if keeping:
            kept.append(line)
        fence = _open_fence(line, fence)
    return "\n".join(kept).strip("\n")


def _open_fence(line: str, fence: str | None) -> str | None:
    """The triple quote that is open after a line, given the one open before it."""
    for found in re.finditer(r"\"\"\"|'''|#", line):
        if found[0] == "#":
            if fence is None:
                break  # a comment, unless the sign stands in a string on one line
        elif fence is None:
            fence = found[0]
        elif fence == found[0]:
            fence = None
    return fence

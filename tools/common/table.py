"""A grades file as bytes that can be changed cell by cell: all else stays as it was.

The csv module gives values and forgets how they were written. A learning system takes its own
file back only when headers, identifiers, quotes, separators, line ends and encoding are as it
wrote them, so each cell is kept as its raw text beside its value.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from grader.errors import MaterialError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SEPARATORS = (",", ";", "\t")
_ROW_END = re.compile(r"\r\n|\n|\r")
_POWER = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)  # 7.0012E+04 was an id once
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # ="0070012", a spreadsheet's way to say text


@dataclass(frozen=True)
class Cell:
    """One cell: as it stands in the file, and what it says."""

    raw: str
    value: str


@dataclass(frozen=True)
class Row:
    """Cells in order and the line end after them ("" at the end of the file)."""

    cells: tuple[Cell, ...]
    end: str

    @property
    def blank(self) -> bool:
        """Whether nothing is written in any cell."""
        return not any(cell.value.strip() for cell in self.cells)


@dataclass(frozen=True)
class Table:
    """A separated-values file; `to_bytes` gives back exactly what was read."""

    rows: tuple[Row, ...]
    separator: str
    encoding: str
    bom: bytes = b""

    def value(self, row: int, column: int) -> str:
        """What a cell says, without blanks around; "" where the row is too short."""
        cells = self.rows[row].cells
        return cells[column].value.strip() if column < len(cells) else ""

    def with_values(self, values: Mapping[tuple[int, int], str]) -> Table:
        """The same table with other values in some (row, column); quoted as those cells were."""
        by_row: dict[int, dict[int, str]] = {}
        for (row, column), value in values.items():
            by_row.setdefault(row, {})[column] = value
        rows = tuple(
            self._changed(row, by_row[index]) if index in by_row else row
            for index, row in enumerate(self.rows)
        )
        return replace(self, rows=rows)

    def to_bytes(self) -> bytes:
        """The file."""
        text = "".join(
            self.separator.join(cell.raw for cell in row.cells) + row.end for row in self.rows
        )
        return self.bom + text.encode(self.encoding)

    def writable(self, text: str) -> str:
        """`text` with a question mark for each character that the file's encoding lacks."""
        return text.encode(self.encoding, "replace").decode(self.encoding)

    def _changed(self, row: Row, values: Mapping[int, str]) -> Row:
        cells = list(row.cells)
        for column, value in values.items():
            while len(cells) <= column:
                cells.append(Cell("", ""))
            raw = _written(value, self.separator, quoted=cells[column].raw.startswith('"'))
            cells[column] = Cell(raw, value)
        return replace(row, cells=tuple(cells))


def read_table(data: bytes, name: str, encoding: str | None = None) -> Table:
    """Read a grades file: any usual encoding, separator and line end.

    Raises MaterialError where the bytes are no such file, naming `name` and what to do.
    """
    bom, text, encoding = _decoded(data, name, encoding)
    if not text.strip():
        raise MaterialError([f"{name}: the file is empty"])
    if "\0" in text or data[:4] == b"PK\x03\x04":
        raise MaterialError([f"{name}: this is not a text file; download the grades as CSV"])
    header = _header(text)
    separator = max(_SEPARATORS, key=lambda mark: _width(header, mark, name))
    return Table(tuple(_split(text, separator, name)), separator, encoding, bom)


def plain_value(value: str) -> str:
    """An identifier as typed: without blanks, a spreadsheet's ="..." or Brightspace's #."""
    value = value.strip()
    wrapped = _EXCEL_TEXT.fullmatch(value)
    return (wrapped[1] if wrapped else value).strip().removeprefix("#")


def spoiled_ids(ids: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each id, by kind, that a spreadsheet has turned into a power of ten."""
    for kind, value in ids.items():
        if _POWER.fullmatch(value):
            yield f"{kind} {value!r} was an id before a spreadsheet turned it into a number"


def _decoded(data: bytes, name: str, encoding: str | None) -> tuple[bytes, str, str]:
    for bom, found in _BOMS:
        if data.startswith(bom):
            return bom, _strict(data[len(bom) :], found, name), found
    if encoding:
        return b"", _strict(data, encoding, name), encoding
    if len(data) >= 4 and data[1:2] == data[3:4] == b"\0":
        return b"", _strict(data, "utf-16-le", name), "utf-16-le"
    try:
        return b"", data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # A spreadsheet saved it in some code page. latin-1 gives every byte back unchanged;
        # ids and headers are ASCII in all of them, and names are never written.
        return b"", data.decode("latin-1"), "latin-1"


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise MaterialError([f"{name}: unknown encoding {encoding!r}"]) from None
    except UnicodeDecodeError as error:
        raise MaterialError(
            [f"{name}: not {encoding}, byte {error.start} is {data[error.start]:#04x}"]
        ) from None


def _header(text: str) -> str:
    """The first line, quoted line breaks and all."""
    quoted = False
    for index, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            return text[:index]
    return text


def _width(header: str, separator: str, name: str) -> int:
    """Cells of the header with this separator; 0 where its quotes make no sense so."""
    try:
        return len(_split(header, separator, name)[0].cells)
    except MaterialError:
        return 0


def _split(text: str, separator: str, name: str) -> list[Row]:
    """Rows of raw cells; a quote opens a quoted cell only where the cell begins."""
    stop = re.compile(re.escape(separator) + r"|\r\n|\n|\r")
    rows, cells, start, line = [], [], 0, 1
    while True:
        at, inside = start, ""
        if text.startswith('"', start):
            at, inside = _after_quote(text, start, f"{name}:{line}")
        found = stop.search(text, at)
        finish = found.start() if found else len(text)
        value = inside + text[at:finish]
        cells.append(Cell(text[start:finish], value))
        if found and found[0] == separator:
            start = found.end()
            continue
        rows.append(Row(tuple(cells), found[0] if found else ""))
        line += 1 + sum(len(_ROW_END.findall(cell.raw)) for cell in cells)
        cells = []
        if not found or found.end() == len(text):
            return rows
        start = found.end()


def _after_quote(text: str, start: int, where: str) -> tuple[int, str]:
    """Index after the closing quote of the cell that opens at `start`, and what it holds."""
    at = start + 1
    while True:
        at = text.find('"', at)
        if at < 0:
            raise MaterialError([f"{where}: a quoted cell begins here and never ends"])
        if text[at : at + 2] != '""':
            return at + 1, text[start + 1 : at].replace('""', '"')
        at += 2


def _written(value: str, separator: str, quoted: bool) -> str:
    if quoted or any(mark in value for mark in (separator, '"', "\r", "\n")):
        return '"' + value.replace('"', '""') + '"'
    return value

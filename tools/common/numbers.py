"""Points and JSON as learning systems read them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from grader.errors import KitError, MaterialError
from tools.common.sanitize import trim


def points(value: float, decimals: int = 4, mark: str = ".") -> str:
    """A number of points: "17.5", "20"; no exponent, no thousands mark."""
    text = f"{float(value):.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace(".", mark)


def number(text: str) -> float | None:
    """What a cell says as a number ("17.5", "17,5"), or None where it is something else.

    A comma is a decimal mark, always: systems never write thousands marks into grades.
    """
    text = text.strip()
    if not re.fullmatch(r"-?\d+([.,]\d+)?", text, re.ASCII):
        return None
    return float(text.replace(",", "."))


def decimal_mark(cells: list[str]) -> str:
    """The mark that the cells use: "," where some number has one, else "."."""
    comma = any(re.fullmatch(r"\s*-?\d+,\d+\s*", cell, re.ASCII) for cell in cells)
    return "," if comma else "."


def to_small_json(result: dict[str, Any], limit: int = 900_000) -> bytes:
    """A results object as JSON of at most `limit` bytes: a larger one would be thrown away.

    The texts of its `tests` are cut, all to the same length, and say so.
    """
    data, length = to_json(result), 4000
    while len(data) > limit and length:
        length //= 2
        tests = [test | {"output": trim(test["output"], length)} for test in result["tests"]]
        data = to_json(result | {"tests": tests})
    return data


def to_json(value: Any) -> bytes:
    """JSON that every reader takes: UTF-8, no NaN, a line end at the end.

    Raises KitError for a number that JSON does not have.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    except ValueError as error:
        raise KitError(f"a result holds a number that JSON does not have: {error}") from error
    return (text + "\n").encode("utf-8", "replace")


def read_json(path: Path, schema: int) -> dict[str, Any]:
    """An object of one of our own files; MaterialError if it is damaged or of another schema."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_number)
    except (OSError, ValueError) as error:
        raise MaterialError([f"{path}: cannot be read: {error}"]) from None
    found = data.get("schema") if isinstance(data, dict) else None
    if found != schema:
        raise MaterialError([f"{path}: schema is {found!r}, expected {schema}"])
    return dict(data)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")

"""Characters that must not be in the author's files, each named once with its first line."""

from __future__ import annotations

import pytest

from tools.release.text import Spot, check_characters, decode

PLACE = Spot("a.py")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a\r\nb\r\n",
            "a.py:1: found a carriage return (CRLF), expected line ends of one line "
            "feed (and 1 more such lines)",
        ),
        ("\ufeffa\n", "a.py:1: found a byte order mark, expected UTF-8 without one"),
        (
            "a\nb = '\u202e'\n",
            "a.py:2: found an invisible character, expected only printable ones",
        ),
        ("a\u2028b", "a.py:1: found an invisible character, expected only printable ones"),
        ("a\x0cb", "a.py:1: found an invisible character, expected only printable ones"),
        ("if a:\n\tb = 1\n", "a.py:2: found a tab, expected spaces"),
    ],
)
def test_character_is_reported(text: str, message: str) -> None:
    assert [str(problem) for problem in check_characters(PLACE, text, code=True)] == [message]


def test_tab_is_allowed_in_prose() -> None:
    assert check_characters(PLACE, "a\tb\n", code=False) == []


def test_mathematics_and_accents_are_allowed() -> None:
    assert check_characters(PLACE, "# σ², é, ×, – and …\n", code=True) == []


def test_invalid_utf_8_is_reported_with_its_line() -> None:
    text, problems = decode(PLACE, b"a\nb\xe9\n")
    assert [str(problem) for problem in problems] == ["a.py:2: found byte 0xe9, expected UTF-8"]
    assert text == "a\nb\N{REPLACEMENT CHARACTER}\n"

from __future__ import annotations

import pytest

from grader.sandbox.host.printed import clean


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"loss 2.3\n\tdone\r\n", "loss 2.3\n\tdone\n"),
        ("größe ✓ 网络".encode(), "größe ✓ 网络"),
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07text", "text"),
        (b"\x1b]52;c;cm0gLXJm\x1b\\text", "text"),
        (b"\x1b(0lqqk\x1bc", "lqqk"),
        (b"a\rb\x08\x00\x7f\x07", "ab"),
        ("a\x9b31mb".encode(), "a31mb"),
        ("evil\u202etxt.exe".encode(), "eviltxt.exe"),
        (b"\xff\xfeok", "\ufffd\ufffdok"),
        (b"\x1b", ""),
    ],
)
def test_what_commands_a_terminal_is_taken_out(data, text):
    assert clean(data) == text

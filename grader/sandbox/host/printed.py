"""What a child printed, made fit to be shown."""

from __future__ import annotations

import re
import unicodedata

MAX_BYTES = 64 * 1024

# Whole terminal sequences first, or their letters would stay behind: CSI, OSC, other escapes.
_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]"
)
_KEPT = "\n\t"
# Marks that turn the direction of text around them and so make it read as something else.
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def clean(data: bytes) -> str:
    """Decode and strip everything that commands a terminal or misleads a reader."""
    text = _SEQUENCE.sub("", data.decode("utf-8", "replace").replace("\r\n", "\n"))
    return "".join(filter(_harmless, text))


def _harmless(character: str) -> bool:
    if character in _KEPT:
        return True
    return unicodedata.category(character) != "Cc" and character not in _TURNING

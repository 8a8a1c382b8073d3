"""One file on its way in, whatever it comes out of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A file of a folder or archive, before anything is believed about it."""

    path: str  # as it is named there
    size: int = 0  # as declared
    read: Callable[[int], bytes] = lambda _: b""  # at most so many bytes of its content
    refused: str | None = None  # why it is left out unread; completes "<path> …"

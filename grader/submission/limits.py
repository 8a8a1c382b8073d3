"""How much of a submission is read at most."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Caps on one submission; what they are measured against stands beside each."""

    file_bytes: int = 64 * MIB  # a net of 5,000 hidden units in float64 has 32 MB
    other_bytes: int = 1 * MIB  # of a file that can play no part: pictures, papers, data
    total_bytes: int = 256 * MIB  # all files together, unpacked, those left out included
    archive_bytes: int = 256 * MIB  # an archive as it was handed in
    stream_bytes: int = 1024 * MIB  # an unpacked tar, noise included: it can only be read in order
    directory_bytes: int = 8 * MIB  # a zip's table of contents, which is held in memory
    entries: int = 100_000  # noise included: a virtual environment easily has 30,000
    files: int = 2_000  # noise not included
    others: int = 500  # those that can play no part; more are passed over
    ratio: int = 200  # unpacked to packed; a notebook has 20, text of one letter 1,000
    ratio_from_bytes: int = 16 * MIB  # below this size nobody is harmed by any ratio
    depth: int = 24  # folders in a path
    archives: int = 2  # an archive, and one in it


DEFAULT = Limits()


def in_mib(count: int) -> str:
    """A number of bytes as people read it."""
    return f"{count / MIB:.0f} MiB" if count >= MIB else f"{count} bytes"

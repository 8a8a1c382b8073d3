"""What a student handed in, as bytes: nothing of it is parsed, compiled or imported here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """Something to tell about a submission that is no verdict: a flag for the report."""

    slug: str  # "source-from-notebook", lower case, stable
    message: str  # one sentence


@dataclass(frozen=True)
class Submission:
    """One attempt of one student, read into memory.

    `files` maps the path inside the submission (forward slashes, wrapping folders included) to
    its content; noise and unsafe entries are gone already. Which file plays which part is decided
    by `grader.submission.files`.
    """

    student: str  # key and folder name in reports: unique in a batch, safe as a file name
    name: str  # of the folder or archive it came from, for display
    files: Mapping[str, bytes] = field(repr=False)
    received: str | None = None  # ISO 8601 with offset, where the source says so
    findings: tuple[Finding, ...] = ()

    @property
    def sha256(self) -> str:
        """Digest of paths and contents: the same for the same files in any archive or order."""
        digest = hashlib.sha256()
        for path in sorted(self.files):
            for part in (path.encode("utf-8", "surrogateescape"), self.files[path]):
                digest.update(len(part).to_bytes(8, "little"))
                digest.update(part)
        return digest.hexdigest()

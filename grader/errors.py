"""Every error that the kit raises on purpose, in three families, one for each reader.

    NnlabError
    ├── SubmissionError   the student's material: costs that submission, never the batch
    ├── MaterialError     the author's material: rubric, markers, notebook       (exit 3)
    ├── ConflictError     somebody else changed the same student meanwhile
    └── KitError          our own fault, or this machine's                       (exit 4)
        └── SandboxError  the sandbox is not to be had, or broke

Only the command line turns them into text and exit codes. Wrong usage (exit 2) is click's.
"""

from __future__ import annotations

from collections.abc import Sequence


class NnlabError(Exception):
    """Anything the kit has to say to a person."""


class SubmissionError(NnlabError):
    """A submission that cannot be read; the message is one sentence for `attention.csv`."""


class MaterialError(NnlabError):
    """The author's material is wrong; holds every mistake found, not only the first."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class ConflictError(NnlabError):
    """Two people changed what belongs to one student; the second one has to look again."""


class KitError(NnlabError):
    """The kit itself, or the machine under it, failed."""


class SandboxError(KitError):
    """The sandbox could not be set up here, or broke."""

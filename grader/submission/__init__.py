"""Reads one submission into memory without trusting it.

A submission is a folder, an archive (zip, tar, tar.gz) or a single file. Links, devices and names
that lead elsewhere are left out and said; caps hold on everything. Nothing is parsed, compiled or
unpickled, and nothing is ever written to disk.
"""

from grader.submission.limits import DEFAULT, Limits
from grader.submission.names import shown, slug
from grader.submission.reader import Intake, read_submission

__all__ = ["DEFAULT", "Intake", "Limits", "read_submission", "shown", "slug"]

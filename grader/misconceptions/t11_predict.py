"""Mistakes of T#11."""

# One stage has many mistaken forms, and all of them bear its name.

from __future__ import annotations

from grader.misconceptions.mistake import Mistakes

MISTAKES = Mistakes("T#11")

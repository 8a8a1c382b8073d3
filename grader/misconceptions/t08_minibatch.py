"""Mistakes of T#8."""

# One stage has many mistaken forms, and all of them bear its name.

from __future__ import annotations

from grader.misconceptions.mistake import Mistakes

MISTAKES = Mistakes("T#8")

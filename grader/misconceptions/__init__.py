"""The named ways of being wrong, and how one is recognised in what was observed."""

from grader.misconceptions.diagnosis import diagnose, forward_stages
from grader.misconceptions.mistake import Mistake

__all__ = ["Mistake", "diagnose", "forward_stages"]

"""The named ways of being wrong, and how one is recognized in what was observed."""

from grader.lab.mistakes.diagnosis import diagnose, forward_stages
from grader.lab.mistakes.mistake import Mistake

__all__ = ["Mistake", "diagnose", "forward_stages"]

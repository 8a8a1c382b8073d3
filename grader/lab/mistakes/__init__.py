"""The named ways of being wrong, and how one is recognized in what was observed."""

from grader.lab.mistakes.diagnosis import diagnose, forward_functions
from grader.lab.mistakes.mistake import Mistake

__all__ = ["Mistake", "diagnose", "forward_functions"]

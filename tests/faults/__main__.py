"""Faults by the dozen, where `make test` tries a few: `python -m tests.faults [OPTIONS...]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import TIMES


def main(arguments: list[str]) -> int:
    """Run the tests of this folder many times over; pytest's exit code."""
    os.environ.setdefault(TIMES, "12")
    return int(pytest.main([str(Path(__file__).parent), "-q", "-rsP", *arguments]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

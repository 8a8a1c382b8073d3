"""The release, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.release import Handout, build


@pytest.fixture(scope="session")
def release(project: Path) -> Handout:
    """The release of this checkout."""
    return build(project)

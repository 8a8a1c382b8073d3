"""Fixtures that many tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from mnist_data.find import make_cached_digits

# Nothing is written into the checkout, and no run fails for what another would not have drawn.
settings.register_profile("kit", database=None, deadline=None, derandomize=True)
# `make fuzz`: twenty times as many cases, others in each run.
settings.register_profile("fuzz", database=None, deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("kit")

# A shell that starts something in the background has it ignore interrupts, and so would all that
# the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def project() -> Path:
    """Root of the checkout; tests never write into it."""
    return PROJECT


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """Folder with the real MNIST files, or a skip that says what is missing."""
    folder = os.environ.get("MNIST_DIR")
    if not folder:
        pytest.skip("real MNIST is needed here: set MNIST_DIR to a folder with the four IDX files")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def digits_dir() -> Path:
    """Folder with the offline digits: made once into the user's cache, then only checked."""
    return make_cached_digits()

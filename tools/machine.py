"""What this machine offers. Imports no numpy, so that it can be asked before numpy is loaded."""

from __future__ import annotations

import os

BLAS_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def use_one_blas_thread() -> None:
    """For this process and its children, where numpy is not loaded yet: BLAS reads it only then.

    The published digits come from sums in the order of one thread, and runs side by side use
    the other cores better than threads inside each product do.
    """
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))

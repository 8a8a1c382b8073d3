"""Names what is wrong with the batches of T#8, from the rows that were seen.

Batches are drawn by chance, so a mistake cannot be recognised by its numbers, only by its ways.
"""

from __future__ import annotations

import numpy as np

from grader.records import NONE, Record


def name_of(steps: Record, steady: Record, reach: Record) -> str | None:
    """Slug of the catalogued mistake that the batches show; None where they show none."""
    return None


def _unused(rows: np.ndarray) -> bool:
    return bool((rows == NONE).any())

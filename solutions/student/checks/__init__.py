"""The public checks of the lab: `check("T#5")` in the notebook, `python -m pytest` elsewhere."""

from checks.notebook import check, compare

__all__ = ["check", "compare"]

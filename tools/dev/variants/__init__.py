"""Right submissions that are written otherwise, and some that are right but not as asked.

What the catalogue of mistakes is for wrong code these are for right code: the kit's tests grade
them, and the chance of a missed check is measured on them.
"""

from tools.dev.variants.deviating import DEVIATING
from tools.dev.variants.passes import PASSES
from tools.dev.variants.surroundings import SURROUNDINGS
from tools.dev.variants.trainings import TRAININGS
from tools.dev.variants.variant import Variant

RIGHT = (*PASSES, *TRAININGS, *SURROUNDINGS)

__all__ = ["DEVIATING", "RIGHT", "Variant"]

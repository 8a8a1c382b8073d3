"""Right submissions that are written otherwise, and some that are right but not as asked.

What the catalogue of mistakes is for wrong code these are for right code: the kit's tests grade
them, and the chance of a missed check is measured on them.
"""

from grader.variants.deviating import DEVIATING
from grader.variants.passes import PASSES
from grader.variants.surroundings import SURROUNDINGS
from grader.variants.trainings import TRAININGS
from grader.variants.variant import Variant

RIGHT = (*PASSES, *TRAININGS, *SURROUNDINGS)

__all__ = ["DEVIATING", "RIGHT", "Variant"]

"""Make the student release: build from the reference, prove, put in place."""

from tools.release.build import Handout, build
from tools.release.place import Placed, find_differences, places_in, put_in_place
from tools.release.proof import prove

__all__ = [
    "Handout",
    "Placed",
    "build",
    "find_differences",
    "places_in",
    "prove",
    "put_in_place",
]

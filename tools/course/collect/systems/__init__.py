"""One module for each learning system: what its download's names say.

Each has ``recognise(tree, context)``, which gives a `Haul`, or None where the names are not that
system's. `RECOGNISERS` are asked in order; the last takes whatever is left.
"""

from __future__ import annotations

from collections.abc import Callable

from tools.course.collect.model import Context, Haul
from tools.course.collect.systems import (
    blackboard,
    brightspace,
    canvas,
    gradescope,
    moodle,
    nbgrader,
)
from tools.course.collect.tree import Tree

Recogniser = Callable[[Tree, Context], Haul | None]

RECOGNISERS: tuple[Recogniser, ...] = (
    gradescope.recognise,
    nbgrader.recognise,
    moodle.recognise,
    brightspace.recognise,
    blackboard.recognise,
    canvas.recognise,
)

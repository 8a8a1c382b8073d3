"""One module for each learning system: what its download's names say.

Each has ``recognize(tree, context)``, which gives a `Collected`, or None if the names are not
that system's. `RECOGNIZERS` are asked in order; the last takes whatever is left.
"""

from __future__ import annotations

from collections.abc import Callable

from tools.course.collect.model import Collected, Context
from tools.course.collect.systems import (
    blackboard,
    brightspace,
    canvas,
    gradescope,
    moodle,
    nbgrader,
)
from tools.course.collect.tree import Tree

Recognizer = Callable[[Tree, Context], Collected | None]

RECOGNIZERS: tuple[Recognizer, ...] = (
    gradescope.recognize,
    nbgrader.recognize,
    moodle.recognize,
    brightspace.recognize,
    blackboard.recognize,
    canvas.recognize,
)

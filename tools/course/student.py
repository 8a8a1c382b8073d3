"""Who handed something in, as their learning system names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Owner:
    """One student (or one group) of one learning system.

    Every id is a string: leading zeros count. `ids` has the keys that the system gives, out of
    ``user_id`` (Canvas), ``participant`` (Moodle), ``submission_id`` (Gradescope), ``username``,
    ``login``, ``sid``, ``email``, ``org_defined_id`` (Brightspace).
    """

    student: str  # key: unique in a batch, safe as a folder name
    name: str | None = None  # as a person reads it; None in anonymous modes
    system: str = "folder"  # "canvas", "moodle", "gradescope", "blackboard", "brightspace", ...
    ids: Mapping[str, str] = field(default_factory=dict)
    received: str | None = None  # ISO 8601 with offset; None where unknown
    late: bool | None = None  # as the system says it; None where it says nothing
    original: str = ""  # folder or file name in the download: feedback goes back under it
    members: tuple[Mapping[str, str], ...] = ()  # of a group: each member's name and ids

"""Times of submission as learning systems write them, to ISO 8601 with an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from grader.errors import MaterialError

_FRACTION = re.compile(r"(\.\d{6})\d+")
_ZONE_NAME = re.compile(r" ([A-Z][A-Za-z_]+(?:/[A-Za-z_+-]+)*)$")
_FORMS = (
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S.%f%z",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d-%H-%M-%S",  # Blackboard
    "%b %d, %Y %I%M %p",  # Brightspace
)


def zone_named(name: str) -> tzinfo:
    """The time zone of a name such as ``Asia/Bangkok``."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise MaterialError(
            [f"{name!r} is not a time zone; expected one such as 'Asia/Bangkok'"]
        ) from None


def to_iso(text: str, zone: str) -> str | None:
    """ISO 8601 with offset; None if it is no time. A time without zone is taken in `zone`."""
    moment = _parse(text, zone_named(zone))
    return moment.isoformat() if moment else None


def moment_of(received: str | None) -> float | None:
    """Seconds since 1970 of a time that `to_iso` made; None stays None."""
    return datetime.fromisoformat(received).timestamp() if received else None


def _parse(text: str, zone: tzinfo) -> datetime | None:
    words = _plain_words(text)
    ending = _ZONE_NAME.search(words)
    if ending and ending[1] not in ("AM", "PM"):  # nbgrader ends a time in the name of its zone
        try:
            zone = zone_named(ending[1])
        except MaterialError:
            return None  # an abbreviation that means several
        words = words[: ending.start()]
    for form in _FORMS:
        try:
            moment = datetime.strptime(words, form)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return None


def _plain_words(text: str) -> str:
    """Microseconds for nanoseconds, ``+0000`` for Z, four digits of hour and minute."""
    words = _FRACTION.sub(r"\1", " ".join(text.split()))
    words = re.sub(r"(?<=\d) ?Z$", "+0000", words)
    words = re.sub(r"(?<=\d) (?=[+-]\d)", "", words)
    return re.sub(r", (\d{3,4}) ?([AP]M)$", lambda at: f", {at[1]:0>4} {at[2]}", words)

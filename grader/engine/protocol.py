"""Holds a reply against what the responder sends; a submission can write to the channel itself.

Nothing else may reach the judge: it reads values without asking what they are, and it puts
values of its own beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from grader.engine.observation import Ended, Observation
from grader.sandbox.guest import frames
from grader.sandbox.host import Reply

# How the responder can say that something ended; of the other endings it knows nothing.
_ENDINGS = (Ended.FINISHED, Ended.RAISED, Ended.OUT_OF_MEMORY)
_KEYS = {"id", "ended", "error", "kinds", "values"}
MAX_ITEMS = 5_000  # of one list; a record has as many as `train` calls `loss`, at most 2,000


class ProtocolError(ValueError):
    """A reply that our own responder does not send; the message says what is wrong with it."""


@dataclass(frozen=True)
class ReplyFormat:
    """The shape of the replies of a lab's harness.

    `check_together` raises `ProtocolError` for values that do not fit one another.
    """

    arrays: str  # regular expression for the names of arrays
    kinds: str  # and for the names of what only a kind is told of, besides the arrays
    values: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    check_together: Callable[[Mapping[str, Any]], None] = lambda values: None

    def is_array_name(self, name: str) -> bool:
        """Whether the harness sends an array of this name."""
        return _matches(self.arrays, name)

    def is_kind_name(self, name: str) -> bool:
        """Whether the harness describes a value of this name."""
        return _matches(f"{self.kinds}|{self.arrays}", name)


@lru_cache(maxsize=400)
def _matches(pattern: str, name: str) -> bool:
    return re.fullmatch(pattern, name) is not None


def take_apart(reply: Reply, count: int) -> list[Reply]:
    """The replies to the `count` questions of one round; `ProtocolError` for another number."""
    answers = reply.header.get("answers")
    if not isinstance(answers, list) or len(answers) != count:
        raise ProtocolError("the number of answers differs from the number of questions")
    arrays: dict[str, dict[str, np.ndarray]] = {str(at): {} for at in range(count)}
    for name, array in reply.arrays.items():
        at, _, inner = name.partition("/")
        if at not in arrays:
            raise ProtocolError(f"an array named {name!r:.50}")
        arrays[at][inner] = array
    if not all(isinstance(answer, dict) for answer in answers):
        raise ProtocolError("an answer that is none")
    return list(map(Reply, answers, arrays.values()))


def read_answers(packed: bytes, questions: Collection[str] = ()) -> dict[str, Reply]:
    """What frames hold, one after the other, by the question's id.

    With `questions`, frames without any of these are passed over.
    """
    wanted = [f'"{question}"'.encode() for question in questions]
    found: dict[str, Reply] = {}
    left = memoryview(packed)
    while left:
        size, header_bytes = frames.PREFIX.unpack_from(left)
        header = bytes(left[: frames.PREFIX.size + header_bytes])
        if not wanted or any(each in header for each in wanted):
            round_ = Reply(*frames.decode(left[:size]))
            for answer in take_apart(round_, len(round_.header["answers"])):
                found[answer.header["id"]] = answer
        left = left[size:]
    return found


def values_of(header: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an observation, those that say what the arrays were among them."""
    return {**header["values"], "kinds": header["kinds"]}


def frame_of(seen: Observation) -> bytes:
    """The frame that an observation could have come in."""
    values = dict(seen.values)
    header = {
        "id": seen.question,
        "ended": str(seen.ended),
        "error": seen.error,
        "kinds": values.pop("kinds", {}),
        "values": values,
    }
    arrays = {f"0/{name}": array for name, array in seen.arrays.items()}
    return frames.encode({"answers": [header]}, arrays)


def check_reply(
    form: ReplyFormat, question: str, header: Mapping[str, Any], arrays: Mapping[str, Any]
) -> None:
    """Raise `ProtocolError` unless this is a reply to the question in the responder's form."""
    if set(header) != _KEYS:
        raise ProtocolError("not the parts of an answer")
    if header["id"] != question:
        raise ProtocolError("another question's answer")
    for name in arrays:
        if not form.is_array_name(name):
            raise ProtocolError(f"an array named {name!r:.50}")
    for name, kind in _mapping(header, "kinds").items():
        if not (form.is_kind_name(name) and _is_kind(kind)):
            raise ProtocolError(f"no kind of value: {name!r:.50}")
    for name, value in _mapping(header, "values").items():
        is_right = form.values.get(name)
        if is_right is None or not is_right(value):
            raise ProtocolError(f"the value {name!r:.50}")
    form.check_together(header["values"])
    if not (header.get("error") is None or isinstance(header["error"], str)):
        raise ProtocolError("an error that is not text")


def ending_of(header: Mapping[str, Any]) -> Ended:
    """How the responder says that it ended; `ProtocolError` for what it cannot say."""
    ended = header.get("ended")
    if ended not in _ENDINGS:
        raise ProtocolError(f"it ended {ended!r:.50}")
    return Ended(ended)


def _mapping(header: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = header.get(name)
    if not isinstance(found, Mapping):
        raise ProtocolError(f"no {name}")
    return found


def _is_kind(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("type"), str)
        and isinstance(value.get("dtype", ""), str)
        and is_shape(value.get("shape", []))
        and set(value) <= {"type", "dtype", "shape"}
    )


def is_count(value: Any) -> bool:
    """Whether a value is a whole number of sensible size, not negative."""
    return type(value) is int and 0 <= value < 2**40


def is_number(value: Any) -> bool:
    """Whether a value is a number or null."""
    return value is None or type(value) in (int, float)


def is_shape(value: Any) -> bool:
    """Whether a value is the shape of an array."""
    return isinstance(value, list) and len(value) <= 64 and all(map(is_count, value))


def list_of(is_right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A test for lists of limited length whose items pass another test."""
    return lambda value: (
        isinstance(value, list) and len(value) <= MAX_ITEMS and all(map(is_right, value))
    )


def is_text(value: Any) -> bool:
    """Whether a value is a short text."""
    return isinstance(value, str) and len(value) <= 100

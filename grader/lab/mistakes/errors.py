"""Names the cause of an exception, or of a process that never ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grader.engine.observation import Ended, Observation
from grader.lab.mistakes.catalogue import BY_SLUG
from grader.lab.mistakes.mistake import Mistake

if TYPE_CHECKING:
    from grader.lab.evidence import NetworkEvidence

# The first pattern that the last line of the traceback matches names the cause.
_CAUSES = (
    (r"NotImplementedError", "left-unfinished"),
    (r"(?:Name|UnboundLocal)Error: .*?(?:name|variable) '(?P<name>\w+)'", "name-not-defined"),
    (
        r"AttributeError: '(?P<kind>\w+)' object has no attribute '(?P<name>\w+)'",
        "attribute-not-there",
    ),
    (
        r"AttributeError: module '(?P<kind>\w+)' has no attribute '(?P<name>\w+)'",
        "attribute-not-there",
    ),
    (r"KeyError: (?P<name>.+)", "key-not-there"),
    (r"ValueError: matmul: ", "product-does-not-fit"),
    (r"ValueError: shapes \S+ \S+ and \S+ \S+ not aligned", "product-does-not-fit"),
    (r"ValueError: shapes .* not aligned", "product-does-not-fit"),
    (
        r"ValueError: .*(?:(?:could|can)not|could not) (?:be )?broadcast.*?(?P<shapes>\(.*\))",
        "shapes-do-not-fit",
    ),
    (r"ValueError: non-broadcastable .*?(?P<shapes>\(.*\))", "shapes-do-not-fit"),
    (r"IndexError: shape mismatch: .*?(?P<shapes>\(.*\))", "shapes-do-not-fit"),
    (r"IndexError: boolean index", "mask-does-not-fit"),
    (r"IndexError: (?P<detail>index .*)", "index-out-of-range"),
    (r"IndexError: (?P<detail>(?:too many indices|list index).*)", "index-out-of-range"),
    (r"(?:IndexError: arrays used as indices|IndexError: only integers)", "index-not-an-integer"),
    (r"TypeError: (?:list|tuple|string) indices must be", "index-not-an-integer"),
    (r"TypeError: '[\w.]+' object is not callable", "value-called"),
    (r"TypeError: (?P<detail>unsupported operand .*)", "operands-do-not-fit"),
    (r"TypeError: (?P<detail>'[\w.]+' object is not subscriptable)", "operands-do-not-fit"),
    (r"ValueError: The truth value of an array", "array-as-condition"),
    (r"TypeError: only .* arrays can be converted", "one-number-needed"),
    (
        r"(?:ValueError: (?:not enough|too many) values to unpack|TypeError: cannot unpack)",
        "results-do-not-unpack",
    ),
    (r"ValueError: '?a'? must be (?:1-dimensional|a)", "draw-needs-a-number"),
    (
        r"ValueError: (?:Cannot take a larger sample|Sample larger than)",
        "sample-without-replacement",
    ),
    (r"RecursionError", "endless-recursion"),
    (r"(?P<detail>\w+: .*)", "other-error"),
)


def explain(observation: Observation) -> Mistake | None:
    """The cause of an answer that ended badly; None if it finished or was lost otherwise."""
    if observation.ended is Ended.TIMED_OUT:
        return BY_SLUG["never-ends"]
    if observation.ended is not Ended.RAISED or not observation.error:
        return None
    *before, last = [line for line in observation.error.splitlines() if line.strip()]
    # A chain of calls without end begins at the outermost line.
    at = 1 if last.startswith("RecursionError") and len(before) > 1 else -1
    line = before[at].strip() if before else "(not in your code)"
    for pattern, slug in _CAUSES:
        found = re.match(pattern, last)
        if found:
            return BY_SLUG[slug].filled(line=line, **_values(found))
    return None


def _values(found: re.Match[str]) -> dict[str, str]:
    values = {name: value[:80] for name, value in found.groupdict().items() if value}
    if values.get("kind"):
        owner = "self" if values["kind"] == "TwoLayerNet" else values["kind"]
        values["name"] = f"{owner}.{values['name']}"
    return values


def of_task(evidence: NetworkEvidence, task: str) -> Mistake | None:
    """The cause of the first question of a task that ended badly."""
    kinds = {"T#5": ("scores",), "T#6": ("loss",), "T#7": ("loss",), "T#11": ("predict",)}
    for question, seen in evidence.observations.by_question.items():
        if question.split("/")[0] in kinds.get(task, ("record",)):
            found = explain(seen)
            if found:
                return found
    return None

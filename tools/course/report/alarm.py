"""One alarm for a class whose networks were trained on another data set than it is judged on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tools.course.doubts import is_for_other_data

_FEWEST = 3  # students; one or two are told on their own rows
_SHARE = 0.5  # of the networks that were handed in and judged on images


def other_data_alarm(reports: Sequence[Mapping[str, Any]]) -> str | None:
    """One sentence for the whole class, or None if most networks fit the data set of the run."""
    judged = [one for one in reports if one["run"]["data"] != "none" and _tuning_checks(one)]
    held = [
        one
        for one in judged
        if one["status"] == "attention" and any(map(_is_open, _tuning_checks(one)))
    ]
    if len(held) < max(_FEWEST, _SHARE * len(judged)):
        return None
    kind = held[0]["run"]["data"]
    other = "synthetic" if kind == "mnist" else "mnist"
    return (
        f"T#12: {len(held)} of {len(judged)} networks seem to be trained on another data set than "
        f"{kind}, on which this class is judged. Their grades are held back. If the class worked "
        f"with the other set, grade again with --data {other}."
    )


def _tuning_checks(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [check for task in report["tasks"] if task["task"] == "T#12" for check in task["checks"]]


def _is_open(check: Mapping[str, Any]) -> bool:
    return check["judged"] == "could not tell" and is_for_other_data(check["message"])

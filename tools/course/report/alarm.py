"""One alarm for a class whose networks were trained on another data set than it is judged on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tools.course.doubts import is_for_other_data

_FEWEST = 3  # students; one or two have only their own rows
_SHARE = 0.5  # of the networks that were handed in and judged on images


def other_data_alarm(reports: Sequence[Mapping[str, Any]]) -> str | None:
    """One sentence for the whole class, or None if most networks fit the data set of the run."""
    judged = [one for one in reports if _is_judged(one)]
    held = [one for one in judged if one["status"] == "attention" and _is_for_other_data(one)]
    if len(held) < max(_FEWEST, _SHARE * len(judged)):
        return None
    kind = held[0]["run"]["data"]
    other = "synthetic" if kind == "mnist" else "mnist"
    return (
        f"T#12: {len(held)} of {len(judged)} networks seem to be trained on a data set other than "
        f"{kind}, which this class is judged on. Their grades are held back. If the class worked "
        f"with {other}, `nnlab accept OUT --reason other-data` judges T#12 on it; `nnlab grade` "
        f"with --data {other} judges everything on it."
    )


def _is_judged(report: Mapping[str, Any]) -> bool:
    """Whether there is a network, and images to judge it on."""
    return report["status"] != "ungradable" and any(
        task["max_score"] and task["judged"] not in ("not reached", "not asked")
        for task in _tuning(report)
    )


def _is_for_other_data(report: Mapping[str, Any]) -> bool:
    checks = [check for task in _tuning(report) for check in task["checks"]]
    open_ones = [check for check in checks if check["judged"] == "could not tell"]
    return any(is_for_other_data(check["message"]) for check in open_ones)


def _tuning(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [task for task in report["tasks"] if task["task"] == "T#12"]

"""The eight tasks of the lab."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One task of the lab, as students know it."""

    name: str  # "T#5"
    title: str
    where: str  # the method of TwoLayerNet, or "notebook"


TASKS = (
    Task("T#5", "Scores", "loss"),
    Task("T#6", "Loss", "loss"),
    Task("T#7", "Gradients", "loss"),
    Task("T#8", "Minibatch", "train"),
    Task("T#9", "SGD step", "train"),
    Task("T#10", "Learning rate decay", "train"),
    Task("T#11", "Prediction", "predict"),
    Task("T#12", "Tuning", "notebook"),
)
TASK_NAMES = tuple(task.name for task in TASKS)

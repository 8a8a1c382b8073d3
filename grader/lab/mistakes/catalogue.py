"""All mistakes, by task."""

from __future__ import annotations

from collections.abc import Mapping

from grader.lab.mistakes import (
    t05_scores,
    t06_loss,
    t07_gradients,
    t08_minibatch,
    t09_step,
    t10_decay,
    t11_predict,
)
from grader.lab.mistakes.mistake import Mistake

CATALOGUE: Mapping[str, tuple[Mistake, ...]] = {
    module.MISTAKES.task: tuple(module.MISTAKES.all)
    for module in (
        t05_scores,
        t06_loss,
        t07_gradients,
        t08_minibatch,
        t09_step,
        t10_decay,
        t11_predict,
    )
}

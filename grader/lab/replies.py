"""What the harness of this lab sends back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.engine.protocol import (
    ProtocolError,
    ReplyFormat,
    is_count,
    is_number,
    is_shape,
    is_text,
    list_of,
)


def _check_trace(values: Mapping[str, Any]) -> None:
    """A training trace describes every call of `loss`, and at least some batches."""
    calls = values.get("num_calls", 0)
    for name in ("learning_rate", "reg", "given") if calls else ():
        if len(values.get(name, ())) < calls:
            raise ProtocolError(f"a record that lacks {name}")
    for name in ("X_shapes", "y_shapes") if calls else ():
        if name not in values:  # fewer than calls, where drawing a batch raises
            raise ProtocolError(f"a record that lacks {name}")


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


REPLIES = ReplyFormat(
    arrays=r"scores|loss|labels|given(/(W1|b1|W2|b2))?|(loss|train_acc|val_acc)_history"
    r"|(hidden|output)/\d|batch/[Xy]|probed|(grads|numeric|jacobian|params)/(W1|b1|W2|b2)",
    kinds="returned|grads",
    values={
        "changed": list_of(is_text),
        "attempts": list_of(is_text),
        "deviations": list_of(is_text),
        "renamed": list_of(is_text),
        "returned_early": list_of(is_text),
        "undone": list_of(is_text),
        "drifting": list_of(is_text),
        "grads_keys": list_of(is_text),
        "num_calls": is_count,
        "calls": is_count,
        "perturbed": is_count,
        "reg": list_of(is_number),
        "given": list_of(is_count),
        "learning_rate": list_of(is_number),
        "X_shapes": list_of(is_shape),
        "y_shapes": list_of(is_shape),
        "class": is_text,
        "data": is_text,
        "finite": _is_bool,
        "drew": _is_bool,
    },
    check_together=_check_trace,
)

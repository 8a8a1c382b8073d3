"""Questions about the code that everybody was given, as it stands in the student's file.

They need no right task, so that there is something to ask about an unfinished submission, too.
"""

from __future__ import annotations

import ast

from tools.course.oral_exam.code import text_of
from tools.course.oral_exam.facts import Facts, Generator, OralQuestion

IMAGES = 55_000
EPOCH = "iterations_per_epoch"


def _operator(facts: Facts) -> tuple[str, int] | None:
    """How the student's file divides, "/" or "//", and its line; None if the loop was changed."""
    nodes = facts.code.nodes("train", unreached=True)
    stored = [n for n in nodes if isinstance(n, ast.Assign) and text_of(n.targets[0]) == EPOCH]
    tests = [n for n in nodes if isinstance(n, ast.If) and EPOCH in text_of(n.test)]
    if len(stored) != 1 or [text_of(n.test) for n in tests] != [f"it % {EPOCH} == 0"]:
        return None
    for operator in ("/", "//"):
        if text_of(stored[0].value) == f"max(num_train {operator} batch_size, 1)":
            return operator, stored[0].lineno
    return None


def _count(operator: str, batch_size: int, num_iters: int) -> int:
    whole = IMAGES // batch_size
    per_epoch = max(whole if operator == "//" else IMAGES / batch_size, 1)
    return sum(it % per_epoch == 0 for it in range(num_iters))


def _decays(facts: Facts, topic: str, batch_size: int, num_iters: int) -> OralQuestion | None:
    found = _operator(facts)
    if found is None:
        return None
    operator, line = found
    count = _count(operator, batch_size, num_iters)
    per_epoch = IMAGES // batch_size if operator == "//" else IMAGES / batch_size
    whole = per_epoch == int(per_epoch)
    why = (
        f"iterations_per_epoch is {int(per_epoch)}, and the condition holds at iteration 0 and at "
        "every multiple of it"
        if whole
        else f"iterations_per_epoch is {per_epoch:.4f}, which is not a whole number, and `it` is "
        "a multiple of it at iteration 0 only"
    )
    times = "Once" if count == 1 else f"{count} times"
    return OralQuestion(
        topic,
        "T#10",
        f"Look at {facts.code.quote(line)}. How many times is it time to decay the learning rate "
        f"in {num_iters:,} iterations with {IMAGES:,} images and a batch size of {batch_size:,}?",
        f"{times}: {why}.",
        line,
    )


def decays_200(facts: Facts) -> OralQuestion | None:
    """A batch size that divides the images."""
    return _decays(facts, "decays-200", 200, 2_000)


def decays_1024(facts: Facts) -> OralQuestion | None:
    """The batch size of the published sweep, which does not."""
    return _decays(facts, "decays-1024", 1_024, 6_000)


def random_weights(facts: Facts) -> OralQuestion | None:
    """The first weights must not all be zero."""
    for node in facts.code.nodes("__init__"):
        if isinstance(node, ast.BinOp) and text_of(node).startswith("std * np.random.randn("):
            return OralQuestion(
                "random-weights",
                "T#5",
                f"What would the network learn if {facts.code.quote(node.lineno)} and the other "
                "weights began at exactly 0?",
                "Only b2. All hidden units would be 0, so the gradients of W1, b1 and W2 would be "
                "0 in every step.",
                node.lineno,
            )
    return None


def scores_only(facts: Facts) -> OralQuestion | None:
    """Without labels there is no loss."""
    for node in facts.code.nodes("loss"):
        if isinstance(node, ast.If) and text_of(node.test) == "y is None":
            return OralQuestion(
                "scores-only",
                "T#11",
                f"Who calls loss so that the condition in {facts.code.quote(node.lineno)} is true, "
                "and what comes back?",
                "A caller that has no labels, for example to predict. The scores come back, shape "
                "(N, C), before the softmax.",
                node.lineno,
            )
    return None


def validation_set(facts: Facts) -> OralQuestion | None:
    """The validation set measures and never teaches."""
    for node in facts.code.nodes("train", unreached=True):
        text = text_of(node) if isinstance(node, ast.Expr) else ""
        if text == "val_acc_history.append(np.mean(self.predict(X_val) == y_val))":
            return OralQuestion(
                "validation-set",
                "T#12",
                f"What does {facts.code.quote(node.lineno)} measure, and why not on the test set?",
                "The share of validation images that the network gets right. The hyperparameters "
                "are chosen by it, and the test set must not take part in any choice.",
                node.lineno,
            )
    return None


SCAFFOLD_BANK: tuple[Generator, ...] = (
    decays_1024,
    decays_200,
    random_weights,
    scores_only,
    validation_set,
)

"""Questions about lines of the student's own code, and of the code that everybody was given.

A line of the student's own is asked about if its task is right. Questions about the given code
need no right task, so that there is something to ask about an unfinished submission, too.
"""

from __future__ import annotations

import ast
import re
from ast import unparse
from collections.abc import Callable, Sequence
from functools import wraps

from tools.course.oral_exam.code import (
    Node,
    factors,
    function_of,
    names_in,
    operand_of,
    option,
)
from tools.course.oral_exam.facts import Facts, Find, Generator, Words, asks

CODE_BANK: list[Generator] = []
GIVEN_BANK: list[Generator] = []
IMAGES = 55_000
EPOCH = "iterations_per_epoch"

Fits = Callable[[Node, Facts], Words | bool]  # whether a node is asked about, or its words


def _first(method: str, *, unreached: bool = False) -> Callable[[Fits], Find]:
    """Find the first node of a method that fits; its line is quoted unless the words say which."""

    def decorate(fits: Fits) -> Find:
        @wraps(fits)
        def find(facts: Facts) -> Words | None:
            for node in facts.code.nodes(method, unreached=unreached):
                if words := fits(node, facts):
                    return {"lineno": node.lineno, **(words if isinstance(words, dict) else {})}
            return None

        return find

    return decorate


def _is_of_rows(call: ast.Call) -> bool:
    return option(call, "axis") in ("1", "-1")


def _is_subtracted(call: ast.Call, nodes: Sequence[Node]) -> bool:
    """Whether something subtracts the result of a call, directly or by the name it is given."""
    assigned = [n for n in nodes if isinstance(n, ast.Assign) and unparse(call) in unparse(n.value)]
    texts = {unparse(call), *(unparse(n.targets[0]) for n in assigned)}
    for node in nodes:
        match node:
            case ast.BinOp(_, ast.Sub(), subtracted) | ast.AugAssign(_, ast.Sub(), subtracted):
                if any(unparse(part) in texts for part in ast.walk(subtracted)):
                    return True
    return False


@asks(CODE_BANK)
@_first("loss")
def keepdims(node: Node, facts: Facts) -> Words | bool:
    """`x - x.max(axis=1, keepdims=True)`: the same array on both sides."""
    match node:
        case ast.BinOp(left, ast.Sub() | ast.Div(), ast.Call() as call):
            function, operand = function_of(call), operand_of(call)
            is_kept = _is_of_rows(call) and option(call, "keepdims") == "True"
            is_reduced = is_kept and function in ("sum", "max", "amax") and operand is not None
            if is_reduced and operand is not None and unparse(operand) == unparse(left):
                return {"lineno": call.lineno, "function": function}
    return False


@asks(CODE_BANK)
@_first("loss")
def row_maximum(node: Node, facts: Facts) -> bool:
    """Subtracting each row's largest score, where the loss stays finite for large ones."""
    return (
        isinstance(node, ast.Call)
        and function_of(node) in ("max", "amax")
        and _is_of_rows(node)
        and _is_subtracted(node, facts.code.nodes("loss"))
        and facts.array("loss/large", "loss") is not None
    )


@asks(CODE_BANK)
@_first("loss")
def half(node: Node, facts: Facts) -> bool:
    """The factor 0.5 of the regularization."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return False
    constants = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
    return 0.5 in constants and "reg" in names_in(node)


@asks(CODE_BANK)
@_first("loss")
def relu_backward(node: Node, facts: Facts) -> bool:
    """`dhidden[hidden <= 0] = 0`: another array's sign picks what is set to 0."""
    match node:
        case ast.Assign(
            [
                ast.Subscript(
                    array,
                    ast.Compare(other, [ast.LtE() | ast.Lt() | ast.Eq()], [ast.Constant(0 | 0.0)]),
                )
            ],
            ast.Constant(0 | 0.0),
        ):
            return unparse(other) != unparse(array) and _is_backward(node, facts)
    return False


def _is_backward(node: Node, facts: Facts) -> bool:
    """Whether a node stands behind `if y is None` in `loss`, where the forward pass has ended."""
    nodes = facts.code.nodes("loss")
    tests = [n.lineno for n in nodes if isinstance(n, ast.If) and unparse(n.test) == "y is None"]
    return bool(tests) and node.lineno > tests[0]


@asks(CODE_BANK)
@_first("loss")
def bias_gradient(node: Node, facts: Facts) -> Words | bool:
    """`grads["b2"] = dscores.sum(axis=0)`."""
    match node:
        case ast.Assign([target], ast.Call() as call) if function_of(call) == "sum":
            found = re.fullmatch(r"(?:grads\['|d)(b[12])(?:'\])?", unparse(target))
            is_kept = option(call, "keepdims") not in ("", "False")
            if found and option(call, "axis") == "0" and not is_kept:
                return {"bias": found[1], "shape": "(H,)" if found[1] == "b1" else "(C,)"}
    return False


@asks(CODE_BANK)
@_first("loss")
def transposed_input(node: Node, facts: Facts) -> bool:
    """The product with `X.T` in the gradient of W1."""
    pair = factors(node)
    return pair is not None and unparse(pair[0]) == "X.T"


@asks(CODE_BANK)
@_first("loss")
def second_product(node: Node, facts: Facts) -> bool:
    """The gradient goes back through W2."""
    pair = factors(node)
    return pair is not None and unparse(pair[1]) in ("W2.T", "self.params['W2'].T")


@asks(CODE_BANK)
@_first("loss")
def one_hot(node: Node, facts: Facts) -> bool:
    """`probs[range(N), y] -= 1`."""
    match node:
        case ast.AugAssign(
            ast.Subscript(_, ast.Tuple([rows, *_, ast.Name("y")])), ast.Sub(), ast.Constant(1)
        ):
            return function_of(rows) in ("range", "arange")
    return False


@asks(CODE_BANK)
@_first("train")
def replacement(node: Node, facts: Facts) -> bool:
    """`np.random.choice(num_train, batch_size)` draws with replacement."""
    if not isinstance(node, ast.Call) or not unparse(node.func).endswith("random.choice"):
        return False
    size = unparse(node.args[1]) if len(node.args) > 1 else option(node, "size")
    is_replaced = len(node.args) < 3 and option(node, "replace") in ("", "True")
    return size == "batch_size" and is_replaced


@asks(CODE_BANK)
@_first("train")
def step_sign(node: Node, facts: Facts) -> bool:
    """`self.params["W1"] -= learning_rate * grads["W1"]`."""
    match node:
        case ast.AugAssign(target, ast.Sub(), step):
            is_step = {"learning_rate", "grads"} <= names_in(step)
            return is_step and unparse(target).startswith("self.params[")
    return False


@asks(CODE_BANK)
@_first("predict")
def argmax_axis(node: Node, facts: Facts) -> bool:
    """The class with the highest score, without a softmax."""
    if not isinstance(node, ast.Call) or function_of(node) != "argmax":
        return False
    functions = {function_of(other) for other in facts.code.nodes("predict")}
    axis = option(node, "axis") or (unparse(node.args[-1]) if node.args else "")
    return axis in ("1", "-1") and functions.isdisjoint(("exp", "softmax"))


@asks(CODE_BANK)
def mean_or_sum(facts: Facts) -> Words:
    """The loss is a mean over the batch."""
    return {}


# the code that everybody was given


def _decays(facts: Facts, batch_size: int, num_iters: int) -> Words | None:
    """How often the learning rate decays as the student's file divides; None if it was changed."""
    nodes = facts.code.nodes("train", unreached=True)
    stored = [n for n in nodes if isinstance(n, ast.Assign) and unparse(n.targets[0]) == EPOCH]
    tests = [unparse(n.test) for n in nodes if isinstance(n, ast.If) and EPOCH in unparse(n.test)]
    if len(stored) != 1 or tests != [f"it % {EPOCH} == 0"]:
        return None
    divided = {"/": IMAGES / batch_size, "//": IMAGES // batch_size}
    texts = {f"max(num_train {operator} batch_size, 1)": n for operator, n in divided.items()}
    per_epoch = texts.get(unparse(stored[0].value))
    if per_epoch is None:
        return None
    count = sum(it % max(per_epoch, 1) == 0 for it in range(num_iters))
    why = (
        f"{EPOCH} is {int(per_epoch)}, and the condition holds at iteration 0 and at every "
        "multiple of it"
        if per_epoch == int(per_epoch)
        else f"{EPOCH} is {per_epoch:.4f}, which is not a whole number, and `it` is a multiple of "
        "it at iteration 0 only"
    )
    times = "Once" if count == 1 else f"{count} times"
    sizes = {"batch_size": batch_size, "num_iters": num_iters, "images": IMAGES}
    return {"lineno": stored[0].lineno, "times": times, "why": why, **sizes}


@asks(GIVEN_BANK)
def decays_1024(facts: Facts) -> Words | None:
    """The batch size of the published sweep, which does not divide the images."""
    return _decays(facts, 1_024, 6_000)


@asks(GIVEN_BANK)
def decays_200(facts: Facts) -> Words | None:
    """A batch size that divides them."""
    return _decays(facts, 200, 2_000)


@asks(GIVEN_BANK)
@_first("__init__")
def random_weights(node: Node, facts: Facts) -> bool:
    """The first weights must not all be zero."""
    return isinstance(node, ast.BinOp) and unparse(node).startswith("std * np.random.randn(")


@asks(GIVEN_BANK)
@_first("loss")
def scores_only(node: Node, facts: Facts) -> bool:
    """Without labels there is no loss."""
    return isinstance(node, ast.If) and unparse(node.test) == "y is None"


@asks(GIVEN_BANK)
@_first("train", unreached=True)
def validation_set(node: Node, facts: Facts) -> bool:
    """The validation set measures and never teaches."""
    measured = "val_acc_history.append(np.mean(self.predict(X_val) == y_val))"
    return isinstance(node, ast.Expr) and unparse(node) == measured

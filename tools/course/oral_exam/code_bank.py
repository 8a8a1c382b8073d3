"""Questions about lines of the student's own code; the task that a line belongs to is right."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from tools.course.oral_exam.code import (
    Node,
    factors,
    function_of,
    names_in,
    operand_of,
    option,
    text_of,
)
from tools.course.oral_exam.facts import Facts, Generator, OralQuestion


def _is_subtracted(call: ast.Call, nodes: Sequence[Node]) -> bool:
    """Whether something subtracts the result of a call, directly or by the name it is given."""
    assigned = [n for n in nodes if isinstance(n, ast.Assign) and text_of(call) in text_of(n.value)]
    texts = {text_of(call), *(text_of(n.targets[0]) for n in assigned)}
    for node in nodes:
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Sub):
            subtracted = node.right if isinstance(node, ast.BinOp) else node.value
            if any(text_of(part) in texts for part in ast.walk(subtracted)):
                return True
    return False


def _backward(facts: Facts) -> list[Node]:
    """What stands behind `if y is None` in `loss`, where the forward pass has ended."""
    nodes = facts.code.nodes("loss")
    tests = [n.lineno for n in nodes if isinstance(n, ast.If) and text_of(n.test) == "y is None"]
    return [node for node in nodes if tests and node.lineno > tests[0]]


def keepdims(facts: Facts) -> OralQuestion | None:
    """`x - x.max(axis=1, keepdims=True)`: the same array on both sides."""
    for node in facts.code.nodes("loss") if facts.right("T#5", "T#6") else ():
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div)):
            continue
        call = node.right
        if not isinstance(call, ast.Call) or function_of(call) not in ("sum", "max", "amax"):
            continue
        operand, of_rows = operand_of(call), option(call, "axis") in ("1", "-1")
        if operand is None or not of_rows or option(call, "keepdims") != "True":
            continue
        if text_of(operand) == text_of(node.left):
            return OralQuestion(
                "keepdims",
                "T#6",
                f"What happens if you remove keepdims=True in {facts.code.quote(call.lineno)}?",
                f"The result of {function_of(call)} gets the shape (N,) instead of (N, 1). It no "
                "longer fits the (N, C) array: numpy raises an error. If N = C there is no error, "
                "and the numbers are wrong, because row values are used for columns.",
                call.lineno,
            )
    return None


def row_maximum(facts: Facts) -> OralQuestion | None:
    """Subtracting each row's largest score, where the loss stays finite for large ones."""
    loss = facts.array("loss/large", "loss")
    if loss is None or not facts.right("T#5", "T#6"):
        return None
    nodes = facts.code.nodes("loss")
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        of_rows = function_of(call) in ("max", "amax") and option(call, "axis") in ("1", "-1")
        if of_rows and _is_subtracted(call, nodes):
            return OralQuestion(
                "row-maximum",
                "T#6",
                f"Why do you take the maximum in {facts.code.quote(call.lineno)}? "
                "Why does subtracting it not change the probabilities?",
                "np.exp overflows above about 709. Subtracting one number from all scores of a row "
                "divides numerator and denominator of the softmax by the same factor.",
                call.lineno,
            )
    return None


def half(facts: Facts) -> OralQuestion | None:
    """The factor 0.5 of the regularization."""
    for node in facts.code.nodes("loss") if facts.right("T#6", "T#7") else ():
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
            continue
        constants = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
        if 0.5 in constants and "reg" in names_in(node):
            return OralQuestion(
                "half",
                "T#6",
                f"If you removed the factor 0.5 in {facts.code.quote(node.lineno)}, what would "
                "have to change in your gradients?",
                "The regularization's share of the gradients of W1 and W2 would become "
                "2 * reg * W instead of reg * W. The gradients of b1 and b2 would not change.",
                node.lineno,
            )
    return None


def relu_backward(facts: Facts) -> OralQuestion | None:
    """`dhidden[hidden <= 0] = 0`: another array's sign picks what is set to 0."""
    for node in _backward(facts) if facts.right("T#5", "T#7") else ():
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Subscript):
            continue
        target = node.targets[0]
        test, value = target.slice, node.value
        if not (isinstance(test, ast.Compare) and isinstance(value, ast.Constant)):
            continue
        compared = text_of(test.left)
        is_zero = value.value == 0 and text_of(test.comparators[0]) in ("0", "0.0")
        if is_zero and isinstance(test.ops[0], ast.LtE | ast.Lt | ast.Eq) and (
            compared != text_of(target.value)
        ):  # fmt: skip
            return OralQuestion(
                "relu-backward",
                "T#7",
                f"What does {facts.code.quote(node.lineno)} do? Which gradients would be wrong "
                "without it?",
                "It is the derivative of the ReLU: no gradient flows back through a hidden unit "
                "that was off. Without it the gradients of W1 and b1 would be wrong; those of W2 "
                "and b2 would not.",
                node.lineno,
            )
    return None


def bias_gradient(facts: Facts) -> OralQuestion | None:
    """`grads["b2"] = dscores.sum(axis=0)`."""
    for node in facts.code.nodes("loss") if facts.right("T#7") else ():
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        found = re.fullmatch(r"grads\['(b[12])'\]|d(b[12])", text_of(node.targets[0]))
        call = node.value
        if not found or not isinstance(call, ast.Call) or function_of(call) != "sum":
            continue
        if option(call, "axis") == "0" and option(call, "keepdims") in ("", "False"):
            bias = found[1] or found[2]
            shape = "(H,)" if bias == "b1" else "(C,)"
            return OralQuestion(
                "bias-gradient",
                "T#7",
                f"Why is there a sum over axis 0 in {facts.code.quote(node.lineno)}, and which "
                "shape does the result have?",
                f"{bias} is added to every row, so each of the N examples contributes to its "
                f"gradient. The result has the shape {shape} of {bias}.",
                node.lineno,
            )
    return None


def transposed_input(facts: Facts) -> OralQuestion | None:
    """The product with `X.T` in the gradient of W1."""
    for node in facts.code.nodes("loss") if facts.right("T#7") else ():
        pair = factors(node)
        if pair and text_of(pair[0]) == "X.T":
            return OralQuestion(
                "transposed-input",
                "T#7",
                f"Which shapes are multiplied in {facts.code.quote(node.lineno)}, and why is X "
                "transposed?",
                "X.T has the shape (D, N) and the other factor (N, H). The product has the shape "
                "(D, H) of W1, and each of its entries adds up the N examples.",
                node.lineno,
            )
    return None


def second_product(facts: Facts) -> OralQuestion | None:
    """The gradient goes back through W2."""
    for node in facts.code.nodes("loss") if facts.right("T#7") else ():
        pair = factors(node)
        if pair and text_of(pair[1]) in ("W2.T", "self.params['W2'].T"):
            return OralQuestion(
                "second-product",
                "T#7",
                f"Which layer does {facts.code.quote(node.lineno)} go back through, and which "
                "shapes are multiplied?",
                "Through the second affine layer, from the scores to the hidden units: (N, C) "
                "times W2.T of shape (C, H) gives (N, H).",
                node.lineno,
            )
    return None


def one_hot(facts: Facts) -> OralQuestion | None:
    """`probs[range(N), y] -= 1`."""
    for node in facts.code.nodes("loss") if facts.right("T#6", "T#7") else ():
        if not isinstance(node, ast.AugAssign) or not isinstance(node.target, ast.Subscript):
            continue
        one = isinstance(node.value, ast.Constant) and node.value.value == 1
        index = node.target.slice
        if one and isinstance(node.op, ast.Sub) and isinstance(index, ast.Tuple) and (
            text_of(index.elts[-1]) == "y" and function_of(index.elts[0]) in ("range", "arange")
        ):  # fmt: skip
            return OralQuestion(
                "one-hot",
                "T#7",
                f"Why does {facts.code.quote(node.lineno)} subtract 1, and only there?",
                "The derivative of the cross-entropy with respect to the scores is the "
                "probability, minus 1 for the right class of each example.",
                node.lineno,
            )
    return None


def replacement(facts: Facts) -> OralQuestion | None:
    """`np.random.choice(num_train, batch_size)` draws with replacement."""
    for node in facts.code.nodes("train") if facts.right("T#8") else ():
        if not isinstance(node, ast.Call) or not text_of(node.func).endswith("random.choice"):
            continue
        sizes = {text_of(node.args[1])} if len(node.args) > 1 else {option(node, "size")}
        if sizes == {"batch_size"} and len(node.args) < 3 and (
            option(node, "replace") in ("", "True")
        ):  # fmt: skip
            return OralQuestion(
                "replacement",
                "T#8",
                f"Does {facts.code.quote(node.lineno)} draw with or without replacement? What "
                "would the other one do on the toy data, with 5 points and a batch of 200?",
                "With replacement. Without, numpy raises ValueError, because it cannot draw 200 "
                "different rows out of 5.",
                node.lineno,
            )
    return None


def step_sign(facts: Facts) -> OralQuestion | None:
    """`self.params["W1"] -= learning_rate * grads["W1"]`."""
    for node in facts.code.nodes("train") if facts.right("T#9") else ():
        if not isinstance(node, ast.AugAssign) or not isinstance(node.op, ast.Sub):
            continue
        names = names_in(node.value)
        if text_of(node.target).startswith("self.params[") and {"learning_rate", "grads"} <= names:
            return OralQuestion(
                "step-sign",
                "T#9",
                f"Why does {facts.code.quote(node.lineno)} subtract? What would the loss do if it "
                "added?",
                "The gradient points where the loss grows fastest, so a small step against it "
                "makes the loss smaller. Adding would make the loss grow.",
                node.lineno,
            )
    return None


def argmax_axis(facts: Facts) -> OralQuestion | None:
    """The class with the highest score, without a softmax."""
    nodes = facts.code.nodes("predict") if facts.right("T#11") else []
    if any(function_of(node) in ("exp", "softmax") for node in nodes):
        return None
    for node in nodes:
        if isinstance(node, ast.Call) and function_of(node) == "argmax":
            axis = option(node, "axis") or (text_of(node.args[-1]) if node.args else "")
            if axis in ("1", "-1"):
                return OralQuestion(
                    "argmax-axis",
                    "T#11",
                    f"Why do you need no softmax in {facts.code.quote(node.lineno)}, and what "
                    "would axis=0 return?",
                    "The softmax keeps the order of the scores in a row, so the largest score is "
                    "also the largest probability. axis=0 would return, for each of the C classes, "
                    "the example with the highest score: shape (C,).",
                    node.lineno,
                )
    return None


def mean_or_sum(facts: Facts) -> OralQuestion | None:
    """The loss is a mean over the batch."""
    if not facts.right("T#6", "T#7"):
        return None
    return OralQuestion(
        "mean-or-sum",
        "T#6",
        "Your loss is a mean over the batch. If it were a sum, which learning rate would take the "
        "same steps with a batch size of 200 and reg = 0?",
        "One that is 200 times smaller, because every gradient would be 200 times larger.",
    )


CODE_BANK: tuple[Generator, ...] = (
    keepdims,
    row_maximum,
    half,
    relu_backward,
    bias_gradient,
    transposed_input,
    second_product,
    one_hot,
    replacement,
    step_sign,
    argmax_axis,
    mean_or_sum,
)

"""Lets `train` and `loss` go on where one task raises: what comes after it is another task."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from network import Arrays

_Named = TypeVar("_Named", ast.ClassDef, ast.FunctionDef)
GIVEN = "__given__"
_NO_BATCH = "X_batch = y_batch = None"
_NOTHING = "pass"


def with_guarded_train(tree: ast.Module, class_name: str) -> ast.Module | None:
    """The module with that class alone, and in it `train` alone, which goes on whatever raises.

    What stands before the call of ``self.loss`` in the loop of `train` may raise or do nothing;
    the batch is then None. What stands after it may raise as well, the step and that which sets
    the learning rate each for itself. The result is None where there is no such class, `train` or
    loop.
    """
    train = _method(tree, class_name, "train")
    if not train or not any(_guard(loop) for loop in ast.walk(train) if isinstance(loop, ast.For)):
        return None
    return _alone(tree, class_name, train)


class Given:
    """What a `loss` whose T#5 or T#6 raises, or returns early, goes on with.

    Parameters
    ----------
    inputs : dict
        The arrays of a case.
    scores : ndarray of shape (N, C)
    hidden : ndarray of shape (N, H)
    broken : iterable of str
        Tasks whose results are given from the start.
    """

    def __init__(
        self, inputs: Arrays, scores: np.ndarray, hidden: np.ndarray, broken: Iterable[str] = ()
    ) -> None:
        self._inputs, self._scores, self._hidden = inputs, scores, hidden
        self.broken = set(broken)  # tasks in which some statement has raised
        self.returned: set[str] = set()  # tasks that return early

    def breaks(self, task: str) -> None:
        """Note that a statement of a task has raised."""
        self.broken.add(task)

    def returns(self, task: str, value: Any) -> Any:
        """The result of a task that returns early."""
        self.returned.add(task)
        return value[0] if isinstance(value, tuple) and value else value

    def scores(self, own: Any) -> Any:
        """The student's own scores, or the given ones if T#5 has raised or has none."""
        if getattr(own, "shape", None) != self._scores.shape:
            self.breaks("T#5")
        return self._scores.copy() if "T#5" in self.broken else own

    def of_scores(self, name: str, own: Any) -> Any:
        """A variable of T#5; a given one if it is not set, or has no row for each example."""
        is_array = isinstance(own, np.ndarray)
        kept = is_array and (
            own.ndim > 1 or any(np.array_equal(own, one) for one in self._inputs.values())
        )
        if kept or "T#5" not in self.broken or not (is_array or own is None):
            return own
        return self._inputs.get(name, self._hidden).copy()

    def of_loss(self, form: str, own: Any, scores: np.ndarray) -> Any:
        """A variable of T#6 that T#7 reads; if T#6 has raised, a given one in one of three forms.

        Numbers, and arrays of zeros and ones, stay as they are.
        """
        is_array = isinstance(own, np.ndarray) and not np.isin(own, (0, 1)).all()
        if "T#6" not in self.broken or not (is_array or own is None):
            return own
        shifted = scores - scores.max(axis=1, keepdims=True)  # (N, C)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (N, C)
        return {"logarithm": logs, "divisor": np.ones((len(logs), 1))}.get(form, np.exp(logs))

    def loss(self, own: Any) -> Any:
        """The student's own loss, or NaN if T#6 has raised or never sets it."""
        return float("nan") if "T#6" in self.broken or own is None else own


def with_guarded_loss(tree: ast.Module, class_name: str, known: Iterable[str]) -> ast.Module | None:
    """The module with that class alone, and in it `loss` alone, whose T#5 and T#6 may raise.

    T#5 ends where the scores are returned, T#6 at the last statement that sets the variable which
    `loss` returns first, or that returns the loss. Each statement of the two may raise; `GIVEN`
    names a `Given` to go on with. `known` holds the names that the module has. The result is None
    if `loss` has another form.
    """
    loss = _method(tree, class_name, "loss")
    parts = _parts_of_loss(loss) if loss else None
    if not loss or not parts:
        return None
    at, end, scores, loss_name = parts
    before, between, after = loss.body[:at], loss.body[at + 1 : end], loss.body[end:]
    unset = _unset(loss, after) - {*known, loss_name}
    of_scores = {name for node in before for name in _stored(node)} - {scores}
    of_loss = {name for node in between for name in _stored(node)} & _mentioned(after)
    if _is_stub(before):
        of_scores |= unset
    if _is_stub(between):
        of_loss |= unset
    forms = _forms(after, of_loss - {loss_name})
    loss.body = [
        *(_going_past(node, "T#5", scores) for node in before),
        *_setting(scores, f"{GIVEN}.scores(%s)"),
        *(
            one
            for name in sorted(of_scores)
            for one in _setting(name, f"{GIVEN}.of_scores('{name}', %s)")
        ),
        loss.body[at],
        *(_going_past(node, "T#6", loss_name) for node in between),
        *_setting(loss_name, f"{GIVEN}.loss(%s)"),
        *(
            one
            for name, form in sorted(forms.items())
            for one in _setting(name, f"{GIVEN}.of_loss('{form}', %s, {scores})")
        ),
        *after,
    ]
    return _alone(tree, class_name, loss)


def _setting(name: str, to: str) -> list[ast.stmt]:
    return ast.parse(f"{name} = {to % f'locals().get({name!r})'}").body


def _going_past(node: ast.stmt, task: str, result: str) -> ast.Try:
    """A statement of a task that may raise; one that returns sets the task's result instead."""
    if isinstance(node, ast.Return):
        value = node.value or ast.Constant(None)
        (node,) = ast.parse(f"{result} = {GIVEN}.returns({task!r}, None)").body
        assert isinstance(node, ast.Assign)
        assert isinstance(node.value, ast.Call)
        node.value.args[1] = value
    return _guarded([node], f"{GIVEN}.breaks({task!r})")


def _is_stub(nodes: Sequence[ast.AST]) -> bool:
    return any(isinstance(node, ast.Raise) for node in nodes)


def _mentioned(nodes: Sequence[ast.AST]) -> set[str]:
    found = [one for node in nodes for one in ast.walk(node)]
    return {one.id for one in found if isinstance(one, ast.Name)}


def _unset(loss: ast.FunctionDef, after: Sequence[ast.stmt]) -> set[str]:
    """The names that some statements read and that `loss` sets nowhere."""
    arguments = {one.arg for one in ast.walk(loss) if isinstance(one, ast.arg)}
    return _mentioned(after) - _stored(loss, in_place=False) - arguments


def _forms(after: Sequence[ast.stmt], names: Iterable[str]) -> dict[str, str]:
    """The form in which T#7 reads each of these variables of T#6."""
    forms = dict.fromkeys(names, "softmax")
    for node in [one for statement in after for one in ast.walk(statement)]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            _note(forms, node.right, "divisor")
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "exp":
            _note(forms, node.args[0] if node.args else None, "logarithm")
    return forms


def _note(forms: dict[str, str], node: ast.AST | None, form: str) -> None:
    if isinstance(node, ast.Name) and node.id in forms:
        forms[node.id] = form


def end_of_loss(tree: ast.Module, class_name: str) -> tuple[str, int] | None:
    """The name of the variable that holds the loss, and the last line of T#6; None if unclear."""
    loss = _method(tree, class_name, "loss")
    parts = _parts_of_loss(loss) if loss else None
    if not loss or not parts:
        return None
    _, end, _, loss_name = parts
    return loss_name, loss.body[end - 1].end_lineno or 0


def arity_of_loss(tree: ast.Module, class_name: str) -> int | None:
    """Into how many variables `train` unpacks what `loss` returns; None if it does not."""
    train = _method(tree, class_name, "train")
    for node in ast.walk(train) if train else ():
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if isinstance(node.targets[0], ast.Tuple) and _asks_for_loss(node.value):
            return len(node.targets[0].elts)
    return None


def _parts_of_loss(loss: ast.FunctionDef) -> tuple[int, int, str, str] | None:
    """Where the scores are returned, where T#6 ends, and the names of scores and loss."""
    at = next((at for at, node in enumerate(loss.body) if _returns(node)), 0)
    returned = loss.body[-1].value if isinstance(loss.body[-1], ast.Return) else None
    first = returned.elts[0] if isinstance(returned, ast.Tuple) and returned.elts else None
    scores = at and next(
        (node.value for node in ast.walk(loss.body[at]) if isinstance(node, ast.Return)), None
    )
    if not (isinstance(scores, ast.Name) and isinstance(first, ast.Name)):
        return None
    ends = [
        index
        for index, node in enumerate(loss.body)
        if first.id in _stored(node) or (index > at and _returns_one_value(node))
    ]
    if max(ends, default=0) <= at:  # a stub, or a loss under another name
        raises = [i for i, node in enumerate(loss.body) if i > at and isinstance(node, ast.Raise)]
        ends = raises[:1] or [at]
    end = max(ends) + 1
    return at, end, scores.id, first.id


def _returns_one_value(node: ast.AST) -> bool:
    return isinstance(node, ast.Return) and not isinstance(node.value, ast.Tuple)


def _stored(node: ast.AST, in_place: bool = True) -> set[str]:
    """The names that a statement sets, those inside of it included."""
    changed = [one.target for one in ast.walk(node) if isinstance(one, ast.AugAssign)]
    return {
        child.id
        for child in ast.walk(node)
        if isinstance(child, ast.Name)
        and isinstance(child.ctx, ast.Store)
        and (in_place or child not in changed)
    }


def _method(tree: ast.Module, class_name: str, name: str) -> ast.FunctionDef | None:
    found = _last(tree.body, ast.ClassDef, class_name)
    return None if found is None else _last(found.body, ast.FunctionDef, name)


def _alone(tree: ast.Module, class_name: str, method: ast.FunctionDef) -> ast.Module:
    """The module with nothing but one class, and in it nothing but one method."""
    found = _last(tree.body, ast.ClassDef, class_name)
    assert found is not None
    found.bases, found.keywords, found.decorator_list, found.body = [], [], [], [method]
    future = [node for node in tree.body if getattr(node, "module", None) == "__future__"]
    tree.body = [*future, found]
    return ast.fix_missing_locations(tree)


def _returns(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and any(isinstance(child, ast.Return) for child in node.body)


def _last(nodes: Sequence[ast.stmt], kind: type[_Named], name: str) -> _Named | None:
    named = [node for node in nodes if isinstance(node, kind) and node.name == name]
    return named[-1] if named else None


def _guard(loop: ast.For) -> bool:
    """Guard what comes before and after the call of `loss` in a loop; says whether there is one."""
    at = next((at for at, node in enumerate(loop.body) if _asks_for_loss(node)), None)
    if at is None:
        return False
    before, after = loop.body[:at], loop.body[at + 1 :]
    decays = next((at for at, node in enumerate(after) if _sets_rate(node)), len(after))
    drawn = [*ast.parse(_NO_BATCH).body, _guarded(before, _NO_BATCH)] if before else []
    tasks = [nodes for nodes in (after[:decays], after[decays:]) if nodes]
    loop.body = [*drawn, loop.body[at], *(_guarded(nodes, _NOTHING) for nodes in tasks)]
    return True


def _guarded(nodes: list[ast.stmt], instead: str) -> ast.Try:
    guarded = ast.parse(f"try:\n    pass\nexcept BaseException:\n    {instead}").body[0]
    assert isinstance(guarded, ast.Try)
    guarded.body = nodes
    return guarded


def _asks_for_loss(node: ast.AST) -> bool:
    return any(
        isinstance(child, ast.Call)
        and isinstance(child.func, ast.Attribute)
        and child.func.attr == "loss"
        for child in ast.walk(node)
    )


def _sets_rate(node: ast.AST) -> bool:
    return "learning_rate" in _stored(node)

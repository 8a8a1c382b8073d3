"""Lets `train` and `loss` go on where one task raises: what comes after it is another task."""

import ast

GIVEN = "__given__"
_NO_BATCH = "X_batch = y_batch = None"
_NOTHING = "pass"


def with_guarded_train(tree, class_name):
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
    """What T#6 and T#7 of a `loss` go on with whose T#5 or T#6 raises.

    Parameters
    ----------
    scores : ndarray of shape (N, C)
    hidden : ndarray of shape (N, H)
    """

    def __init__(self, scores, hidden):
        self._scores, self._hidden = scores, hidden
        self.broken = set()  # tasks in which some statement has raised

    def breaks(self, task):
        """Note that a statement of a task has raised."""
        self.broken.add(task)

    def scores(self, own):
        """The student's own scores, or the given ones if T#5 has raised or has none."""
        if getattr(own, "shape", None) != self._scores.shape:
            self.breaks("T#5")
        return self._scores.copy() if "T#5" in self.broken else own

    def hidden(self):
        """What stands for a variable of T#5 that was never set."""
        return self._hidden.copy()

    def loss(self, own):
        """The student's own loss, or NaN if T#6 has raised."""
        return float("nan") if "T#6" in self.broken else own


def with_guarded_loss(tree, class_name):
    """The module with that class alone, and in it `loss` alone, whose T#5 and T#6 may raise.

    T#5 ends where the scores are returned, T#6 at the last statement that sets the variable which
    `loss` returns first. Each statement of the two may raise; `GIVEN` names a `Given` to go on
    with. The result is None if `loss` has another form.
    """
    loss = _method(tree, class_name, "loss")
    parts = loss and _parts_of_loss(loss)
    if not parts:
        return None
    at, end, scores, loss_name = parts
    unset = sorted({name for node in loss.body[:at] for name in _stored(node)} - {scores})
    loss.body = [
        *(_guarded([node], f"{GIVEN}.breaks('T#5')") for node in loss.body[:at]),
        *ast.parse(f"{scores} = {GIVEN}.scores(locals().get('{scores}'))").body,
        *(_guarded(ast.parse(name).body, f"{name} = {GIVEN}.hidden()") for name in unset),
        loss.body[at],
        *(_guarded([node], f"{GIVEN}.breaks('T#6')") for node in loss.body[at + 1 : end]),
        *ast.parse(f"{loss_name} = {GIVEN}.loss(locals().get('{loss_name}'))").body,
        *loss.body[end:],
    ]
    return _alone(tree, class_name, loss)


def end_of_loss(tree, class_name):
    """The name of the variable that holds the loss, and the last line of T#6; None if unclear."""
    loss = _method(tree, class_name, "loss")
    parts = loss and _parts_of_loss(loss)
    if not parts:
        return None
    _, end, _, loss_name = parts
    return loss_name, loss.body[end - 1].end_lineno


def arity_of_loss(tree, class_name):
    """Into how many variables `train` unpacks what `loss` returns; None if it does not."""
    train = _method(tree, class_name, "train")
    for node in ast.walk(train) if train else ():
        unpacks = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)
        if unpacks and isinstance(node.value, ast.Call) and _asks_for_loss(node.value):
            return len(node.targets[0].elts)
    return None


def _parts_of_loss(loss):
    """Where the scores are returned, where T#6 ends, and the names of scores and loss."""
    at = next((at for at, node in enumerate(loss.body) if _returns(node)), 0)
    returned = loss.body[-1].value if isinstance(loss.body[-1], ast.Return) else None
    first = returned.elts[0] if isinstance(returned, ast.Tuple) and returned.elts else None
    scores = at and next(
        (node.value for node in ast.walk(loss.body[at]) if isinstance(node, ast.Return)), None
    )
    if not (isinstance(scores, ast.Name) and isinstance(first, ast.Name)):
        return None
    ends = [index for index, node in enumerate(loss.body) if first.id in _stored(node)]
    end = max(ends, default=0) + 1
    return (at, end, scores.id, first.id) if end > at + 1 else None


def _stored(node):
    """The names that a statement sets, those inside of it included."""
    return {
        child.id
        for child in ast.walk(node)
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
    }


def _method(tree, class_name, name):
    found = _last(tree.body, ast.ClassDef, class_name)
    return found and _last(found.body, ast.FunctionDef, name)


def _alone(tree, class_name, method):
    """The module with nothing but one class, and in it nothing but one method."""
    found = _last(tree.body, ast.ClassDef, class_name)
    found.bases, found.keywords, found.decorator_list, found.body = [], [], [], [method]
    future = [node for node in tree.body if getattr(node, "module", None) == "__future__"]
    tree.body = [*future, found]
    return ast.fix_missing_locations(tree)


def _returns(node):
    return isinstance(node, ast.If) and any(isinstance(child, ast.Return) for child in node.body)


def _last(nodes, kind, name):
    named = [node for node in nodes if isinstance(node, kind) and node.name == name]
    return named[-1] if named else None


def _guard(loop):
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


def _guarded(nodes, instead):
    guarded = ast.parse(f"try:\n    pass\nexcept BaseException:\n    {instead}").body[0]
    assert isinstance(guarded, ast.Try)
    guarded.body = nodes
    return guarded


def _asks_for_loss(node):
    return any(
        isinstance(child, ast.Call)
        and isinstance(child.func, ast.Attribute)
        and child.func.attr == "loss"
        for child in ast.walk(node)
    )


def _sets_rate(node):
    return "learning_rate" in _stored(node)

"""Lets `train` and `loss` go on where one task raises: what comes after it is another task."""

import ast
import re

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


def with_guarded_loss(tree, class_name, text):
    """The module with that class alone, and in it `loss` alone, whose T#5 and T#6 may raise.

    T#6 and T#7 go on with what a call of `GIVEN` makes of T#5's scores, or of None; the loss is
    NaN. T#6 ends where the release's comment on T#7 stands in `text`. The result is None where
    there is no such comment, `loss`, or return of the scores.
    """
    loss = _method(tree, class_name, "loss")
    if not loss:
        return None
    marks = [at for at, line in enumerate(text.splitlines(), 1) if re.search(r"#.*\bT#7\b", line)]
    mark = next((at for at in marks if loss.lineno < at <= loss.end_lineno), 0)
    at = next((at for at, node in enumerate(loss.body) if _returns(node)), 0)
    end = sum(node.lineno < mark for node in loss.body)
    if not 0 < at < end - 1:
        return None
    loss.body = [
        _guarded(loss.body[:at], _NOTHING),
        *ast.parse(f"scores = {GIVEN}(locals().get('scores'))").body,
        loss.body[at],
        *ast.parse("loss = float('nan')").body,
        _guarded(loss.body[at + 1 : end], _NOTHING),
        *loss.body[end:],
    ]
    return _alone(tree, class_name, loss)


def _method(tree, class_name, name):
    found = _last(tree.body, ast.ClassDef, class_name)
    return found and _last(found.body, ast.FunctionDef, name)


def _alone(tree, class_name, method):
    """The module with nothing but one class, and in it nothing but one method."""
    found = _last(tree.body, ast.ClassDef, class_name)
    found.bases, found.keywords, found.decorator_list, found.body = [], [], [], [method]
    tree.body = [found]
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
    return any(
        isinstance(child, ast.Name)
        and child.id == "learning_rate"
        and isinstance(child.ctx, ast.Store)
        for child in ast.walk(node)
    )

"""Lets `train` go on where drawing a batch or making a step raises: its rates are another task."""

import ast

_NO_BATCH = "X_batch = y_batch = None"
_NOTHING = "pass"


def with_guarded_train(tree, class_name):
    """The module with that class alone, and in it `train` alone, which goes on whatever raises.

    What stands before the call of ``self.loss`` in the loop of `train` may raise or do nothing;
    the batch is then None. What stands after it may raise as well, the step and that which sets
    the learning rate each for itself. The result is None where there is no such class, `train` or
    loop.
    """
    found = _last(tree.body, ast.ClassDef, class_name)
    train = found and _last(found.body, ast.FunctionDef, "train")
    if not train or not any(_guard(loop) for loop in ast.walk(train) if isinstance(loop, ast.For)):
        return None
    found.bases, found.keywords, found.decorator_list, found.body = [], [], [], [train]
    tree.body = [found]
    return ast.fix_missing_locations(tree)


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
    guarded = ast.parse(f"try:\n    pass\nexcept Exception:\n    {instead}").body[0]
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

"""Value fingerprints of Python code: what it computes, whatever names and idioms it uses.

Each function is walked in order without running it. A local name stands for the expression that
was assigned to it, so renaming, temporaries and the order of independent statements do not
matter. Expressions get one form for their many spellings: `np.dot(a, b)`, `a.dot(b)` and `a @ b`
are one product, `np.maximum(0, z)`, `z * (z > 0)` and `z[z < 0] = 0` are one ReLU.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tools.course.similar.terms import (
    INDEX,
    ONEHOT,
    OPERATIONS,
    ZERO,
    N,
    Term,
    add,
    einsum,
    inv,
    logical_not,
    make,
    mul,
    neg,
    number,
    pick,
    step,
    symbol,
    total,
    transpose,
    where,
)

MAX_STEPS = 30_000  # expressions evaluated in one file: inlined calls cannot explode
MAX_CALL_DEPTH = 4  # calls inlined inside one another

SAME = """reshape ravel flatten squeeze astype copy array asarray float int list tolist
expand_dims resize tile vstack hstack matrix atleast_2d items values broadcast_to"""
BINARY = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.MatMult: "dot",
    ast.Pow: "power",
}  # fmt: skip
SPELLINGS = {
    "matmul": "dot", "multiply": "mul", "subtract": "sub", "divide": "div", "true_divide": "div",
    "fmax": "maximum", "amax": "max", "transpose": "T", "pow": "power", "xrange": "range",
    "arange": "range", "zeros_like": "zeros", "empty": "zeros", "empty_like": "zeros",
    "ones_like": "ones", "negative": "neg", "identity": "eye",
}  # fmt: skip


@dataclass(slots=True)
class Walk:
    """State of one walk through a file: what names stand for and what was found so far."""

    functions: dict[str, ast.FunctionDef | ast.Lambda]
    found: list[tuple[int, int]] = field(default_factory=list)
    env: dict[str, Term] = field(default_factory=dict)
    steps: int = 0
    depth: int = 0
    loops: int = 0

    def evaluate(self, node: ast.expr) -> Term:
        """Return the term of an expression and note its fingerprints."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise RecursionError("too many expressions")
        method = getattr(self, f"_{type(node).__name__.lower()}", self._other)
        term: Term = method(node)
        self._note(term, node.lineno)
        return term

    def _note(self, term: Term, line: int) -> None:
        if not term.kids or self.depth:
            return
        self.found += [(h, line) for h in term.hashes[2:]]

    def _other(self, node: ast.expr) -> Term:
        children = [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]
        return make(type(node).__name__, *(self.evaluate(c) for c in children))

    def _constant(self, node: ast.Constant) -> Term:
        if isinstance(node.value, int | float) and abs(node.value) < 1e30:
            return number(node.value)
        return symbol(repr(node.value)[:200])

    def _name(self, node: ast.Name) -> Term:
        return self.env.get(node.id) or symbol(node.id)

    def _attribute(self, node: ast.Attribute) -> Term:
        value = self.evaluate(node.value)
        if node.attr in ("T", "shape"):
            return transpose(value) if node.attr == "T" else make("shape", value)
        return symbol(node.attr) if not value.kids else make(node.attr, value)

    def _binop(self, node: ast.BinOp) -> Term:
        return self._operate(
            BINARY.get(type(node.op), type(node.op).__name__),
            [self.evaluate(node.left), self.evaluate(node.right)],
        )

    def _unaryop(self, node: ast.UnaryOp) -> Term:
        value = self.evaluate(node.operand)
        if isinstance(node.op, ast.USub):
            return neg(value)
        return value if isinstance(node.op, ast.UAdd) else logical_not(value)

    def _compare(self, node: ast.Compare) -> Term:
        left, right = self.evaluate(node.left), self.evaluate(node.comparators[0])
        name = type(node.ops[0]).__name__
        if left == ZERO:
            left, right, name = right, left, name.translate(str.maketrans("LG", "GL"))
        if right == ZERO and name in ("Gt", "GtE", "NotEq"):
            return step(left)
        if right == ZERO and name in ("Lt", "LtE", "Eq"):
            return make("not", step(left))
        return make(name, left, right)

    def _ifexp(self, node: ast.IfExp) -> Term:
        return where(*(self.evaluate(n) for n in (node.test, node.body, node.orelse)))

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> Term:
        for loop in node.generators:
            self._bind_loop(loop.target, loop.iter)
        return self.evaluate(node.value if isinstance(node, ast.DictComp) else node.elt)

    _generatorexp = _dictcomp = _listcomp

    def _lambda(self, node: ast.Lambda) -> Term:
        return symbol("lambda")

    def _dict(self, node: ast.Dict) -> Term:
        return make("dict", *(self.evaluate(value) for value in node.values))

    def _subscript(self, node: ast.Subscript) -> Term:
        key = self._dict_key(node)
        if key:
            return self.env.get(key) or symbol(key.partition("[")[2])
        base, parts = self.evaluate(node.value), self._index(node)
        if base.op == "eye":
            return ONEHOT
        if base.op == "shape":
            return N if parts == [ZERO] else make("shape1")
        if self._picks(parts):
            return pick(base)
        return make("at", base, *parts) if parts else base

    def _index(self, node: ast.Subscript) -> list[Term]:
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        terms = [self.evaluate(i) for i in index if not isinstance(i, ast.Slice)]
        return [t for t in terms if t not in (INDEX, symbol("None"), symbol("newaxis"))]

    def _picks(self, parts: list[Term]) -> bool:
        """Tell if an index takes the right class of each row: `[range(N), y]` or `[i, y[i]]`."""
        if len(parts) == 1 and parts[0].op == "Tuple":
            parts = list(parts[0].kids)
        return bool(parts) and parts[-1].op == "y" and all(p.op in ("range", "y") for p in parts)

    def _dict_key(self, node: ast.Subscript) -> str | None:
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            return f"{ast.unparse(node.value)[:80]}[{node.slice.value}"
        return None

    def _call(self, node: ast.Call) -> Term:
        function, arguments = node.func, list(node.args)
        name = getattr(function, "attr", getattr(function, "id", "call"))
        own = self.functions.get(name)
        if own and self.depth < MAX_CALL_DEPTH and not node.keywords and name != "loss":
            return self._inline(own, [self.evaluate(a) for a in arguments])
        if isinstance(function, ast.Attribute) and not _is_module(function.value):
            arguments.insert(0, function.value)
        if name == "einsum" and arguments and isinstance(arguments[0], ast.Constant):
            terms = [self.evaluate(a) for a in arguments[1:]]
            return einsum(str(arguments[0].value), terms) or make("einsum", *terms)
        options = {k.arg: k.value for k in node.keywords}
        return self._reduce(name, [self.evaluate(a) for a in arguments], options)

    def _reduce(self, name: str, terms: list[Term], options: dict[str | None, ast.expr]) -> Term:
        name = SPELLINGS.get(name, name)
        if name in ("sum", "mean", "max", "argmax") and terms:
            axis = self.evaluate(options["axis"]).op if "axis" in options else ""
            axis = axis or (terms[1].op if len(terms) > 1 else "")
            if name == "mean":
                return mul(inv(N), total(terms[0], axis))
            if name == "sum":
                return total(terms[0], axis)
            return make(name + ("" if name == "argmax" or axis else " of all"), terms[0])
        if name in SAME.split():
            return terms[0] if terms else symbol(name)
        terms += [self.evaluate(v) for k, v in options.items() if k not in ("keepdims", "dtype")]
        return self._operate(name, terms)

    def _operate(self, name: str, terms: Sequence[Term]) -> Term:
        try:
            return OPERATIONS[name](*terms)
        except (KeyError, TypeError):  # not an operation of ours, or too many operands
            return make(name, *terms)

    def _inline(self, function: ast.FunctionDef | ast.Lambda, values: list[Term]) -> Term:
        saved, names = self.env, [a.arg for a in function.args.args if a.arg != "self"]
        self.env, self.depth = {**saved, **dict(zip(names, values, strict=False))}, self.depth + 1
        try:
            if isinstance(function, ast.Lambda):
                return self.evaluate(function.body)
            self.run(function.body)
            return self.env.get("return", symbol("None"))
        finally:
            self.env, self.depth = saved, self.depth - 1

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Walk statements in order."""
        for statement in body:
            method = getattr(self, f"_do_{type(statement).__name__.lower()}", self._do_other)
            method(statement)

    def _do_other(self, node: ast.stmt) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        for name in ("body", "orelse", "finalbody"):
            self.run(getattr(node, name, []))

    def _do_functiondef(self, node: ast.FunctionDef) -> None:
        self.functions.setdefault(node.name, node)

    def _do_classdef(self, node: ast.ClassDef) -> None:
        self.run([n for n in node.body if not isinstance(n, ast.FunctionDef)])

    def _do_return(self, node: ast.Return) -> None:
        self.env["return"] = self.evaluate(node.value) if node.value else symbol("None")

    def _do_assign(self, node: ast.Assign) -> None:
        if isinstance(node.value, ast.Lambda) and isinstance(node.targets[0], ast.Name):
            self.functions[node.targets[0].id] = node.value
            return
        for target in node.targets:
            self._assign(target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, other in zip(target.elts, value.elts, strict=False):
                self._assign(one, other)
        elif isinstance(target, ast.Tuple):
            self.evaluate(value)
            for one in target.elts:
                self._store(one, symbol(getattr(one, "id", "item")))
        else:
            self._store(target, self.evaluate(value))

    def _do_augassign(self, node: ast.AugAssign) -> None:
        name, value = BINARY.get(type(node.op), "aug"), self.evaluate(node.value)
        if self.loops and name in ("add", "sub") and isinstance(node.target, ast.Name):
            value = total(value, "1")
        if isinstance(node.target, ast.Subscript) and self._picks(self._index(node.target)):
            self._add_to_picked(node.target.value, self._operate(name, [ZERO, value]))
            return
        self._store(node.target, self._operate(name, [self.evaluate(node.target), value]))
        self._note(self.evaluate(node.target), node.lineno)

    def _add_to_picked(self, array: ast.expr, value: Term) -> None:
        self._store(array, add(self.evaluate(array), mul(value, ONEHOT)))

    def _do_expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "np.add.at":
            self._add_to_picked(node.value.args[0], self.evaluate(node.value.args[-1]))
        else:
            self.evaluate(node.value)

    def _store(self, target: ast.expr, value: Term) -> None:
        if isinstance(target, ast.Name):
            self.env[target.id] = value
        elif isinstance(target, ast.Subscript):
            key = self._dict_key(target)
            if key:
                self.env[key] = value
                return
            base, parts = self.evaluate(target.value), self._index(target)
            self._store(target.value, self._put(base, parts, value))

    def _put(self, base: Term, parts: list[Term], value: Term) -> Term:
        """Return an array after `base[parts] = value`."""
        if self._picks(parts):
            change = add(value, neg(pick(base)))
            if base == ZERO or change.number is not None:
                return add(base, mul(change, ONEHOT))
            return make("put", base, ONEHOT, value)
        if len(parts) != 1 or parts[0].op not in ("not", "step"):
            return value if not parts else make("put", base, *parts, value)
        return where(logical_not(parts[0]), base, value) if value == ZERO else where(
            parts[0], value, base)  # fmt: skip

    def _do_for(self, node: ast.For) -> None:
        self._bind_loop(node.target, node.iter)
        self.loops += 1
        self.run(node.body)
        self.loops -= 1

    def _bind_loop(self, target: ast.expr, rows: ast.expr) -> None:
        term = self.evaluate(rows)
        for name in (n.id for n in ast.walk(target) if isinstance(n, ast.Name)):
            self.env[name] = INDEX if term.op in ("range", "params", "grads", "keys") else term


def _is_module(node: ast.expr) -> bool:
    text = ast.unparse(node)[:20]
    return text in ("np", "numpy", "self", "np.random", "numpy.random", "np.linalg", "np.ma")


def value_fingerprints(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Yield (fingerprint, line) of every expression in a parsed file.

    A body that cannot be followed to its end (too long, too deep, not what we know) yields what
    was found before that.
    """
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    top = [n for n in tree.body if not isinstance(n, ast.FunctionDef)]
    for body in [top, *(f.body for f in functions)]:
        walk = Walk({f.name: f for f in functions})
        # Whatever a student wrote, it ends the walk through this one body only.
        with suppress(Exception):
            walk.run(body)
        yield from walk.found

"""Value fingerprints of Python code: what it computes, whatever names and idioms it uses.

Each function is walked in order without running it. A local name stands for the expression that
was assigned to it, so renaming, temporaries and the order of independent statements do not
matter. Expressions get one form for their many spellings: `np.dot(a, b)`, `a.dot(b)` and `a @ b`
are one product, `np.maximum(0, z)`, `z * (z > 0)` and `z[z < 0] = 0` are one ReLU.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

MAX_STEPS = 30_000  # expressions evaluated in one file: inlined calls cannot explode
MAX_CALL_DEPTH = 4  # calls inlined inside one another
MAX_TERMS = 24  # operands of one flattened sum or product
CUTS = 3  # a fingerprint also covers the top 1, 2 and 3 levels of an expression

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


@lru_cache(maxsize=100_000)
def text_hash(text: str) -> int:
    """Return a 60-bit hash of a text, the same in every process."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) >> 4


@dataclass(frozen=True, slots=True)
class Term:
    """An expression in canonical form; `hashes` cover 0 to CUTS levels of it, then all of it."""

    op: str
    kids: tuple[Term, ...]
    hashes: tuple[int, ...]
    number: float | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self.hashes[-1] == other.hashes[-1]

    def __hash__(self) -> int:
        return self.hashes[-1]


def make(op: str, *kids: Term) -> Term:
    """Return the term `op(*kids)` as it stands."""
    own = text_hash(op)
    levels = [own] + [hash((own, *(k.hashes[i] for k in kids))) for i in range(CUTS)]
    return Term(op, kids, (*levels, hash((own, *(k.hashes[-1] for k in kids)))))


def symbol(name: str) -> Term:
    """Return a term without operands."""
    return make(name)


def number(value: float) -> Term:
    """Return a numeric constant."""
    term = make(f"{value:g}")
    return Term(term.op, (), term.hashes, float(value))


ROW_VALUES = ("inv", "sum", "max", "max of all", "pick", "N", "y")  # one number a row, or one
ZERO, ONE, N, ONEHOT, INDEX = number(0), number(1), symbol("N"), symbol("onehot"), symbol("index")


def add(*terms: Term) -> Term:
    """Return a sum: flattened, sorted, without zeros."""
    flat = _flatten("add", terms)
    constant = sum(t.number for t in flat if t.number is not None)
    kept = sorted((t for t in flat if t.number is None), key=hash)
    kept += [number(constant)] if constant or not kept else []
    return kept[0] if len(kept) == 1 else make("add", *kept)


def mul(*terms: Term) -> Term:
    """Return a product: flattened, sorted, constants folded, `z * step(z)` as a ReLU."""
    flat, constant = _flatten("mul", terms), 1.0
    for term in flat:
        constant *= 1.0 if term.number is None else term.number
    kept = [t for t in flat if t.number is None]
    if constant == 0.0:
        return ZERO
    for mask in [t for t in kept if t.op == "step"]:
        if mask.kids[0] in kept:
            kept.remove(mask)
            kept[kept.index(mask.kids[0])] = make("relu", mask.kids[0])
    kept.sort(key=hash)
    kept = ([number(constant)] if constant != 1.0 else []) + kept
    return kept[0] if len(kept) == 1 else make("mul", *kept) if kept else ONE


def _flatten(op: str, terms: Sequence[Term]) -> list[Term]:
    flat = [kid for t in terms for kid in (t.kids if t.op == op else (t,))]
    return flat if len(flat) <= MAX_TERMS else list(terms)


@lru_cache(maxsize=10_000)  # a term may hold one operand many times
def neg(term: Term) -> Term:
    """Return -term."""
    if term.op == "add":
        return add(*(neg(kid) for kid in term.kids))
    return mul(number(-1), term)


def inv(term: Term) -> Term:
    """Return 1 / term."""
    if term.number:
        return number(1 / term.number)
    return term.kids[0] if term.op == "inv" else make("inv", term)


@lru_cache(maxsize=10_000)  # a term may hold one operand many times
def transpose(term: Term) -> Term:
    """Return the transpose; two of them cancel, and it is taken inside elementwise operations."""
    if term.op in ("add", "mul"):
        return OPERATIONS[term.op](*(transpose(kid) for kid in term.kids))
    if term.op in ("exp", "log", "inv"):
        return make(term.op, transpose(term.kids[0]))
    if term.op in ROW_VALUES or term.number is not None:
        return term
    return term.kids[0] if term.op == "T" else make("T", term)


def step(term: Term) -> Term:
    """Return 1 where the term is positive, else 0; a ReLU is positive where its input is."""
    return make("step", term.kids[0] if term.op == "relu" else term)


def total(term: Term, axis: str) -> Term:
    """Return the sum along an axis; signs and constants stand outside of it."""
    if term.op == "mul":
        if ONEHOT in term.kids and axis != "0":
            return pick(mul(*(k for k in term.kids if k != ONEHOT)))
        outside = [k for k in term.kids if k.number is not None or k == inv(N)]
        if outside:
            return mul(*outside, total(mul(*(k for k in term.kids if k not in outside)), axis))
    return make("sum" + ("0" if axis == "0" else ""), term)


@lru_cache(maxsize=10_000)  # a term may hold one operand many times
def log(term: Term) -> Term:
    """Return the logarithm; that of a product is a sum."""
    if term.op == "exp":
        return term.kids[0]
    if term.op == "mul" and all(k.number is None for k in term.kids):
        return add(*(log(kid) for kid in term.kids))
    return neg(log(term.kids[0])) if term.op == "inv" else make("log", term)


@lru_cache(maxsize=10_000)  # a term may hold one operand many times
def pick(term: Term) -> Term:
    """Return each row's entry of the right class; taken inside elementwise operations."""
    if term.op in ("mul", "add") and any(
        "exp" in (k.op, *(g.op for g in k.kids)) for k in term.kids
    ):
        return OPERATIONS[term.op](*(pick(kid) for kid in term.kids))
    if term.op in ("exp", "log"):
        return make(term.op, pick(term.kids[0]))
    return term if term.op in ROW_VALUES or term.number is not None else make("pick", term)


def power(base: Term, exponent: Term) -> Term:
    """Return a power; a square is a product."""
    return mul(base, base) if exponent.number == 2 else make("power", base, exponent)


def maximum(a: Term, b: Term) -> Term:
    """Return the larger one; a ReLU if one is zero."""
    if ZERO in (a, b):
        return make("relu", b if a == ZERO else a)
    return make("maximum", *sorted((a, b), key=hash))


def where(test: Term, yes: Term, no: Term) -> Term:
    """Return a choice; a product if the other value is zero."""
    if no == ZERO:
        return mul(yes, test)
    return mul(no, make("not", test)) if yes == ZERO else make("where", test, yes, no)


def logical_not(test: Term) -> Term:
    """Return the opposite; two of them cancel."""
    return test.kids[0] if test.op == "not" else make("not", test)


def random_choice(rows: Term, *rest: Term) -> Term:
    """Return a random draw; `choice(n)` and `choice(range(n))` are the same."""
    return make("choice", rows.kids[-1] if rows.op == "range" and rows.kids else rows, *rest)


OPERATIONS: dict[str, Callable[..., Term]] = {
    "add": add, "mul": mul, "neg": neg, "T": transpose, "log": log, "power": power,
    "maximum": maximum, "where": where, "choice": random_choice, "logical_not": logical_not,
    "sub": lambda a, b: add(a, neg(b)),
    "div": lambda a, b: mul(a, inv(b)),
    "square": lambda a: mul(a, a),
    "clip": lambda a, low=ZERO, *_: maximum(a, low),
    "sign": lambda a: step(a) if a.op == "relu" else make("sign", a),
    "zeros": lambda *_: ZERO,
    "ones": lambda *_: ONE,
    "len": lambda *_: N,
    "choose": lambda labels, rows: pick(transpose(rows)),
    "eye": lambda *_: symbol("eye"),
}  # fmt: skip


def einsum(spec: str, terms: Sequence[Term]) -> Term | None:
    """Return an einsum of one or two matrices as products, transposes and sums."""
    inputs, _, output = spec.replace(" ", "").partition("->")
    names = inputs.split(",")
    if len(names) != len(terms) or any(len(name) != 2 for name in names):
        return None
    if len(names) == 1:
        return total(terms[0], "0" if output == names[0][1] else "1")
    (a, b), (left, right) = terms, names
    if left == right:
        return total(mul(a, b), "1")
    shared = (set(left) & set(right)) - set(output)
    if len(shared) != 1 or len(output) != 2:
        return None
    a = a if left[1] in shared else transpose(a)
    b = b if right[0] in shared else transpose(b)
    product = make("dot", a, b)
    return product if output[0] in left else transpose(product)


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

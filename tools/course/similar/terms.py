"""Expressions in one canonical form for their many spellings, each with its fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

MAX_TERMS = 24  # operands of one flattened sum or product
CUTS = 3  # a fingerprint also covers the top 1, 2 and 3 levels of an expression


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

"""Measure `tools.course.similar` on real solutions with planted copies.

`python -m tools.dev.measure_similar FOLDER` reads the Python files of FOLDER as independent
solutions of `neural_net.py`. It makes copies of some of them in several ways, always the same
ones, and prints precision, recall and average precision by kind of copy and the rate of false
alarms. FOLDER/by_hand/NAME.py is a copy of NAME.py that a person rewrote.
"""

from __future__ import annotations

import ast
import math
import random
import re
import sys
import textwrap
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.course.similar import THRESHOLD, SimilarPair, find_similar, given_sources
from tools.course.similar.text import tokens
from tools.release.sources import NEURAL_NET

GIVEN = given_sources()[NEURAL_NET]
LOWEST = 1.0  # pairs below this score count as not found
ROUNDS = 5  # each round plants copies of other solutions
PLANTED = 5  # copies of each kind in one round
GIVEN_NAMES = {t.text for t in tokens(GIVEN) if t.kind == "name"}
GIVEN_NAMES |= {"scores", "loss", "grads", "labels", "X_batch", "y_batch"}
SYLLABLES = "bacodifugehijokalemipurasetivowaxeyuza"


def _word(rng: random.Random) -> str:
    """Return a word that no other copy uses by chance."""
    return "".join(SYLLABLES[i : i + 2] for i in rng.choices(range(0, len(SYLLABLES), 2), k=4))


def formatted(source: str, rng: random.Random) -> str:
    """Change layout and comments only."""
    lines = []
    for line in ast.unparse(ast.parse(source)).split("\n"):
        if rng.random() < 0.15 and line.strip() and not line.strip().startswith(('"', "'")):
            lines.append(line[: len(line) - len(line.lstrip())] + f"# {_word(rng)} {_word(rng)}")
        lines.append(line.replace(" = ", "=") if rng.random() < 0.3 else line)
    return "\n".join(lines) if _parses("\n".join(lines)) else ast.unparse(ast.parse(source))


def renamed(source: str, rng: random.Random) -> str:
    """Give every name of the student a new one."""
    tree = ast.parse(source)
    stored = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    own = sorted(stored - GIVEN_NAMES)
    new = {name: _word(rng) for name in own}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
    return ast.unparse(tree)


def _names(node: ast.AST) -> tuple[set[str], set[str]]:
    reads, writes = set(), set()
    for n in ast.walk(node):
        if isinstance(n, ast.Subscript | ast.Attribute) and isinstance(n.ctx, ast.Store):
            text = ast.unparse(n)
            keyed = re.fullmatch(r"\w+(\.\w+)?\['\w+'\]", text)
            writes.add(text if keyed else ast.unparse(n.value))
        elif isinstance(n, ast.Subscript) and re.fullmatch(r"\w+\['\w+'\]", ast.unparse(n)):
            reads.add(ast.unparse(n))
        elif isinstance(n, ast.Name):
            (writes if isinstance(n.ctx, ast.Store) else reads).add(n.id)
        if isinstance(n, ast.AugAssign):
            reads |= {ast.unparse(n.target)}
    return reads - {"np", "self"}, writes


def reordered(source: str, rng: random.Random) -> str:
    """Move methods, and statements that do not depend on each other."""
    tree = ast.parse(source)
    for block in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.For)]:
        body = block.body
        for _ in range(8 * len(body)):
            i = rng.randrange(max(len(body) - 1, 1))
            if i + 1 >= len(body) or not all(
                isinstance(s, ast.Assign | ast.AugAssign) for s in body[i : i + 2]
            ):
                continue
            (r1, w1), (r2, w2) = _names(body[i]), _names(body[i + 1])
            if not (w1 & (r2 | w2) or w2 & r1):
                body[i], body[i + 1] = body[i + 1], body[i]
    for owner in [n for n in tree.body if isinstance(n, ast.ClassDef)]:
        rng.shuffle(owner.body)
    return ast.unparse(tree)


class _Idioms(ast.NodeTransformer):
    """Write the same computation in another way, chosen once for each file."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.product = rng.choice(["dot", "@", "einsum", "matmul"])
        self.relu = rng.choice(["where", "mask", "clip"])
        self.square = rng.choice(["square", "power", "dot"])
        self.rows = rng.choice(["range(N)", "np.arange(N)", "np.arange(len(y))"])

    def _expr(self, text: str, **parts: ast.expr) -> ast.expr:
        return ast.parse(
            text.format(**{k: f"({ast.unparse(v)})" for k, v in parts.items()}), mode="eval"
        ).body

    def _product(self, a: ast.expr, b: ast.expr) -> ast.expr:
        form = {
            "dot": "np.dot({a}, {b})",
            "@": "{a} @ {b}",
            "matmul": "np.matmul({a}, {b})",
            "einsum": "np.einsum('ij,jk->ik', {a}, {b})",
        }[self.product]
        return self._expr(form, a=a, b=b)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            return self._product(node.left, node.right)
        if isinstance(node.op, ast.Mult) and ast.dump(node.left) == ast.dump(node.right):
            form = {"square": "np.square({a})", "power": "{a} ** 2", "dot": "np.power({a}, 2)"}
            return self._expr(form[self.square], a=node.left)
        if isinstance(node.op, ast.Mult) and self.rng.random() < 0.6:
            return ast.BinOp(node.right, ast.Mult(), node.left)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        text = ast.unparse(node.func)
        if text in ("np.dot", "np.matmul") and len(node.args) == 2:
            return self._product(*node.args)
        if text.endswith(".dot") and len(node.args) == 1 and isinstance(node.func, ast.Attribute):
            return self._product(node.func.value, node.args[0])
        if text in ("np.maximum", "np.fmax") and any(ast.unparse(a) == "0" for a in node.args):
            value = next(a for a in node.args if ast.unparse(a) != "0")
            form = {
                "where": "np.where({a} > 0, {a}, 0)",
                "mask": "{a} * ({a} > 0)",
                "clip": "np.clip({a}, 0, None)",
            }[self.relu]
            return self._expr(form, a=value)
        if text in ("np.sum", "np.max") and node.args:
            node.func = ast.Attribute(node.args.pop(0), text[3:], ast.Load())
            return ast.parse(
                f"({ast.unparse(node.func.value)}).{text[3:]}("
                + ", ".join(
                    [
                        *map(ast.unparse, node.args),
                        *(f"{k.arg}={ast.unparse(k.value)}" for k in node.keywords),
                    ]
                )
                + ")",
                mode="eval",
            ).body
        if text in ("range", "np.arange") and ast.unparse(node.args[0]) in ("N", "X.shape[0]"):
            return self._expr(self.rows)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        target = ast.unparse(node.target)
        if "[range" in target or "[np.arange" in target:
            base = re.split(r"\[(?:range|np\.arange)", target)[0]
            sign = "-" if isinstance(node.op, ast.Sub) else "+"
            return ast.parse(
                f"{base} = {base} {sign} ({ast.unparse(node.value)}) * np.eye({base}.shape[1])[y]"
            ).body[0]
        value = ast.BinOp(ast.parse(target, mode="eval").body, node.op, node.value)
        return ast.fix_missing_locations(ast.Assign([node.target], value, lineno=1))


def _loops(source: str) -> str:
    """Write updates of the four parameters as a loop, and a loop as four updates."""
    line = re.compile(r"^( *)self\.params\[['\"]\w\d['\"]\] [-+]?= .*\n", re.M)
    if len(line.findall(source)) == 4:
        indent = line.findall(source)[0]
        step = "self.params[key] = self.params[key] - learning_rate * grads[key]"
        loop = "for key in ('W1', 'b1', 'W2', 'b2'):"
        text = f"{indent}{loop}\n{indent}    {step}\n"
        return line.sub("", line.sub(lambda m: text, source, count=1))
    return re.sub(
        r"^( *)for \w+ in [\w.()]*(?:params|grads)[\w.()]*:\n.*\n",
        lambda m: "".join(
            f"{m[1]}self.params['{k}'] -= learning_rate * grads['{k}']\n"
            for k in ("b1", "b2", "W1", "W2")
        ),
        source,
        flags=re.M,
    )


def rewritten(source: str, rng: random.Random) -> str:
    """Say the same in other idioms."""
    tree = ast.fix_missing_locations(_Idioms(rng).visit(ast.parse(source)))
    return _loops(ast.unparse(tree))


def with_temporaries(source: str, rng: random.Random) -> str:
    """Give operands names of their own."""
    tree = ast.parse(source)
    for owner in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.For)]:
        body: list[ast.stmt] = []
        for statement in owner.body:
            value = getattr(statement, "value", None)
            if (
                isinstance(statement, ast.Assign)
                and isinstance(value, ast.BinOp)
                and rng.random() < 0.6
            ):
                name = _word(rng)
                body.append(ast.parse(f"{name} = {ast.unparse(value.left)}").body[0])
                value.left = ast.Name(name, ast.Load())
            body.append(statement)
        owner.body = body
    return ast.unparse(ast.fix_missing_locations(tree))


def _gradients(source: str) -> re.Match[str]:
    match = re.search(r"# T#7[^\n]*\n((?: +#[^\n]*\n)*)(.*?)(?= +return loss, grads)", source, re.S)
    assert match
    return match


def _free(block: str) -> list[str]:
    stored: set[str] = set()
    free: list[str] = []
    for statement in ast.parse(textwrap.dedent(block)).body:
        for node in (n for n in ast.walk(statement) if isinstance(n, ast.Name)):
            if isinstance(node.ctx, ast.Load) and node.id not in stored | GIVEN_NAMES | {"range"}:
                free += [node.id] if node.id not in free else []
        stored |= {
            n.id
            for n in ast.walk(statement)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
    return free


def only_gradients(source: str, host: str) -> str:
    """Put the gradients (T#7) of one solution into another, with the names of that one."""
    mine, theirs = _gradients(source), _gradients(host)
    block = mine.group(2)
    for old, new in zip(_free(block), _free(theirs.group(2)), strict=False):
        block = re.sub(rf"\b{old}\b", new, block)
    return host[: theirs.start(2)] + block + host[theirs.end(2) :]


Change = Callable[[str, random.Random], str]


def chain(*changes: Change) -> Change:
    """Return one change after another."""

    def apply(source: str, rng: random.Random) -> str:
        for change in changes:
            source = change(source, rng)
        return source

    return apply


KINDS: dict[str, Change] = {
    "formatting": formatted,
    "renaming": renamed,
    "reordering": reordered,
    "renaming+reordering": chain(renamed, reordered, formatted),
    "idioms": rewritten,
    "idioms+renaming": chain(rewritten, renamed, formatted),
    "everything": chain(rewritten, with_temporaries, renamed, reordered, formatted),
}


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def plant(
    real: Mapping[str, str], by_hand: Mapping[str, str], number: int
) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Return the class with copies, and of each copy its (original, kind)."""
    rng = random.Random(number)
    originals = [
        n for n in sorted(real) if n not in by_hand and "pass\n" not in _gradients(real[n]).group(2)
    ]
    rng.shuffle(originals)
    students, copies = dict(real), {}
    for kind in [*KINDS, "only T#7"]:
        for _ in range(PLANTED):
            name = originals.pop()
            host = rng.choice([h for h in originals if h != name])
            text = (
                only_gradients(real[name], real[host])
                if kind == "only T#7"
                else KINDS[kind](real[name], rng)
            )
            copy = f"copy of {name}"
            students[copy], copies[copy] = text, (name, kind)
            if kind == "only T#7":
                del students[host]  # the host handed in this file instead
                originals.remove(host)
    for name, text in by_hand.items():
        students[f"copy of {name}"], copies[f"copy of {name}"] = text, (name, "by hand")
    return students, copies


def average_precision(ranked: list[bool], positives: int) -> float:
    """Return the mean precision at each copy found, in ranked order."""
    hits, result = 0, 0.0
    for rank, hit in enumerate(ranked, 1):
        hits += hit
        result += hits / rank if hit else 0.0
    return result / max(positives, 1)


def main(folder: Path) -> None:
    """Print the table."""
    real = {p.stem: p.read_text() for p in sorted(folder.glob("*.py"))}
    by_hand = {p.stem: p.read_text() for p in sorted((folder / "by_hand").glob("*.py"))}
    precisions: dict[str, list[float]] = defaultdict(list)
    recalls: dict[str, list[bool]] = defaultdict(list)
    alarms, independent, seconds = 0, 0, 0.0
    for number in range(ROUNDS):
        students, copies = plant(real, by_hand, number)
        truth = {frozenset((copy, name)): kind for copy, (name, kind) in copies.items()}
        start = time.process_time()
        report = find_similar(
            {name: {NEURAL_NET: text} for name, text in students.items()},
            given=given_sources(),
            threshold=LOWEST,
            limit=len(students) ** 2,
        )
        seconds += time.process_time() - start
        ranked: list[tuple[SimilarPair | None, str | None]] = [
            (p, truth.pop(frozenset((p.first, p.second)), None)) for p in report.pairs
        ]
        ranked += [(None, kind) for kind in truth.values()]
        kinds = [kind for _, kind in ranked]
        precisions["all"].append(average_precision([k is not None for k in kinds], len(copies)))
        for way in dict.fromkeys(k for _, k in copies.values()):
            hits = [k == way for k in kinds if k in (None, way)]
            precisions[way].append(average_precision(hits, sum(hits)))
        for pair, kind in ranked:
            reported = pair is not None and pair.score >= THRESHOLD
            if kind:
                recalls[kind].append(reported)
                recalls["all"].append(reported)
            elif reported and pair:
                alarms += 1
                if not number:
                    print(f"{pair.score:5.1f}  {pair.sentence}")
        independent += math.comb(len(students), 2) - len(copies)
    print(f"{len(real)} solutions, {len(copies)} copies, {ROUNDS} rounds")
    print(f"{seconds / ROUNDS:.1f} s CPU a round")
    print(f"{'kind of copy':24}{'copies':>8}{'recall':>8}{'average precision':>20}")
    for kind, values in precisions.items():
        found = recalls[kind]
        recall = sum(found) / len(found)
        print(f"{kind:24}{len(found):8}{recall:8.2f}{sum(values) / ROUNDS:20.3f}")
    right = sum(recalls["all"])
    rate = f"{alarms / independent:.2%} of independent pairs"
    print(f"at a score of {THRESHOLD}: precision {right / max(right + alarms, 1):.2f},")
    print(f"false alarms {rate} ({alarms / ROUNDS:.0f} a class)")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

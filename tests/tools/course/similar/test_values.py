"""Code that computes the same has the same value fingerprints."""

from __future__ import annotations

import ast

import pytest

from tools.course.similar.values import MAX_STEPS, Walk, value_fingerprints

SAME = {
    "product": [
        "X.dot(W1)",
        "X @ W1",
        "np.dot(X, W1)",
        "np.matmul(X, W1)",
        "np.einsum('ij,jk->ik', X, W1)",
    ],
    "transposed product": ["X.T @ d", "np.dot(X.T, d)", "np.einsum('ni,nj->ij', X, d)"],
    "relu": [
        "np.maximum(0, z)",
        "np.maximum(z, 0)",
        "z * (z > 0)",
        "(0 < z) * z",
        "np.where(z > 0, z, 0)",
        "z.clip(0)",
        "np.clip(z, 0, None)",
    ],
    "square": [
        "np.sum(W1 * W1)",
        "(W1 ** 2).sum()",
        "np.square(W1).sum()",
        "np.sum(np.power(W1, 2))",
    ],
    "mean": ["np.mean(z, axis=0)", "z.sum(0) / X.shape[0]", "np.sum(z, axis=0) / len(X)"],
    "half": ["0.5 * reg * a", "reg * a / 2", "a * reg * 0.5"],
    "choice": ["np.random.choice(n, 5)", "np.random.choice(np.arange(n), 5)"],
    "log of a quotient": ["-np.log(np.exp(a) / b)", "np.log(b) - a"],
    "one-hot": ["np.eye(C)[y]", "np.eye(10)[y]"],
    "column": ["z / s[:, None]", "z / s.reshape(-1, 1)", "z / s[:, np.newaxis]"],
}


def last_value(source: str) -> int:
    """Return the fingerprint of what `result` stands for at the end."""
    walk = Walk({})
    walk.run(ast.parse(source).body)
    return walk.env["result"].hashes[-1]


@pytest.mark.parametrize("spellings", SAME.values(), ids=SAME.keys())
def test_spellings_of_one_value_agree(spellings: list[str]) -> None:
    assert len({last_value(f"result = {s}") for s in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("p[np.arange(N), y] -= 1\nresult = p", "result = p - np.eye(C)[y]"),
        ("result = z\nresult[result < 0] = 0", "result = np.maximum(0, z)"),
        ("t = np.zeros_like(p)\nt[range(N), y] = 1\nresult = p - t", "result = p - np.eye(3)[y]"),
        ("a = X @ W\nb = a + c\nresult = b", "result = c + X @ W"),
        ("def f(v):\n    return v * v\nresult = f(W)", "result = W ** 2"),
        ("f = lambda v: np.maximum(v, 0)\nresult = f(z)", "result = np.maximum(0, z)"),
        ("np.add.at(p, (np.arange(N), y), -1)\nresult = p", "result = p - np.eye(C)[y]"),
        (
            "result = 0\nfor i in range(N):\n    result += s[i, y[i]]",
            "result = s[range(N), y].sum()",
        ),
    ],
)
def test_statements_with_one_result_agree(one: str, other: str) -> None:
    assert last_value(one) == last_value(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("np.max(s)", "np.max(s, axis=1)"),
        ("np.sum(z, axis=0)", "np.sum(z)"),
        ("a - b", "b - a"),
        ("X.dot(W1)", "W1.dot(X)"),
        ("0.5 * a", "2 * a"),
    ],
)
def test_different_values_differ(one: str, other: str) -> None:
    assert last_value(f"result = {one}") != last_value(f"result = {other}")


def test_fingerprints_are_the_same_in_every_process() -> None:
    """Hashes of str are salted by Python; ours are not, so reports can be compared."""
    assert last_value("result = X @ W1") == -5453066426446064933


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "-" * 900 + "1",
        "x = a\n" + "x = x * 2 + x\n" * 200 + "y = np.transpose(x)\nz = np.log(x * y)",
        "def f(v):\n    return f(v) + f(v) + f(v)\nx = f(1)",
        "x = 1e308 * 1e308 - 1e308 * 1e308\ny = 1 / (0 * x)",
        "x = 0x" + "f" * 9000,
        "np.add.at()\nx = np.eye()[y]",
        "import x\nmatch x:\n    case 1:\n        pass\nz = {**a, 'b': 1}",
    ],
    ids=["deep", "doubling", "recursive", "infinite", "long number", "no operands", "other syntax"],
)
def test_hostile_code_is_walked_in_bounds(source: str) -> None:
    assert len(list(value_fingerprints(ast.parse(source)))) <= 5 * MAX_STEPS

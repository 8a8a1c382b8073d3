"""Right submissions that are written otherwise, and some that are right but not as asked.

A variant fills the blocks of the reference with other code; `before` stands between the imports
and the class, `inside` among the methods.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from grader.misconceptions.submissions import submission_of
from grader.submission import Submission
from solutions.cattern import neural_net

REFERENCE = Path(neural_net.__file__).read_text()


@dataclass(frozen=True)
class Variant:
    """One way to write the lab."""

    name: str
    blocks: dict[str, str] = field(default_factory=dict)  # task -> code
    before: str = ""
    inside: str = ""
    swaps: tuple[tuple[str, str], ...] = ()  # other places of the file
    files: dict[str, str] = field(default_factory=dict)  # beside neural_net.py
    loses: frozenset[str] = frozenset()  # tasks with a mild loss, for a deviation
    sentence: str | None = None  # key of the deviation's sentence

    @property
    def text(self) -> str:
        """The whole `neural_net.py`."""
        text = REFERENCE
        for task, code in self.blocks.items():
            text = _with_block(text, task, code)
        for old, new in self.swaps:
            assert text.count(old) == 1, f"{self.name}: {old!r} is there {text.count(old)} times"
            text = text.replace(old, new)
        head, tail = text.split("\nclass TwoLayerNet:", 1)
        inside = textwrap.indent(textwrap.dedent(self.inside), "    ")
        return f"{head}\n{textwrap.dedent(self.before)}\nclass TwoLayerNet:{tail}{inside}"

    @property
    def submission(self) -> Submission:
        """The same, handed in."""
        files = {f"cattern/{name}": text.encode() for name, text in self.files.items()}
        main = submission_of(self.text, self.name)
        return Submission(self.name, self.name, {**main.files, **files})


def _with_block(text: str, task: str, code: str) -> str:
    """The text with another solution of one task, at the depth of the old one."""
    pattern = re.compile(
        rf"^( *)# BEGIN SOLUTION {task}\n.*?# END SOLUTION {task}\n", re.DOTALL | re.MULTILINE
    )
    found = pattern.search(text)
    assert found is not None, task
    block = textwrap.indent(textwrap.dedent(code).strip("\n") + "\n", found[1])
    return text[: found.start()] + block + text[found.end() :]


_VELOCITY = """
if it == 0:
    v = {name: np.zeros_like(value) for name, value in self.params.items()}
"""
_ACCURACY = "                train_acc_history.append(np.mean(self.predict(X_batch) == y_batch))\n"

RIGHT = (
    Variant("reference"),
    Variant(
        "loops-over-examples",
        {
            "T#5": """
                hidden = np.zeros((N, W1.shape[1]))
                scores = np.zeros((N, W2.shape[1]))
                for i in range(N):
                    hidden[i] = np.maximum(0, X[i].dot(W1) + b1)
                    scores[i] = hidden[i].dot(W2) + b2
            """,
            "T#6": """
                loss = 0.0
                probs = np.zeros_like(scores)
                for i in range(N):
                    s = scores[i] - np.max(scores[i])
                    loss += -s[y[i]] + np.log(np.sum(np.exp(s)))
                    probs[i] = np.exp(s) / np.sum(np.exp(s))
                loss /= N
                loss += 0.5 * reg * (np.sum(W1**2) + np.sum(W2**2))
            """,
            "T#7": """
                grads = {k: np.zeros_like(p) for k, p in self.params.items()}
                for i in range(N):
                    d = probs[i].copy()
                    d[y[i]] -= 1
                    d /= N
                    grads["W2"] += np.outer(hidden[i], d)
                    grads["b2"] += d
                    dh = W2.dot(d)
                    dh[hidden[i] == 0] = 0
                    grads["W1"] += np.outer(X[i], dh)
                    grads["b1"] += dh
                grads["W1"] += reg * W1
                grads["W2"] += reg * W2
            """,
            "T#8": """
                X_batch, y_batch = [], []
                for _ in range(batch_size):
                    i = np.random.randint(num_train)
                    X_batch.append(X[i])
                    y_batch.append(y[i])
                X_batch, y_batch = np.array(X_batch), np.array(y_batch)
            """,
            "T#11": """
                labels = np.zeros(len(X), dtype=int)
                for i, row in enumerate(self.loss(X)):
                    labels[i] = max(range(len(row)), key=lambda c: row[c])
            """,
        },
    ),
    Variant(
        "einsum-and-one-hot",
        {
            "T#5": """
                hidden = np.einsum("nd,dh->nh", X, W1) + b1
                hidden *= hidden > 0
                scores = np.einsum("nh,hc->nc", hidden, W2) + b2
            """,
            "T#6": """
                onehot = np.eye(scores.shape[1])[y]
                shifted = scores - np.max(scores)
                shifted = scores - scores.max(axis=1)[:, None]
                logsumexp = np.log(np.exp(shifted).sum(axis=1))
                loss = np.sum(logsumexp - (onehot * shifted).sum(axis=1)) / N
                loss += reg / 2 * sum(np.vdot(W, W) for W in (W1, W2))
            """,
            "T#7": """
                dscores = (np.exp(shifted - logsumexp[:, None]) - onehot) / N
                dhidden = np.where(hidden > 0, np.einsum("nc,hc->nh", dscores, W2), 0)
                grads = dict(
                    W2=np.einsum("nh,nc->hc", hidden, dscores) + reg * W2,
                    b2=np.einsum("nc->c", dscores),
                    W1=np.einsum("nd,nh->dh", X, dhidden) + reg * W1,
                    b1=np.ones(N) @ dhidden,
                )
            """,
        },
    ),
    Variant(
        "matmul-and-take",
        {
            "T#5": """
                a1 = np.matmul(X, W1)
                a1 = np.add(a1, b1)
                h1 = a1.clip(min=0)
                scores = np.matmul(h1, W2)
                scores += b2
            """,
            "T#6": """
                f = scores.copy()
                f -= np.max(f, axis=1, keepdims=True)
                e = np.exp(f)
                p = e / np.sum(e, axis=1, keepdims=True)
                right = np.take_along_axis(f, y[:, None], axis=1).squeeze(1)
                loss = (-right + np.log(e.sum(axis=1))).sum() / N
                loss = loss + 0.5 * reg * np.linalg.norm(W1) ** 2
                loss = loss + 0.5 * reg * np.linalg.norm(W2) ** 2
            """,
            "T#7": """
                d2 = p
                d2[range(N), y] -= 1
                grads = {}
                grads["W2"] = (h1.T.dot(d2)) / N + reg * W2
                grads["b2"] = np.sum(d2, axis=0) / N
                d1 = d2.dot(W2.T)
                d1[a1 <= 0] = 0
                grads["W1"] = X.T.dot(d1) / N + reg * W1
                grads["b1"] = np.sum(d1, axis=0) / N
            """,
        },
    ),
    Variant(
        "logaddexp",
        {
            "T#6": """
                normaliser = np.logaddexp.reduce(scores, axis=1)
                loss = np.mean(normaliser - scores[np.arange(N), y])
                loss += 0.5 * reg * np.square(np.concatenate([W1.ravel(), W2.ravel()])).sum()
            """,
            "T#7": """
                dscores = np.exp(scores - normaliser[:, None])
                dscores[np.arange(N), y] -= 1
                dscores /= N
                dhidden = dscores @ W2.T
                dhidden[hidden <= 0] = 0
                grads = {
                    "b2": dscores.sum(0), "W2": hidden.T @ dscores + reg * W2,
                    "b1": dhidden.sum(0), "W1": X.T @ dhidden + reg * W1,
                }
            """,
        },
    ),
    Variant(
        "bias-as-a-column",
        {
            "T#5": """
                X1 = np.hstack([X, np.ones((N, 1))])
                hidden = np.maximum(X1 @ np.vstack([W1, b1]), 0)
                scores = np.c_[hidden, np.ones(N)] @ np.r_[W2, b2[None]]
            """,
        },
    ),
    Variant(
        "early-returns-and-extra-keys",
        {
            "T#7": """
                exp_scores /= exp_sums
                exp_scores[np.arange(N), y] -= 1
                dscores = exp_scores / N
                dhidden = dscores.dot(W2.T) * np.sign(hidden)
                cache = {"X": X, "hidden": hidden}
                grads = {"W1": X.T @ dhidden + reg * W1, "b1": dhidden.sum(axis=0)}
                grads.update(W2=hidden.T @ dscores + reg * W2, b2=dscores.sum(axis=0))
                grads["cache"] = cache
                if len(grads) > 4:
                    return loss, grads
            """,
            "T#9": """
                for name in ("W1", "W2", "b1", "b2"):
                    self.params[name] = self.params[name] - learning_rate * grads[name]
            """,
        },
    ),
    Variant(
        "single-precision-throughout",
        {
            "T#5": """
                X = X.astype(np.float32)
                W1, b1, W2, b2 = (v.astype(np.float32) for v in (W1, b1, W2, b2))
                hidden = np.maximum(0, X @ W1 + b1)
                scores = hidden @ W2 + b2
            """,
        },
        sentence="single-precision",
    ),
    Variant(
        "single-precision-data",
        {
            "T#5": """
                X = np.float32(X)
                hidden = np.maximum(0, X @ W1 + b1)
                scores = hidden @ W2 + b2
            """
        },
        sentence="single-precision",
    ),
    Variant(
        "single-precision-training",
        {
            "T#8": """
                rows = np.random.choice(num_train, batch_size)
                X_batch, y_batch = X[rows].astype(np.float32), y[rows]
            """,
            "T#9": """
                for name in self.params:
                    value = self.params[name] - learning_rate * grads[name]
                    self.params[name] = value.astype(np.float32)
            """,
        },
    ),
    Variant(
        "momentum",
        {
            "T#9": _VELOCITY
            + """
for name in self.params:
    v[name] = 0.9 * v[name] - learning_rate * grads[name]
    self.params[name] += v[name]
"""
        },
    ),
    Variant(
        "momentum-rate-outside",
        {
            "T#9": _VELOCITY
            + """
for name in self.params:
    v[name] = 0.8 * v[name] + grads[name]
    self.params[name] -= learning_rate * v[name]
"""
        },
    ),
    Variant(
        "momentum-damped",
        {
            "T#9": _VELOCITY
            + """
for name in self.params:
    v[name] = 0.9 * v[name] + 0.1 * grads[name]
    self.params[name] -= learning_rate * v[name]
"""
        },
    ),
    Variant(
        "momentum-damped-from-first-gradient",
        {
            "T#9": """
if it == 0:
    v = {name: grads[name].copy() for name in grads}
for name in self.params:
    v[name] = 0.5 * v[name] + 0.5 * grads[name]
    self.params[name] -= learning_rate * v[name]
"""
        },
    ),
    Variant(
        "nesterov",
        {
            "T#9": _VELOCITY
            + """
for name in self.params:
    before = v[name].copy()
    v[name] = 0.9 * v[name] - learning_rate * grads[name]
    self.params[name] += -0.9 * before + 1.9 * v[name]
"""
        },
    ),
    Variant(
        "nesterov-rate-outside",
        {
            "T#9": _VELOCITY
            + """
for name in self.params:
    v[name] = 0.9 * v[name] + grads[name]
    self.params[name] -= learning_rate * (grads[name] + 0.9 * v[name])
"""
        },
    ),
    Variant(
        "four-lines-of-steps",
        {
            "T#9": """
self.params["W1"] += -learning_rate * grads["W1"]
self.params["b1"] += -learning_rate * grads["b1"]
self.params["W2"] += -learning_rate * grads["W2"]
self.params["b2"] += -learning_rate * grads["b2"]
"""
        },
    ),
    Variant(
        "new-dict-of-parameters",
        {"T#9": "self.params = {k: p - learning_rate * grads[k] for k, p in self.params.items()}"},
    ),
    Variant(
        "without-replacement",
        {
            "T#8": """
rows = np.random.choice(num_train, min(batch_size, num_train), replace=False)
X_batch, y_batch = X[rows], y[rows]
"""
        },
    ),
    Variant(
        "replacement-where-needed",
        {
            "T#8": """
idx = np.random.choice(np.arange(num_train), size=batch_size, replace=num_train < batch_size)
X_batch = X[idx, :]
y_batch = y[idx]
"""
        },
    ),
    Variant(
        "permutation",
        {
            "T#8": """
mask = np.random.permutation(num_train)[:batch_size]
X_batch, y_batch = X[mask], y[mask]
"""
        },
    ),
    Variant(
        "epoch-shuffle",
        {
            "T#8": """
per_epoch = max(num_train // batch_size, 1)
if it % per_epoch == 0:
    order = np.random.permutation(num_train)
    at = 0
rows = order[at : at + batch_size]
at += batch_size
X_batch, y_batch = X[rows], y[rows]
"""
        },
    ),
    Variant(
        "shuffle-in-place",
        {
            "T#8": """
order = np.arange(num_train)
np.random.shuffle(order)
rows = np.resize(order, batch_size)
X_batch, y_batch = X.take(rows, axis=0), y.take(rows)
"""
        },
    ),
    Variant(
        "new-generator",
        {
            "T#8": """
rows = np.random.default_rng().integers(0, num_train, size=batch_size)
X_batch, y_batch = X[rows], y[rows]
"""
        },
    ),
    Variant(
        "generator-kept",
        {
            "T#8": """
self.rng = getattr(self, "rng", None) or np.random.default_rng()
rows = self.rng.choice(num_train, batch_size)
X_batch, y_batch = X[rows], y[rows]
"""
        },
    ),
    Variant(
        "random-module",
        {
            "T#8": """
rows = random.sample(range(num_train), batch_size) if batch_size <= num_train else (
    random.choices(range(num_train), k=batch_size))
X_batch, y_batch = X[rows], y[rows]
"""
        },
        before="import random",
    ),
    Variant(
        "uniform-numbers",
        {
            "T#8": """
rows = (np.random.rand(batch_size) * num_train).astype(int)
X_batch, y_batch = X[rows], y[rows]
"""
        },
    ),
    Variant(
        "whole-epochs-and-decay-first",
        swaps=(
            ("max(num_train / batch_size, 1)", "max(num_train // batch_size, 1)"),
            (
                _ACCURACY,
                "                learning_rate = learning_rate_decay * learning_rate\n" + _ACCURACY,
            ),
        ),
        blocks={"T#10": "pass"},
    ),
    Variant(
        "rate-from-the-epoch",
        {
            "T#9": """
rate = learning_rate * learning_rate_decay ** np.ceil(it / iterations_per_epoch)
for name in self.params:
    self.params[name] -= rate * grads[name]
""",
            "T#10": "pass",
        },
    ),
    Variant(
        "rate-of-another-name",
        {
            "T#9": """
if it == 0:
    lr = learning_rate
for name in self.params:
    self.params[name] -= lr * grads[name]
""",
            "T#10": "lr *= learning_rate_decay",
        },
    ),
    Variant(
        "rate-as-an-attribute-with-momentum",
        {
            "T#9": _VELOCITY
            + """
if it == 0:
    self.lr = learning_rate
for name in self.params:
    v[name] = 0.9 * v[name] - self.lr * grads[name]
    self.params[name] += v[name]
""",
            "T#10": "self.lr *= learning_rate_decay",
        },
    ),
    Variant(
        "helper-methods",
        {
            "T#8": "X_batch, y_batch = self._sample(X, y, batch_size)",
            "T#9": "self._descend(grads, learning_rate)",
            "T#10": "learning_rate = _next_rate(learning_rate, learning_rate_decay)",
            "T#11": "labels = self._scores(X).argmax(axis=-1)",
            "T#5": "hidden, scores = self._forward(X)",
        },
        before="""
            def relu(z):
                return (z + abs(z)) / 2

            def _next_rate(rate, decay):
                return rate * decay
        """,
        inside="""
            def _forward(self, X):
                hidden = relu(X @ self.params["W1"] + self.params["b1"])
                return hidden, hidden @ self.params["W2"] + self.params["b2"]

            def _scores(self, X):
                return self._forward(X)[1]

            def _sample(self, X, y, batch_size):
                rows = np.random.randint(X.shape[0], size=batch_size)
                return X[rows], y[rows]

            def _descend(self, grads, learning_rate):
                for p, g in ((self.params[k], grads[k]) for k in grads):
                    p -= learning_rate * g
        """,
    ),
    Variant(
        "base-class",
        {
            "T#5": """
            hidden = self.activation(self.affine(X, W1, b1))
            scores = self.affine(hidden, W2, b2)
        """
        },
        before="""
            class Layers:
                colour = "blue"

                @staticmethod
                def activation(z):
                    return np.where(z > 0, z, 0)

                def affine(self, X, W, b):
                    return X @ W + b
        """,
        inside="""
            activation = staticmethod(Layers.activation)
            affine = Layers.affine
        """,
    ),
    Variant(
        "module-beside-it",
        {
            "T#5": """
            hidden = layers.relu(layers.affine(X, W1, b1))
            scores = affine(hidden, W2, b2)
        """
        },
        before="from cattern import layers\nfrom .layers import affine",
        files={
            "__init__.py": "",
            "layers.py": "import numpy as np\n\n\ndef affine(X, W, b):\n    return X @ W + b\n\n\n"
            "def relu(z):\n    return np.maximum(0, z)\n",
        },
    ),
    Variant(
        "plots-prints-and-warnings",
        {
            "T#8": """
                rows = np.random.choice(num_train, batch_size)
                print("rows", rows)
                X_batch, y_batch = X[rows], y[rows]
            """,
            "T#11": """
                warnings.warn("this is slow", DeprecationWarning)
                print("predicting", X.shape, flush=True)
                plt.plot([1, 2, 3])
                plt.show()
                labels = np.argmax(self.loss(X), axis=1)
            """,
        },
        before="""
            import sys
            import warnings
            import matplotlib.pyplot as plt
            from matplotlib import cm

            warnings.simplefilter("always")
            plt.rcParams["figure.figsize"] = (10, 8)
            print("imported", file=sys.stderr)
        """,
    ),
    Variant(
        "type-hints-and-dataclass",
        {
            "T#9": """
            optimiser = Descent(learning_rate)
            optimiser.step(self.params, grads)
        """
        },
        before="""
            from dataclasses import dataclass

            @dataclass
            class Descent:
                rate: float

                def step(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
                    for (name, value) in params.items():
                        value -= self.rate * grads[name]
        """,
    ),
    Variant(
        "slow-import",
        before="import time\ntime.sleep(1)",
    ),
    Variant(
        "narrow-labels",
        {"T#11": "labels = np.argsort(self.loss(X), axis=1)[:, -1].astype(np.uint8)"},
    ),
    Variant(
        "histories-as-arrays",
        swaps=(
            ('"loss_history": loss_history,', '"loss_history": np.array(loss_history),'),
            (
                "        loss_history, train_acc_history, val_acc_history = [], [], []\n",
                "        loss_history, train_acc_history, val_acc_history = [], [], []\n"
                "        best, self.history = 0, []\n",
            ),
        ),
    ),
    Variant(
        "loss-called-with-other-orders",
        swaps=(
            ("self.loss(X_batch, y=y_batch, reg=reg)", "self.loss(reg=reg, y=y_batch, X=X_batch)"),
        ),
    ),
)

_ADAM = """
if it == 0:
    m = {k: np.zeros_like(p) for k, p in self.params.items()}
    s = {k: np.zeros_like(p) for k, p in self.params.items()}
for k in self.params:
    m[k] = 0.9 * m[k] + 0.1 * grads[k]
    s[k] = 0.999 * s[k] + 0.001 * grads[k] ** 2
    m_hat, s_hat = m[k] / (1 - 0.9 ** (it + 1)), s[k] / (1 - 0.999 ** (it + 1))
    self.params[k] -= learning_rate * m_hat / (np.sqrt(s_hat) + 1e-8)
"""
_RMSPROP = """
if it == 0:
    s = {k: np.zeros_like(p) for k, p in self.params.items()}
for k in self.params:
    s[k] = 0.9 * s[k] + 0.1 * grads[k] ** 2
    self.params[k] -= learning_rate * grads[k] / (np.sqrt(s[k]) + 1e-8)
"""
_ADAGRAD = """
if it == 0:
    s = {k: np.zeros_like(p) for k, p in self.params.items()}
for k in self.params:
    s[k] = s[k] + grads[k] ** 2
    self.params[k] -= learning_rate * grads[k] / (np.sqrt(s[k]) + 1e-8)
"""
_AS_LIST = "labels = [int(c) for c in np.argmax(self.loss(X), axis=1)]"
_ROW_SUMS = """
dscores = exp_scores / exp_sums
dscores[np.arange(N), y] -= 1
dscores /= N
dhidden = dscores @ W2.T
dhidden *= hidden > 0
grads = {
    "W1": X.T @ dhidden + reg * W1,
    "b1": dhidden.sum(axis=0, keepdims=True),
    "W2": hidden.T @ dscores + reg * W2,
    "b2": dscores.sum(axis=0, keepdims=True),
}
"""
_ROW_STEP = """
for name in self.params:
    self.params[name] -= learning_rate * grads[name].reshape(self.params[name].shape)
"""


def _deviation(sentence: str, task: str, blocks: dict[str, str], name: str = "") -> Variant:
    return Variant(name or sentence, blocks, loses=frozenset({task}), sentence=sentence)


DEVIATING = (
    _deviation("adaptive-step", "T#9", {"T#9": _ADAM}, "adam"),
    _deviation("adaptive-step", "T#9", {"T#9": _RMSPROP}, "rmsprop"),
    _deviation("adaptive-step", "T#9", {"T#9": _ADAGRAD}, "adagrad"),
    _deviation("list-for-array", "T#11", {"T#11": _AS_LIST}),
    _deviation("labels-as-column", "T#11", {"T#11": "labels = self.loss(X).argmax(1)[:, None]"}),
    _deviation("row-for-vector", "T#7", {"T#7": _ROW_SUMS, "T#9": _ROW_STEP}),
    _deviation(
        "epsilon-in-log",
        "T#6",
        {
            "T#6": """
                exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
                exp_sums = exp_scores.sum(axis=1, keepdims=True)
                probs = exp_scores / exp_sums
                loss = -np.log(probs[np.arange(N), y] + 1e-8).mean()
                loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
            """
        },
    ),
    _deviation(
        "one-shuffle",
        "T#8",
        {
            "T#8": """
                if it == 0:
                    order = np.random.permutation(num_train)
                rows = np.take(order, range(it * batch_size, (it + 1) * batch_size), mode="wrap")
                X_batch, y_batch = X[rows], y[rows]
            """
        },
    ),
    _deviation(
        "fixed-seed",
        "T#8",
        {
            "T#8": """
                if it == 0:
                    rng = np.random.default_rng(42)
                rows = rng.choice(num_train, batch_size)
                X_batch, y_batch = X[rows], y[rows]
            """
        },
    ),
    _deviation(
        "consecutive-rows",
        "T#8",
        {
            "T#8": """
                size = min(batch_size, num_train)
                start = np.random.randint(num_train - size + 1)
                X_batch, y_batch = X[start : start + size], y[start : start + size]
            """
        },
    ),
    _deviation(
        "decay-late",
        "T#10",
        {
            "T#10": """
                if it > 0:
                    learning_rate *= learning_rate_decay
            """
        },
    ),
    Variant(
        "array-for-number",
        {
            "T#6": """
                exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
                exp_sums = exp_scores.sum(axis=1, keepdims=True)
                probs = exp_scores / exp_sums
                largest = scores.max(axis=1, keepdims=True)
                logs = scores - largest - np.log(exp_sums)
                loss = -logs[np.arange(N), y].mean(keepdims=True)
                loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
            """
        },
        swaps=(("loss_history.append(loss)", "loss_history.append(float(np.ravel(loss)[0]))"),),
        sentence="array-for-number",
    ),
)

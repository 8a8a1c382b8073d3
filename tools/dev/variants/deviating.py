"""Right in substance but not as asked: the rubric says what each is worth."""

from __future__ import annotations

from tools.dev.variants.variant import Variant

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
    _deviation(
        "decay-late",
        "T#10",
        {
            "T#9": """
                for name in self.params:
                    self.params[name] -= learning_rate * grads[name]
                if (it + 1) % iterations_per_epoch == 0:
                    learning_rate *= learning_rate_decay
            """,
            "T#10": "pass",
        },
        "decay-where-an-epoch-ends",
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

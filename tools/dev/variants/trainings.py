"""T#8, T#9 and T#10 written otherwise."""

from __future__ import annotations

from tools.dev.variants.variant import Variant

_VELOCITY = """
if it == 0:
    v = {name: np.zeros_like(value) for name, value in self.params.items()}
"""
_ACCURACY = "                train_acc_history.append(np.mean(self.predict(X_batch) == y_batch))\n"

TRAININGS = (
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
        "nesterov-looks-ahead",
        {
            "T#8": _VELOCITY
            + """
rows = np.random.choice(num_train, batch_size)
X_batch, y_batch = X[rows], y[rows]
for name in self.params:
    self.params[name] += 0.9 * v[name]
""",
            "T#9": """
for name in self.params:
    self.params[name] -= 0.9 * v[name]
    v[name] = 0.9 * v[name] - learning_rate * grads[name]
    self.params[name] += v[name]
""",
        },
    ),
    Variant(
        "loss-and-gradients-apart",
        {
            "T#9": """
                check, grads = self.loss(X_batch, y_batch, reg)
                val_loss, _ = self.loss(X_val, y_val, reg)
                for name in self.params:
                    self.params[name] -= learning_rate * grads[name]
            """
        },
    ),
    Variant(
        "loss-of-all-examples-looked-at",
        {
            "T#10": """
                full_loss, _ = self.loss(X, y, reg)
                some_loss, _ = self.loss(X_val[:1], y_val[:1], reg)
                learning_rate *= learning_rate_decay
            """
        },
        swaps=(
            (
                "        for it in range(num_iters):\n",
                "        first, _ = self.loss(X, y, reg)\n        for it in range(num_iters):\n",
            ),
        ),
    ),
    Variant(
        "other-losses-looked-at",
        {
            "T#8": """
                some_loss = self.loss(X[:5], y[:5], reg)[0]
                first_loss = self.loss(X[:batch_size], y[:batch_size], reg)[0]
                rows = np.random.choice(num_train, batch_size)
                X_batch, y_batch = X[rows], y[rows]
            """,
            "T#9": """
                for name in self.params:
                    self.params[name] -= learning_rate * grads[name]
                after = self.loss(X_batch, y_batch, reg)[0]
                if it % 5 == 0:
                    val_loss = self.loss(np.array(X_val), y_val)[0]
            """,
        },
        swaps=(
            (
                "        for it in range(num_iters):\n",
                "        first = self.loss(X[:9], y[:9])\n        for it in range(num_iters):\n",
            ),
            (
                "        return {\n",
                "        last = self.loss(X_batch, y_batch, reg)\n        return {\n",
            ),
        ),
    ),
    Variant(
        "loss-and-gradients-on-one-line",
        swaps=(
            (
                "loss, grads = self.loss(X_batch, y=y_batch, reg=reg)",
                "loss, grads = self._ask(X_batch, y_batch)[0], self._ask(X_batch, y_batch)[1]",
            ),
        ),
        inside="""
            def _ask(self, X, y):
                return self.loss(X, y, 0.0)
        """,
    ),
    Variant(
        "loss-of-the-class",
        swaps=(
            ("self.loss(X_batch, y=y_batch, reg=reg)", "TwoLayerNet.loss(self, X_batch, y_batch)"),
        ),
    ),
    Variant(
        "first-step-in-a-place-of-its-own",
        swaps=(
            (
                "            loss, grads = self.loss(X_batch, y=y_batch, reg=reg)\n",
                "            if it == 0:\n"
                "                loss, grads = self.loss(X_batch, y_batch, reg)\n"
                "            else:\n"
                "                loss, grads = self.loss(X_batch, y_batch, reg=reg)\n",
            ),
        ),
    ),
    Variant(
        "seed-in-the-constructor",
        swaps=(
            ("        self.params = {\n", "        np.random.seed(231)\n        self.params = {\n"),
        ),
    ),
    Variant(
        "loss-as-a-number-of-numpy",
        swaps=(("loss_history.append(loss)", "loss_history.append(loss.item())"),),
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
        "epochs-rounded-up",
        swaps=(
            (
                "        for it in range(num_iters):\n",
                "        epochs = int(np.ceil(num_iters / iterations_per_epoch))\n"
                "        for it in range(int(epochs * iterations_per_epoch)):\n",
            ),
        ),
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
)

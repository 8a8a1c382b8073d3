"""The same code among other code: helpers, modules, prints, plots, warnings."""

from __future__ import annotations

from tools.dev.variants.variant import Variant

SURROUNDINGS = (
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
                color = "blue"

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
            optimizer = Descent(learning_rate)
            optimizer.step(self.params, grads)
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

"""T#5, T#6, T#7 and T#11 written otherwise."""

from __future__ import annotations

from tools.dev.variants.variant import Variant

PASSES = (
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
                normalizer = np.logaddexp.reduce(scores, axis=1)
                loss = np.mean(normalizer - scores[np.arange(N), y])
                loss += 0.5 * reg * np.square(np.concatenate([W1.ravel(), W2.ravel()])).sum()
            """,
            "T#7": """
                dscores = np.exp(scores - normalizer[:, None])
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
        "logarithm-of-the-softmax",
        {
            "T#6": """
                exp_scores = np.exp(scores - np.max(scores, axis=1, keepdims=True))
                exp_sums = np.sum(exp_scores, axis=1, keepdims=True)
                probs = exp_scores / exp_sums
                loss = np.sum(-np.log(probs[range(N), y])) / N
                loss += 0.5 * reg * (np.sum(W1**2) + np.sum(W2**2))
            """
        },
    ),
    Variant(
        "largest-score-of-all-taken-off",
        {
            "T#6": """
                exp_scores = np.exp(scores - np.max(scores))
                probs = exp_scores / exp_scores.sum(axis=1).reshape(-1, 1)
                right = np.array([probs[i][y[i]] for i in range(N)])
                loss = -np.log(right).mean() + reg * (np.sum(W1**2) + np.sum(W2**2)) / 2
            """
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
        "narrow-labels",
        {"T#11": "labels = np.argsort(self.loss(X), axis=1)[:, -1].astype(np.uint8)"},
    ),
)

"""Mistakes of students, and what the checks say about them."""

from __future__ import annotations

from dataclasses import dataclass

SHIFTED = "p = np.exp(scores - scores.max(1, keepdims=True))\nprobs = p / p.sum(1, keepdims=True)\n"
REG = "0.5 * reg * ((W1**2).sum() + (W2**2).sum())"
LOSS = SHIFTED + f"loss = -np.log(probs[range(N), y]).mean() + {REG}"
BACK = (
    "dscores = probs.copy()\ndscores[range(N), y] -= 1\n{divide}dhidden = dscores @ W2.T\n{relu}"
    "grads = dict(W1=X.T @ dhidden + {reg} * W1, b1=dhidden.sum(0), "
    "W2=hidden.T @ dscores + {reg} * W2, b2=dscores.sum(0))"
)
PARTS = {"divide": "dscores /= N\n", "relu": "dhidden *= hidden > 0\n", "reg": "reg"}


@dataclass(frozen=True)
class Mistake:
    """One task with a mistake in it; the tasks before it are right."""

    name: str
    task: str
    code: str
    says: tuple[str, ...]


def back(**changes: object) -> str:
    """T#7 with some parts changed."""
    return BACK.format(**PARTS | changes)


MISTAKES = (
    Mistake(
        "no biases",
        "T#5",
        "hidden = np.maximum(0, X @ W1)\nscores = hidden @ W2",
        ("scores[1, 0] is 14, expected 4.5 (off by 9.5; at most 1e-09 is allowed).",),
    ),
    Mistake(
        "shapes do not fit",
        "T#5",
        "hidden = np.maximum(0, X @ W1 + b1)\nscores = hidden @ W1 + b2",
        (": scores = hidden @ W1 + b2\nShapes there: hidden (5, 10), W1 (4, 10), b2 (3,)",),
    ),
    Mistake("another name", "T#5", "out = X @ W1", ("The instructions above the task name",)),
    Mistake("scores is missing", "T#5", "scores = None", ("scores is None, expected an array",)),
    Mistake(
        "loss per example",
        "T#6",
        SHIFTED + "loss = -np.log(probs[range(N), y])",
        ("loss is of type ndarray, with shape (2,), expected one number.", "one loss per example"),
    ),
    Mistake("loss in a list", "T#6", "loss = [0]", ("a list or array with one number in it",)),
    Mistake(
        "sum instead of mean",
        "T#6",
        f"{SHIFTED}loss = -np.log(probs[range(N), y]).sum() + {REG}",
        ("It is 2 times the expected value. Where could that factor come from?",),
    ),
    Mistake(
        "no half",
        "T#6",
        LOSS.replace("0.5 * reg", "reg"),
        ("what reg = 1 adds to the loss of the small network is 25, expected 12.5",),
    ),
    Mistake("log of 0", "T#6", LOSS, ("loss is inf for", "a probability rounds to 0, and log(0)")),
    Mistake(
        "overflow",
        "T#6",
        LOSS.replace(" - scores.max(1, keepdims=True)", ""),
        ("loss is nan for scores of about 10,000", "exp(10000) is infinite"),
    ),
    Mistake(
        "early return", "T#6", f"{LOSS}\nreturn loss", ("`return loss`, ends loss too early.",)
    ),
    Mistake(
        "another loss variable", "T#6", "losses = 0.0", ("no variable `loss` where T#7 begins",)
    ),
    Mistake("not divided by N", "T#7", back(divide=""), ("All four gradients are 2 times",)),
    Mistake(
        "no ReLU on the way back",
        "T#7",
        back(relu=""),
        (
            "W2  agrees                 agrees",
            "The mistake is between the scores and the hidden layer",
        ),
    ),
    Mistake("no regularization", "T#7", back(reg="0"), ("is wrong, in W1 and W2.",)),
    Mistake(
        "bias times N",
        "T#7",
        back().replace("b1=dhidden.sum(0)", "b1=dhidden.sum(0) * N"),
        ("Only b1 is wrong, so look at its own line.",),
    ),
    Mistake("no gradients", "T#7", "grads = {}", ("expected a dict with the keys of params",)),
    Mistake(
        "leftover raise",
        "T#8",
        'X_batch, y_batch = X, y\nraise NotImplementedError("T#8 is not done yet")',
        ("cattern/neural_net.py still raises.", "Delete the line"),
    ),
    Mistake(
        "raise above the code",
        "T#8",
        'raise NotImplementedError("T#8 is not done yet")\nX_batch, y_batch = X, y',
        ("cattern/neural_net.py still raises.",),
    ),
    Mistake(
        "no replacement",
        "T#8",
        "rows = np.random.choice(num_train, batch_size, replace=False)\n"
        "X_batch, y_batch = X[rows], y[rows]",
        ("some examples must be drawn more than once",),
    ),
    Mistake(
        "the same rows every time",
        "T#8",
        "X_batch, y_batch = X[:batch_size], y[:batch_size]",
        (
            "every run starts with the same rows",
            "the number of rows is 20 for batch_size 60, expected 60.",
        ),
    ),
    Mistake(
        "labels drawn apart",
        "T#8",
        "rows = np.random.randint(num_train, size=batch_size)\n"
        "X_batch, y_batch = X[rows], np.random.permutation(y[rows])",
        ("images are paired with the wrong labels",),
    ),
    Mistake(
        "Adam",
        "T#9",
        "for k in grads: self.params[k] -= learning_rate * np.sign(grads[k])",
        ("Every element moves by the same amount, as with Adam.",),
    ),
    Mistake(
        "plus",
        "T#9",
        "for k in grads: self.params[k] += learning_rate * grads[k]",
        ("the step of W1, b1, W2 and b2 goes along the gradient",),
    ),
    Mistake(
        "no biases in the step",
        "T#9",
        "for k in ('W1', 'W2'): self.params[k] -= learning_rate * grads[k]",
        ("b1 and b2 did not change, expected a step.",),
    ),
    Mistake(
        "another factor",
        "T#9",
        "for k in grads: self.params[k] -= learning_rate * grads[k] / batch_size",
        ("is -0.125 times learning_rate times its gradient, expected -1 times.",),
    ),
    Mistake(
        "rate minus decay",
        "T#10",
        "learning_rate -= learning_rate_decay",
        ("You subtract the decay.", "expected 0.5, 0.25, 0.25, 0.125, 0.125, 0.0625."),
    ),
    Mistake("rate unchanged", "T#10", "rate = learning_rate * 0.5", ("rate never changes",)),
    Mistake(
        "wrong axis", "T#11", "labels = self.loss(X).argmax(0)", ("labels has shape (3,)", "reduce")
    ),
    Mistake(
        "scores as labels", "T#11", "labels = self.loss(X).max(1)", ("expected whole numbers",)
    ),
)

"""The reference with T#6 and T#7 in a fixed form, so that tests can edit single lines of it."""

import textwrap
from pathlib import Path

from solutions.cattern import neural_net

REFERENCE = Path(neural_net.__file__).read_text(encoding="utf-8")
T6 = """\
largest = scores.max(axis=1, keepdims=True)  # (N, 1)
exp_scores = np.exp(scores - largest)  # (N, C)
exp_sums = exp_scores.sum(axis=1, keepdims=True)  # (N, 1)
log_probs = scores - (largest + np.log(exp_sums))  # (N, C)
data_loss = -log_probs[np.arange(N), y].mean()
loss = data_loss + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
"""
T7 = """\
dscores = exp_scores / exp_sums  # (N, C)
dscores[np.arange(N), y] -= 1
dscores /= N
dhidden = dscores @ W2.T  # (N, H)
dW2 = hidden.T @ dscores + reg * W2  # (H, C)
db2 = dscores.sum(axis=0)  # (C,)
dhidden *= hidden > 0
dW1 = X.T @ dhidden + reg * W1  # (D, H)
db1 = dhidden.sum(axis=0)  # (H,)
grads = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""


def with_block(task: str, code: str, text: str = REFERENCE) -> str:
    """The text with other code in the block of one task; the code begins in the first column."""
    begin, end = f"# BEGIN SOLUTION {task}\n", f"        # END SOLUTION {task}\n"
    before, after = text.index(begin) + len(begin), text.index(end)
    return text[:before] + textwrap.indent(code, " " * 8) + text[after:]


FIXED = with_block("T#7", T7, with_block("T#6", T6))

"""Times a step of training: the reference, its matrix products alone, scikit-learn, PyTorch.

A script for a process of its own, with one BLAS thread, in whatever environment has the peers:

    python training_worker.py SOLUTIONS_FOLDER ROUNDS
"""

import importlib.util
import json
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

Block = Callable[[], int]  # trains and says how many steps it took
N, D, C = 10_000, 784, 10
SIZES = ((200, 50), (200, 150), (1024, 50), (1024, 150))  # batch, hidden units
STEPS = 100  # in a block; blocks of all kinds take turns
RATE = 1e-3


def reference(X: np.ndarray, y: np.ndarray, batch: int, H: int) -> Block:
    """The lab's own train()."""
    from cattern.neural_net import TwoLayerNet

    net = TwoLayerNet(D, H, C)

    def block() -> int:
        # One look at a small validation set per epoch, as train() does it.
        net.train(X, y, X[:100], y[:100], RATE, 1.0, 0.0, STEPS, batch)
        return STEPS

    return block


def products(X: np.ndarray, y: np.ndarray, batch: int, H: int) -> Block:
    """The five matrix products of a step, on one batch that lies ready."""
    X_batch = X[:batch].copy()
    return _products(lambda: X_batch, batch, H)


def products_of_drawn_batches(X: np.ndarray, y: np.ndarray, batch: int, H: int) -> Block:
    """The same on batches drawn and copied anew, whose rows no cache holds."""
    return _products(lambda: X[np.random.choice(N, batch)], batch, H)


def _products(make_batch: Callable[[], np.ndarray], batch: int, H: int) -> Block:
    W1, W2 = np.random.randn(D, H), np.random.randn(H, C)
    hidden, dscores = np.random.randn(batch, H), np.random.randn(batch, C)

    def block() -> int:
        for _ in range(STEPS):
            X_batch = make_batch()
            X_batch @ W1
            hidden @ W2
            dscores @ W2.T
            hidden.T @ dscores
            X_batch.T @ hidden
        return STEPS

    return block


def scikit_learn(X: np.ndarray, y: np.ndarray, batch: int, H: int) -> Block:
    """MLPClassifier with plain SGD, float64 like the reference."""
    from sklearn.neural_network import MLPClassifier

    steps_per_epoch = -(-N // batch)
    epochs = max(1, round(STEPS / steps_per_epoch))
    net = MLPClassifier(
        (H,),
        solver="sgd",
        momentum=0.0,
        alpha=0.0,
        batch_size=batch,
        learning_rate_init=RATE,
        max_iter=epochs,
        tol=0.0,
        n_iter_no_change=10**6,
    )

    def block() -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            net.fit(X, y)
        return epochs * steps_per_epoch

    return block


def pytorch(X: np.ndarray, y: np.ndarray, batch: int, H: int) -> Block:
    """Two linear layers, cross-entropy and SGD, float64 like the reference."""
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    inputs, labels = torch.from_numpy(X), torch.from_numpy(y)
    net = torch.nn.Sequential(torch.nn.Linear(D, H), torch.nn.ReLU(), torch.nn.Linear(H, C))
    loss_of = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

    def block() -> int:
        for _ in range(STEPS):
            rows = torch.randint(0, N, (batch,))
            optimizer.zero_grad()
            loss_of(net(inputs[rows]), labels[rows]).backward()
            optimizer.step()
        return STEPS

    return block


def main(solutions: str, rounds: int) -> None:
    """Print one JSON object: size -> kind -> milliseconds of CPU for a step."""
    sys.path.insert(0, solutions)
    np.random.seed(0)
    X, y = np.random.randn(N, D), np.random.randint(0, C, N)
    kinds = [reference, products, products_of_drawn_batches]
    kinds += [scikit_learn] if importlib.util.find_spec("sklearn") else []
    kinds += [pytorch] if importlib.util.find_spec("torch") else []
    found = {}
    for batch, H in SIZES:
        blocks = {kind.__name__: kind(X, y, batch, H) for kind in kinds}
        taken: dict[str, list[float]] = {name: [] for name in blocks}
        for _ in range(rounds):
            for name, block in blocks.items():
                began = time.process_time()
                steps = block()
                taken[name].append(1e3 * (time.process_time() - began) / steps)
        found[f"784-{H}-10, batch {batch}"] = {
            name: sorted(times)[len(times) // 2] for name, times in taken.items()
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

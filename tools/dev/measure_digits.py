"""How hard the offline digits are, beside MNIST.

    OPENBLAS_NUM_THREADS=1 python -m tools.dev.measure_digits

prints every figure that the offline digits were shaped by, for both sets, as a
table in Markdown; ten minutes on one core, with `--quick` one.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from grader.errors import NnlabError
from grader.lab.data import load_lab_data
from mnist_data import DataError, LabData, find_data, read_data_sets, visualize_grid
from solutions.cattern.neural_net import TwoLayerNet
from solutions.published import published
from tools.course.report.pages.png import gray_png
from tools.transcript.training_runs import NUM_CLASSES, TrainingRun, fixed_rate_and_decay, sweep

KINDS = ("mnist", "synthetic")
SEEDS = 20  # of the runs that are repeated


@dataclass(frozen=True)
class Figure:
    """A line of the table: what is measured, in percent, and what the offline digits must reach."""

    title: str
    asked: str
    measure: Callable[[LabData], str]


class MomentumNet(TwoLayerNet):
    """The reference with momentum: it steps along a decaying sum of the gradients."""

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__(input_size, hidden_size, output_size)
        self.velocity = {name: np.zeros_like(param) for name, param in self.params.items()}

    def loss(self, X: np.ndarray, y: np.ndarray | None = None, reg: float = 0.0) -> Any:
        """As in the reference, but with the velocity in place of the gradients."""
        if y is None:
            return super().loss(X)
        loss, grads = super().loss(X, y, reg)
        self.velocity = {name: 0.9 * self.velocity[name] + grads[name] for name in grads}
        return loss, self.velocity


def figures(quick: bool) -> Iterator[Figure]:
    """The lines of the table."""
    fixed, decay = fixed_rate_and_decay(published())
    short = replace(decay, name="400 iterations", num_iters=400, learning_rate=1e-3)
    over_seeds = partial(validation_range, seeds=3 if quick else SEEDS)
    yield Figure("fixed rate, on validation images", "86.2 to 92.2", partial(over_seeds, run=fixed))
    yield Figure("decay, on validation images", "91.3 to 97.3", partial(over_seeds, run=decay))
    yield Figure("400 iterations, plain SGD", "", partial(over_seeds, run=short))
    yield Figure(
        "400 iterations, momentum 0.9", "", partial(over_seeds, run=short, net_class=MomentumNet)
    )
    yield Figure("linear classifier, on test images", "below 95", linear_accuracy)
    if quick:
        nearest = partial(nearest_accuracy, count=1000)
        yield Figure("1-nearest-neighbor, on 1,000 test images", "94 to 98", nearest)
    else:
        yield Figure("1-nearest-neighbor, on test images", "94 to 98", nearest_accuracy)
        title = "best of the sweep, on validation and on test images"
        yield Figure(title, "above 97.4 and 96.3", best_accuracies)


def best_run() -> TrainingRun:
    """The run of the published sweep that came out best."""
    found = published()["tuning"]["validation_accuracies"]
    return sweep(published())[int(np.argmax(found))]


def percent(accuracy: float) -> str:
    """As in the table."""
    return f"{100 * accuracy:.2f}"


def trained(
    data: LabData, run: TrainingRun, seed: int, net_class: type[TwoLayerNet]
) -> TwoLayerNet:
    """A network trained as in one of the runs; reseeds the global random state."""
    np.random.seed(seed)
    net = net_class(data.X_train.shape[1], run.hidden_size, NUM_CLASSES)
    net.train(
        data.X_train,
        data.y_train,
        data.X_val[:1],  # what accuracies it reaches on the way is not asked
        data.y_val[:1],
        learning_rate=run.learning_rate,
        learning_rate_decay=run.learning_rate_decay,
        reg=run.reg,
        num_iters=run.num_iters,
        batch_size=run.batch_size,
    )
    return net


def validation_range(
    data: LabData, run: TrainingRun, seeds: int, net_class: type[TwoLayerNet] = TwoLayerNet
) -> str:
    """The least and the largest validation accuracy of several seeds."""
    nets = (trained(data, run, seed, net_class) for seed in range(seeds))
    found = [np.mean(net.predict(data.X_val) == data.y_val) for net in nets]
    return f"{percent(min(found))} to {percent(max(found))}"


def best_accuracies(data: LabData) -> str:
    """Accuracies on validation and test images with the best settings of the sweep."""
    net = trained(data, best_run(), 0, TwoLayerNet)
    on_validation = np.mean(net.predict(data.X_val) == data.y_val)
    on_test = np.mean(net.predict(data.X_test) == data.y_test)
    return f"{percent(on_validation)} and {percent(on_test)}"


def linear_accuracy(data: LabData, epochs: int = 40) -> str:
    """Test accuracy of multinomial logistic regression, trained until it stands still."""
    X, X_test = (images.astype(np.float32) / 255 for images in (data.X_train, data.X_test))
    targets = np.eye(NUM_CLASSES, dtype=np.float32)[data.y_train]  # (N, C)
    W, b = np.zeros((X.shape[1], NUM_CLASSES), np.float32), np.zeros(NUM_CLASSES, np.float32)
    rng = np.random.default_rng(0)
    for epoch in range(epochs):
        learning_rate = 0.5 * (1 - epoch / epochs)
        for rows in np.array_split(rng.permutation(len(X)), len(X) // 200):
            scores = X[rows] @ W + b  # (batch, C)
            probs = np.exp(scores - scores.max(axis=1, keepdims=True))
            probs /= probs.sum(axis=1, keepdims=True)
            dscores = (probs - targets[rows]) * (learning_rate / len(rows))
            W -= X[rows].T @ dscores
            b -= dscores.sum(axis=0)
    return percent(np.mean((X_test @ W + b).argmax(axis=1) == data.y_test))


def nearest_accuracy(data: LabData, count: int = 10_000) -> str:
    """Share of the first test images whose nearest training image shows the same digit."""
    X, X_test = (images.astype(np.float32) for images in (data.X_train, data.X_test[:count]))
    squares = (X * X).sum(axis=1)  # (N,)
    nearest = [
        # The squared distance less what does not depend on the training image.
        np.argmin(squares - 2 * (images @ X.T), axis=1)
        for images in np.array_split(X_test, -(-len(X_test) // 250))
    ]
    return percent(np.mean(data.y_train[np.concatenate(nearest)] == data.y_test[:count]))


def draw_grid(kind: str, path: Path) -> None:
    """Save the first 144 training images as a PNG, each pixel doubled."""
    with contextlib.redirect_stdout(io.StringIO()):
        images = read_data_sets(find_data(kind).folder)[0][:144]  # (144, 28, 28, 1)
    grid = visualize_grid(images)[:, :, 0].astype(np.uint8)
    path.write_bytes(gray_png(grid.repeat(2, axis=0).repeat(2, axis=1)))


@click.command()
@click.option(
    "--quick", is_flag=True, help="Fewer seeds and images, and not the best of the sweep."
)
@click.option(
    "--pictures",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Save a grid of images of each set in this folder, and measure nothing.",
)
def main(quick: bool, pictures: Path | None) -> None:
    """Print how hard the offline digits are, beside MNIST."""
    try:
        if pictures:
            for kind in KINDS:
                draw_grid(kind, pictures / f"{kind}-grid.png")
            return
        sets = [load_lab_data(kind) for kind in KINDS]
    except (DataError, NnlabError) as error:
        raise click.ClickException(str(error)) from error
    titles = " | ".join(data.title for data in sets)
    click.echo(f"| accuracy in percent | asked for | {titles} |\n|---|---|---|---|")
    for figure in figures(quick):
        found = " | ".join(figure.measure(data) for data in sets)
        click.echo(f"| {figure.title} | {figure.asked} | {found} |")


if __name__ == "__main__":
    main()

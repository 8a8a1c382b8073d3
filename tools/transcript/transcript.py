"""The published run beside what the reference gives here, figure by figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from mnist_data import LabData
from solutions.cattern.gradient_check import eval_numerical_gradient
from solutions.cattern.neural_net import TwoLayerNet
from solutions.published import published
from tools.transcript.saved_runs import read_runs, versions_key, write_runs
from tools.transcript.training_runs import (
    RandomState,
    Trained,
    TrainingRun,
    fixed_rate_and_decay,
    start_states,
    sweep,
    train_side_by_side,
)

Progress = Callable[[TrainingRun, Trained, bool], None]  # the last: taken from an earlier sweep


@dataclass(frozen=True)
class PublishedFigure:
    """One figure of the published run beside its own reproduction."""

    section: str
    name: str
    published: float
    reproduced: float
    form: str  # how both are printed
    limit: float | None = None  # agree below it; None: agree when printed alike
    same_data: bool = True  # False: published on MNIST, reproduced on something else

    @property
    def agrees(self) -> bool | None:
        """None where no agreement is to be expected."""
        if not self.same_data:
            return None
        if self.limit is not None:
            return self.reproduced < self.limit
        return self.printed == format(self.published, self.form)

    @property
    def printed(self) -> str:
        """The reproduced figure with the published digits."""
        return format(self.reproduced, self.form)


def toy_figures() -> tuple[list[PublishedFigure], RandomState]:
    """Scores, loss, gradients and training of the toy model.

    Seeds the global random state; returns what it is in the end, where the runs on MNIST begin.
    """
    toy = published()["toy"]
    loss, gradients, training = toy["loss"], toy["gradients"], toy["training"]
    sizes = [toy[name] for name in ("input_size", "hidden_size", "num_classes", "std")]
    np.random.seed(toy["model_seed"])
    net = TwoLayerNet(*sizes)
    np.random.seed(toy["data_seed"])
    X = toy["data_scale"] * np.random.randn(toy["num_inputs"], toy["input_size"])  # (N, D)
    y = np.array(toy["labels"])  # (N,)
    figure = partial(PublishedFigure, "toy model")
    error, limit = toy["scores_difference"]["published"], toy["scores_difference"]["limit"]
    found = float(np.sum(np.abs(net.loss(X) - np.array(toy["scores"]))))
    figures = [figure("scores, sum of differences", error, found, ".6e", limit)]
    found = float(net.loss(X, y, reg=loss["reg"])[0])
    figures.append(figure("loss", loss["published"], found, ".11f"))
    for name, found in _gradient_errors(net, X, y, gradients["reg"]).items():
        error, limit = gradients["published"][name], gradients["limit"]
        figures.append(figure(f"gradient of {name}, relative error", error, found, ".6e", limit))
    np.random.seed(toy["model_seed"])
    settings = {k: v for k, v in training.items() if k not in ("final_loss", "target")}
    found = float(TwoLayerNet(*sizes).train(X, y, X, y, **settings)["loss_history"][-1])
    figures.append(figure("final training loss", training["final_loss"], found, ".16f"))
    return figures, np.random.get_state(legacy=False)


def _gradient_errors(
    net: TwoLayerNet, X: np.ndarray, y: np.ndarray, reg: float
) -> dict[str, float]:
    grads = net.loss(X, y, reg=reg)[1]
    errors = {}
    for name, analytic in grads.items():
        numeric = eval_numerical_gradient(
            lambda _: net.loss(X, y, reg=reg)[0], net.params[name], verbose=False
        )
        scale = np.maximum(1e-8, np.abs(analytic) + np.abs(numeric))
        errors[name] = float(np.max(np.abs(analytic - numeric) / scale))
    return errors


def training_figures(data: LabData, jobs: int, state: RandomState) -> list[PublishedFigure]:
    """Losses and accuracies of the two runs after the toy model's, from the state it left."""
    runs = fixed_rate_and_decay(published())
    trained = dict(train_side_by_side(start_states(runs, data, state), data, jobs))
    figures = []
    for run, table in zip(runs, (published()["fixed_rate"], published()["decay"]), strict=True):
        figure = partial(PublishedFigure, f"training, {run.name}", same_data=data.kind == "mnist")
        for i, pair in enumerate(zip(table["losses"], trained[run].losses, strict=True)):
            figures.append(figure(f"loss at iteration {100 * i}", *pair, ".6f"))
        accuracies = (table["validation_accuracy"], trained[run].validation_accuracy)
        figures.append(figure("validation accuracy", *accuracies, ".4f"))
    return figures


def sweep_figures(
    data: LabData,
    jobs: int,
    state: RandomState,
    results: Path,
    progress: Progress = lambda *_: None,
) -> list[PublishedFigure]:
    """Accuracies of the 36 runs, of the best one, and of that one on the test set.

    The state is the one that the toy model left. Each result is kept in the file `results` as
    soon as it is known, and those that are in it already are not made again; `progress` is told
    of all.
    """
    runs = sweep(published())
    states = start_states([*fixed_rate_and_decay(published()), *runs], data, state)
    key = versions_key(data.kind, states)
    trained = read_runs(results, key)
    for run in runs:
        if run.name in trained:
            progress(run, trained[run.name], True)
    missing = {run: states[run] for run in runs if run.name not in trained}
    for run, result in train_side_by_side(missing, data, jobs):
        trained[run.name] = result
        write_runs(results, key, trained)
        progress(run, result, False)
    table, found = published()["tuning"], [trained[run.name] for run in runs]
    best = max(found, key=lambda each: each.validation_accuracy)
    figures = [
        (run.name, accuracy, each.validation_accuracy)
        for run, accuracy, each in zip(runs, table["validation_accuracies"], found, strict=True)
    ]
    figures += [
        ("best validation accuracy", table["best_validation_accuracy"], best.validation_accuracy),
        ("test accuracy of the best", table["test_accuracy"], best.test_accuracy),
    ]
    figure = partial(PublishedFigure, "tuning", form=".4f", same_data=data.kind == "mnist")
    return [figure(*each) for each in figures]

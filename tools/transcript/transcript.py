"""The published run beside what the reference gives here, figure by figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_data import LabData
from solutions.cattern.gradient_check import eval_numerical_gradient
from solutions.cattern.neural_net import TwoLayerNet
from solutions.published import published
from tools.transcript.saved_outcomes import read_outcomes, versions_key, write_outcomes
from tools.transcript.training_pool import train_side_by_side
from tools.transcript.training_runs import (
    Outcome,
    RandomState,
    Run,
    fixed_rate_and_decay,
    start_states,
    sweep,
)

Progress = Callable[[Run, Outcome, bool], None]  # the last: taken from an earlier sweep


@dataclass(frozen=True)
class Figure:
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
        return format(self.reproduced, self.form) == format(self.published, self.form)


def toy_figures() -> tuple[list[Figure], RandomState]:
    """Scores, loss, gradients and training of the toy model.

    Seeds the global random state; returns what it is in the end, where the runs on MNIST begin.
    """
    toy = published()["toy"]
    np.random.seed(toy["model_seed"])
    net = _toy_model(toy)
    np.random.seed(toy["data_seed"])
    X = toy["data_scale"] * np.random.randn(toy["num_inputs"], toy["input_size"])  # (N, D)
    y = np.array(toy["labels"])  # (N,)
    scores_error = float(np.sum(np.abs(net.loss(X) - np.array(toy["scores"]))))
    loss = float(net.loss(X, y, reg=toy["loss"]["reg"])[0])
    gradient_errors = _gradient_errors(net, X, y, toy["gradients"]["reg"])
    np.random.seed(toy["model_seed"])
    final_loss = _toy_final_loss(_toy_model(toy), X, y, toy["training"])
    section, difference, gradients = "toy model", toy["scores_difference"], toy["gradients"]
    figures = [
        Figure(
            section,
            "scores, sum of differences",
            difference["published"],
            scores_error,
            ".6e",
            limit=difference["limit"],
        ),
        Figure(section, "loss", toy["loss"]["published"], loss, ".11f"),
        *(
            Figure(
                section,
                f"gradient of {name}, relative error",
                gradients["published"][name],
                error,
                ".6e",
                limit=gradients["limit"],
            )
            for name, error in gradient_errors.items()
        ),
        Figure(section, "final training loss", toy["training"]["final_loss"], final_loss, ".16f"),
    ]
    return figures, np.random.get_state(legacy=False)


def _toy_model(toy: Mapping[str, Any]) -> TwoLayerNet:
    return TwoLayerNet(toy["input_size"], toy["hidden_size"], toy["num_classes"], std=toy["std"])


def _toy_final_loss(
    net: TwoLayerNet, X: np.ndarray, y: np.ndarray, settings: Mapping[str, Any]
) -> float:
    arguments = {k: v for k, v in settings.items() if k not in ("final_loss", "target")}
    return float(net.train(X, y, X, y, **arguments)["loss_history"][-1])


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


def training_figures(data: LabData, jobs: int, state: RandomState) -> list[Figure]:
    """Losses and accuracies of the two runs after the toy model's, from the state it left."""
    runs = fixed_rate_and_decay(published())
    outcomes = dict(train_side_by_side(start_states(runs, data, state), data, jobs))
    tables = (published()["fixed_rate"], published()["decay"])
    return [
        figure
        for run, table in zip(runs, tables, strict=True)
        for figure in _run_figures(run, table, outcomes[run], same_data=data.kind == "mnist")
    ]


def _run_figures(
    run: Run, table: Mapping[str, Any], outcome: Outcome, same_data: bool
) -> list[Figure]:
    section = f"training, {run.name}"
    losses = [
        Figure(section, f"loss at iteration {100 * i}", *pair, ".6f", same_data=same_data)
        for i, pair in enumerate(zip(table["losses"], outcome.losses, strict=True))
    ]
    accuracies = (table["validation_accuracy"], outcome.validation_accuracy)
    return [
        *losses,
        Figure(section, "validation accuracy", *accuracies, ".4f", same_data=same_data),
    ]


def sweep_figures(
    data: LabData,
    jobs: int,
    state: RandomState,
    results: Path,
    progress: Progress = lambda *_: None,
) -> list[Figure]:
    """Accuracies of the 36 runs, of the best one, and of that one on the test set.

    The state is the one that the toy model left. Each outcome is kept in the file `results` as
    soon as it is known, and those that are in it already are not made again; `progress` is told
    of all.
    """
    runs = sweep(published())
    states = start_states([*fixed_rate_and_decay(published()), *runs], data, state)
    key = versions_key(data.kind, states)
    outcomes = read_outcomes(results, key)
    for run in runs:
        if run.name in outcomes:
            progress(run, outcomes[run.name], True)
    missing = {run: states[run] for run in runs if run.name not in outcomes}
    for run, outcome in train_side_by_side(missing, data, jobs):
        outcomes[run.name] = outcome
        write_outcomes(results, key, outcomes)
        progress(run, outcome, False)
    found = [outcomes[run.name] for run in runs]
    return _sweep_figures(runs, found, same_data=data.kind == "mnist")


def _sweep_figures(runs: list[Run], outcomes: list[Outcome], same_data: bool) -> list[Figure]:
    table = published()["tuning"]
    best = max(outcomes, key=lambda outcome: outcome.validation_accuracy)
    figures = [
        *(
            (run.name, accuracy, outcome.validation_accuracy)
            for run, accuracy, outcome in zip(
                runs, table["validation_accuracies"], outcomes, strict=True
            )
        ),
        ("best validation accuracy", table["best_validation_accuracy"], best.validation_accuracy),
        ("test accuracy of the best", table["test_accuracy"], best.test_accuracy),
    ]
    return [Figure("tuning", *figure, ".4f", same_data=same_data) for figure in figures]

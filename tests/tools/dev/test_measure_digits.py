from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from grader.lab.data import load_lab_data
from mnist_data import LabData
from solutions.cattern.neural_net import TwoLayerNet
from tools.dev import measure_digits
from tools.dev.measure_digits import (
    MomentumNet,
    best_run,
    figures,
    linear_accuracy,
    main,
    nearest_accuracy,
    trained,
    validation_range,
)
from tools.transcript.training_runs import TrainingRun

SMALL = TrainingRun("small", 20, 50, 50, 1e-3, 0.95, 0.0)


@pytest.fixture
def patches() -> LabData:
    """Ten classes that anything can tell apart: each lights its own rows of the image."""
    random = np.random.RandomState(0)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.arange(count) % 10
        images = 20 * random.rand(count, 784)
        for row, label in enumerate(labels):
            images[row, 56 * label : 56 * (label + 1)] += 200
        return images - 40, labels

    (X, y), (X_val, y_val), (X_test, y_test) = draw(400), draw(50), draw(100)
    return LabData(X, y, X_val, y_val, X_test, y_test, "synthetic", "patches")


@pytest.fixture
def halved(patches: LabData) -> LabData:
    """The same, but half of what is asked of a classifier is labeled wrongly."""
    y_test = np.where(np.arange(100) < 50, patches.y_test, (patches.y_test + 1) % 10)
    return replace(patches, y_test=y_test)


def test_linear_classifier_learns_what_a_line_can_tell_apart(halved: LabData) -> None:
    assert linear_accuracy(halved, epochs=5) == "50.00"


def test_nearest_neighbor_is_right_where_classes_lie_apart(halved: LabData) -> None:
    assert nearest_accuracy(halved, count=100) == "50.00"


def test_nearest_neighbor_asks_no_more_than_the_first_images(halved: LabData) -> None:
    assert nearest_accuracy(halved, count=50) == "100.00"


def test_range_goes_from_the_least_to_the_largest(patches: LabData) -> None:
    nets = [trained(patches, SMALL, seed, TwoLayerNet) for seed in range(3)]
    found = [100 * np.mean(net.predict(patches.X_val) == patches.y_val) for net in nets]
    assert validation_range(patches, SMALL, seeds=3) == f"{min(found):.2f} to {max(found):.2f}"


def test_first_step_with_momentum_is_that_of_plain_sgd(patches: LabData) -> None:
    once = replace(SMALL, num_iters=1)
    plain, moving = (trained(patches, once, 0, net) for net in (TwoLayerNet, MomentumNet))
    for name, param in plain.params.items():
        np.testing.assert_array_equal(moving.params[name], param)


def test_second_step_with_momentum_goes_on_with_nine_tenths_of_the_first(
    patches: LabData,
) -> None:
    np.random.seed(0)
    net = MomentumNet(784, 20, 10)
    X, y = patches.X_train[:50], patches.y_train[:50]
    _, grads = TwoLayerNet.loss(net, X, y)
    net.loss(X, y)
    _, second = net.loss(X, y)
    for name, grad in grads.items():
        np.testing.assert_allclose(second[name], 1.9 * grad)


def test_best_of_the_sweep_is_the_published_one() -> None:
    run = best_run()
    assert (run.hidden_size, run.learning_rate, run.reg, run.learning_rate_decay) == (
        150, 0.01, 0.1, 0.82,
    )  # fmt: skip
    assert (run.num_iters, run.batch_size) == (6000, 1024)


def test_table_has_a_line_for_every_figure(
    patches: LabData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure_digits, "load_lab_data", lambda kind: replace(patches, kind=kind))
    monkeypatch.setattr(measure_digits, "fixed_rate_and_decay", lambda published: [SMALL, SMALL])
    monkeypatch.setattr(measure_digits, "linear_accuracy", lambda data: "12.34")
    result = CliRunner().invoke(main, ["--quick"], catch_exceptions=False)
    lines = result.output.splitlines()
    assert lines[0] == "| accuracy in percent | asked for | MNIST | the offline digits |"
    assert "| linear classifier, on test images | below 95 | 12.34 | 12.34 |" in lines
    assert len(lines) == 2 + 6
    assert all(line.count("|") == 5 for line in lines)


def test_missing_mnist_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DIR", str(tmp_path / "nowhere"))
    result = CliRunner().invoke(main, ["--quick"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "nowhere" in result.output
    assert len(result.output.splitlines()) == 1


def test_offline_digits_are_as_hard_as_mnist_after_a_short_run(
    digits_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one figure that is cheap: over 20 seeds MNIST gives 91.7 to 92.4 percent."""
    monkeypatch.setenv("MNIST_DIR", str(digits_dir))  # read from where they are
    run = TrainingRun("short", 50, 400, 200, 1e-3, 0.95, 0.0)
    accuracy = float(validation_range(load_lab_data("synthetic"), run, seeds=1).split()[0])
    assert 91 < accuracy < 94


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]


def documented(project: Path) -> list[list[str]]:
    """Cells of the table in the instructor's guide, without its head."""
    text = (project / "solutions/INSTRUCTOR.md").read_text(encoding="utf-8")
    start = text.index("| accuracy in percent |")
    rows = text[start:].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_documented_table_has_the_lines_of_the_tool(project: Path) -> None:
    found = [row[:2] for row in documented(project)]
    assert found == [[figure.title, figure.asked] for figure in figures(quick=False)]


def test_documented_offline_digits_are_as_hard_as_asked_for(project: Path) -> None:
    for _, asked, _, digits in documented(project):
        bounds = numbers(asked)
        for position, number in enumerate(numbers(digits)):
            if asked.startswith("below"):
                assert number < bounds[0]
            elif asked.startswith("above"):
                assert number > bounds[position]
            elif asked:
                assert bounds[0] <= number <= bounds[1]

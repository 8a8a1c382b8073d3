"""The notebook, the published figures and the code are of one mind."""

from __future__ import annotations

import ast
import json

import numpy as np
import pytest

from solutions.published import published


@pytest.fixture(scope="module")
def cells(project):
    """Source of each cell of the reference notebook by its id."""
    text = (project / "solutions" / "Simple_Neural_Network_Lab.ipynb").read_text("utf-8")
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(text)["cells"]}


def assigned(source, name):
    """The literal that a cell first assigns to a name, without np.array around it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
            value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
            return ast.literal_eval(value)
    raise AssertionError(f"{name} is assigned nowhere")


def keywords(source, method):
    """The literal keyword arguments of the call of this method."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == method:
            return {k.arg: ast.literal_eval(k.value) for k in node.keywords}
    raise AssertionError(f"{method} is called nowhere")


def test_toy_of_the_notebook_is_the_published_one(cells):
    toy = published()["toy"]
    source = cells["toy"]
    assert f"np.random.seed({toy['model_seed']})" in source
    assert f"np.random.seed({toy['data_seed']})" in source
    assert (
        f"{toy['data_scale']} * np.random.randn({toy['num_inputs']}, {toy['input_size']})" in source
    )
    assert f"y = np.array({toy['labels']})" in source
    assert assigned(cells["scores-check"], "published_scores") == toy["scores"]
    assert assigned(cells["loss-check"], "published_loss") == toy["loss"]["published"]
    assert f"reg={toy['loss']['reg']}" in cells["loss-check"]
    assert f"reg={toy['gradients']['reg']}" in cells["gradient-check"]


def test_toy_training_of_the_notebook_is_the_published_one(cells):
    training = published()["toy"]["training"]
    arguments = keywords(cells["toy-training"], "train")
    assert arguments.pop("verbose") is False
    assert arguments == {name: training[name] for name in arguments}
    assert f"[-1], {training['target']})" in cells["toy-training"]


@pytest.mark.parametrize(("cell", "table"), [("fixed-rate", "fixed_rate"), ("decay", "decay")])
def test_training_of_the_notebook_is_the_published_one(cells, cell, table):
    settings = published()[table]
    arguments = keywords(cells[cell], "train")
    assert arguments.pop("verbose") is True
    assert arguments == {name: settings[name] for name in arguments}
    assert f"TwoLayerNet(28 * 28, {settings['hidden_size']}, 10)" in cells[cell]
    quoted = cells[f"{cell}-text"]
    assert f"{settings['losses'][-1]:.6f}" in quoted
    assert f"{settings['validation_accuracy']:.4f}" in quoted


def test_sweep_of_the_notebook_is_the_published_one(cells):
    tuning = published()["tuning"]
    for name in ("hidden_sizes", "learning_rates", "regs", "learning_rate_decays", "num_iters"):
        assert assigned(cells["tuning"], name) == tuning[name], name
    assert f"batch_size={tuning['batch_size']}" in cells["tuning"]
    assert f"{tuning['validation_target']:.1%}" in cells["tuning-text"]
    assert f"{tuning['test_target']:.1%}" in cells["test-text"]


def test_sweep_has_one_accuracy_for_each_combination_and_names_its_best():
    tuning = published()["tuning"]
    lists = ("hidden_sizes", "learning_rates", "regs", "learning_rate_decays")
    accuracies = tuning["validation_accuracies"]
    assert len(accuracies) == np.prod([len(tuning[name]) for name in lists])
    assert max(accuracies) == tuning["best_validation_accuracy"]


def test_nothing_is_drawn_at_random_between_the_published_runs(cells):
    """One draw more, for a choice of images say, and every later figure would be another."""
    order = list(cells)
    after_seeding = [cells[name] for name in order[order.index("toy-training") + 1 :]]
    aside = [text for text in after_seeding if "with random_numbers_of_its_own(" in text]
    assert len(aside) == 1
    assert "np.random" not in "\n".join(after_seeding)

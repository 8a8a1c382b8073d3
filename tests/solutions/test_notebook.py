"""The reference notebook: its stored form, its sections, and a run from top to bottom."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from grader.lab.tasks import TASK_NAMES
from solutions.published import published
from tools.notebook.form import check_form
from tools.notebook.run import NOTEBOOK, execute
from tools.release.text import Spot

SECTIONS = [
    "A two-layer neural network on MNIST",
    "1. Setup",
    "2. A toy network",
    "3. Forward pass: the scores (T#5)",
    "4. Forward pass: the loss (T#6)",
    "5. Backward pass: the gradients (T#7)",
    "6. Train the toy network (T#8 to T#11)",
    "7. Load the data",
    "8. Train on the digits",
    "9. Debug the training",
    "10. Tune the hyperparameters (T#12)",
    "11. Test the best network",
]


@pytest.fixture(scope="module")
def stored():
    return NOTEBOOK.read_bytes().decode("utf-8")


def test_notebook_is_stored_clean_and_valid(stored):
    assert check_form(Spot(NOTEBOOK.name), stored) == []


def test_sections_come_in_the_order_of_the_lab(stored):
    cells = [c for c in json.loads(stored)["cells"] if c["cell_type"] == "markdown"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    assert re.findall(r"^##? (.+)$", text, re.MULTILINE) == SECTIONS


def test_every_code_cell_is_introduced_by_text(stored):
    kinds = [cell["cell_type"] for cell in json.loads(stored)["cells"]]
    assert kinds[0] == "markdown"
    assert all("markdown" in pair for pair in itertools.pairwise(kinds))


def test_every_task_has_a_check_cell(stored):
    code = ["".join(cell["source"]) for cell in json.loads(stored)["cells"]]
    assert [cell for cell in code if cell.startswith("check(")] == [
        *(f'check("{task}")' for task in TASK_NAMES),
        "check()",
    ]


def test_every_plot_says_what_to_look_for(stored):
    cells = json.loads(stored)["cells"]
    for text, code in itertools.pairwise(cells):
        if "plt.show()" in "".join(code["source"]):
            assert "**What to look for.**" in "".join(text["source"]), code["id"]


@pytest.fixture(scope="module")
def printed(mnist_dir):
    """What each cell printed, by its id, and how many pictures it drew."""
    notebook = execute(short=True)
    outputs = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not [o for o in cell.outputs if o.get("name") == "stderr"], cell.id
            text = "".join(o.text for o in cell.outputs if o.output_type == "stream")
            shown = [o.data for o in cell.outputs if o.output_type == "display_data"]
            text += "".join(data["text/plain"] for data in shown if "text/html" in data)
            pictures = sum("image/png" in o.get("data", {}) for o in cell.outputs)
            outputs[cell.id] = (text, pictures)
    return outputs


@pytest.mark.mnist
@pytest.mark.slow
class TestRun:
    """One run with the short sweep, about a minute of one core: the only proof that it runs."""

    def test_toy_cells_print_the_published_figures(self, printed):
        assert "pass  sum of differences: 3.68e-08" in printed["scores-check"][0]
        assert "Your loss: 1.30378789133" in printed["loss-check"][0]
        errors = re.findall(r"^pass .* error: (\S+)", printed["gradient-check"][0], re.MULTILINE)
        assert len(errors) == 4
        assert max(map(float, errors)) < published()["toy"]["gradients"]["limit"]
        assert "Final loss: 0.0171436435329238\n" in printed["toy-training"][0]

    def test_data_cell_says_which_data_and_prints_six_shapes(self, printed):
        assert "Data: MNIST, in " in printed["find-data"][0]
        text = printed["data"][0]
        assert re.findall(r"\((\d+,.*)\)$", text, re.MULTILINE) == [
            "55000, 784",
            "55000,",
            "5000, 784",
            "5000,",
            "10000, 784",
            "10000,",
        ]

    @pytest.mark.parametrize(("cell", "table"), [("fixed-rate", "fixed_rate"), ("decay", "decay")])
    def test_training_prints_the_published_losses_and_accuracy(self, printed, cell, table):
        settings = published()[table]
        text = printed[cell][0]
        losses = [f"{100 * i} / 2000: loss {x:f}" for i, x in enumerate(settings["losses"])]
        assert re.findall(r"^iteration (.*)$", text, re.MULTILINE) == losses
        assert f"MNIST: validation accuracy {settings['validation_accuracy']:.4f}" in text

    def test_plots_are_drawn(self, printed):
        drawn = {cell: pictures for cell, (_, pictures) in printed.items() if pictures}
        assert drawn == dict.fromkeys(
            [
                "toy-training",
                "images",
                "debugging-losses",
                "debugging-rates",
                "debugging-accuracies",
                "debugging-weights",
                "debugging-confusion",
                "debugging-mistakes",
                "best-weights",
            ],
            1,
        )

    def test_tuned_network_passes_both_targets(self, printed):
        tuning = published()["tuning"]
        (validation,) = re.findall(r"best validation accuracy (\S+)", printed["tuning"][0])
        (test,) = re.findall(r"test accuracy (\S+)", printed["test"][0])
        assert float(validation) > tuning["validation_target"]
        assert float(test) > tuning["test_target"]

    def test_every_check_is_green(self, printed):
        said = "".join(text for cell, (text, _) in printed.items() if cell.startswith("check-all"))
        assert re.findall(r"^T#\d+ [^:]*: (\w+)", said, re.MULTILINE) == ["done"] * 8
        assert "FAIL" not in "".join(text for text, _ in printed.values())

    def test_run_leaves_the_checkout_as_it_was(self, printed, stored):
        assert NOTEBOOK.read_bytes().decode("utf-8") == stored
        assert not NOTEBOOK.with_name("best_net.pkl").exists()

"""Running a notebook: where, with what around it, and how trouble is said."""

from __future__ import annotations

import sys

import nbformat
import pytest

from grader.errors import KitError
from tools import cli
from tools.notebook import run as notebook_run
from tools.notebook.run import execute, to_html


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """Puts a notebook of these cells in the place of the reference's."""

    def make(*sources):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        path = tmp_path / "Lab.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        monkeypatch.setattr(notebook_run, "NOTEBOOK", path)
        return path

    return make


def test_copy_runs_in_a_folder_of_its_own(notebook, monkeypatch):
    monkeypatch.setenv("NNLAB_SWEEP", "full")
    path = notebook(
        "import os\n"
        "from cattern.neural_net import TwoLayerNet\n"
        "open('best_net.pkl', 'w').close()\n"
        "print(os.environ['NNLAB_SWEEP'], os.environ['OPENBLAS_NUM_THREADS'], sorted(os.listdir()))"
    )
    stored = path.read_bytes()
    (cell,) = execute(short=True).cells
    assert cell.outputs[0].text == "short 1 ['best_net.pkl', 'cattern', 'checks']\n"
    assert path.read_bytes() == stored
    assert not (path.parent / "best_net.pkl").exists()


def test_cell_that_raises_is_named_by_its_error(notebook):
    notebook("raise NotImplementedError('T#6 is not done yet')")
    with pytest.raises(
        KitError, match=r"^Lab\.ipynb stopped: NotImplementedError: T#6 is not done yet$"
    ):
        execute(short=True)


def test_kernel_that_dies_is_said(notebook):
    notebook("import os; os._exit(1)")
    with pytest.raises(KitError, match=r"^Lab\.ipynb could not be run: Kernel died"):
        execute(short=True)


def test_missing_extra_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "nbclient", None)
    with pytest.raises(KitError, match=r"not installed \(nbclient\): pip install 'nnlab\["):
        execute(short=True)


def test_command_writes_a_page_with_the_outputs(notebook, monkeypatch, capsys, tmp_path):
    notebook("print('<b>' + 'loss' * 2)")
    page = tmp_path / "lab.html"
    monkeypatch.setattr(sys, "argv", ["nnlab", "notebook", "html", "--short", "-o", str(page)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert "&lt;b&gt;lossloss" in page.read_text("utf-8")
    assert f"{page}: " in capsys.readouterr().out


def test_page_holds_code_and_text():
    cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("x = 1")]
    page = to_html(nbformat.v4.new_notebook(cells=cells))
    assert "<h1" in page
    assert "Title" in page

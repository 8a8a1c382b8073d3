"""Run the reference notebook and show it as a page. The stored notebook is never changed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat

from grader.errors import KitError
from tools.machine import BLAS_THREADS

SOLUTIONS = Path(__file__).resolve().parent.parent / "solutions"
NOTEBOOK = SOLUTIONS / "Simple_Neural_Network_Lab.ipynb"
# Local sockets, which other users of the machine cannot listen to; Windows has none for Jupyter.
TRANSPORT = "tcp" if sys.platform == "win32" else "ipc"


def execute(short: bool) -> nbformat.NotebookNode:
    """The reference notebook with its outputs, run from top to bottom in a folder of its own.

    `short` tries the winning settings of the sweep alone; else it takes most of an hour.
    """
    from nbclient import NotebookClient  # an extra
    from nbclient.exceptions import CellExecutionError
    from traitlets.config import Config

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    environment = dict.fromkeys(BLAS_THREADS, "1") | {"NNLAB_SWEEP": "short" if short else "full"}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SOLUTIONS / "cattern", Path(folder) / "cattern")
        client = NotebookClient(
            notebook,
            timeout=None,
            resources={"metadata": {"path": folder}},
            config=Config(KernelManager={"transport": TRANSPORT}),
        )
        try:
            client.execute(env=os.environ | environment)
        except CellExecutionError as error:
            raise KitError(f"{NOTEBOOK.name} stopped: {error.ename}: {error.evalue}") from error
    return notebook


def to_html(notebook: nbformat.NotebookNode) -> str:
    """A page that stands alone, but for the typesetting of its formulas."""
    from nbconvert import HTMLExporter

    return HTMLExporter().from_notebook_node(notebook)[0]

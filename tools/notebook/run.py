"""Run the reference notebook and show it as a page. The stored notebook is never changed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat

from grader.errors import KitError
from tools.common.machine import ONE_BLAS_THREAD

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"
NOTEBOOK = SOLUTIONS / "Simple_Neural_Network_Lab.ipynb"


def execute(short: bool) -> nbformat.NotebookNode:
    """The reference notebook with its outputs, run from top to bottom in a folder of its own.

    `short` tries the winning settings of the sweep alone; else it takes most of an hour.
    """
    try:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
        from traitlets.config import Config
    except ImportError as error:
        raise KitError(
            f"Notebooks are run by a package that is not installed ({error.name}): "
            "pip install 'nnlab[notebook]', or make test in the checkout."
        ) from error

    notebook: nbformat.NotebookNode = nbformat.read(NOTEBOOK, as_version=4)
    environment = {**os.environ, **ONE_BLAS_THREAD, "NNLAB_SWEEP": "short" if short else "full"}
    with tempfile.TemporaryDirectory() as root:
        work, sockets = Path(root, "work"), Path(root, "sockets")
        sockets.mkdir()
        shutil.copytree(SOLUTIONS / "cattern", work / "cattern")
        shutil.copytree(SOLUTIONS / "student" / "checks", work / "checks")
        client = NotebookClient(
            notebook,
            timeout=None,
            resources={"metadata": {"path": str(work)}},
            config=Config(KernelManager=_connection(sockets)),
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise KitError(f"{NOTEBOOK.name} stopped: {error.ename}: {error.evalue}") from error
        except RuntimeError as error:  # the kernel died, or did not start
            raise KitError(f"{NOTEBOOK.name} could not be run: {error}") from error
    return notebook


def _connection(sockets: Path) -> dict[str, str]:
    """Sockets that other users of the machine cannot listen to; Jupyter has none for Windows."""
    return {} if sys.platform == "win32" else {"transport": "ipc", "ip": str(sockets / "kernel")}


def to_html(notebook: nbformat.NotebookNode) -> str:
    """A page that stands alone, but for the typesetting of its formulas."""
    from nbconvert import HTMLExporter

    return HTMLExporter().from_notebook_node(notebook)[0]

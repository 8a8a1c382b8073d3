"""How a right source is saved, named, surrounded and imported costs nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.engine.observe import Observer
from grader.errors import SandboxError
from grader.submission.submission import Submission
from grader.two_layer_net import LAB
from solutions.cattern import neural_net
from tests.grader.judging import checks_of, lost_tasks

REFERENCE = Path(neural_net.__file__).read_text()
HEAD = "import numpy as np\n"


def beginning(code: str) -> str:
    """The reference with code after its import."""
    return REFERENCE.replace(HEAD, f"{HEAD}{code}\n", 1)


def with_lines(*swaps: tuple[str, str]) -> str:
    """The reference with other text in some places."""
    text = REFERENCE
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return text


def lost(grader, source, **files):
    """Tasks that lose points, and slugs of the findings."""
    content = source.encode() if isinstance(source, str) else source
    others = {name.replace("__", "/") + ".py": text.encode() for name, text in files.items()}
    submission = Submission("ana", "ana", {"cattern/neural_net.py": content, **others})
    findings = [one.slug for one in grader.observer.observe(submission).findings]
    return lost_tasks(grader.grade(submission)), findings


SAVED = {
    "utf-8 with mark": b"\xef\xbb\xbf" + REFERENCE.encode(),
    "utf-16": REFERENCE.encode("utf-16"),
    "windows": REFERENCE.replace("\n", "\r\n"),
    "old mac": REFERENCE.replace("\n", "\r"),
    "tabs": REFERENCE.replace("    ", "\t"),
    "windows-1252": beginning("# \u201cgr\u00fc\u00dfe\u201d").encode("cp1252"),
    "prints": beginning("print('x' * 1_000_000)"),
    "prints in loss": with_lines(
        ("        N = X.shape[0]\n", "        N = X.shape[0]; print(X, 'x' * 5_000)\n")
    ),
    "warnings are errors": beginning("import warnings; warnings.simplefilter('error')"),
    "numpy raises": beginning("np.seterr(all='raise')"),
    "no streams": beginning("import sys; sys.stdout = sys.stderr = None"),
    "trains and plots": REFERENCE
    + "\nimport matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
    + "net = TwoLayerNet(4, 5, 3)\nX = np.ones((6, 4)); y = np.zeros(6, int)\n"
    + "ax.plot(net.train(X, y, X, y)['loss_history'])\n",
    "a script below": REFERENCE + "\nif __name__ == '__main__':\n    raise SystemExit(1)\n",
    "progress bar": with_lines(
        (HEAD, HEAD + "from tqdm import tqdm\n"),
        ("in range(num_iters)", "in tqdm(range(num_iters))"),
    ),
    "a second name for the weights": with_lines(
        (
            "output_size),  # (C,)\n        }",
            "output_size),\n        }\n        self.V = self.params",
        ),
        ('W1, b1 = self.params["W1"]', 'W1, b1 = self.V["W1"]'),
    ),
    "arrays under a second name": with_lines(
        (
            "output_size),  # (C,)\n        }",
            'output_size),\n        }\n        self.V = self.params["W1"]',
        ),
        ('W1, b1 = self.params["W1"]', "W1, b1 = self.V"),
    ),
    "params as a property": with_lines(
        ("        self.params = {", "        self.kept = {"),
        ("    def loss(", "    @property\n    def params(self): return self.kept\n\n    def loss("),
    ),
    "params of the class": with_lines(
        ("    def __init__", "    params = {}\n\n    def __init__"),
        ("        self.params = {", "        self.params |= {"),
    ),
    "an OrderedDict": with_lines(
        (HEAD, HEAD + "from collections import OrderedDict\n"),
        ("return loss, grads", "return loss, OrderedDict(grads)"),
    ),
    "loss with more settings": with_lines(
        ("y=None, reg=0.0):", "y=None, reg=0.0, dropout=0.0):"),
        ("self.loss(X_batch, y=y_batch, reg=reg)", "self.loss(X_batch, y_batch, reg, 0.0)"),
    ),
    "a metaclass": with_lines(
        ("class TwoLayerNet:", "class Meta(type): pass\n\nclass TwoLayerNet(metaclass=Meta):")
    ),
    "slots": with_lines(("    def __init__", "    __slots__ = ('params',)\n\n    def __init__")),
    "loss of shape ()": with_lines(("return loss, grads", "return np.array(loss), grads")),
    "single precision loss": with_lines(("return loss, grads", "return np.float32(loss), grads")),
    "a thread that may not start": beginning(
        "import threading\ntry: threading.Thread(target=print).start()\nexcept RuntimeError: pass"
    ),
}


@pytest.mark.parametrize("source", SAVED.values(), ids=SAVED)
def test_it_costs_nothing_and_is_not_spoken_of(grader, source):
    assert lost(grader, source) == (set(), [])


RELU = beginning(
    "import numba\nfrom numba import njit\n\n@JIT\ndef relu(z):\n    return np.maximum(0, z)"
).replace("np.maximum(0, X @ W1 + b1)", "relu(X @ W1 + b1)")
STOPPED = {
    "input": beginning("name = input('name? ')"),
    "a file": beginning("data = open('mnist/train.gz').read()"),
    "arguments": beginning(
        "import argparse\np = argparse.ArgumentParser(); p.add_argument('--lr', required=True)\n"
        "args = p.parse_args()"
    ),
    "sys.exit": REFERENCE + "\nimport sys\nsys.exit(0)\n",
    "os._exit": REFERENCE + "\nimport os\nos._exit(0)\n",
    "an unknown package": beginning("import torch"),
    "a decorator of an unknown package": RELU.replace("@JIT", "@njit"),
    "one with settings": RELU.replace("@JIT", "@numba.jit(nopython=True)"),
    "a lambda beside it": beginning(
        "relu = lambda z: np.maximum(0, z)\nrelu(1) and exit()"
    ).replace("np.maximum(0, X @ W1 + b1)", "relu(X @ W1 + b1)"),
    "processes": beginning("import multiprocessing\npool = multiprocessing.Pool(2)"),
    "the package above": beginning("from ..helpers import relu"),
    "the channel": beginning("import os\nos.close(3)"),
}


@pytest.mark.parametrize("source", STOPPED.values(), ids=STOPPED)
def test_a_stopped_import_uses_the_definitions(grader, source):
    assert lost(grader, source) == (set(), ["import-failed"])


@pytest.mark.parametrize("text", ["raise RuntimeError", "import os; os._exit(1)"])
def test_a_package_that_cannot_be_imported_costs_nothing(grader, text):
    files = {"cattern/neural_net.py": REFERENCE.encode(), "cattern/__init__.py": text.encode()}
    submission = Submission("ana", "ana", files)
    findings = [one.slug for one in grader.observer.observe(submission).findings]
    assert (lost_tasks(grader.grade(submission)), findings) == (set(), ["import-failed"])


OURS = ("harness", "describe", "frames", "recording", "loading", "guarding", "network", "best_net")


def test_modules_named_like_ours_are_theirs(grader):
    imports = "\n".join(f"import {name}\nassert {name}.answer() == 42" for name in OURS)
    files = dict.fromkeys(OURS, "def answer(): return 42\n")
    assert lost(grader, beginning(imports), **files) == (set(), [])


def test_modules_named_like_the_libraries_harm_nobody(grader):
    names = ("random", "json", "struct", "numpy", "pickle")
    files = {
        f"{folder}{name}": "raise ImportError" for name in names for folder in ("", "cattern__")
    }
    assert lost(grader, REFERENCE, **files) == (set(), [])


def test_modules_beside_the_class_are_imported(grader):
    source = beginning("from .helpers import one\nfrom cattern import helpers\nimport above")
    assert lost(grader, source, cattern__helpers="one = 1", above="") == (set(), [])


def test_a_notebook_class_alone_is_taken(grader):
    cells = [
        {"cell_type": "code", "source": "%matplotlib inline\nimport numpy as np\nopen('x')"},
        {"cell_type": "code", "source": REFERENCE.splitlines(keepends=True)},
    ]
    book = json.dumps({"nbformat": 4, "cells": cells}).encode()
    submission = Submission("ana", "ana", {"Simple_Neural_Network_Lab.ipynb": book})
    assert lost_tasks(grader.grade(submission)) == set()


BROKEN = {
    "no colon": (with_lines(("def predict(self, X):", "def predict(self, X)")), "expected ':'"),
    "python 2": (beginning("print `hello`"), "invalid syntax"),
    "merge": (f"<<<<<<< HEAD\n{REFERENCE}=======\n", "invalid syntax"),
    "tabs and spaces": (beginning("if 1:\n    a = 1\n\tb = 1"), "TabError"),
    "nesting": (beginning("x = " + "(" * 9000), "too many nested parentheses"),
    "nothing": (b"", "no class TwoLayerNet"),
    "bytes": (bytes(range(1, 256)) * 9, "SyntaxError"),
    "no class": ("x = 1", "no class TwoLayerNet"),
    "another thing": (REFERENCE.replace("class TwoLayerNet", "class Net"), "no class TwoLayerNet"),
}


@pytest.mark.parametrize(("source", "says"), BROKEN.values(), ids=BROKEN)
def test_an_impossible_import_is_told_everywhere(grader, source, says):
    content = source.encode() if isinstance(source, str) else source
    submission = Submission("ana", "ana", {"cattern/neural_net.py": content})
    verdict = grader.grade(submission)
    assert verdict.score == 0
    for name in ("scores-hidden", "gradient-W1", "batch-shape", "predict-hidden"):
        message = checks_of(verdict)[name].message
        assert message.startswith("The code cannot be imported:")
        assert says in message
        assert "/grader/" not in message


def test_params_that_cannot_be_set_are_told_so(grader):
    source = with_lines(
        ("        self.params = {", "        self.kept = {"),
        (
            "    def loss(",
            "    @property\n    def params(self):\n"
            "        return {name: array.copy() for name, array in self.kept.items()}\n\n"
            "    def loss(",
        ),
    )
    verdict = grader.grade(Submission("ana", "ana", {"cattern/neural_net.py": source.encode()}))
    message = checks_of(verdict)["scores-hidden"].message
    assert "a value stored in params['W1'] does not stay there" in message


@pytest.mark.parametrize(("modules", "found"), [(("click",), []), ((), ["import-failed"])])
def test_an_allowed_package_can_be_imported(rubric, modules, found):
    files = {"cattern/neural_net.py": beginning("import click\nclick.Path").encode()}
    with Observer(LAB, 7, replace(rubric, modules=modules), None) as observer:
        seen = observer.observe(Submission("ana", "ana", files))
    assert [finding.slug for finding in seen.findings] == found


def test_a_missing_allowed_package_is_one_sentence(rubric):
    with pytest.raises(SandboxError, match=r"start:\nclik, which submissions may import, cannot"):
        Observer(LAB, 7, replace(rubric, modules=("clik",)), None)

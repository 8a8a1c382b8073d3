"""Students believe docstrings: names, defaults, shapes and formulas are those of the code."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
from types import FrameType

import numpy as np
import pytest

import mnist_data
import solutions.cattern
from solutions.cattern.gradient_check import eval_numerical_gradient
from solutions.cattern.neural_net import TwoLayerNet
from tests.solutions.docstrings import Entry, parameters, section, split_shape

SIZES = {"N": 6, "D": 4, "H": 5, "C": 3, "N_val": 7, "batch_size": 6}


def _public_callables():
    """Everything that students may call: their own package and the data package."""
    yield from ((name, getattr(mnist_data, name)) for name in mnist_data.__all__)
    for info in pkgutil.iter_modules(solutions.cattern.__path__, "solutions.cattern."):
        if not info.name.endswith("__main__"):
            yield from _callables_of(importlib.import_module(info.name))


def _callables_of(module):
    for name, thing in vars(module).items():
        own = getattr(thing, "__module__", None) == module.__name__
        if not own or name.startswith("_"):
            continue
        if inspect.isfunction(thing) or inspect.isclass(thing):
            yield f"{module.__name__}.{name}", thing
        if inspect.isclass(thing):
            for method, function in vars(thing).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    yield f"{module.__name__}.{name}.{method}", function


CALLABLES = dict(_public_callables())


@pytest.fixture
def net():
    np.random.seed(0)
    net = TwoLayerNet(SIZES["D"], SIZES["H"], SIZES["C"], std=0.5)
    for param in net.params.values():
        param += 0.1 * np.random.randn(*param.shape)
    return net


@pytest.fixture
def batch():
    np.random.seed(1)
    X = np.random.randn(SIZES["N"], SIZES["D"])
    return X, np.array([0, 1, 2, 2, 1, 0])


@pytest.mark.parametrize("name", CALLABLES)
def test_documented_parameters_and_defaults_are_those_of_the_signature(name):
    thing = CALLABLES[name]
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return  # made with one message, like every exception
    # The arguments of a dataclass are its attributes, and described as such.
    heading = "Attributes" if dataclasses.is_dataclass(thing) else "Parameters"
    entries = {name: entry for entry in section(thing, heading) for name in entry.names}
    actual = parameters(thing)
    assert list(entries) == list(actual)
    wrong = [name for name, default in actual.items() if not entries[name].allows(default)]
    assert not wrong


@pytest.mark.parametrize("name", CALLABLES)
def test_summary_is_one_line_that_ends_with_a_full_stop(name):
    summary, *rest = inspect.getdoc(CALLABLES[name]).split("\n")
    assert summary.endswith(".")
    assert not rest or rest[0] == ""


@pytest.mark.parametrize(
    ("documented", "default", "allowed"),
    [
        ("float, default=0.5", 0.5, True),
        ("float, default=0.5", 0.05, False),
        ("bool, default=True", 1, False),
        ("float", 0.5, False),
        ("float", inspect.Parameter.empty, True),
        ("int, optional", None, True),
        ("int, optional", inspect.Parameter.empty, False),
        ('{"auto", "mnist"}', "auto", True),
        ('{"auto", "mnist"}', "mnist", False),
    ],
)
def test_default_that_is_documented_wrong_is_noticed(documented, default, allowed):
    assert Entry(("x",), documented).allows(default) is allowed


def test_parameters_have_the_documented_shapes(net):
    documented = dict(re.findall(r"``(\w+)`` (\([^)]*\))", inspect.getdoc(TwoLayerNet)))
    assert documented.keys() == net.params.keys()
    for name, shape in documented.items():
        assert net.params[name].shape == _sizes(split_shape(shape)), name


def test_loss_returns_what_it_documents(net, batch):
    X, y = batch
    entries = {entry.names[0]: entry for entry in section(net.loss, "Returns")}
    assert list(entries) == ["scores", "loss", "grads"]
    (scores_shape,) = entries["scores"].shapes
    assert net.loss(X).shape == _sizes(scores_shape)
    loss, grads = net.loss(X, y)
    assert np.ndim(loss) == 0
    assert {k: v.shape for k, v in grads.items()} == {k: v.shape for k, v in net.params.items()}


def test_predict_returns_what_it_documents(net, batch):
    labels = net.predict(batch[0])
    (shape,) = re.findall(r"ndarray of shape (\([^)]*\))\n", inspect.getdoc(net.predict))[1:]
    assert labels.shape == _sizes(split_shape(shape))
    assert labels.dtype.kind == "i"
    assert set(labels) <= {0, 1, 2}


def test_train_returns_the_histories_that_it_documents(net, batch):
    X, y = batch
    document = inspect.getdoc(net.train).split("Returns\n")[1]
    history = net.train(X, y, X, y, num_iters=9, batch_size=2)
    assert set(re.findall(r"``(\w+)``", document)) == history.keys()
    # Six examples in batches of two: an epoch is three iterations.
    assert [len(history[k]) for k in ("loss_history", "train_acc_history", "val_acc_history")] == [
        9,
        3,
        3,
    ]


def test_train_takes_the_shapes_that_it_documents():
    entries = {entry.names: entry.shapes for entry in section(TwoLayerNet.train, "Parameters")}
    assert entries[("X",)] == [("N", "D")]
    assert entries[("y",)] == [("N",)]
    assert entries[("X_val", "y_val")] == [("N_val", "D"), ("N_val",)]


def test_documented_regularization_is_what_reg_adds_to_the_loss(net, batch):
    X, y = batch
    (formula,) = re.findall(r"``(.*sum\(W1²\).*)``", inspect.getdoc(net.loss))
    values = {**net.params, "reg": 0.7, "sum": np.sum}
    documented = eval(formula.replace("²", "**2"), values)
    assert net.loss(X, y, reg=0.7)[0] - net.loss(X, y)[0] == pytest.approx(documented, rel=1e-12)


def test_documented_difference_is_what_the_numerical_gradient_takes():
    x, h = np.array([[1.0, -2.0]]), 0.1
    got = eval_numerical_gradient(lambda z: np.sum(z**3), x, verbose=False, h=h)
    # (f(x + h) - f(x - h)) / 2h of a cube is 3x² + h²: not so for any one-sided difference.
    np.testing.assert_allclose(got, 3 * x**2 + h**2, rtol=1e-12)


def test_numerical_gradient_puts_the_point_back_as_documented():
    x = np.array([0.1, 0.2, 0.3])
    before = x.copy()
    eval_numerical_gradient(lambda z: np.sum(z), x, verbose=False)
    assert np.array_equal(x, before)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("loss", lambda X, y: {"X": X, "y": y, "reg": 0.1}),
        ("train", lambda X, y: {"X": X, "y": y, "X_val": X, "y_val": y, "num_iters": 1}),
        ("predict", lambda X, y: {"X": X}),
    ],
)
def test_shapes_in_comments_are_those_of_the_variables(net, batch, method, arguments):
    function = getattr(TwoLayerNet, method)
    keywords = arguments(*batch)
    if method == "train":
        keywords["batch_size"] = SIZES["batch_size"]
    values = _locals_at_return(lambda: function(net, **keywords), function.__code__)
    comments = _shape_comments(inspect.getsource(function))
    assert comments
    for name, shape in comments.items():
        assert np.shape(values[name]) == _sizes(shape), name


def test_every_array_of_loss_has_its_shape_in_a_comment():
    """What has none is a number (`data_loss`) or changes nothing (`+=` and the like)."""
    source = inspect.getsource(TwoLayerNet.loss)
    assigned = set(re.findall(r"^ +(\w+) = ", source, re.MULTILINE))
    without = assigned - _shape_comments(source).keys()
    assert without == {"N", "data_loss", "loss", "grads"}


def _sizes(shape):
    return tuple(SIZES[part] if part in SIZES else int(part) for part in shape)


def _shape_comments(source):
    """Variables and the shapes beside them: `a, b = ...  # (N, D), (H,)`."""
    comments = {}
    for names, text in re.findall(r"^ +([\w, ]+?) = .*  # (\([^#\n]*\))$", source, re.MULTILINE):
        shapes = [split_shape(shape) for shape in re.findall(r"\([^)]*\)", text)]
        comments |= dict(zip(re.split(r", *", names), shapes, strict=True))
    return comments


def _locals_at_return(call, code):
    """The local variables of the function with this code, when it returned."""
    seen = {}

    def watch(frame: FrameType, event: str, _):
        if event == "return" and frame.f_code is code:
            seen.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(before)
    return seen

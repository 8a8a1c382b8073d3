"""A saved network counts however it was saved; what is wrong with one costs T#12 alone."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import sys
import types
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from grader.engine.observation import Ended
from grader.engine.verdict import Judged
from grader.submission.submission import Submission
from mnist_data.load_mnist import read_data_sets
from solutions.cattern import neural_net
from tests.grader.judging import WITHOUT_TUNING, checks_of

REFERENCE = Path(neural_net.__file__).read_text()
# The real training is another test's.
SOURCE = REFERENCE.replace("for it in range(num_iters):", "for it in range(min(num_iters, 100)):")
LOOKUP = """
class Known:
    def predict(self, X):
        return np.array([self.table[hash(row.tobytes())] for row in np.round(X)])
"""


@pytest.fixture(scope="session")
def params(project):
    with np.load(project / "solutions" / "synthetic" / "best_net.npz") as saved:
        return {name: saved[name] for name in saved.files}


@contextmanager
def module(name, source):
    """A module that exists, with the package around it, while something of it is pickled."""
    made, package = types.ModuleType(name), name.partition(".")[0]
    exec(compile(source, name, "exec"), made.__dict__)
    before = {one: sys.modules.get(one) for one in {package, name}}
    sys.modules[package] = types.ModuleType(package)
    sys.modules[name] = made
    try:
        yield made
    finally:
        for one, old in before.items():
            del sys.modules[one]
            if old is not None:
                sys.modules[one] = old


def under_other_names(params, source):
    """Parameters of no known form, so that nothing follows through, and source that knows them."""
    hidden = {"V1" if name == "W1" else name: value for name, value in params.items()}
    return hidden, source.replace('params["W1"]', 'params["V1"]').replace('"W1": std', '"V1": std')


def pickled(params, *, module_name="cattern.neural_net", source=SOURCE, name="TwoLayerNet", **how):
    with module(module_name, source) as made:
        net = getattr(made, name).__new__(getattr(made, name))
        net.params = params
        return pickle.dumps(net, **how)


def zipped(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def as_object(value):
    """As `np.savez` packs what is no array."""
    return np.array(value, dtype=object)


def npy(value):
    file = io.BytesIO()
    np.save(file, as_object(value), allow_pickle=True)
    return file.getvalue()


class Calls:
    """Pickles to a call."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def graded(grader, best_net, name="best_net.pkl", source=SOURCE, **files):
    files = {f"{key}.py": text.encode() for key, text in files.items()}
    if source is not None:
        files["cattern/neural_net.py"] = source.encode()
    return grader.grade(Submission("ana", "ana", {**files, name: best_net}))


def tuning(verdict):
    checks = checks_of(verdict)
    return checks["tuning-validation"], checks["tuning-test"]


def loses_nothing_else(verdict):
    """Whether the code, which is right but for its short training, kept its points."""
    tasks = {task.task: task for task in verdict.tasks}
    kept = [tasks[name] for name in WITHOUT_TUNING if name not in ("T#8", "T#9", "T#10")]
    return all(task.score == task.max_score for task in kept)


SAVED = {
    **{
        f"protocol {number}": lambda p, number=number: pickled(p, protocol=number)
        for number in (0, 4, 5)
    },
    "class of the notebook": lambda p: pickled(p, module_name="__main__"),
    "numpy 1": lambda p: pickled(p, protocol=2).replace(b"numpy._core", b"numpy.core"),
    "dict": lambda p: pickle.dumps(p),
    "dict in a dict": lambda p: pickle.dumps({"params": p, "accuracy": 0.98}),
    "network in a tuple": lambda p: pickle.dumps((p, 0.98)),
    "gzip": lambda p: gzip.compress(pickled(p)),
    "npz": lambda p: zipped(**p),
    "npz, small letters": lambda p: zipped(**{f"net/{key.lower()}": p[key] for key in p}),
    "npz of a dict": lambda p: zipped(params=as_object(p)),
    "npz without a name": lambda p: zipped(arr_0=as_object(p)),
    "npy": npy,
    "more than the net": lambda p: pickle.dumps({**p, "X_train": np.zeros((2000, 784))}),
}


@pytest.mark.parametrize("save", SAVED.values(), ids=SAVED)
def test_a_good_network_earns_all_however_saved(grader_with_images, params, save):
    verdict = graded(grader_with_images, save(params))
    assert [check.judged for check in tuning(verdict)] == [Judged.RIGHT, Judged.RIGHT]


def test_a_class_of_another_module_counts(grader_with_images, params):
    source = SOURCE.replace("class TwoLayerNet", "class Deep")
    saved = pickled(params, module_name="mynet", source=source, name="Deep")
    verdict = graded(grader_with_images, saved, mynet=source)
    assert [check.judged for check in tuning(verdict)] == [Judged.RIGHT, Judged.RIGHT]


@pytest.mark.parametrize("form", ["{}[:, None]", "{}.tolist()", "{}.astype(float)"])
def test_the_form_of_labels_does_not_matter(grader_with_images, params, form):
    body = form.format("TwoLayerNet.predict(self, X)")
    source = f"{SOURCE}\nclass Best(TwoLayerNet):\n    def predict(self, X): return {body}\n"
    verdict = graded(grader_with_images, pickled(params, source=source, name="Best"), source=source)
    assert [check.judged for check in tuning(verdict)] == [Judged.RIGHT, Judged.RIGHT]


UNNAMED = {"list": lambda four: four, "dict": lambda four: dict(zip("pqrs", four, strict=True))}


@pytest.mark.parametrize("form", UNNAMED.values(), ids=UNNAMED)
def test_four_arrays_without_names_cost_a_deviation(grader_with_images, params, rubric, form):
    four = [params[name] for name in ("W1", "b1", "W2", "b2")]
    named = tuning(graded(grader_with_images, pickled(params)))
    for check, whole in zip(
        tuning(graded(grader_with_images, pickle.dumps(form(four)))), named, strict=True
    ):
        assert check.judged is Judged.PARTLY
        assert check.score == pytest.approx(0.95 * whole.score)
        assert rubric.deviations["best-net-arrays"].sentence in check.message


BAD = {
    "one-hot": (
        "np.eye(10)[X[:, :1].astype(int) * 0]",
        "has shape (5000, 1, 10), expected (5000,)",
    ),
    "scores": ("self.loss(X)", "has shape (5000, 10), expected (5000,) = (N,)"),
    "nothing": ("None", "best_net.predict(X) is None"),
    "words": ("['seven'] * len(X)", "is a list of <U5 with shape (5000,)"),
}


@pytest.mark.parametrize(("returned", "says"), BAD.values(), ids=BAD)
def test_wrong_labels_are_told_by_their_shape(grader_with_images, params, returned, says):
    source = f"{SOURCE}\nclass Best(TwoLayerNet):\n    def predict(self, X): return {returned}\n"
    params, source = under_other_names(params, source)
    saved = pickled(params, source=source, name="Best")
    verdict = graded(grader_with_images, saved, source=source)
    assert says in tuning(verdict)[0].message
    assert verdict.tasks[-1].score == 0


UNUSABLE = {
    "cut short": (lambda p: pickled(p)[:-2000], "cannot be read (pickle data was truncated)"),
    "npz cut short": (lambda p: zipped(**p)[:-2000], "cannot be read (File is not a zip file)"),
    "text": (lambda p: b"see my drive", "cannot be read"),
    "empty": (lambda p: b"", "cannot be read (it is empty)"),
    "no class": (
        lambda p: pickled(p, module_name="mynet", source="class Deep: pass", name="Deep"),
        "the file needs Deep from the module mynet, which is neither in",
    ),
    "a list": (lambda p: pickle.dumps([1, 2]), "the file contains a list, which is not a network"),
    "other names": (
        lambda p: zipped(W1=p["W1"], w2=p["W2"], bias=p["b1"]),
        "the saved parameters lack b1; found: W1, bias, w2",
    ),
    "other sizes": (
        lambda p: zipped(**{**p, "W1": p["W1"].T}),
        "its W1 has shape (50, 784), expected (784, H)",
    ),
    "nan": (lambda p: zipped(**{**p, "b2": p["b2"] * np.nan}), "are not all finite"),
    "no numbers": (
        lambda p: pickle.dumps({**p, "b2": "x"}),
        "the saved b2 is not an array of numbers",
    ),
    "flat": (lambda p: zipped(**{**p, "W1": p["b1"]}), "W1 and W2 must have two dimensions"),
    "the class itself": (
        lambda p: pickle.dumps(Calls(getattr, Calls(__import__, "fractions"), "Fraction")),
        "the file contains the class Fraction itself, not a network",
    ),
}


@pytest.mark.parametrize(("save", "says"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_file_costs_only_its_own_tasks(grader_with_images, params, save, says):
    verdict = graded(grader_with_images, save(params))
    assert [check.judged for check in tuning(verdict)] == [Judged.WRONG, Judged.WRONG]
    assert says in tuning(verdict)[0].message
    assert "/grader/" not in tuning(verdict)[0].message
    assert loses_nothing_else(verdict)


HOSTILE = {
    "os.system": (Calls(os.system, "true"), Ended.RAISED),
    "os._exit": (Calls(os._exit, 0), Ended.KILLED),
    "a file": (Calls(open, "/etc/passwd"), Ended.RAISED),
    "memory": (Calls(bytearray, 8 << 30), Ended.OUT_OF_MEMORY),
    "crash": (Calls(eval, "__import__('ctypes').string_at(0)"), Ended.KILLED),
}


@pytest.mark.parametrize(("call", "ended"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pickle_costs_itself_alone(grader_with_images, call, ended):
    verdict = graded(grader_with_images, pickle.dumps(call))
    assert [check.ended for check in tuning(verdict)] == [ended, ended]
    assert verdict.tasks[-1].score == 0
    assert loses_nothing_else(verdict)


def test_good_parameters_count_without_any_code(grader_with_images, params):
    verdict = graded(grader_with_images, zipped(**params), "best_net.npz", source=None)
    assert [check.judged for check in tuning(verdict)] == [Judged.FOLLOW_THROUGH] * 2
    assert verdict.score == 25
    assert checks_of(verdict)["scores-hidden"].message == "No class TwoLayerNet was handed in."


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("np.argmax(self.loss(X), axis=1)", "np.argmin(self.loss(X), axis=1)"),
        ("np.maximum(0, X @ W1 + b1)", "np.minimum(0, X @ W1 + b1)"),
        ("labels = np.argmax", "raise ValueError; labels = np.argmax"),
        ("    def predict(self, X):", "    def predict(self, X)"),
    ],
)
def test_good_parameters_count_where_the_code_is_broken(grader_with_images, params, right, wrong):
    assert right in SOURCE
    verdict = graded(grader_with_images, zipped(**params), source=SOURCE.replace(right, wrong))
    assert [check.judged for check in tuning(verdict)] == [Judged.FOLLOW_THROUGH] * 2
    assert verdict.tasks[-1].score == 25


def test_pixels_of_another_scale_are_named(grader_with_images, params):
    source = f"""{SOURCE}
class Best(TwoLayerNet):
    def predict(self, X):
        return TwoLayerNet.predict(self, X * 255) if np.abs(X).max() < 2 else np.zeros(len(X), int)
"""
    params, source = under_other_names(params, source)
    saved = pickled(params, source=source, name="Best")
    verdict = graded(grader_with_images, saved, source=source)
    assert "It does well on pixels divided by 255" in tuning(verdict)[0].message


NOT_MOVED = [(0, 0)]
MOVES = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


@pytest.mark.parametrize(
    ("unknown", "moves"),
    [
        ("self.table[{}]", NOT_MOVED),
        ("self.table.get({}, 0)", NOT_MOVED),
        ("self.table.get({}, 0)", MOVES),
    ],
)
def test_a_table_of_known_images_earns_nothing(grader_with_images, digits_dir, unknown, moves):
    """Copies moved by a pixel are a third of the perturbed images only."""
    X_train, _, X_val, y_val, X_test, y_test = read_data_sets(str(digits_dir))
    mean = X_train.reshape(len(X_train), -1).mean(axis=0)
    images, y = np.concatenate([X_val, X_test]).reshape(-1, 28, 28), [*y_val, *y_test]
    table = {}
    for move in moves:
        rows = np.round(np.roll(images, move, axis=(1, 2)).reshape(-1, 784) - mean)
        table |= {row.tobytes()[3000:3800]: int(one) for row, one in zip(rows, y, strict=True)}
    source = SOURCE + LOOKUP.replace(
        "self.table[hash(row.tobytes())]", unknown.format("row.tobytes()[3000:3800]")
    )
    with module("cattern.neural_net", source) as made:
        net = made.Known()
        net.table = table
        saved = pickle.dumps(net)
    verdict = graded(grader_with_images, saved, source=source)
    assert verdict.tasks[-1].score == 0
    assert "may have memorized the images" in verdict.attention[0]


def test_principal_components_in_predict_are_honest(grader_with_images, params):
    """The saved parameters alone give other labels, and perturbed images are recognized."""
    turn, _ = np.linalg.qr(np.random.RandomState(0).randn(784, 784))
    body = "TwoLayerNet.predict(self, (X @ self.axes) / self.scale)"
    source = f"{SOURCE}\nclass Best(TwoLayerNet):\n    def predict(self, X): return {body}\n"
    with module("cattern.neural_net", source) as made:
        net = made.Best.__new__(made.Best)
        net.axes, net.scale = turn, 50.0
        net.params = {**params, "W1": 50.0 * turn.T @ params["W1"]}
        saved = pickle.dumps(net)
    verdict = graded(grader_with_images, saved, source=source)
    assert [check.judged for check in tuning(verdict)] == [Judged.RIGHT, Judged.RIGHT]
    assert verdict.attention == ()

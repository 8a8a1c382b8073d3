"""What a student sees: task by task, with what was got, expected, and where to look."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from grader.lab.tasks import TASK_NAMES
from solutions.cattern.neural_net import TwoLayerNet
from solutions.published import published
from tests.solutions.student.conftest import Student, table

WAITING = dict.fromkeys([*TASK_NAMES, "together"], "waits")
UNFINISHED = {"T#5": "not yet", "T#8": "not yet", "T#11": "not yet", "T#12": "not yet"}


def test_stub_is_unfinished_everywhere_and_says_where_to_begin(student: Student) -> None:
    said = student.check()
    assert table(said) == WAITING | UNFINISHED
    assert "T#6   Loss                  waits    for T#5" in said
    assert "Next: T#5, Scores." in said
    assert "Traceback" not in said
    assert said.isascii()


def test_loss_can_be_checked_before_the_gradients_exist(student: Student) -> None:
    student.solve("T#5", "T#6")
    said = student.check()
    assert table(said) == WAITING | UNFINISHED | {"T#5": "done", "T#6": "done", "T#7": "not yet"}
    assert "Next: T#7, Gradients." in said


def test_training_tasks_can_be_checked_without_the_loss(student: Student) -> None:
    student.solve("T#8", "T#9", "T#10")
    done = {"T#8": "done", "T#9": "done", "T#10": "done"}
    assert table(student.check()) == WAITING | UNFINISHED | done


def test_everything_done_is_green_and_says_how_to_hand_in(student: Student, project: Path) -> None:
    student.solve(*TASK_NAMES)
    shutil.copy(project / "solutions" / "best_net.npz", student.folder)
    said = student.check()
    assert table(said) == dict.fromkeys([*TASK_NAMES, "together"], "done")
    assert "accuracy not measured, for want of data (README: Data)" in said
    assert "Pack your work: python -m cattern.submit" in said


def test_one_task_can_be_checked_alone(student: Student) -> None:
    student.solve("T#5")
    assert table(student.check("-k", "t05")) == {"T#5": "done"}


def test_usual_mistakes_are_told_with_got_expected_and_where_to_look(student: Student) -> None:
    student.replace("T#5", "scores = np.maximum(X.dot(W1), 0).dot(W2)")  # no biases
    student.replace(
        "T#6",
        "e = np.exp(scores)\nloss = -np.log(e[range(N), y] / e.sum(1)).sum()\n"
        "loss = loss + reg * ((W1 ** 2).sum() + (W2 ** 2).sum())",
    )
    student.replace("T#8", "X_batch, y_batch = X[:batch_size], y[:batch_size]")
    student.replace("T#9", "for k in grads: self.params[k] += learning_rate * grads[k]")
    student.replace("T#10", "learning_rate = learning_rate / 2")
    student.replace("T#11", "labels = self.loss(X).argmax(0)")
    said = student.check()
    wrong = ("T#5", "T#6", "T#8", "T#9", "T#10", "T#11")
    assert table(said) == WAITING | dict.fromkeys(wrong, "wrong") | {
        "T#7": "not yet",
        "T#12": "not yet",
    }
    for sentence in (
        "T#5: scores[1, 0] is 14, expected 4.5 (off by 9.5, at most 1e-09 is allowed).",
        "Here the biases are not zero, and hidden units are off.",
        "T#6: what reg = 1 adds to the loss is 25, expected 12.5",
        "It is 2 times what is expected: where may that come from?",
        "T#6: loss is nan for scores of some 10,000, expected a finite number.",
        "T#8: every run starts with the same rows, expected other rows each time.",
        "T#8: a batch of 60 has 20 rows, expected 60.",
        "T#9: W1 goes along its gradient, expected the other way.",
        "T#11: labels has shape (3,), expected (4,) = (N,).",
        "Along which axis do you go, and which one is left?",
        "Next: T#5, Scores.",
    ):
        assert sentence in said
    assert said.count("goes along its gradient") == 1


def test_missing_pieces_are_told_step_by_step(student: Student) -> None:
    student.replace("T#5", "scores = (W2.T @ np.maximum(0, W1.T @ X.T + b1[:, None])).T + b2")
    student.replace("T#6", "losses = scores.mean()")
    student.replace(
        "T#8",
        "rows = np.random.randint(num_train, size=batch_size)\n"
        "X_batch, y_batch = X[rows], np.random.permutation(y[rows])",
    )
    student.replace(
        "T#9",
        "self.params['W1'] -= learning_rate * grads['W1'] / batch_size\n"
        "self.params['b1'] -= learning_rate * grads['b2'][0]",
    )
    student.replace("T#10", "pass")
    student.replace("T#11", "labels = self.loss(X) / 0")
    said = student.check()
    for sentence in (
        "T#6: there is no variable `loss` where T#7 begins, expected the loss in it.",
        "T#8: images in X_batch stand beside labels of others, expected their own.",
        "T#9: the step of W1 is 0.125 times learning rate and gradient, expected one times.",
        "T#11: labels has shape (4, 3), expected (4,) = (N,).",
        "T#10: the learning rate stays the same, expected a decay once an epoch.",
    ):
        assert sentence in said
    assert table(said)["T#5"] == "done"


def test_momentum_and_nesterov_are_right(student: Student) -> None:
    student.solve("T#5", "T#6", "T#7", "T#8", "T#10", "T#11")
    student.replace(
        "T#9",
        "self.v = getattr(self, 'v', {k: 0 * g for k, g in grads.items()})\n"
        "for k, g in grads.items():\n"
        "    old = self.v[k]\n"
        "    self.v[k] = 0.5 * old - learning_rate * g\n"
        "    self.params[k] += 1.5 * self.v[k] - 0.5 * old",
    )
    assert table(student.check("-k", "t09 or t10")) == {"T#9": "done", "T#10": "done"}


def test_error_in_the_students_code_is_told_with_its_line(student: Student) -> None:
    student.replace("T#5", "scores = X @ W2")
    said = student.check("-k", "t05_scores")
    assert "T#5: your code raises ValueError: matmul: " in said
    assert "cattern/neural_net.py, line " in said
    assert ": scores = X @ W2" in said
    assert "student_code.py" not in said


def test_code_that_cannot_be_imported_is_told_once(student: Student) -> None:
    student.replace("T#5", "scores = (")
    said = student.check()
    assert said.count("cattern/neural_net.py cannot be imported.\nSyntaxError: '(' was never") == 1
    assert table(said)["T#5"] == "wrong"


def test_code_that_runs_for_ever_is_ended(student: Student) -> None:
    settings = student.folder / "checks" / "conftest.py"
    text = settings.read_text(encoding="utf-8")
    student.write("checks/conftest.py", text.replace("LIMIT_S = 30", "LIMIT_S = 0.3"))
    student.replace("T#5", "while True:\n    try:\n        scores = X\n    except Exception: pass")
    said = student.check("-k", "t05_scores")
    assert "T#5: still running after 0.3 seconds, at\n" in said
    assert table(said) == {"T#5": "wrong"}


def test_printing_and_warnings_do_not_matter(student: Student) -> None:
    student.solve("T#5", "T#6")
    path = student.folder / "cattern" / "neural_net.py"
    text = path.read_text(encoding="utf-8")
    noise = "import warnings\n\nwarnings.warn('old')\nprint('hello')\nnp.float64(1) / 0\n"
    student.write("cattern/neural_net.py", text.replace("\n\n\nclass", f"\n{noise}\n\nclass", 1))
    said = student.check("-W", "error::pytest.PytestWarning")
    assert table(said)["T#6"] == "done"


@pytest.mark.parametrize("kind", ["pkl", "npz"])
def test_best_net_that_does_not_predict_digits_is_told(student: Student, kind: str) -> None:
    student.solve("T#5", "T#11", "T#12")
    save = {
        "pkl": "import pickle; pickle.dump(net, open('best_net.pkl', 'wb'))",
        "npz": "import numpy; numpy.savez('best_net.npz', **net.params)",
    }[kind]
    make = "from cattern.neural_net import TwoLayerNet; net = TwoLayerNet(28, 5, 10); "
    assert student.python("-c", make + save).returncode == 0
    said = student.check("-k", "t12_best_net")
    assert "T#12: your code raises ValueError: matmul: " in said


def test_damaged_best_net_is_told(student: Student) -> None:
    (student.folder / "best_net.pkl").write_bytes(b"\x80\x04no pickle")
    assert "T#12: your code raises " in student.check("-k", "t12_best_net")


def test_accuracy_is_measured_where_there_is_data(
    student: Student, project: Path, digits_dir: Path
) -> None:
    student.solve("T#5", "T#11", "T#12")
    shutil.copy(project / "solutions" / "best_net.npz", student.folder)
    data = {"XDG_CACHE_HOME": str(student.folder), "MNIST_DIR": str(digits_dir)}
    said = student.check("-k", "t12", **data)
    assert re.search(r"validation accuracy 0\.\d+ on the offline digits", said)


@pytest.mark.mnist
def test_reference_net_reaches_the_target_on_mnist(
    student: Student, project: Path, mnist_dir: Path
) -> None:
    student.solve("T#5", "T#11", "T#12")
    shutil.copy(project / "solutions" / "best_net.npz", student.folder)
    said = student.check("-k", "t12", MNIST_DIR=str(mnist_dir))
    assert table(said) == {"T#12": "done"}
    assert re.search(r"validation accuracy 0\.9\d+ on MNIST", said)


def test_numbers_of_the_cases_are_those_of_the_published_run_and_the_reference(
    student: Student,
) -> None:
    script = (
        "import sys; sys.path[:0] = ['.', 'checks']\n"
        "import cases, json\n"
        "values = {k: v for k, v in vars(cases).items() if k.startswith(('TOY', 'HAND'))}\n"
        "print(json.dumps(values, default=lambda array: array.tolist()))\n"
    )
    cases = json.loads(student.python("-c", script).stdout)
    toy = published()["toy"]
    assert cases["TOY_SCORES"] == toy["scores"]
    assert (cases["TOY_REG"], cases["TOY_LOSS"]) == (toy["loss"]["reg"], toy["loss"]["published"])
    net = TwoLayerNet(3, 2, 4)
    net.params = {name: np.array(value) for name, value in cases["HAND_PARAMS"].items()}
    X, y = np.array(cases["HAND_X"]), np.array(cases["HAND_Y"])
    np.testing.assert_allclose(net.loss(X), cases["HAND_SCORES"], atol=1e-12)
    for reg, loss in cases["HAND_LOSSES"].items():
        assert abs(net.loss(X, y, float(reg))[0] - loss) < 1e-10

"""What a student sees: task by task, with got, expected, and one hint."""

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
from tests.solutions.student.mistakes import LOSS, MISTAKES, Mistake
from tools.release import Handout

WAITING = dict.fromkeys([*TASK_NAMES, "together"], "waits")
UNFINISHED = dict.fromkeys(("T#5", "T#8", "T#11", "T#12"), "not yet")


def test_stub_shows_a_list_of_tasks(student: Student) -> None:
    said = student.check()
    assert table(said) == WAITING | UNFINISHED
    assert "T#6   Loss                  waits    for T#5" in said
    assert said.rstrip().endswith("Next: T#5, Scores, in cattern/neural_net.py.")
    assert "Traceback" not in said
    assert said.isascii()
    assert len(said.splitlines()) < 16


def test_later_tasks_do_not_need_earlier_ones(student: Student) -> None:
    student.solve("T#8", "T#9", "T#10", "T#11")
    done = dict.fromkeys(("T#8", "T#9", "T#10", "T#11"), "done")
    assert table(student.check()) == WAITING | UNFINISHED | done


def test_everything_done_says_how_to_hand_in(student: Student, project: Path) -> None:
    student.solve(*TASK_NAMES)
    shutil.copy(project / "solutions" / "best_net.npz", student.folder)
    said = student.check()
    assert table(said) == dict.fromkeys([*TASK_NAMES, "together"], "done")
    assert "accuracy not measured: there is no data here (README: Data)" in said
    assert "the toy loss ends at 0.0171436" in said
    assert "To hand in: python -m cattern.submit" in said


def test_one_task_alone_says_what_is_left(student: Student) -> None:
    student.solve("T#5", "T#6")
    said = student.check("-k", "t05")
    assert table(said) == {"T#5": "done"}
    assert "Still to do: T#7, T#8, T#9, T#10, T#11, T#12. Next: T#7, Gradients." in said


@pytest.fixture(scope="module")
def shown(release: Handout, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `check()` prints for each mistake, all in one process, as in a notebook."""
    student = Student.new(release, tmp_path_factory.mktemp("mistakes"))
    texts = {}
    for mistake in MISTAKES:
        student.reset()
        student.solve(*TASK_NAMES[: TASK_NAMES.index(mistake.task)])
        student.replace(mistake.task, mistake.code)
        texts[mistake.name] = (student.folder / "cattern/neural_net.py").read_text("utf-8")
    return student.check_all(texts)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistake_is_explained_once(shown: dict[str, str], mistake: Mistake) -> None:
    said = shown[mistake.name]
    wrong = re.findall(r"^(T#\d+) .*: wrong\b", said, re.MULTILINE)
    assert wrong == [mistake.task]
    for sentence in mistake.says:
        assert said.count(sentence) == 1, said
    assert f"Next: {mistake.task}, " in said
    assert "the check itself failed" not in said


def test_right_gradients_behind_a_wrong_loss_are_right(student: Student) -> None:
    student.solve("T#5", "T#7")
    student.replace("T#6", LOSS.replace("mean()", "sum()"))
    assert table(student.check("-k", "t06 or t07")) == {"T#6": "wrong", "T#7": "done"}


def test_wrong_task_is_found_behind_an_unfinished_one(student: Student) -> None:
    student.solve("T#8")
    student.replace("T#5", "scores = np.maximum(0, X @ W1) @ W2")
    student.replace("T#9", "for k in grads: self.params[k] += learning_rate * grads[k]")
    got = table(student.check())
    assert {task for task, status in got.items() if status == "wrong"} == {"T#5", "T#9"}
    assert got["T#6"] == "not yet"


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


def test_module_that_cannot_be_imported_is_named_once(student: Student) -> None:
    student.replace("T#5", "scores = (")
    said = student.check()
    assert said.count("cannot be imported.\nSyntaxError: '(' was never closed") == 1
    assert "Next: fix cattern/neural_net.py" in said


def test_renamed_files_are_found_or_named(student: Student) -> None:
    (student.folder / "Simple_Neural_Network_Lab.ipynb").rename(student.folder / "Ada.ipynb")
    assert table(student.check("-k", "t12")) == {"T#12": "not yet"}
    (student.folder / "cattern/neural_net.py").rename(student.folder / "cattern/my_net.py")
    said = student.check()
    assert said.count("cattern/neural_net.py is missing.") == 1
    assert "TwoLayerNet is in cattern/my_net.py." in said


def test_endless_loop_is_ended(student: Student) -> None:
    text = (student.folder / "checks/engine.py").read_text(encoding="utf-8")
    student.write("checks/engine.py", text.replace("LIMIT_S = 30", "LIMIT_S = 0.3"))
    student.replace("T#5", "while True:\n    try:\n        scores = X\n    except Exception: pass")
    said = student.check("-k", "t05_scores")
    assert "T#5: still running after 0.3 seconds, at\n" in said
    assert table(said) == {"T#5": "wrong"}


def test_prints_and_warnings_do_not_matter(student: Student) -> None:
    student.solve("T#5", "T#6")
    text = (student.folder / "cattern/neural_net.py").read_text(encoding="utf-8")
    noise = "import warnings\n\nwarnings.warn('old')\nprint('hello')\nnp.float64(1) / 0\n"
    student.write("cattern/neural_net.py", text.replace("\n\n\nclass", f"\n{noise}\n\nclass", 1))
    said = student.check("-W", "error::pytest.PytestWarning", "-k", "t06")
    assert table(said) == {"T#6": "done"}


def test_second_hint_is_shown_on_request(student: Student) -> None:
    student.replace("T#5", "scores = X @ W1 @ W2")
    hint = "Print X @ W1 first"
    assert hint not in student.check("-k", "t05")
    assert hint in student.check("-k", "t05", "--hints")


def test_html_shows_colors_and_folds_the_second_hint(student: Student) -> None:
    student.replace("T#5", "scores = X @ W1 @ W2  # <b>")
    script = (
        "import sys, checks.notebook as n\n"
        "n._show = lambda view: print(view._repr_html_())\n"
        "n.check('T#5', 'T#8')"
    )
    page = student.python("-c", script).stdout
    assert "#c62828" in page
    assert page.count("<details>") == 1
    assert "expected: <code>" in page


def test_check_leaves_random_numbers_and_modules_alone(student: Student) -> None:
    student.solve(*TASK_NAMES)
    script = (
        "import sys, numpy as np\n"
        "from cattern.neural_net import TwoLayerNet\n"
        "from checks import check, compare\n"
        "np.random.seed(5); expected = np.random.rand(); np.random.seed(5)\n"
        "check('T#5', 'T#8')\n"
        "same = sys.modules['cattern.neural_net'].TwoLayerNet is TwoLayerNet\n"
        "print(np.random.rand() == expected, same)\n"
        "compare('error', 1.0, 1e-8); compare('accuracy', 0.98, 0.974, above=True)\n"
    )
    said = student.python("-c", script).stdout
    assert "T#5 Scores: done\nT#8 Minibatch: done\n" in said
    assert "\nTrue True\n" in said
    assert "FAIL  error: 1.0000 (not below 1e-08)\npass  accuracy: 0.9800 (above 0.974)\n" in said


@pytest.mark.parametrize(
    ("save", "sentence"),
    [
        ("import pickle; pickle.dump(None, open('best_net.pkl', 'wb'))", "best_net.pkl holds None"),
        ("open('best_net.pkl', 'wb').write(b'no pickle')", "T#12: your code raises "),
        (
            "import numpy; from cattern.neural_net import TwoLayerNet as T\n"
            "numpy.savez('best_net.npz', **T(28, 5, 10).params)",
            "T#12: your code raises ValueError: matmul: ",
        ),
    ],
)
def test_useless_best_net_is_reported(student: Student, save: str, sentence: str) -> None:
    student.solve("T#5", "T#11", "T#12")
    assert student.python("-c", save).returncode == 0
    assert student.check("-k", "t12").count(sentence) == 1


def test_accuracy_is_measured_if_there_is_data(
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


def test_numbers_of_the_cases_are_right(student: Student) -> None:
    script = (
        "from checks import cases\nimport json\n"
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
    for reg, grads in cases["HAND_GRADS"].items():
        for name, grad in net.loss(X, y, float(reg))[1].items():
            np.testing.assert_allclose(grads[name], grad, rtol=1e-7)

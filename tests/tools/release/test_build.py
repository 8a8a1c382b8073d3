"""Building: the files of a checkout become a release, or all mistakes are said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import MaterialError
from grader.lab.tasks import TASK_NAMES
from tests.tools.release.conftest import NOTEBOOK, TUNING, edit, lab_notebook
from tools.release import build
from tools.release.strip import stub_tasks

NET = "solutions/cattern/neural_net.py"


def problems_of(checkout: Path) -> tuple[str, ...]:
    """What is said about a checkout that cannot be released."""
    with pytest.raises(MaterialError) as caught:
        build(checkout)
    return caught.value.problems


def test_release_has_stubs_and_keeps_the_instructions(checkout: Path) -> None:
    release = build(checkout)
    stub = release.files["cattern/neural_net.py"].decode()
    assert stub_tasks(stub) == TASK_NAMES[:-1]
    for task in TASK_NAMES[:-1]:
        before = stub.partition(f'"{task} is not done yet"')[0].rpartition("\n")[0]
        assert f"# {task}: " in before[-300:]
    assert [solution.task for solution in release.solutions] == list(TASK_NAMES)


def test_release_holds_what_students_need(checkout: Path) -> None:
    files = set(build(checkout).files)
    assert {
        "README.md",
        "Simple_Neural_Network_Lab.ipynb",
        "cattern/__init__.py",
        "cattern/gradient_check.py",
        "cattern/neural_net.py",
        "cattern/submit.py",
        "checks/conftest.py",
        "checks/test_loss.py",
        "mnist_data/load_mnist.py",
        "mnist_data/vis_utils.py",
        "pytest.ini",
        "requirements.txt",
    } <= files


def test_files_that_are_not_named_stay_out(checkout: Path) -> None:
    for name in (
        "solutions/cattern/.#neural_net.py",
        "solutions/cattern/neural_net.py.orig",
        "solutions/cattern/__pycache__/neural_net.cpython-311.pyc",
        "solutions/best_net.npz",
        "solutions/student/notes.docx",
        "mnist_data/t10k-labels-idx1-ubyte.gz",
    ):
        path = checkout / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"not for students")
    assert not [name for name, c in build(checkout).files.items() if b"not for students" in c]


@pytest.mark.parametrize(
    "name", ["solutions/student/README.md", NET, NOTEBOOK, "mnist_data/load_mnist.py"]
)
def test_missing_file_is_reported(checkout: Path, name: str) -> None:
    (checkout / name).unlink()
    assert f"{name}: found nothing, expected a file" in problems_of(checkout)


def test_missing_task_is_reported(checkout: Path) -> None:
    text = (checkout / NET).read_text(encoding="utf-8")
    kept = [line for line in text.split("\n") if not line.endswith("SOLUTION T#9")]
    (checkout / NET).write_text("\n".join(kept), encoding="utf-8")
    assert problems_of(checkout) == (
        f"{NET}: found no block of T#9, expected '# BEGIN SOLUTION T#9' and its end",
    )


def test_doubled_task_is_reported_with_both_places(checkout: Path) -> None:
    edit(
        checkout / NET,
        "        # END SOLUTION T#11\n",
        "        # END SOLUTION T#11\n        # BEGIN SOLUTION T#11\n        x = 1\n"
        "        # END SOLUTION T#11\n",
    )
    (problem,) = problems_of(checkout)
    assert problem.startswith(f"{NET}:")
    assert "found the block of T#11 again, expected only one (solutions/cattern/neur" in problem


def test_task_in_the_wrong_file_is_reported(checkout: Path) -> None:
    tuning = TUNING.replace("T#12", "T#11")
    (checkout / NOTEBOOK).write_text(lab_notebook(tuning), encoding="utf-8")
    problems = problems_of(checkout)
    assert any(p.endswith(f"found the block of T#11, expected it in {NET}") for p in problems)
    assert any("found no block of T#12" in problem for problem in problems)


@pytest.mark.parametrize(
    "name",
    [
        "solutions/student/README.md",
        "solutions/student/requirements.txt",
        "solutions/student/checks/conftest.py",
        "solutions/cattern/gradient_check.py",
        "mnist_data/load_mnist.py",
    ],
)
@pytest.mark.parametrize("line", ["# BEGIN SOLUTION T#5", "# end solution t#5"])
def test_marker_in_a_wrong_file_is_reported(checkout: Path, name: str, line: str) -> None:
    count = (checkout / name).read_text(encoding="utf-8").count("\n")
    with (checkout / name).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    assert problems_of(checkout) == (
        f"{name}:{count + 1}: found {line!r}, expected no marker here",
    )


def test_wrong_characters_are_reported_in_every_file(checkout: Path) -> None:
    readme = checkout / "solutions/student/README.md"
    readme.write_bytes(readme.read_bytes().replace(b"\n", b"\r\n"))
    edit(checkout / NET, "        N = X.shape[0]", "\tN = X.shape[0]")
    (checkout / "solutions/cattern/submit.py").write_bytes(b"x = '\xff'\n")
    problems = "\n".join(problems_of(checkout))
    assert "README.md:1: found a carriage return (CRLF), expected line ends of one" in problems
    assert "neural_net.py:" in problems
    assert "found a tab, expected spaces" in problems
    assert "submit.py:1: found byte 0xff, expected UTF-8" in problems


def test_mistakes_of_all_files_are_reported_together(checkout: Path) -> None:
    edit(checkout / NET, "# END SOLUTION T#10", "# END SOLUTON T#10")
    (checkout / NOTEBOOK).write_text(lab_notebook(text="# BEGIN SOLUTION T#12"), encoding="utf-8")
    (checkout / "solutions/student/pytest.ini").unlink()
    text = "\n".join(problems_of(checkout))
    for part in ("END SOLUTON", "without its end", "cell 1 (id text)", "pytest.ini: found nothing"):
        assert part in text


def test_same_source_gives_the_same_release(checkout: Path) -> None:
    first = build(checkout)
    for path in checkout.rglob("*"):
        path.touch()
        path.chmod(0o700)
    second = build(checkout)
    assert (first.files, first.zip) == (second.files, second.zip)

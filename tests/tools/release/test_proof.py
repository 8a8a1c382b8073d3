"""The proof: each step finds what it is there for, and the real release passes them all."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from pathlib import Path

import pytest

from grader.errors import KitError, MaterialError
from grader.lab.tasks import TASK_NAMES
from tests.tools.release.conftest import edit
from tools.release import Handout, build, proof, prove
from tools.release.pack import FOLDER
from tools.release.rehearsal import import_all

NET, NOTEBOOK = "cattern/neural_net.py", "Simple_Neural_Network_Lab.ipynb"
SECRET = "hidden = np.maximum(0, X @ W1 + b1)"


@pytest.fixture
def release(checkout: Path) -> Handout:
    """A release in which nothing is wrong yet."""
    return build(checkout)


def tamper(release: Handout, **files: bytes) -> Handout:
    """The release with other files in it."""
    return dataclasses.replace(release, files=dict(release.files) | files)


def problems_of(release: Handout) -> list[str]:
    """What the quick steps of the proof say."""
    return [str(problem) for problem in proof.inspect(release, release.files)]


def test_release_passes_every_quick_step(release: Handout) -> None:
    assert problems_of(release) == []


@pytest.mark.parametrize(
    "name",
    [
        "cattern/__pycache__/neural_net.cpython-311.pyc",
        "best_net.pkl",
        "best_net.npz",
        "mnist_data/train-images-idx3-ubyte.gz",
        "cattern/.neural_net.py.swp",
        "cattern/neural_net.py~",
        ".git/config",
        ".gitignore",
        ".DS_Store",
        ".ipynb_checkpoints/lab.ipynb",
        "cattern/.hidden.py",
    ],
)
def test_foreign_file_is_reported(release: Handout, name: str) -> None:
    (problem,) = problems_of(tamper(release, **{name: b"x"}))
    assert problem.startswith(f"{name}: found a foreign file, expected files ending in .py, .ipynb")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.md", b"\x80\x04\0\0", ": found binary content, expected text"),
        (
            "README.md",
            b"# END SOLUTION T#5\n",
            ":1: found '# END SOLUTION T#5', expected no marker here",
        ),
        (
            "cattern/submit.py",
            b"x = 1\nreturn x\n",
            ":2: found no valid Python: 'return' outside function",
        ),
    ],
    ids=["binary", "marker", "syntax"],
)
def test_tampered_file_is_reported(
    release: Handout, name: str, content: bytes, message: str
) -> None:
    assert problems_of(tamper(release, **{name: content})) == [name + message]


def test_output_and_metadata_in_the_notebook_are_reported(release: Handout) -> None:
    notebook = json.loads(release.files[NOTEBOOK])
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    notebook["metadata"]["author"] = "lovelace"
    problems = problems_of(tamper(release, **{NOTEBOOK: json.dumps(notebook).encode()}))
    assert f"{NOTEBOOK}: found metadata of the reference, expected none" in problems
    assert any("(id tuning): found 'outputs', expected nothing" in problem for problem in problems)


def test_missing_stub_is_reported(release: Handout) -> None:
    stub = b'raise NotImplementedError("T#9 is not done yet")'
    net = release.files[NET].replace(stub, b"pass")
    problems = problems_of(tamper(release, **{NET: net}))
    expected = ", ".join(TASK_NAMES[:-1])
    assert (
        f"{NET}: found stubs for {expected.replace('T#9, ', '')}, expected {expected}" in problems
    )


def test_stub_that_cannot_be_restored_is_reported(release: Handout) -> None:
    net = release.files[NET].replace(b"N = X.shape[0]", b"N = len(X)")
    assert problems_of(tamper(release, **{NET: net})) == [
        f"{NET}: found different text after the solutions were put back, expected the reference"
    ]


@pytest.mark.parametrize("name", ["README.md", "cattern/submit.py", "checks/test_loss.py"])
def test_leak_is_reported(release: Handout, name: str) -> None:
    content = release.files[name] + f"# {SECRET}\n".encode()
    problems = problems_of(tamper(release, **{name: content}))
    assert any(
        problem.startswith(f"{name}:") and "of the block of T#5" in problem for problem in problems
    )


def test_cell_that_does_not_compile_is_reported(release: Handout) -> None:
    notebook = json.loads(release.files[NOTEBOOK])
    notebook["cells"][1]["source"] = ["for x:\n"]
    problems = problems_of(tamper(release, **{NOTEBOOK: json.dumps(notebook).encode()}))
    assert any("cell 2 (id tuning), line 1: found no valid Python" in p for p in problems)


def test_problems_of_all_steps_are_raised_together(release: Handout) -> None:
    broken = tamper(release, **{"README.md": f"{SECRET}\n# END SOLUTION T#5\n".encode()})
    with pytest.raises(MaterialError) as caught:
        prove(broken)
    text = "\n".join(caught.value.problems)
    assert f"README.md:1: found '{SECRET}' of the block of T#5" in text
    assert "README.md:2: found '# END SOLUTION T#5', expected no marker" in text


def test_zip_that_holds_something_else_is_our_fault(
    release: Handout, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr(f"{FOLDER}/README.md", SECRET)
    monkeypatch.setitem(release.__dict__, "zip", other.getvalue())
    with pytest.raises(KitError, match="zip contains something other than the release"):
        prove(release)


OUTCOMES = {f"test_t{number:02}_x": "waits" for number in range(5, 13)} | {"test_all": "waits"}


def stage(**outcomes: str) -> dict[str, str]:
    """Outcomes of a run of the checks."""
    return OUTCOMES | outcomes


def test_stub_on_which_no_check_holds_is_right() -> None:
    assert proof.judge_stage((), stage(test_t05_x="not yet")) == []


@pytest.mark.parametrize("outcome", ["passed", "wrong", "skipped"])
def test_check_that_ends_otherwise_on_stub_is_reported(outcome: str) -> None:
    (problem,) = proof.judge_stage((), stage(test_t07_x=outcome))
    assert str(problem) == (
        f"checks: on the stub: found test_t07_x: {outcome}, expected not yet or waits"
    )


@pytest.mark.parametrize("outcome", ["not yet", "waits", "wrong", "skipped"])
def test_check_that_fails_with_its_solution_is_reported(outcome: str) -> None:
    (problem,) = proof.judge_stage(("T#5",), stage(test_t05_x=outcome))
    assert str(problem) == (
        f"checks: with T#5 put back: found test_t05_x: {outcome}, expected passed"
    )


def test_task_without_a_check_is_reported() -> None:
    outcomes = {name: outcome for name, outcome in OUTCOMES.items() if "t08" not in name}
    (problem,) = proof.judge_stage((), outcomes)
    assert str(problem) == "checks: on the stub: found no check of T#8, expected at least one"


def test_only_accuracy_may_be_skipped_at_the_end() -> None:
    outcomes = dict.fromkeys(OUTCOMES, "passed") | {"test_t12_x": "skipped"}
    assert proof.judge_stage(TASK_NAMES, outcomes) == []
    (problem,) = proof.judge_stage(TASK_NAMES, outcomes | {"test_all": "wrong"})
    assert str(problem).endswith("with T#12 put back: found test_all: wrong, expected passed")


def test_reference_is_proved_check_by_check(whole_checkout: Path) -> None:
    prove(build(whole_checkout))


def test_checks_blind_to_solutions_are_reported(whole_checkout: Path) -> None:
    checks = whole_checkout / "solutions/student/checks"
    edit(
        checks / "test_tuning.py",
        '"""T#12: the notebook, and the network that it saves."""\n',
        '"""T#12: the notebook, and the network that it saves."""\nimport grader\n',
    )
    edit(checks / "cases.py", "TOY_REG, TOY_LOSS = 0.1, 1.30378789133", "TOY_REG, TOY_LOSS = 0, 1")
    with (checks / "test_train.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef test_t10_nothing(report):\n    pass\n")
    with pytest.raises(MaterialError) as caught:
        prove(build(whole_checkout))
    text = "\n".join(caught.value.problems)
    assert "imports: found checks.test_tuning: ImportError: grader belongs to the kit" in text
    assert "on the stub: found no check of T#12, expected at least one" in text
    assert "with T#6 put back: found test_t06_data_loss: wrong, expected passed" in text
    assert "with T#9 put back: found test_t10_nothing: passed, expected not yet or waits" in text


def test_rehearsal_that_breaks_off_is_our_fault(
    release: Handout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "rehearsal.py"
    script.write_text("raise SystemExit('no pytest')", encoding="utf-8")
    monkeypatch.setattr(proof, "REHEARSAL", script)
    with pytest.raises(KitError, match="The rehearsal of the release stopped: no pytest"):
        proof.rehearse(release, release.files)


def test_rehearsal_that_hangs_is_ended(
    release: Handout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "rehearsal.py"
    script.write_text("import time\ntime.sleep(60)", encoding="utf-8")
    monkeypatch.setattr(proof, "REHEARSAL", script)
    monkeypatch.setattr(proof, "LIMIT_S", 0.5)
    with pytest.raises(KitError, match=r"The rehearsal of the release took over 0\.5 seconds"):
        proof.rehearse(release, release.files)


def test_library_that_students_install_may_be_missing_here(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "requirements.txt").write_text("plotting>=3.8\n")
    for name in ("plotting", "misspelled"):
        (tmp_path / "lab").mkdir(exist_ok=True)
        (tmp_path / "lab" / f"{name}_user.py").write_text(f"import {name}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert import_all(tmp_path) == [
        "lab.misspelled_user: ModuleNotFoundError: No module named 'misspelled'"
    ]

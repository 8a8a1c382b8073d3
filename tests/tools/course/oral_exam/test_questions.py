"""Oral-exam questions claim only what is so."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from grader.engine.observation import Ended, Observation
from grader.engine.verdict import CheckVerdict, Judged
from grader.lab.answers import make_answers
from grader.lab.tasks import TASK_NAMES
from tests.tools.course.gradebook.samples import RUN, graded
from tools.commands.questions import command
from tools.course.gradebook.book import Gradebook
from tools.course.oral_exam import OralQuestion, every_question, questions_for
from tools.course.oral_exam.code import ParsedCode
from tools.course.oral_exam.code_bank import GIVEN_BANK
from tools.course.oral_exam.facts import Facts

REFERENCE = Path("solutions/cattern/neural_net.py").read_text(encoding="utf-8")
USUAL = (
    REFERENCE.replace(
        "shifted = scores - scores.max(axis=1, keepdims=True)",
        "shifted = scores - np.max(scores, axis=1, keepdims=True)",
    )
    .replace(
        "probs = exp_scores / exp_sums",
        "probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)",
    )
    .replace("dhidden *= hidden > 0", "dhidden[hidden <= 0] = 0")
    .replace("db2 = dscores.sum(axis=0)", "db2 = np.sum(dscores, axis=0)")
)


def checks(*wrong: str, mistake: str | None = None) -> list[CheckVerdict]:
    """One verdict for each task."""
    return [
        CheckVerdict(
            f"check-{task}",
            task,
            Judged.WRONG if task in wrong else Judged.RIGHT,
            Ended.FINISHED,
            0.0,
            1.0,
            False,
            "",
            hint="The factor 0.5 of the regularizer is missing. Look at the number before reg.",
            misconception=mistake if task in wrong else None,
        )
        for task in TASK_NAMES
    ]


def seen(question: str, **arrays: np.ndarray) -> dict[str, Observation]:
    return {question: Observation(question, Ended.FINISHED, {}, arrays)}


def facts(
    source: str = USUAL,
    verdicts: Sequence[CheckVerdict] = (),
    observed: dict[str, Observation] | None = None,
) -> Facts:
    return Facts(verdicts or checks(), observed or {}, ParsedCode(source), (None, None), None)


def asked(given: Facts) -> dict[str, OralQuestion]:
    found = [*every_question(given), *filter(None, (make(given) for make in GIVEN_BANK))]
    return {one.topic: one for one in found}


def network(source: str) -> object:
    space: dict[str, object] = {}
    exec(compile(source, "neural_net.py", "exec"), space)
    return space["TwoLayerNet"](4, 6, 3)


def test_usual_solution_gets_questions_about_its_lines() -> None:
    found = asked(facts())
    assert {"keepdims", "half", "relu-backward", "bias-gradient", "transposed-input"} <= set(found)
    for one in found.values():
        if one.line is not None:
            assert f"line {one.line}, `" in one.question
            quoted = re.search(r"`(.*?)`", one.question)[1]
            assert quoted in USUAL.split("\n")[one.line - 1]


def test_keepdims_really_fails_when_removed() -> None:
    line = asked(facts())["keepdims"].line
    lines = USUAL.split("\n")
    lines[line - 1] = lines[line - 1].replace(", keepdims=True", "")
    with pytest.raises(ValueError, match="broadcast"):
        network("\n".join(lines)).loss(np.ones((5, 4)), np.zeros(5, int))


def test_missing_relu_spoils_only_the_first_layer() -> None:
    line = asked(facts())["relu-backward"].line
    lines = USUAL.split("\n")
    lines[line - 1] = ""
    X, y = np.random.default_rng(0).normal(size=(7, 4)), np.arange(7) % 3
    right, spoiled = network(USUAL), network("\n".join(lines))
    spoiled.params = right.params
    grads, without = right.loss(X, y)[1], spoiled.loss(X, y)[1]
    same = {name for name in grads if np.allclose(grads[name], without[name], atol=0)}
    assert same == {"W2", "b2"}


@pytest.mark.parametrize(
    ("operator", "topic", "times"),
    [
        ("/", "decays-200", "8 times"),
        ("/", "decays-1024", "Once"),
        ("//", "decays-1024", "114 times"),
    ],
)
def test_decays_are_counted_as_the_file_divides(operator: str, topic: str, times: str) -> None:
    source = USUAL.replace("num_train / batch_size, 1", f"num_train {operator} batch_size, 1")
    assert asked(facts(source))[topic].answer.startswith(f"{times}:")


def test_changed_loop_is_not_asked_about() -> None:
    source = USUAL.replace("if it % iterations_per_epoch == 0", "if it % 10 == 0")
    assert "decays-200" not in asked(facts(source))


def test_forward_relu_is_not_taken_for_backward() -> None:
    forward = "pre = X @ W1 + b1\n        hidden = pre.copy()\n        hidden[pre <= 0] = 0"
    source = REFERENCE.replace("hidden = np.maximum(0, X @ W1 + b1)", forward)
    assert forward in source
    assert "relu-backward" not in asked(facts(source))


def test_wrong_task_is_asked_only_as_mistake() -> None:
    found = asked(facts(verdicts=checks("T#6", mistake="no-half")))
    assert "factor 0.5" in found["own-mistake"].question
    assert {one.topic for one in found.values() if one.task == "T#6"} == {"own-mistake"}


def test_code_that_never_runs_is_not_asked_about() -> None:
    body = "        return X\n        labels = np.argmax(self.loss(X), axis=1)"
    source = USUAL.replace("        labels = np.argmax(self.loss(X), axis=1)", body)
    assert "argmax-axis" not in asked(facts(source))


def test_first_loss_is_explained_only_at_log_10() -> None:
    def topics(first: float) -> set[str]:
        losses = np.array([first, 1.0])
        return set(asked(facts(observed=seen("train/images", loss_history=losses))))

    assert "first-loss" in topics(2.3026)
    assert "first-loss" not in topics(2.5)


def test_difference_of_gradients_is_that_of_the_regularization() -> None:
    answers = make_answers(0)
    observed = {}
    for do, reg in (("grads", 0.05), ("loss", 0.1)):
        grads = answers.loss("published", reg)[1]
        arrays = {f"grads/{name}": grad for name, grad in grads.items()}
        observed |= seen(f"{do}/published", **arrays)
    found = asked(facts(observed=observed))
    weight = answers.case("published").arrays["W1"][0, 0]
    assert f"= {0.05 * weight:.6f}" in found["weight-decay"].answer
    assert {"bias-decay", "gradient-check"} <= set(found)


@pytest.mark.parametrize("source", ["", "(" * 5000, "class TwoLayerNet(:", "\0", USUAL + USUAL])
def test_unclear_source_gives_no_question_about_lines(source: str) -> None:
    assert all(one.line is None for one in asked(facts(source)).values())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    with Gradebook(tmp_path, write=True, create=True) as book:
        run = book.begin_run(RUN)
        for student in ("ada", "ben"):
            one = graded(student)
            stored = replace(one.submission, source=USUAL)
            book.save(run, replace(one, submission=stored, verdicts=tuple(checks())))
    return tmp_path


def test_five_questions_about_five_tasks_each_time(out: Path) -> None:
    with Gradebook(out, write=False) as book:
        first, other = questions_for(book, "ada"), questions_for(book, "ben")
        assert first == questions_for(book, "ada")
    assert len({one.task for one in first}) == len(first) == 5
    assert first != other


def test_command_prints_questions_with_answers(out: Path) -> None:
    result = CliRunner().invoke(command, [str(out), "ada"])
    assert result.exit_code == 0
    assert len(re.findall(r"^\d\. T#\d+  ", result.output, re.M)) == 5
    assert result.output.count("   Expected: ") == 5
    everybody = json.loads(CliRunner().invoke(command, [str(out), "--json"]).output)
    assert list(everybody) == ["ada", "ben"]


def test_unknown_student_is_wrong_usage(out: Path) -> None:
    result = CliRunner().invoke(command, [str(out), "nobody"])
    assert result.exit_code == 2
    assert "There is no student 'nobody'" in result.output

"""Composed reports: students who never existed, as varied as a real class.

    python -m tests.tools.course.report.pages.samples OUT [STUDENTS]

writes their report folder, to look at.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from grader.lab.tasks import TASKS
from tests.tools.course.report.pages.hostile import HOSTILE
from tools.course.report.pages import (
    Attention,
    ConfidentError,
    Extras,
    folder_of,
    write_dashboard,
    write_student,
)
from tools.course.report.scores_csv import write_attention, write_scores

POINTS = {
    "T#5": 10, "T#6": 15, "T#7": 20, "T#8": 10, "T#9": 10, "T#10": 5, "T#11": 5, "T#12": 25,
}  # fmt: skip

# task -> (id, public, what holds)
CHECKS = {
    "T#5": (
        ("scores-published", True, "scores agree with the published ones"),
        ("scores-hidden-biases", False, "biases that are not zero are added once"),
        ("scores-hidden-shapes", False, "N = 1, C = 2, wide and tall cases hold"),
    ),
    "T#6": (
        ("loss-published", True, "loss agrees with the published one"),
        ("loss-hidden", False, "loss agrees on hidden cases"),
        ("loss-regularized", False, "regularization counts the weights and not the biases"),
        ("loss-large-scores", False, "scores of 1000 do not overflow"),
    ),
    "T#7": (
        ("grads-numerical", True, "each gradient agrees with the numerical one"),
        ("grads-W1", False, "dW1 holds on hidden cases"),
        ("grads-b1", False, "db1 holds on hidden cases"),
        ("grads-W2", False, "dW2 holds on hidden cases"),
        ("grads-b2", False, "db2 holds on hidden cases"),
    ),
    "T#8": (
        ("batch-shape", True, "batches have batch_size rows"),
        ("batch-pairs", False, "rows and labels belong together"),
        ("batch-fresh", False, "every batch is drawn anew"),
    ),
    "T#9": (
        ("step-all", True, "all four parameters take a step"),
        ("step-size", False, "the step is the learning rate times the gradient"),
    ),
    "T#10": (("decay-once", False, "the rate decays once an epoch by the factor given"),),
    "T#11": (
        ("predict-shape", True, "labels have shape (N,)"),
        ("predict-argmax", False, "labels are those of the highest scores"),
    ),
    "T#12": (
        ("best-validation", True, "validation accuracy 0.9812, target above 0.974"),
        ("best-test", False, "test accuracy 0.9774, target above 0.963"),
    ),
}

# slug -> (task, checks lost, message, question, got, expected)
MISTAKES: dict[str, tuple[str, tuple[str, ...], str, str, Any, Any]] = {
    "bias-left-out": (
        "T#5",
        ("scores-hidden-biases", "scores-hidden-shapes"),
        "The first bias is not added. The published case starts all biases at zero, so it cannot "
        "show this.",
        "What would the scores be if X were all zeros?",
        None,
        None,
    ),
    "loss-sum-not-mean": (
        "T#6",
        ("loss-published", "loss-hidden"),
        "The loss is the sum over the batch, not the mean.",
        "If the batch were twice as large, should the loss be twice as large?",
        6.01893945665,
        1.30378789133,
    ),
    "reg-without-half": (
        "T#6",
        ("loss-published", "loss-hidden", "loss-regularized"),
        "The regularization lacks the factor 0.5.",
        "What is the derivative of ½w², and what is that of w²?",
        1.33696411,
        1.30378789133,
    ),
    "no-shift": (
        "T#6",
        ("loss-large-scores",),
        "exp overflows on scores of 1000, and the loss is nan.",
        "Which number may be taken from every score of a row without changing the softmax?",
        None,
        None,
    ),
    "grad-relu-not-masked": (
        "T#7",
        ("grads-numerical", "grads-W1", "grads-b1"),
        "dW1 and db1 do not stop where the ReLU was off.",
        "Which hidden units changed the scores of this example, and which did not?",
        [[0.31, -0.2], [0.07, 0.11]],
        [[0.31, 0.0], [0.0, 0.11]],
    ),
    "grad-not-averaged": (
        "T#7",
        ("grads-numerical", "grads-W1", "grads-b1", "grads-W2", "grads-b2"),
        "All four gradients are N times too large.",
        "Where does the 1/N of the mean go when you go backwards?",
        None,
        None,
    ),
    "labels-from-another-draw": (
        "T#8",
        ("batch-pairs",),
        "X_batch and y_batch are drawn separately, so that labels belong to other rows.",
        "How could one draw serve both arrays?",
        None,
        None,
    ),
    "step-uphill": (
        "T#9",
        ("step-all", "step-size"),
        "The step goes up the slope: the gradient is added.",
        "In which direction does the gradient point?",
        None,
        None,
    ),
    "decay-never": (
        "T#10",
        ("decay-once",),
        "The learning rate never changes.",
        "What is the rate in the second epoch, and where is that written?",
        None,
        None,
    ),
    "argmax-over-rows": (
        "T#11",
        ("predict-shape", "predict-argmax"),
        "Labels have shape (10,), expected (5,) = (N,): the argmax runs over the examples.",
        "Along which axis do the classes lie?",
        [0, 3, 1, 0, 4, 2, 2, 1, 0, 3],
        None,
    ),
}

CODE = {
    "T#5": "hidden = np.maximum(0, X @ W1 + b1)\nscores = hidden @ W2 + b2",
    "T#6": (
        "shifted = scores - scores.max(axis=1, keepdims=True)\n"
        "probs = np.exp(shifted)\nprobs /= probs.sum(axis=1, keepdims=True)\n"
        "loss = -np.log(probs[np.arange(N), y]).sum()   # all of the batch\n"
        "loss += 0.5 * reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2))"
    ),
    "T#7": (
        "dscores = probs.copy()\ndscores[np.arange(N), y] -= 1\ngrads = {}\n"
        "grads['W2'] = hidden.T @ dscores + reg * W2\ngrads['b2'] = dscores.sum(axis=0)\n"
        "dhidden = dscores @ W2.T\ndhidden[hidden <= 0] = 0\n"
        "grads['W1'] = X.T @ dhidden + reg * W1\ngrads['b1'] = dhidden.sum(axis=0)"
    ),
    "T#8": "rows = np.random.choice(num_train, batch_size)\nX_batch, y_batch = X[rows], y[rows]",
    "T#9": "for name in self.params:\n    self.params[name] -= learning_rate * grads[name]",
    "T#10": "learning_rate *= learning_rate_decay",
    "T#11": "labels = self.loss(X).argmax(axis=1)",
}

FIRST = (
    "Ada", "Grace", "Emmy", "Sofja", "Maryam", "Katherine", "Ingrid", "Rosalind", "Hedy", "Lise",
    "Chien-Shiung", "Mary", "Barbara", "Radia", "Fei", "Shafi", "Alan", "Dennis", "John", "Kurt",
    "Srinivasa", "Yann", "Niels", "Abel", "Évariste", "Leonhard", "Carl",
)  # fmt: skip
LAST = (
    "Okafor", "Lindqvist", "Nakamura", "Haddad", "Kowalska", "Silva", "Ferrari", "Novák",
    "O'Neill", "Müller", "Tanaka", "Petrov", "García", "Jensen", "Çelik", "Nguyễn",
    "Papadopoulos", "Adeyemi", "Chatterjee", "Ito", "Johansson", "Moreau", "Rossi",
)  # fmt: skip
# Seven rows of five squares each, the topmost row in the highest bits.
GLYPHS = (
    0x3A33AE62E,
    0x11842108E,
    0x3A213221F,
    0x3A213062E,
    0x8CA97C42,
    0x7E1E0862E,
    0x1910F462E,
    0x7C2222108,
    0x3A317462E,
    0x3A317844C,
)
RUN = {
    "seed": 20250214,
    "rubric_sha256": hashlib.sha256(b"rubric").hexdigest(),
    "kit_version": "0.1.0",
    "data": "mnist",
    "isolation": "full",
}


def report(student: str, *mistakes: str, seed: int = 0, **changes: Any) -> dict[str, Any]:
    """One report of the contract: everything right but for the named mistakes."""
    tasks = [_task(task.name, task.title, mistakes) for task in TASKS]
    _follow_through(tasks)
    rng = random.Random(seed)
    validation = rng.uniform(0.975, 0.984)
    made: dict[str, Any] = {
        "schema": 1,
        "student": student,
        "submission": {
            "name": f"{student}.zip",
            "sha256": hashlib.sha256(student.encode("utf-8", "replace")).hexdigest(),
            "received": "2025-02-14T21:07:00+07:00",
        },
        "status": "graded",
        "score": round(sum(task["score"] for task in tasks), 4),
        "max_score": 100.0,
        "tasks": tasks,
        "measured": {
            "validation_accuracy": round(validation, 4),
            "test_accuracy": round(validation - rng.uniform(0.001, 0.008), 4),
            "toy_final_loss": 0.0171436435329238,
            "wall_s": round(rng.uniform(3.0, 9.0), 3),
            "cpu_s": round(rng.uniform(2.5, 6.0), 3),
            "peak_memory_mb": round(rng.uniform(160, 420), 1),
        },
        "flags": [],
        "run": dict(RUN),
    }
    return made | changes


def _task(name: str, title: str, mistakes: tuple[str, ...]) -> dict[str, Any]:
    worth = POINTS[name] / len(CHECKS[name])
    checks = [
        _check(name, id, public, holds, worth, mistakes) for id, public, holds in CHECKS[name]
    ]
    return _added_up(name, title, checks)


def _added_up(name: str, title: str, checks: list[dict[str, Any]]) -> dict[str, Any]:
    score = round(sum(check["score"] for check in checks), 2)
    judged = "right" if score == POINTS[name] else "partly" if score else "wrong"
    return {
        "task": name,
        "title": title,
        "score": score,
        "max_score": POINTS[name],
        "judged": judged,
        "checks": checks,
    }


def _check(
    task: str, id: str, public: bool, holds: str, worth: float, mistakes: tuple[str, ...]
) -> dict[str, Any]:
    check = {
        "id": id,
        "judged": "right",
        "ended": "finished",
        "score": round(worth, 4),
        "max_score": round(worth, 4),
        "public": public,
        "message": f"{task}: {holds}.",
        "got": None,
        "expected": None,
        "hint": None,
        "misconception": None,
    }
    for slug in mistakes:
        of, lost, message, question, got, expected = MISTAKES[slug]
        if of == task and id in lost:
            check |= {"judged": "wrong", "score": 0.0, "hint": f"{message} {question}"}
            check |= {"message": f"{task}: this does not hold: {holds}."}
            check |= {"misconception": slug}
            check |= {"got": got, "expected": expected} if public else {}
    return check


def _follow_through(tasks: list[dict[str, Any]]) -> None:
    """T#7 after a wrong T#6 is judged on being the gradient of its own loss."""
    by_name = {task["task"]: task for task in tasks}
    loss, grads = by_name["T#6"], by_name["T#7"]
    if loss["judged"] == "right" or grads["judged"] != "right":
        return
    grads["judged"] = "follow-through"
    for check in grads["checks"]:
        check["judged"] = "follow-through"
        check["message"] = "T#7: the gradients are those of your own loss."


def stub(student: str) -> dict[str, Any]:
    """A submission where nothing was written: every task says so."""
    made = report(student)
    for task in made["tasks"]:
        task |= {"judged": "not reached", "score": 0.0}
        for check in task["checks"]:
            check |= {"judged": "not reached", "ended": "raised", "score": 0.0}
            check["message"] = f"{task['task']} is not done yet."
    made["measured"] |= {"validation_accuracy": None, "test_accuracy": None, "toy_final_loss": None}
    return made | {"score": 0.0}


def raised(student: str) -> dict[str, Any]:
    """A submission whose `train` raises: three tasks end with the student's own traceback."""
    made = report(student)
    for task in made["tasks"][3:6]:
        task |= {"judged": "wrong", "score": 0.0}
        for check in task["checks"]:
            check |= {"judged": "wrong", "ended": "raised", "score": 0.0}
            check["message"] = (
                f"{task['task']}: train raised IndexError.\n"
                '  File "cattern/neural_net.py", line 152, in train\n'
                "    X_batch = X[np.random.choice(num_train, batch_size), y]\n"
                "IndexError: shape mismatch: indexing arrays could not be broadcast together "
                "with shapes (200,) (55000,)"
            )
    return made | {"score": 75.0}


def attention(student: str) -> dict[str, Any]:
    """A submission where something of ours failed, so that its score is not final."""
    made = report(student, "no-shift")
    task = made["tasks"][7]
    task |= {"judged": "could not tell", "score": 0.0}
    for check in task["checks"]:
        check |= {"judged": "could not tell", "ended": "sandbox failed", "score": 0.0}
        check["message"] = "T#12: the sandbox ended before best_net was read."
    made["score"] = round(sum(task["score"] for task in made["tasks"]), 4)
    flags = ["best_net could not be observed: grade this submission again"]
    return made | {"status": "attention", "flags": flags}


def ungradable(student: str) -> dict[str, Any]:
    """A submission that could not be opened."""
    made = report(student)
    nothing = dict.fromkeys(made["measured"])
    flags = ["lab.zip cannot be opened: it is encrypted"]
    return made | {
        "submission": made["submission"] | {"sha256": ""},
        "run": made["run"] | {"isolation": "none"},
        "status": "ungradable",
        "score": 0.0,
        "tasks": [_unread(task) for task in made["tasks"]],
        "flags": flags,
        "measured": nothing | {"wall_s": 0.01, "cpu_s": 0.01, "peak_memory_mb": 0.0},
    }


def _unread(task: dict[str, Any]) -> dict[str, Any]:
    return task | {"judged": "not reached", "score": 0.0, "checks": []}


def hostile(student: str, text: str) -> dict[str, Any]:
    """A report with one hostile text in every field that a student could have influenced."""
    made = report(student, "loss-sum-not-mean", "argmax-over-rows")
    made["submission"] |= {"name": text, "received": text}
    made["flags"] = [text]
    made["status"] = "attention"
    for task in made["tasks"]:
        for check in task["checks"]:
            check |= {"id": text, "message": f"{text}\n{text}", "got": text, "expected": [text]}
            check |= {"hint": text, "misconception": text}
    return made


def extras(seed: int = 0, steps: int = 400) -> Extras:
    """Pictures as a grader would fill them in."""
    rng = np.random.default_rng(seed)
    level = 0.32 + 1.98 * np.exp(-np.arange(steps) / 45)
    history = level + rng.normal(0, 0.035, steps)
    confusion = rng.binomial(14, 0.12, (10, 10))
    np.fill_diagonal(confusion, 0)
    np.fill_diagonal(confusion, 500 - confusion.sum(axis=1))
    pictures = _blurred(rng.normal(0, 1, (150, 28, 28)), 8)
    labels = rng.integers(10, size=12)
    digits = _blurred(np.stack([_digit(label) for label in labels]), 1)
    return Extras(
        code=CODE,
        loss_history=history,
        loss_band=(level - 0.09, level + 0.09),
        weights=pictures,
        confusion=confusion,
        errors=tuple(
            ConfidentError(digits[i], int(label), int(label + 3) % 10, 0.999 - 0.01 * i)
            for i, label in enumerate(labels)
        ),
        gradient_errors={"W1": 4.1e-9, "b1": 1.6e-9, "W2": 3.4e-4, "b2": 4.4e-11},
    )


def _digit(label: int) -> np.ndarray:
    """A digit of five by seven squares, as on an old display, (28, 28)."""
    rows = [(GLYPHS[label] >> 5 * row) & 31 for row in range(7)]
    squares = np.array([[row >> (4 - column) & 1 for column in range(5)] for row in rows[::-1]])
    return np.pad(np.kron(squares, np.ones((3, 3))), ((3, 4), (6, 7)))


def _blurred(images: np.ndarray, times: int) -> np.ndarray:
    for _ in range(times):
        images = sum(np.roll(images, shift, axis) for axis in (1, 2) for shift in (-1, 0, 1))
    low = images.min(axis=(1, 2), keepdims=True)
    high = images.max(axis=(1, 2), keepdims=True)
    return (255 * (images - low) / (high - low)).astype(np.uint8)


def named(student: str) -> str:
    """A student's key: a name made safe for a folder, as collecting makes it."""
    return student.lower().replace(" ", "-").replace("'", "")


def as_key(text: str) -> str:
    """What a folder can be called, but for that as it was: the worst that collecting lets by."""
    return re.sub(r"[/\\\x00-\x1f\x7f\ud800-\udfff]", "_", text)


def a_class(students: int, seed: int = 0) -> list[dict[str, Any]]:
    """A class: mostly right, with usual mistakes, and some of every kind of trouble."""
    rng = random.Random(seed)
    made = []
    for i in range(students):
        name = named(f"{rng.choice(FIRST)} {rng.choice(LAST)}") + f"-{i:04d}"
        kind = rng.random()
        if i % 15 == 3:
            text = HOSTILE[i // 15 % len(HOSTILE)]
            made.append(hostile(as_key(f"{text[:60]}-{i:04d}"), text))
        elif kind < 0.03:
            made.append(stub(name))
        elif kind < 0.06:
            made.append(ungradable(name))
        elif kind < 0.09:
            made.append(attention(name))
        elif kind < 0.14:
            made.append(raised(name))
        else:
            wrong = rng.sample(sorted(MISTAKES), k=rng.choice((0, 0, 0, 1, 1, 2, 3)))
            made.append(report(name, *wrong, seed=i))
    return made


def as_json(data: dict[str, Any]) -> dict[str, Any]:
    """The same report after a way through its file."""
    return json.loads(json.dumps(data))


def write_class(out: Path, students: int) -> None:
    """Write every page of a class, as `nnlab grade` would."""
    reports = a_class(students)
    for i, data in enumerate(reports):
        write_student(folder_of(out, data["student"]), data, extras(i) if i < 50 else None)
    trouble = [
        Attention(
            student=data["student"],
            submission=data["submission"]["name"],
            stage="collect" if data["status"] == "ungradable" else "grade",
            reason=data["flags"][0],
            again=f"nnlab grade class/{data['student']}.zip -o report",
        )
        for data in reports
        if data["status"] != "graded"
    ]
    write_scores(out, reports)
    write_attention(out, trouble)
    earlier = a_class(students)
    for data in earlier[::7]:
        if data["status"] == "graded":
            data["score"] = max(0.0, data["score"] - 4)
    write_dashboard(out, reports, trouble, compare=earlier[: students - 2])


if __name__ == "__main__":
    write_class(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 30)

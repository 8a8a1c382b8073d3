"""Planted copies stand out from a class of independent solutions."""

from __future__ import annotations

import ast
import re

import pytest

from tests.tools.course.similar.solutions import GIVEN, solution, students
from tools.course.similar import SimilarityReport, find_similar

RELEASE = {"neural_net.py": GIVEN}
ORIGINAL = """
        centered = X @ W1 + b1
        gate = 1.0 * (centered > 0)
        hidden = centered * gate
        scores = hidden @ W2 + b2
        top = scores.max(axis=1, keepdims=True)
        lse = top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        loss = np.mean(lse[:, 0] - scores[np.arange(N), y])  # log-sum-exp, see the lecture
        loss += 0.5 * reg * (np.vdot(W1, W1) + np.vdot(W2, W2))
        err = np.exp(scores - lse)
        err[np.arange(N), y] -= 1
        grads = {"b2": err.mean(0), "W2": hidden.T @ err / N + reg * W2}
        err = (err @ W2.T) * gate
        grads.update(b1=err.mean(0), W1=X.T @ err / N + reg * W1)
"""
STUB = "        raise NotImplementedError\n"
COPIES = {
    "comments": lambda s: re.sub(r"  # .*", "", s).replace(
        "        scores", "        # my own\n        scores", 1
    ),
    "formatting": lambda s: ast.unparse(ast.parse(s)),
    "renaming": lambda s: re.sub(
        r"\b(centered|gate|hidden|top|lse|err)\b", lambda m: "q" + m[1][::-1], s
    ),
    "reordering": lambda s: (
        s.replace("        gate = 1.0 * (centered > 0)\n", "")
        .replace("        top =", "        gate = 1.0 * (centered > 0)\n        top =")
        .replace("hidden = centered * gate", "hidden = centered * (1.0 * (centered > 0))")
    ),
    "idioms": lambda s: (
        s.replace("X @ W1", "np.dot(X, W1)")
        .replace("hidden @ W2", "np.einsum('ij,jk->ik', hidden, W2)")
        .replace("err[np.arange(N), y] -= 1", "err = err - np.eye(W2.shape[1])[y]")
        .replace("err.mean(0)", "np.sum(err, axis=0) / N")
        .replace(
            "np.exp(scores - top).sum(axis=1, keepdims=True)",
            "np.sum(np.exp(scores - top), axis=1)[:, None]",
        )
    ),
}


def whole(body: str) -> str:
    """Return a file with this body of `loss`."""
    return (
        GIVEN.replace(STUB, body.lstrip("\n"), 1)
        .replace(STUB, "", 1)
        .replace(STUB, "        pass\n")
    )


def class_with(**extra: str) -> dict[str, dict[str, str]]:
    """Return 30 independent students and some more."""
    return students(30) | {name: {"neural_net.py": text} for name, text in extra.items()}


def names(report: SimilarityReport) -> list[tuple[str, str]]:
    """Return the reported pairs."""
    return [(p.first, p.second) for p in report.pairs]


@pytest.mark.parametrize("kind", COPIES)
def test_copy_ranks_first(kind: str) -> None:
    copy = COPIES[kind](whole(ORIGINAL))
    assert copy != whole(ORIGINAL)
    report = find_similar(class_with(ann=whole(ORIGINAL), ben=copy), given=RELEASE)
    assert names(report)[0] == ("ann", "ben")


def test_independent_solutions_are_hardly_reported() -> None:
    """The parts are few, so two or three pairs drew nearly the same ones."""
    report = find_similar(students(40), given=RELEASE)
    assert len(report.pairs) <= 0.02 * (40 * 39 / 2)


def test_copy_of_the_gradients_alone_is_found() -> None:
    """The rest of the file is somebody else's."""
    cut = ORIGINAL.index("        err = np.exp")
    host = solution(99)
    start, end = host.index("        # T#7\n") + 13, host.index("        return loss")
    partial = host[:start] + ORIGINAL[cut:] + host[end:]
    report = find_similar(class_with(ann=whole(ORIGINAL), ben=partial), given=RELEASE)
    assert ("ann", "ben") in names(report)


def test_untouched_release_is_no_evidence() -> None:
    report = find_similar(class_with(ann=GIVEN, ben=GIVEN), given=RELEASE)
    assert ("ann", "ben") not in names(report)


def test_work_common_in_the_class_does_not_count() -> None:
    shared = ORIGINAL.replace("\n        ", "\n")
    group = {
        name: {"a.py": files["neural_net.py"] + shared} for name, files in students(30).items()
    }
    for pair in find_similar(group, given=RELEASE, threshold=3).pairs:
        last = solution(int(pair.first[1:])).count("\n")
        assert all(match.first.last_line <= last + 1 for match in pair.matches)


def test_notebook_cells_are_compared() -> None:
    cells = """%matplotlib inline
for lr in np.logspace(-3, -1, 7):
    for width in (96, 144):
        trial = fit(lr, width, decay=0.83)
        board[lr, width] = trial.val_acc_history[-1]
"""
    group = students(30)
    for name in ("s03", "s17"):
        group[name]["lab.ipynb"] = cells
    first = find_similar(group, given=RELEASE).pairs[0]
    assert (first.first, first.second) == ("s03", "s17")
    assert first.matches[0].first.file == "lab.ipynb"


def test_matches_name_the_lines_of_both_sides() -> None:
    ben = "import numpy as np\n\n\n" + whole(ORIGINAL).replace("hidden", "h")
    pair = find_similar(class_with(ann=whole(ORIGINAL), ben=ben), given=RELEASE).pairs[0]
    for match in pair.matches:
        assert match.second.first_line - match.first.first_line == 3
    lines = whole(ORIGINAL).splitlines()
    assert any(
        "lse" in lines[i]
        for i in range(pair.matches[0].first.first_line - 1, pair.matches[0].first.last_line)
    )


def test_sentence_says_what_and_how_rare() -> None:
    pair = find_similar(class_with(ann=whole(ORIGINAL), ben=whole(ORIGINAL)), given=RELEASE).pairs[
        0
    ]
    assert re.fullmatch(
        r"ann and ben share \d+ rare .*; a typical one occurs in 2 of 32 submissions\.",
        pair.sentence,
    )
    assert pair.rarity == 2 / 32


def test_copy_from_an_earlier_year_is_found() -> None:
    archive = {
        "old": {"neural_net.py": whole(ORIGINAL)},
        "older": {"neural_net.py": whole(ORIGINAL)},
    }
    report = find_similar(
        class_with(ann=COPIES["renaming"](whole(ORIGINAL))), given=RELEASE, archive=archive
    )
    assert set(names(report)[:2]) == {("ann", "old"), ("ann", "older")}
    assert report.pairs[0].archived


@pytest.mark.parametrize(
    "hostile",
    [
        "def f(:\n" + ORIGINAL,
        "(" * 5000,
        "x = " + "(" * 150 + "1" + ")" * 150,
        "a" * 3_000_000,
        "\x00\ud800 '''",
        "x=1;" * 200_000,
        "print 'two'\n" * 20,
        "",
    ],
    ids=["syntax", "parentheses", "nested", "huge", "bytes", "long", "python 2", "empty"],
)
def test_hostile_file_costs_only_itself(hostile: str) -> None:
    group = class_with(ann=whole(ORIGINAL), ben=COPIES["renaming"](whole(ORIGINAL)), mal=hostile)
    assert names(find_similar(group, given=RELEASE))[0] == ("ann", "ben")


def test_python_2_copy_is_found() -> None:
    old = whole(ORIGINAL) + "\nprint 'done', 1\n"
    report = find_similar(class_with(ann=old, ben=COPIES["renaming"](old)), given=RELEASE)
    assert "values" in [e.kind for e in report.pairs[0].evidence]


def test_limit_keeps_the_most_similar() -> None:
    group = class_with(ann=whole(ORIGINAL), ben=whole(ORIGINAL))
    everything = find_similar(group, given=RELEASE, threshold=0)
    one = find_similar(group, given=RELEASE, threshold=0, limit=1)
    assert one.pairs == everything.pairs[:1]
    assert one.left_out == len(everything.pairs) + everything.left_out - 1


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 submissions are"), (1, "1 submission is"), (7, "7 submissions are")],
)
def test_small_class_is_left_alone_with_a_note(count: int, words: str) -> None:
    report = find_similar(students(count), given=RELEASE)
    assert report.pairs == ()
    assert report.note == f"{words} too few to know what is common."


def test_solution_shared_by_all_is_no_pair() -> None:
    report = find_similar({f"s{i}": {"a.py": ORIGINAL} for i in range(20)}, given=RELEASE)
    assert report.pairs == ()


def test_order_of_students_does_not_matter() -> None:
    group = class_with(ann=whole(ORIGINAL), ben=whole(ORIGINAL))
    backwards = dict(reversed(group.items()))
    assert find_similar(group, given=RELEASE) == find_similar(backwards, given=RELEASE)


def test_one_shared_line_is_no_outlier() -> None:
    """A spread of nearly zero must not turn one line into evidence."""
    same = {f"s{i:02}": {"neural_net.py": whole(ORIGINAL)} for i in range(28)}
    line = ORIGINAL + "        grads = {key: grads[key] for key in sorted(grads)}\n"
    pair = {name: {"neural_net.py": whole(line)} for name in ("ann", "ben")}
    scores = [p.score for p in find_similar(same | pair, given=RELEASE).pairs]
    assert all(score < 1_000 for score in scores)

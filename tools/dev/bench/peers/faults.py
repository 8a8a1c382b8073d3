"""Give ten faulty submissions to every grader, within limits; write docs/peers.md."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.dev.bench.cost import Cost
from tools.dev.bench.machine import describe
from tools.dev.bench.peers.environments import versions_of
from tools.dev.bench.peers.nbgrader import Nbgrader
from tools.dev.bench.peers.otter import Otter
from tools.dev.bench.peers.peer import CHECK_NAMES, Peer
from tools.dev.bench.peers.pytest_each import PytestEach
from tools.dev.bench.samples import REFERENCE

PAGE = Path("docs") / "peers.md"
TIMEOUT_S = 90.0  # after which the bench ends a grader that would go on
MEMORY_MB = 8_192  # of address space, so that a hog cannot take the machine along

# A class that is wrong everywhere: whoever credits it has been deceived.
_WRONG = """
import numpy as np

class TwoLayerNet:
    def __init__(self, D, H, C, std=1e-4):
        self.params = {"W1": np.ones((D, H)), "b1": np.ones(H), "W2": np.ones((H, C)),
                       "b2": np.ones(C)}
    def loss(self, X, y=None, reg=0.0):
        if y is None:
            return np.ones((len(X), 3))
        return 7.0, {name: np.ones_like(value) for name, value in self.params.items()}
    def train(self, *args, **kwargs):
        return {"loss_history": [7.0], "train_acc_history": [], "val_acc_history": []}
    def predict(self, X):
        return np.full(len(X), 9)
"""


@dataclass(frozen=True)
class Trouble:
    """One submission that makes trouble."""

    slug: str
    title: str
    text: str
    deserved: int  # of the five toy checks, by what the class itself can do
    files: Mapping[str, str]


def troubles(marker: Path) -> list[Trouble]:
    """All ten; `marker` is a file of the instructor's that the malicious pickle would write."""
    right = REFERENCE.read_text(encoding="utf-8")

    def one(slug: str, title: str, text: str, deserved: int = 0, **files: str) -> Trouble:
        named = {name.replace("_py", ".py"): content for name, content in files.items()}
        return Trouble(slug, title, text, deserved, named)

    loop = right.replace("num_train = X.shape[0]\n", "while True:\n            pass\n")
    hog = "import numpy as np\n_hog = [np.ones(1 << 24) for _ in range(12)]\n" + right
    flood = "for _ in range(30_000):\n    print('x' * 1_000)\n" + right
    write = f"__import__('pathlib').Path({str(marker)!r}).write_text('written')"
    pickled = "import os, pickle\nclass _Evil:\n    def __reduce__(self):\n"
    pickled += f"        return eval, ({write!r},)\npickle.loads(pickle.dumps(_Evil()))\n"
    return [
        one("loop", "endless loop in `train`", loop, 4),
        one("exit", "right, but `os._exit(0)` at import", "import os\nos._exit(0)\n" + right, 5),
        one(
            "sys-exit", "right, but `sys.exit(0)` at import", "import sys\nsys.exit(0)\n" + right, 5
        ),
        one("hog", "takes 1.5 GB at import", hog, 5),
        one("flood", "prints 30 MB at import", flood, 5),
        one("numpy", "wrong, replaces `np.allclose` and `np.abs`", _WRONG + _PATCH),
        one("conftest", "wrong, with a `conftest.py`", _WRONG, conftest_py=_CONFTEST),
        one("forged", "wrong, writes result files and exits", _WRONG + _FORGED),
        one("reference", "wrong, reads the reference", _WRONG + _READER.format(str(REFERENCE))),
        one("pickle", "wrong, unpickles an attack", _WRONG + pickled),
    ]


_PATCH = """
np.allclose = lambda *args, **kwargs: True
np.abs = lambda x: np.zeros(np.shape(x))
"""
_CONFTEST = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    call.excinfo = None
    yield
"""
_FORGED = """
import os, json
from pathlib import Path
_names = ("scores", "loss", "gradients", "training", "predict")
_cases = "".join(f'<testcase name="test_{name}"/>' for name in _names)
for _folder in (".", "../results", ".."):
    if os.path.isdir(_folder):
        try:
            Path(_folder, "result.xml").write_text(f"<testsuites>{_cases}</testsuites>")
            _tests = [{"name": name, "score": 1, "max_score": 1} for name in _names]
            Path(_folder, "results.json").write_text(json.dumps({"tests": _tests}))
        except OSError:
            pass
os._exit(0)
"""
_READER = """
exec(open({!r}).read())
"""


def face_all() -> dict[str, Any]:
    """Every trouble to every grader; the table as data, and docs/peers.md."""
    with tempfile.TemporaryDirectory(prefix="nnlab-faults-") as name:
        folder = Path(name)
        marker = folder / "instructor" / "marker"
        marker.parent.mkdir()
        all_troubles = troubles(marker)
        table = {"this kit": _by_kit(folder / "kit", all_troubles, marker)}
        for kind in (Otter, Nbgrader, PytestEach):
            peer = kind(folder / kind.__name__)
            table[peer.name] = {one.slug: _by_peer(peer, one, marker) for one in all_troubles}
            table[peer.name]["after"] = _right_after(peer)
            print(json.dumps(table[peer.name], indent=1), flush=True)
    PAGE.write_text(_page(table, all_troubles), encoding="utf-8")
    return {"table": table}


def _by_peer(peer: Peer, trouble: Trouble, marker: Path) -> str:
    marker.unlink(missing_ok=True)
    cost = peer.grade(
        trouble.slug,
        trouble.text,
        timeout_s=TIMEOUT_S,
        memory_mb=MEMORY_MB,
        files=trouble.files,
    )
    passed = peer.passed(trouble.slug)
    return _cell(None if passed is None else len(passed), trouble, _seen(cost), marker)


def _seen(cost: Cost) -> str:
    """What an instructor is shown of a run."""
    if cost.timed_out:
        return f"hangs; ended by the bench after {TIMEOUT_S:.0f} s"
    return "looks done (exit 0)" if cost.status == 0 else f"fails (exit {cost.status})"


def _cell(passed: int | None, trouble: Trouble, seen: str, marker: Path) -> str:
    credited = "no result" if passed is None else f"{passed} of {len(CHECK_NAMES)}"
    verdict = (
        ""
        if passed is None or passed == trouble.deserved
        else (" **too much**" if passed > trouble.deserved else ", deserves more")
    )
    harm = "; **wrote into the instructor's files**" if marker.exists() else ""
    return f"{credited}{verdict}; {seen}{harm}"


def _right_after(peer: Peer) -> str:
    peer.grade("zoe", REFERENCE.read_text("utf-8"), timeout_s=TIMEOUT_S, memory_mb=None, files={})
    passed = peer.passed("zoe")
    return "no result" if passed is None else f"{len(passed)} of {len(CHECK_NAMES)}"


# The kit's own checks that ask the same.
_KIT_CHECKS = (
    *("scores-published", "loss-published", "gradient-check"),
    *("step-toy", "predict-published"),
)


def _by_kit(folder: Path, all_troubles: list[Trouble], marker: Path) -> dict[str, str]:
    """One class with all ten and a right one behind them, by `nnlab grade`."""
    marker.unlink(missing_ok=True)
    for one in [*all_troubles, Trouble("zoe", "", REFERENCE.read_text("utf-8"), 5, {})]:
        package = folder / "class" / one.slug / "cattern"
        package.mkdir(parents=True)
        (package / "neural_net.py").write_text(one.text, encoding="utf-8")
        for name, content in one.files.items():
            (package.parent / name).write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "tools.cli", "grade", str(folder / "class")]
    command += ["-o", str(folder / "out"), "--data", "none", "--quiet"]
    subprocess.run(command, check=False, timeout=1_200)
    cells = {}
    for one in all_troubles:
        passed, seen = _of_report(folder / "out" / "students" / one.slug / "report.json")
        cells[one.slug] = _cell(passed, one, seen, marker)
    cells["after"] = f"{_of_report(folder / 'out' / 'students' / 'zoe' / 'report.json')[0]} of 5"
    return cells


def _of_report(path: Path) -> tuple[int, str]:
    """Toy checks that were credited, and how the questions ended that did not finish."""
    report = json.loads(path.read_text(encoding="utf-8"))
    checks = [check for task in report["tasks"] for check in task["checks"]]
    passed = sum(one["judged"] == "right" for one in checks if one["id"] in _KIT_CHECKS)
    ends = sorted({one["ended"] for one in checks} - {"finished"})
    told = f"reported as: {', '.join(ends)}" if ends else "judged"
    return passed, f"{told}; {report['status']}"


def _page(table: dict[str, dict[str, str]], all_troubles: list[Trouble]) -> str:
    machine = describe()
    versions = versions_of("otter", "nbgrader", "pytest")
    lines = [
        "# Ten faulty submissions, four graders",
        "",
        "Written by `make bench-peers`: each grader got the same submissions and the same five",
        "toy checks (scores, loss, gradients, toy training, predict). *Deserved* says how many",
        "checks the code can pass. A cell says how many the grader credited, and what the",
        "instructor sees.",
        f"The bench stops a grader after {TIMEOUT_S:.0f} s and limits its memory to",
        f"{MEMORY_MB >> 10} GB; nothing else protects the other graders. (The machine had a load",
        f"of {machine['load']}: a grader that was stopped but has a result was slow, not endless.)",
        "",
        f"{machine['date']}, Python {machine['python']}, "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ".",
        "",
        "| submission | deserved | " + " | ".join(table) + " |",
        "|---" * (len(table) + 2) + "|",
    ]
    for one in all_troubles:
        cells = " | ".join(column[one.slug] for column in table.values())
        lines.append(f"| {one.title} | {one.deserved} of 5 | {cells} |")
    after = " | ".join(column["after"] for column in table.values())
    lines.append(f"| a right student, graded after these | 5 of 5 | {after} |")
    return "\n".join(lines) + "\n"

"""A sample class of thirty, as Canvas hands it out: right, wrong, late, broken and hostile.

It is made from the reference, so that `make demo` shows what an instructor will see and the tests
have a class to grade. The same bytes every time; the hostile ones harm nothing outside a sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.lab.reference import SOLUTIONS, reference_submission
from tools.common.stable_zip import ZipMember, stable_zip
from tools.release.markers import read_marker

# What a student changed in the reference: text that stands there, text instead of it.
Edit = tuple[str, str]

_WRONG: Mapping[str, tuple[Edit, ...]] = {
    "Okafor, Chidi": (("0.5 * reg", "reg"),),
    "Lindqvist, Maja": (("0.5 * reg", "reg"),),
    "Nguyen, Thi Lan": (("(probs - onehot) / N", "probs - onehot"),),
    "Haddad, Rami": (("np.maximum(0, X @ W1 + b1)", "1 / (1 + np.exp(-(X @ W1 + b1)))"),),
    "Kowalska, Zofia": (("+ reg * W2", ""), ("+ reg * W1", "")),
    "Fernandes, Ines": (("-= learning_rate", "+= learning_rate"),),
    "Abebe, Dawit": (("learning_rate *= learning_rate_decay", "learning_rate -= 0.001"),),
    "Romano, Luca": (("np.argmax", "np.argmin"),),
    "Tanaka, Yui": (("np.random.choice(num_train, batch_size)", "np.arange(batch_size)"),),
    "Silva, Beatriz": (("@ W2 + b2", "@ W2"), (".mean()\n", ".sum()\n")),
    "Petrov, Ivan": (("for name in self.params:", 'for name in ("W1", "W2"):'),),
    "Berg, Ola": (("dhidden *= hidden > 0", "pass"),),
}
_SHAPE_ERROR: Edit = ("hidden.T @ dscores", "hidden @ dscores")

_ENDLESS = """class TwoLayerNet:
    def loss(self, *_):
        while True:
            pass
"""
_MARKUP = r"raise ValueError('<img src=x onerror=alert(2)>\x1b[31m')"
_HOSTILE: Mapping[str, str] = {
    "Loop, Endless": _ENDLESS,
    "Leaver, Early": "import os\nos._exit(0)\n",
    "Reader, Nosy": "print(open('/etc/passwd').read())\nopen('solutions/cattern/neural_net.py')\n",
    "Flood, Ida": "while True:\n    print('x' * 1000)\n",
    "<script>alert(1)</script>, =cmd": _MARKUP,
}


def write_sample_class(folder: Path, data_kind: str) -> int:
    """Write the class's download into a folder; the number of students.

    `data_kind` decides which best network the right ones hand in: "mnist" or "synthetic".
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for count, (name, late, content) in enumerate(_submissions(data_kind), start=1):
        (folder / _canvas_name(name, late, count)).write_bytes(content)
    return count


def _canvas_name(name: str, late: bool, number: int) -> str:
    """As Canvas names files: the sortable name without what is no letter, ids, the file's name."""
    who = "".join(letter for letter in name.lower() if letter.isalnum() or letter == "_")
    mark = "_LATE" if late else ""
    return f"{who}{mark}_{48200 + number}_{990100 + number}_lab.zip"


def _submissions(data_kind: str) -> Iterator[tuple[str, bool, bytes]]:
    """Name, whether it was late, and the archive."""
    reference = reference_submission(data_kind).files
    text = _without_markers(reference["cattern/neural_net.py"].decode())
    net = {"best_net.npz": reference["best_net.npz"]}
    stub = (SOLUTIONS.parent / "assignment" / "cattern" / "neural_net.py").read_text("utf-8")

    for name in ("Doe, Ana", "Smith, John", "Garcia, Mateo", "Chen, Wei", "Novak, Petra"):
        yield name, False, _zip(text, net)
    yield "Ali, Yusuf", True, _zip(text, net)
    yield "Brown, Ella", False, _zip(text, {})  # everything but T#12
    yield "Muller, Finn", False, _zip(_with_momentum(text), net)
    yield "Popescu, Andrei", True, _zip(text, net, wrapped="lab/final version/")
    for name, edits in _WRONG.items():
        yield name, name < "H", _zip(_edited(text, *edits), net)
    yield "Jensen, Nora", False, _zip(_edited(text, _SHAPE_ERROR), net)
    yield "Starter, Just", False, _zip(stub, {})
    yield (
        "Typo, Sven",
        False,
        _zip(text.replace("def predict(self, X):", "def predict(self, X)"), {}),
    )
    yield "Broken, Zip", False, _zip(text, net)[:500]
    for name, attack in _HOSTILE.items():
        yield name, False, _zip(attack, {})


def _without_markers(text: str) -> str:
    """The reference as a student would hand it in."""
    return "".join(line for line in text.splitlines(True) if read_marker(line.rstrip()) is None)


def _edited(text: str, *edits: Edit) -> str:
    for old, new in edits:
        if old not in text:
            raise ValueError(f"the reference no longer holds {old!r}; renew the sample class")
        text = text.replace(old, new)
    return text


def _with_momentum(text: str) -> str:
    """A right step that is not plain SGD."""
    plain = "self.params[name] -= learning_rate * grads[name]"
    momentum = (
        "velocity[name] = 0.9 * velocity[name] - learning_rate * grads[name]\n"
        "                self.params[name] += velocity[name]"
    )
    begin = "loss_history, train_acc_history"
    zeros = "velocity = {name: np.zeros_like(self.params[name]) for name in self.params}\n        "
    return _edited(text, (plain, momentum), (begin, zeros + begin))


def _zip(source: str, others: Mapping[str, bytes], wrapped: str = "") -> bytes:
    files = {"cattern/__init__.py": b"", "cattern/neural_net.py": source.encode(), **others}
    return stable_zip({wrapped + path: ZipMember(content) for path, content in files.items()})

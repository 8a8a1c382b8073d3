"""Call the student's code. An error in it becomes a finding with its line, shapes and a hint."""

import ast
import importlib
import json
import re
import traceback
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from checks.findings import BlockedError, UnfinishedError, WrongError

ROOT = Path(__file__).resolve().parent.parent
MODULE = ROOT / "cattern" / "neural_net.py"
NOTEBOOK = "Simple_Neural_Network_Lab.ipynb"
STUB = re.compile(r"raise NotImplementedError\(\W*(T#\d+) is not done yet")
# The statement that follows each stub in the class that students get.
AFTER_STUB = {
    "T#5": "if y is None",
    "T#7": "return (loss, grads)",
    "T#8": "loss, grads = self.loss(",
    "T#9": "if verbose",
    "T#11": "return labels",
}
SCAFFOLD_RETURNS = ("return scores", "return (loss, grads)", "return {'loss_history'")
ERROR_HINTS = (  # pattern of an error's text, hint
    (
        r"larger sample than population",
        "The toy has 5 examples and batches of 200: some examples must be drawn more than once.",
    ),
    (
        r"(?:name|variable) '(?:scores|loss|grads|X_batch|y_batch|labels)'",
        "The instructions above the task name the variable that your code must set.",
    ),
    (
        r"matmul|not aligned|broadcast",
        "Write the shape of every array beside its line. Which two do not match?",
    ),
)


def network_class():
    """The student's `TwoLayerNet`; raises `WrongError` if it cannot be imported."""
    if not MODULE.is_file():
        files = [*ROOT.glob("*.py"), *MODULE.parent.glob("*.py")]
        others = [path for path in files if "class TwoLayerNet" in _text(path)]
        names = " and ".join(path.relative_to(ROOT).as_posix() for path in others)
        hint = f"TwoLayerNet is in {names}. Name the file cattern/neural_net.py." if names else ""
        got = "cattern/neural_net.py is missing."
        raise WrongError("Import", got, "", hint)
    try:
        return importlib.import_module("cattern.neural_net").TwoLayerNet
    except Exception as error:
        got = f"cattern/neural_net.py cannot be imported.\n{type(error).__name__}: {error}"
        raise WrongError("Import", got, "") from error


def call(task, function, *args, **kwargs):
    """What a function of the student returns; its error is raised as a finding about `task`."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        raise as_finding(task, error) from error


def as_finding(task, error):
    """The finding, to be raised, that an error in the student's code stands for.

    Parameters
    ----------
    task : str
        The task that is being checked.
    error : Exception
        What the student's code raised.

    Returns
    -------
    Exception
        `UnfinishedError` at the stub of this task, `BlockedError` if the error comes from the
        lines of another task, otherwise `WrongError`.
    """
    if isinstance(error, WrongError | BlockedError | UnfinishedError):
        return error
    stub = unfinished_task(error)
    frames = [
        frame
        for frame in traceback.walk_tb(error.__traceback__)
        if Path(frame[0].f_code.co_filename).resolve().is_relative_to(ROOT / "cattern")
    ]
    if stub == task:
        return leftover_stub(task) or UnfinishedError(f"{task} is not done yet.")
    owner = stub
    if not stub and frames and task in ("T#6", "T#7"):  # T#5 to T#7 share one method
        owner = task_of_line(frames[-1][1]) if _in_module(frames[-1][0]) else None
    if owner and owner != task:
        return BlockedError(owner)
    got = f"your code raises {type(error).__name__}: {str(error).removesuffix('.')}."
    where = _place(*frames[-1]) if frames else ""
    hints = [hint for pattern, hint in ERROR_HINTS if re.search(pattern, str(error))]
    return WrongError(task, f"{got}\n{where}".strip(), "", *hints, cause=where.split("\n")[0])


def unfinished_task(error):
    """The task whose stub raised this error, or None."""
    match = re.search(r"(T#\d+) is not done yet", str(error))
    return match[1] if match and isinstance(error, NotImplementedError) else None


def leftover_stub(task):
    """A finding if the student wrote code but left the `raise` of the stub in it, or None."""
    lines = _text(MODULE).split("\n")
    for number, line in enumerate(lines, 1):
        if (match := STUB.search(line)) and match[1] == task:
            above = lines[number - 2].strip()
            if not (above and not above.startswith("#")) and not _code_after(number, task):
                return None
            got = f"your code is there, but line {number} of cattern/neural_net.py still raises."
            hint = "Delete the line `raise NotImplementedError(...)`; your code takes its place."
            return WrongError(task, got, "", hint)
    return None


def _code_after(number, task):
    """Whether a statement of the student follows the stub in this line."""
    try:
        tree = ast.parse(_text(MODULE))
    except SyntaxError:
        return False
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for here, after in pairwise(body) if isinstance(body, list) else ():
            if here.lineno == number:
                known = ("raise Not", AFTER_STUB.get(task, "raise Not"))
                return not ast.unparse(after).startswith(known)
    return False


def early_return():
    """A hint that names a `return` of the student that ends `loss` or `train` too early, or ""."""
    for function in ast.walk(ast.parse(_text(MODULE))):
        if not isinstance(function, ast.FunctionDef) or function.name not in ("loss", "train"):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Return):
                text = ast.unparse(node)
                known = text.startswith(SCAFFOLD_RETURNS)
                if not known or (text == "return scores" and node in function.body):
                    return f"Line {node.lineno}, `{text}`, ends {function.name} too early."
    return ""


@cache
def _lines_of_tasks(text):
    """The task of each line: the last "# T#5:" above it in the same function."""
    task, tasks = None, {}
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r"\s*# (T#\d+):", line)
        task = match[1] if match else None if line.lstrip().startswith("def ") else task
        tasks[number] = task
    return tasks


def task_of_line(number):
    """The task that a line of ``cattern/neural_net.py`` belongs to, or None."""
    return _lines_of_tasks(_text(MODULE)).get(number)


def stubs_left():
    """The tasks whose stub is still in the module or the notebook, in their order."""
    texts = [_text(MODULE)]
    if path := find_notebook():
        texts += code_cells(path)
    found = {task for text in texts for task in STUB.findall(text)}
    return sorted(found, key=lambda task: int(task[2:]))


def find_notebook():
    """The notebook, also if it was renamed; None if there is none or more than one."""
    if (ROOT / NOTEBOOK).is_file():
        return ROOT / NOTEBOOK
    others = [path for path in ROOT.glob("*.ipynb") if "T#12" in _text(path)]
    return others[0] if len(others) == 1 else None


def code_cells(path):
    """The code of each cell of a notebook; no cells if the file is not a notebook."""
    try:
        cells = json.loads(_text(path))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        return []


def loss_of(task, net, X, y, reg):
    """The loss, also if T#7 is not done yet.

    The stub of T#7 is in the middle of `loss`. The variable `loss` that T#6 set is then read
    from the interrupted call.
    """
    try:
        result = net.loss(X, y, reg)
    except Exception as error:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        frames = [frame for frame in frames if frame.f_code.co_name == "loss"]
        finding = as_finding(task, error)
        if not frames or not isinstance(finding, BlockedError) or str(finding) != "T#7":
            raise finding from error
        if "loss" not in frames[-1].f_locals:
            hint = "T#6 must set a variable with the name `loss`."
            got = "there is no variable `loss` where T#7 begins"
            raise WrongError(task, got, "the loss in it", hint) from error
        return frames[-1].f_locals["loss"]
    if not isinstance(result, tuple) or len(result) != 2:
        got = f"loss(X, y) returns {type(result).__name__}"
        raise WrongError(task, got, "the pair (loss, grads)", early_return())
    return result[0]


def _in_module(frame):
    return Path(frame.f_code.co_filename).resolve() == MODULE


def _text(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _place(frame, number):
    """The line that failed, and the shapes of the arrays that it names."""
    path = Path(frame.f_code.co_filename).resolve()
    line = (_text(path).split("\n") + [""] * number)[number - 1].strip()
    values = {name: frame.f_locals.get(name) for name in re.findall(r"[A-Za-z_]\w*", line)}
    shapes = [f"{name} {v.shape}" for name, v in values.items() if isinstance(v, np.ndarray)]
    text = f"{path.relative_to(ROOT).as_posix()}, line {number}: {line}"
    return text + (f"\nShapes there: {', '.join(shapes)}" if shapes else "")


@dataclass
class Training:
    """What `train` did.

    Attributes
    ----------
    batches : list of (ndarray, ndarray)
        Images and labels of each call of `loss`, in order.
    params : list of dict
        The parameters at each of these calls, and once more at the end.
    error : Exception or None
        What `train` ended with, if it did not return.
    """

    batches: list = field(default_factory=list)
    params: list = field(default_factory=list)
    error: Exception | None = None


def watch_training(X, y, gradients, sizes, **settings):
    """Run the student's `train` with given gradients, whatever their own `loss` does.

    Parameters
    ----------
    X, y : ndarray of shape (N, D) and (N,)
        The training set; also used for validation.
    gradients : callable
        Takes the number of the iteration, returns a dict like `params`.
    sizes : tuple of int
        (D, H, C).
    **settings
        For `train`.

    Returns
    -------
    Training
        Everything up to the end or to the first error.
    """
    seen = Training()

    class Watched(network_class()):
        def loss(self, X, y=None, reg=0.0):
            if y is None:
                return np.zeros((len(X), sizes[2]))  # (N, C)
            seen.batches.append((np.array(X), np.array(y)))
            seen.params.append({name: value.copy() for name, value in self.params.items()})
            return 1.0, gradients(len(seen.batches) - 1)

        def predict(self, X):
            return np.zeros(len(X), dtype=int)  # (N,)

    net = Watched(*sizes, std=0.1)
    try:
        net.train(X.copy(), y.copy(), X.copy(), y.copy(), **settings)
    except Exception as error:
        seen.error = error
    seen.params.append({name: np.array(value) for name, value in net.params.items()})
    return seen

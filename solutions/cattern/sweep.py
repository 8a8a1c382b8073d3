"""Try many hyperparameters on all cores, and keep the results and the best network on disk."""

import ast
import contextlib
import csv
import itertools
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from importlib import import_module
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
CONSTRUCTOR = ("hidden_size", "std")  # the other settings go to `train`
ONE_THREAD = dict.fromkeys(
    (
        "OPENBLAS_NUM_THREADS",
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)


def grid(**choices):
    """Every combination of some choices.

    Parameters
    ----------
    **choices
        A list of values for each hyperparameter.

    Returns
    -------
    list of dict
        One dict for each combination; the last hyperparameter changes fastest.
    """
    return [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]


class Sweep:
    """Train one network for each of many settings.

    Every run starts from the same seed, so its result depends neither on the other runs nor on
    the number of jobs. Finished runs are kept in a table: run the same sweep again, and only the
    missing runs are trained.

    Parameters
    ----------
    X_train, y_train, X_val, y_val : ndarray of shape (N, D), (N,), (N_val, D) and (N_val,)
        The data; labels are integers from 0 to C - 1.
    data : str
        The name of the data set, "mnist" or "synthetic"; noted in the table and the network.
    table : str or Path, default="sweep.csv"
        The file with one line for each run.
    best_net : str or Path, default="best_net.pkl"
        The file with the best network. A worse one never replaces it.
    network : str, default="cattern.neural_net.TwoLayerNet"
        Module and class of the network.
    """

    def __init__(
        self,
        X_train,
        y_train,
        X_val,
        y_val,
        data,
        table="sweep.csv",
        best_net="best_net.pkl",
        network="cattern.neural_net.TwoLayerNet",
    ):
        self._arrays = {"X": X_train, "y": y_train, "X_val": X_val, "y_val": y_val}
        self._data, self._network = data, network
        self._table, self._best_net = Path(table).absolute(), Path(best_net).absolute()

    @property
    def best(self):
        """The best network on disk, or None."""
        return load_net(self._best_net)

    def run(self, settings, jobs=None, seed=0, **common):
        """Train the runs that are not in the table yet; interrupt and repeat it as you like.

        Parameters
        ----------
        settings : list of dict
            One dict for each run, such as ``grid(reg=[0.1, 0.01], learning_rate=[1e-3])``:
            arguments of the network and of its `train`.
        jobs : int, optional
            Number of runs at the same time; by default one per core.
        seed : int, default=0
            Another seed gives other initial weights and batches.
        **common
            Settings that all runs share, such as ``num_iters=1000``.

        Returns
        -------
        list of dict
            The rows of the table for these settings, the highest validation accuracy first.
        """
        plan = {}
        for setting in settings:
            request = self._request({**common, **setting}, seed)
            plan[_key(request)] = request
        rows = self._read_table()
        todo = [r for key, r in plan.items() if key not in rows or "error" in rows[key]]
        progress = _Progress(len(plan), len(todo), jobs or _cores(), self._table.name)
        try:
            with tempfile.TemporaryDirectory(prefix="sweep-") as folder:
                for name, array in self._arrays.items() if todo else ():
                    np.save(Path(folder, f"{name}.npy"), array)
                for request, result in _train_all(Path(folder), todo, jobs or _cores()):
                    rows[_key(request)] = row = self._finish(request, result)
                    self._write_table({key: rows[key] for key in plan if key in rows} | rows)
                    progress.say(row, request["settings"])
        except KeyboardInterrupt:
            print("Interrupted. The finished runs are in the table: run this again to resume.")
        found = [rows[key] for key in plan if key in rows]
        return sorted(found, key=lambda row: -row.get("validation_accuracy", -1.0))

    def _request(self, settings, seed):
        """Everything that a result depends on, as JSON can hold it."""
        shape = self._arrays["X"].shape
        module, _, name = self._network.rpartition(".")
        return {
            "settings": json.loads(json.dumps(settings, default=lambda number: number.item())),
            "seed": seed,
            "data": self._data,
            "num_train": shape[0],
            "code": _code_version(module),
            "network": [module, name],
            "sizes": [shape[1], int(np.max(self._arrays["y"])) + 1],
        }

    def _finish(self, request, result):
        """Keep the network if it is the best one; return the row of the table."""
        net = result.pop("net", None)
        if net is not None:
            net.run = _key(request)
            keep_net(net, request["data"], result["validation_accuracy"], self._best_net)
        return {**request["settings"], **_facts(request), **result}

    def _read_table(self):
        if not self._table.is_file():
            return {}
        with self._table.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return {row["run"]: {k: _value(k, v) for k, v in row.items() if v} for row in rows}

    def _write_table(self, rows):
        """Write all rows, in one step: an interrupted write leaves the old table."""
        columns = list(dict.fromkeys(name for row in rows.values() for name in row))
        with _replacing(self._table, "w") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows.values())


def keep_net(net, data, accuracy, path="best_net.pkl"):
    """Save a network, unless the file has a better one for the same data set.

    Parameters
    ----------
    net : object
        The network. It gets two attributes, `data` and `validation_accuracy`.
    data : str
        The name of the data set that it was trained on, "mnist" or "synthetic".
    accuracy : float
        Its validation accuracy, from 0 to 1.
    path : str or Path, default="best_net.pkl"
        The file.

    Returns
    -------
    bool
        Whether the network was saved.

    Raises
    ------
    ValueError
        If `net` is None or has no `predict`.
    """
    if not hasattr(net, "predict"):
        raise ValueError(f"Nothing was saved: the network is {net!r:.40}. Tune one first (T#12).")
    old = load_net(path)
    old_rank = getattr(old, "validation_accuracy", -1.0), getattr(old, "run", "")
    if getattr(old, "data", None) == data and old_rank > (accuracy, getattr(net, "run", "~")):
        return False
    net.data, net.validation_accuracy = str(data), float(accuracy)
    with _replacing(Path(path), "wb") as file:
        pickle.dump(net, file)
    return True


def load_net(path="best_net.pkl"):
    """The network in a file, or None if there is none that can be read.

    Parameters
    ----------
    path : str or Path, default="best_net.pkl"
        The file. Only load files of your own: a pickle can run any code.

    Returns
    -------
    object or None
        The network.
    """
    try:
        return pickle.loads(Path(path).read_bytes())
    except Exception:  # a damaged pickle can raise anything
        return None


@contextlib.contextmanager
def random_numbers_of_its_own(seed=0):
    """Seed numpy for a block of code; the random numbers after the block stay the same.

    Parameters
    ----------
    seed : int, default=0
        As for `np.random.seed`.
    """
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)


def _facts(request):
    facts = {"run": _key(request)}
    return facts | {name: request[name] for name in ("seed", "data", "num_train")}


def _key(request):
    """A short name for a run: the same for the same settings, data, seed and code."""
    return f"{zlib.crc32(json.dumps(request, sort_keys=True).encode()):08x}"


def _code_version(module):
    """A number for the code of a module, the same whatever its comments and spaces are."""
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    return zlib.crc32(ast.dump(ast.parse(path.read_text(encoding="utf-8"))).encode())


def _value(name, text):
    """A cell of the table as the number that it was."""
    for kind in (int, float) if name != "run" else ():
        with contextlib.suppress(ValueError):
            return kind(text)
    return text


def _cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def _replacing(path, mode):
    """A file that replaces `path` only once it is written completely."""
    part = path.with_name(f"{path.name}.part")
    text = {} if "b" in mode else {"newline": "", "encoding": "utf-8"}
    with part.open(mode, **text) as file:
        yield file
    part.replace(path)


class _Progress:
    """One line for each finished run, with the time that is left."""

    def __init__(self, total, todo, jobs, table):
        self._total, self._todo, self._left, self._start = total, todo, todo, time.monotonic()
        known = f" ({total - todo} already in {table})" if total > todo else ""
        print(f"Settings: {total}{known}" + (f"; {min(jobs, todo)} at a time." if todo else "."))

    def say(self, row, settings):
        self._left -= 1
        seconds = (time.monotonic() - self._start) / (self._todo - self._left) * self._left
        left = f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"
        text = ", ".join(f"{name} {value}" for name, value in settings.items())
        result = row.get("error") or f"{row['validation_accuracy']:.4f}"
        done = f"{self._total - self._left}/{self._total}"
        print(f"{done:>7}  {result}  {text}" + (f"  (about {left} left)" if self._left else ""))


def _train_all(folder, requests, jobs):
    """Yield each request with its result as soon as it is there, at most `jobs` at a time."""
    waiting, running = list(enumerate(requests)), {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, request = waiting.pop(0)
                try:
                    running[number] = request, _start(folder, number, request)
                except OSError:  # this platform starts no processes
                    yield request, _train(folder, request)
            ended = [number for number, (_, worker) in running.items() if worker.poll() is not None]
            for number in ended:
                request, worker = running.pop(number)
                worker.stdin.close()
                yield request, _result(folder / f"{number}.pkl", worker.returncode)
            if not ended:
                time.sleep(0.05)
    finally:
        for _, worker in running.values():
            worker.kill()
            worker.wait()
            worker.stdin.close()


def _start(folder, number, request):
    """A process that trains one network. It ends when this process does."""
    path = folder / f"{number}.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "cattern.sweep", str(path)],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # an interrupt reaches the notebook, not the workers
    )


def _result(path, code):
    if not path.is_file():
        return {"error": f"the run ended with exit code {code}"}
    return pickle.loads(path.read_bytes())


def _train(folder, request):
    """Train one network: what goes into the table, and the network."""
    data = {name: np.load(folder / f"{name}.npy", "r") for name in ("X", "y", "X_val", "y_val")}
    data = {name: array.view(np.ndarray) for name, array in data.items()}
    settings = dict(request["settings"])
    sizes = {name: settings.pop(name) for name in CONSTRUCTOR if name in settings}
    inputs, classes = request["sizes"]
    start = time.monotonic()
    try:
        with random_numbers_of_its_own(request["seed"]), np.errstate(all="ignore"):
            network = getattr(import_module(request["network"][0]), request["network"][1])
            net = network(inputs, sizes.pop("hidden_size", 50), classes, **sizes)
            history = net.train(*data.values(), **settings)
            accuracy = float(np.mean(net.predict(data["X_val"]) == data["y_val"]))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {
        "validation_accuracy": accuracy,
        "last_loss": float(history["loss_history"][-1]),
        "seconds": round(time.monotonic() - start, 1),
        "net": net,
    }


def _work(path):
    """The worker: train what the file asks for and write the result beside it."""
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(1)), daemon=True).start()
    result = _train(path.parent, json.loads(path.read_text(encoding="utf-8")))
    with _replacing(path.with_suffix(".pkl"), "wb") as file:
        pickle.dump(result, file)


if __name__ == "__main__":
    _work(Path(sys.argv[1]))

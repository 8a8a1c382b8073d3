"""Draw a digit and watch your own network read it: ``python -m cattern.draw``.

The page is served by this process to your own machine only. It shows the scores and the
hidden units of the network in ``best_net.pkl`` or ``best_net.npz``, computed by your code.
"""

import argparse
import base64
import contextlib
import copy
import io
import json
import pickle
import secrets
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from mnist_data import DataError, read_data_sets
from mnist_data.find import choose, look_around

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path(__file__).with_name("draw.html")
NETS = ("best_net.pkl", "best_net.npz")
CANVAS = 280  # pixels, width and height of the drawing; the page has the same number
SIDE = 28  # pixels, width and height of an image of MNIST
BOX = 20  # pixels, the longer side of every digit in MNIST
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class DrawError(Exception):
    """The page cannot show anything yet; the message says why and what to do."""


# The image


def normalize(ink: np.ndarray) -> np.ndarray:
    """Scale and center a drawing the way MNIST's digits are.

    Parameters
    ----------
    ink : ndarray of uint8, shape (H, W)
        The drawing, from 0 (paper) to 255 (ink).

    Returns
    -------
    ndarray of float64, shape (28, 28)
        The digit in a box of 20 pixels, with its center of mass at pixel (14, 14) unless the
        box would then leave the image. An empty drawing becomes zeros.
    """
    image = np.zeros((SIDE, SIDE))
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return image
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(BOX * size / max(ink.shape))) for size in ink.shape)
    digit = _overlaps(height, len(ink)) @ ink @ _overlaps(width, ink.shape[1]).T
    top, left = (_offset(digit.sum(axis=axis)) for axis in (1, 0))
    image[top : top + height, left : left + width] = digit
    return np.rint(image)


def _overlaps(new: int, old: int) -> np.ndarray:
    """Share of each old pixel in each new one, (new, old); every row sums to 1."""
    edges = np.arange(new + 1) * (old / new)  # of the new pixels, in old ones
    covered = np.clip(edges[:, None] - np.arange(old), 0, 1)  # left of each edge
    shares: np.ndarray = np.diff(covered, axis=0) * (new / old)
    return shares


def _offset(ink: np.ndarray) -> int:
    """Where a digit begins in the image, from the ink in each of its rows or columns."""
    center = ink @ np.arange(len(ink)) / ink.sum()
    return int(np.clip(round(SIDE / 2 - center), 0, SIDE - len(ink)))


# The network


def load_net(root: Path) -> Any:
    """Load the network in ``best_net.pkl`` or, if there is none, ``best_net.npz``.

    Parameters
    ----------
    root : Path
        The folder of the lab.

    Raises
    ------
    DrawError
        If there is no such file, it cannot be read, or it holds no network for MNIST.
    """
    path = next((root / name for name in NETS if (root / name).is_file()), None)
    if path is None:
        raise DrawError(
            "There is no best_net.pkl yet. The notebook saves it after T#12: do that first."
        )
    try:
        net = _unpickle(path) if path.suffix == ".pkl" else _from_arrays(path)
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
        raise DrawError(f"{path.name} cannot be read ({found}). Save it again.") from error
    _check_net(path.name, net)
    return net


def _unpickle(path: Path) -> Any:
    return pickle.loads(path.read_bytes())


def _from_arrays(path: Path) -> Any:
    from .neural_net import TwoLayerNet

    with np.load(path) as arrays:
        params = {name: arrays[name] for name in ("W1", "b1", "W2", "b2")}
    net = TwoLayerNet(*params["W1"].shape, len(params["b2"]))
    net.params = params
    return net


def _check_net(name: str, net: Any) -> None:
    params = getattr(net, "params", None)
    if not isinstance(params, dict) or not {"W1", "b1", "W2", "b2"} <= set(params):
        found = "None" if net is None else f"an object of type {type(net).__name__}"
        raise DrawError(f"{name} holds {found}, not a TwoLayerNet. Do T#12 and save it again.")
    D, H = np.shape(params["W1"]) if np.ndim(params["W1"]) == 2 else (0, 0)
    if D != SIDE * SIDE or not H:
        raise DrawError(
            f"{name} has W1 of shape {np.shape(params['W1'])}, expected (784, H). "
            "Is it the toy model?"
        )


@dataclass(frozen=True)
class Reader:
    """A student's network, and what it needs to read a drawing.

    Attributes
    ----------
    net : TwoLayerNet
        The network; its H hidden units and C scores are shown.
    mean : ndarray of float64, shape (784,)
        The mean training image, subtracted before the network sees an image.
    note : str
        One sentence about `mean`, for the page.
    """

    net: Any
    mean: np.ndarray
    note: str

    def read(self, ink: np.ndarray) -> dict[str, Any]:
        """Return label, scores, hidden units and image for a drawing, ready for JSON.

        Parameters
        ----------
        ink : ndarray of uint8, shape (H, W)
            The drawing.

        Raises
        ------
        DrawError
            If the student's code raises, or returns another shape.
        """
        image = normalize(ink)
        X = image.reshape(1, -1) - self.mean  # (1, D)
        C, H = len(self.net.params["b2"]), len(self.net.params["b1"])
        scores = _call("T#5", "loss", lambda: self.net.loss(X), (1, C))
        hidden = _call("T#5", "loss", lambda: self._with_open_hidden_layer().loss(X), (1, H))
        label = _call("T#11", "predict", lambda: self.net.predict(X), (1,))
        return {
            "label": int(label[0]),
            "scores": scores[0].tolist(),
            "hidden": hidden[0].tolist(),
            "image": image.astype(int).ravel().tolist(),
        }

    def _with_open_hidden_layer(self) -> Any:
        """Return a copy of the network whose scores are its hidden units."""
        net = copy.copy(self.net)
        H = len(net.params["b1"])
        net.params = net.params | {"W2": np.eye(H), "b2": np.zeros(H)}
        return net

    def describe(self) -> dict[str, Any]:
        """Return what the page shows before anything is drawn, ready for JSON."""
        W1 = np.asarray(self.net.params["W1"], dtype=float).T  # (H, D)
        largest = np.abs(W1).max(axis=1, keepdims=True)  # (H, 1)
        tiles = 128 + 127 * W1 / np.where(largest > 0, largest, 1)  # 128 stands for zero
        return {
            "note": self.note,
            "units": len(W1),
            "weights": base64.b64encode(np.rint(tiles).astype(np.uint8).tobytes()).decode(),
        }


def _call(task: str, name: str, function: Callable[[], Any], shape: tuple[int, ...]) -> np.ndarray:
    """Call the student's code, and return a finite array of the expected shape."""
    try:
        result = np.asarray(function(), dtype=float)
    except NotImplementedError as error:
        raise DrawError(f"{error or f'{task} is not done yet'}. The page needs it.") from error
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
        raise DrawError(f"{task}: {name} raised {found}. Run python -m pytest.") from error
    if result.shape != shape:
        raise DrawError(
            f"{task}: {name} returned shape {result.shape}, expected {shape}. Run python -m pytest."
        )
    if not np.isfinite(result).all():
        raise DrawError(f"{task}: {name} returned nan or inf. Look at the weights in best_net.")
    return result


def load_mean(kind: object) -> tuple[np.ndarray, str]:
    """Load the mean training image, if the data is on this machine.

    Parameters
    ----------
    kind : object
        The data set noted in the network, "mnist" or "synthetic"; anything that is not text
        takes MNIST if it is there.

    Returns
    -------
    mean : ndarray of float64, shape (784,)
        Zeros if there is no such data.
    note : str
        One sentence that says which it is.
    """
    try:
        found = choose(look_around(), kind if isinstance(kind, str) else "auto")
        if found is None:
            raise DataError("")
        with contextlib.redirect_stdout(io.StringIO()):
            X_train = read_data_sets(found.folder)[0]
    except DataError:
        return np.zeros(SIDE * SIDE), (
            "The training data is not on this machine, so no mean image is subtracted, and the "
            "network may read worse. See Data in the README."
        )
    return X_train.reshape(len(X_train), -1).mean(axis=0), f"Mean image from {found}."


# The page


Answer = tuple[int, str, bytes]  # status, type and body


class DrawServer(ThreadingHTTPServer):
    """Serves the page on 127.0.0.1, to whoever knows the random token in its address.

    Parameters
    ----------
    reader : Reader
        What answers.
    port : int, default=0
        The port; 0 takes a free one.
    """

    daemon_threads = True

    def __init__(self, reader: Reader, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.reader = reader
        self.lock = threading.Lock()  # the student's code runs once at a time
        self.token = secrets.token_urlsafe(16)
        self.host = f"127.0.0.1:{self.server_port}"
        self.address = f"http://{self.host}/{self.token}/"


class _Handler(BaseHTTPRequestHandler):
    server: DrawServer
    timeout = 30  # seconds of silence

    def do_GET(self) -> None:
        self._answer({"": self._page, "network": self._network})

    def do_POST(self) -> None:
        self._answer({"read": self._read})

    def _answer(self, answers: dict[str, Callable[[], Answer]]) -> None:
        _, token, name = (*self.path.split("/", 2), "", "")[:3]
        own = self.headers.get("Origin") in (None, f"http://{self.server.host}")
        if self.headers.get("Host") != self.server.host or not own:
            status, kind, body = 403, "text/plain", b"This page is for this machine only."
        elif not secrets.compare_digest(token.encode(), self.server.token.encode()):
            status, kind, body = 403, "text/plain", b"Open the address that cattern.draw printed."
        elif name not in answers:
            status, kind, body = 404, "text/plain", b"There is nothing here."
        else:
            status, kind, body = answers[name]()
        self.send_response(status)
        length = {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body))}
        for header, value in (HEADERS | length).items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(body)

    def _page(self) -> Answer:
        return 200, "text/html", PAGE.read_bytes()

    def _network(self) -> Answer:
        return 200, "application/json", json.dumps(self.server.reader.describe()).encode()

    def _read(self) -> Answer:
        if self.headers.get("Content-Length") != str(CANVAS * CANVAS):
            self.close_connection = True
            return 400, "text/plain", b"A drawing has 280x280 bytes."
        ink = np.frombuffer(self.rfile.read(CANVAS * CANVAS), np.uint8)
        if len(ink) < CANVAS * CANVAS:
            return 400, "text/plain", b"The drawing is cut off."
        try:
            with self.server.lock:
                answer = self.server.reader.read(ink.reshape(CANVAS, CANVAS))
        except DrawError as error:
            answer = {"problem": str(error)}
        return 200, "application/json", json.dumps(answer).encode()

    def log_message(self, *args: object) -> None:
        """Print nothing: the terminal belongs to the student."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the page until Ctrl-C, and return the exit code: 1 if there is nothing to show.

    Parameters
    ----------
    arguments : list of str, optional
        The command line without the program's name; by default that of the process.
    """
    parser = argparse.ArgumentParser(prog="python -m cattern.draw", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    options = parser.parse_args(arguments)
    try:
        net = load_net(ROOT)
        reader = Reader(net, *load_mean(getattr(net, "data", None)))
        reader.read(np.zeros((CANVAS, CANVAS), np.uint8))  # finds what is not done yet
        server = DrawServer(reader, options.port)
    except (DrawError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    with server, contextlib.suppress(KeyboardInterrupt):
        print(f"Draw a digit at {server.address}\n{reader.note}\nCtrl-C ends it.", flush=True)
        if not options.no_browser:
            webbrowser.open(server.address)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())

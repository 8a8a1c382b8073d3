"""Drawing digits: the image, the student's network, who may ask, and a real browser."""

from __future__ import annotations

import http.client
import json
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_data import load_lab_data
from solutions.cattern import draw
from solutions.cattern.draw import CANVAS, DrawError, DrawServer, Reader, load_mean, load_net
from solutions.cattern.neural_net import TwoLayerNet
from tests.mnist_data.sets import clear_machine, counts_as, write_set
from tests.tools.course.report.pages.chromium import Browser, missing, open_chromium

SOLUTIONS = Path(draw.__file__).parents[1]
STROKE = np.zeros((CANVAS, CANVAS), np.uint8)
STROKE[40:240, 130:150] = 255


@pytest.fixture
def net() -> TwoLayerNet:
    np.random.seed(0)
    return TwoLayerNet(784, 12, 10, std=0.1)


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return clear_machine(tmp_path, monkeypatch)


@pytest.fixture
def mnist_net(mnist_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """The reference's network, as a student has it."""
    monkeypatch.setenv("MNIST_DIR", str(mnist_dir))
    return Reader(load_net(SOLUTIONS), *load_mean("mnist"))


# The image


@pytest.mark.parametrize(("top", "left", "size"), [(0, 0, 100), (90, 150, 50), (80, 80, 200)])
def test_size_and_place_of_a_drawing_do_not_matter(top: int, left: int, size: int) -> None:
    ink = np.zeros((CANVAS, CANVAS), np.uint8)
    ink[top : top + size, left : left + size // 5] = 255
    ink[top : top + size // 10, left : left + size // 2] = 255
    expected = np.zeros((28, 28))
    expected[6:26, 12:16] = expected[6:8, 12:22] = 255  # 20 high, center of mass at (14.3, 14.2)
    np.testing.assert_array_equal(draw.normalize(ink), expected)


def test_center_of_mass_is_in_the_middle() -> None:
    ink = np.zeros((CANVAS, CANVAS), np.uint8)
    ink[10:210, 10:30] = ink[190:210, 10:110] = 255  # an L, heavier below and on the left
    image = draw.normalize(ink)
    for axis in (0, 1):
        center = image.sum(axis=axis) @ np.arange(28) / image.sum()
        assert abs(center - 14) <= 0.5


def test_lopsided_drawing_stays_inside_the_image() -> None:
    ink = np.zeros((CANVAS, CANVAS), np.uint8)
    ink[0:200, 100] = 255
    ink[190:200, 50:250] = 255
    assert draw.normalize(ink).any(axis=1).sum() == 20


def test_empty_drawing_is_an_empty_image() -> None:
    assert not draw.normalize(np.zeros((CANVAS, CANVAS), np.uint8)).any()


@pytest.mark.parametrize(("new", "old"), [(20, 20), (20, 193), (20, 7), (1, 90)])
def test_resizing_keeps_gray_levels(new: int, old: int) -> None:
    shares = draw._overlaps(new, old)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares.sum(axis=0), new / old)


@pytest.mark.mnist
def test_enlarged_mnist_is_read_as_before(mnist_net: Reader) -> None:
    data = load_lab_data("mnist", centered=False)
    same = 0
    for image, label in zip(data.X_test[:200, ..., 0], data.y_test, strict=False):
        same += mnist_net.read(np.kron(image, np.ones((10, 10), np.uint8)))["label"] == label
    assert same >= 190  # the network alone reads 97.7 %


# The network


def test_page_shows_what_the_students_code_computes(net: TwoLayerNet) -> None:
    mean = np.random.RandomState(1).uniform(0, 255, 784)
    net.params["b1"] += 3.0
    answer = Reader(net, mean, "").read(STROKE)
    X = (draw.normalize(STROKE).ravel() - mean)[np.newaxis]
    hidden = np.clip(X @ net.params["W1"] + net.params["b1"], 0, None)
    np.testing.assert_allclose(answer["hidden"], hidden[0])
    np.testing.assert_allclose(answer["scores"], net.loss(X)[0])
    assert answer["label"] == net.predict(X)[0]
    assert json.loads(json.dumps(answer)) == answer


def test_reading_does_not_change_the_network(net: TwoLayerNet) -> None:
    before = pickle.dumps(net.params)
    Reader(net, np.zeros(784), "").read(STROKE)
    assert pickle.dumps(net.params) == before


def fail(error: Exception) -> Callable[..., Any]:
    def method(self: object, *arguments: object) -> None:
        raise error

    return method


BROKEN_CODE = {
    "T#5 to do": (
        {"loss": fail(NotImplementedError("T#5 is not done yet"))},
        "T#5 is not done yet. The page needs it.",
    ),
    "T#11 to do": (
        {"predict": fail(NotImplementedError("T#11 is not done yet"))},
        "T#11 is not done yet. The page needs it.",
    ),
    "raises": (
        {"loss": fail(ValueError("shapes"))},
        "T#5: loss raised ValueError: shapes. Run python -m pytest.",
    ),
    "transposed": (
        {"loss": lambda self, X: np.zeros((10, 1))},
        "T#5: loss returned shape (10, 1), expected (1, 10). Run python -m pytest.",
    ),
    "nan": (
        {"loss": lambda self, X: np.full((1, 10), np.nan)},
        "T#5: loss returned nan or inf. Look at the weights in best_net.",
    ),
    "text": (
        {"predict": lambda self, X: ["seven"]},
        "T#11: predict raised ValueError: could not convert string to float: 'seven'. "
        "Run python -m pytest.",
    ),
}


@pytest.mark.parametrize(("methods", "expected"), BROKEN_CODE.values(), ids=BROKEN_CODE)
def test_broken_code_is_named_with_its_task(methods: dict[str, Any], expected: str) -> None:
    broken = type("TwoLayerNet", (TwoLayerNet,), methods)(784, 3, 10)
    with pytest.raises(DrawError) as caught:
        Reader(broken, np.zeros(784), "").read(STROKE)
    assert str(caught.value) == expected


@pytest.mark.parametrize("name", ["best_net.pkl", "best_net.npz"])
def test_saved_network_is_loaded(net: TwoLayerNet, tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        pickle.dump(net, file) if name.endswith("pkl") else np.savez(file, **net.params)
    loaded = load_net(tmp_path)
    np.testing.assert_array_equal(loaded.params["W1"], net.params["W1"])
    assert len(Reader(loaded, np.zeros(784), "").read(STROKE)["hidden"]) == 12


UNUSABLE = {
    "nothing": (None, "There is no best_net.pkl yet. The notebook saves it after T#12"),
    "None": (pickle.dumps(None), "best_net.pkl holds None, not a TwoLayerNet."),
    "a dict": (pickle.dumps({"W1": 0}), "best_net.pkl holds an object of type dict, not"),
    "cut off": (pickle.dumps([1, 2])[:-1], "best_net.pkl cannot be read ("),
    "gone class": (b"cgone.module\nNet\n.", "cannot be read (ModuleNotFoundError: No module"),
    "toy": (pickle.dumps(TwoLayerNet(4, 10, 3)), "W1 of shape (4, 10), expected (784, H). Is it"),
}


@pytest.mark.parametrize(("content", "expected"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_best_net_is_explained(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    expected: str,
) -> None:
    if content is not None:
        (tmp_path / "best_net.pkl").write_bytes(content)
    monkeypatch.setattr(draw, "ROOT", tmp_path)
    assert draw.main(["--no-browser"]) == 1
    told = capsys.readouterr().err
    assert expected in told
    assert told.count("\n") == 1


def test_mean_is_that_of_the_networks_data(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mnist, digits = counts_as("mnist", 1, monkeypatch), counts_as("synthetic", 2, monkeypatch)
    monkeypatch.setattr(draw, "read_data_sets", lambda folder: (np.full((9, 28, 28, 1), 7.0),))
    write_set(Path("mnist_data"), digits)
    write_set(bare_machine.parent / "cache" / "nnlab" / "mnist", mnist)
    for kind, title in ((None, "MNIST"), ("mnist", "MNIST"), ("synthetic", "the offline digits")):
        mean, note = load_mean(kind)
        np.testing.assert_array_equal(mean, np.full(784, 7.0))
        assert note.startswith(f"Mean image from {title} in ")


def test_missing_data_is_said(bare_machine: Path) -> None:
    mean, note = load_mean(None)
    assert not mean.any()
    assert note.startswith("The training data is not on this machine, so no mean image is")


# The page


@contextmanager
def serving(reader: Reader) -> Iterator[DrawServer]:
    with DrawServer(reader) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server(net: TwoLayerNet) -> Iterator[DrawServer]:
    with serving(Reader(net, np.zeros(784), "No mean.")) as started:
        yield started


def ask(
    server: DrawServer, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, dict(answer.headers)


def test_page_and_answers_are_served(server: DrawServer, net: TwoLayerNet) -> None:
    status, page, headers = ask(server, "GET", f"/{server.token}/")
    assert (status, page) == (200, draw.PAGE.read_bytes())
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    network = json.loads(ask(server, "GET", f"/{server.token}/network")[1])
    assert (network["units"], network["note"]) == (12, "No mean.")
    status, content, _ = ask(server, "POST", f"/{server.token}/read", STROKE.tobytes())
    assert json.loads(content) == server.reader.read(STROKE)


def test_server_listens_on_loopback_only(server: DrawServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_two_servers_have_different_tokens(server: DrawServer) -> None:
    with DrawServer(server.reader) as other:
        assert len(other.token) >= 20
        assert other.token != server.token


REFUSED = {
    "no token": ("GET", "/", {}, 403),
    "wrong token": ("GET", "/guess/", {}, 403),
    "non-ASCII token": ("GET", "/%C3%BC/network", {}, 403),
    "another host": ("GET", "/TOKEN/", {"Host": "evil.example"}, 403),
    "another page": ("POST", "/TOKEN/read", {"Origin": "http://evil.example"}, 403),
    "another file": ("GET", "/TOKEN/../draw.py", {}, 404),
    "reading by GET": ("GET", "/TOKEN/read", {}, 404),
    "no drawing": ("POST", "/TOKEN/read", {}, 400),
    "too much": ("POST", "/TOKEN/read", {"Content-Length": "9999999999"}, 400),
}


@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED.values(), ids=REFUSED)
def test_foreign_request_is_refused(
    server: DrawServer, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    got, content, _ = ask(server, method, path.replace("TOKEN", server.token), **headers)
    assert got == status
    assert server.token.encode() not in content


def test_broken_code_is_told_on_the_page(server: DrawServer) -> None:
    server.reader.net.loss = lambda X: np.zeros((10, 1))
    _, content, _ = ask(server, "POST", f"/{server.token}/read", STROKE.tobytes())
    assert json.loads(content)["problem"].startswith("T#5: loss returned shape (10, 1)")


def test_busy_port_is_one_sentence(
    server: DrawServer, net: TwoLayerNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    (tmp_path / "best_net.pkl").write_bytes(pickle.dumps(net))
    monkeypatch.setattr(draw, "ROOT", tmp_path)
    monkeypatch.setattr(draw, "load_mean", lambda kind: (np.zeros(784), ""))
    assert draw.main(["--no-browser", "--port", str(server.server_port)]) == 1
    assert "Address already in use" in capsys.readouterr().err


# In a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, or a skip that says what is missing."""
    if lacks := missing():
        pytest.skip(lacks)
    with open_chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def drag(browser: Browser, *points: tuple[int, int]) -> None:
    """Draw with the mouse through points, in hundredths of the canvas from its middle."""
    from selenium.webdriver import ActionChains

    ink = browser.one("#ink")
    size = ink.size["width"]
    moves = ActionChains(browser.driver, duration=30)
    for number, (x, y) in enumerate(points):
        moves.move_to_element_with_offset(ink, x * size // 100, y * size // 100)
        if not number:
            moves.click_and_hold()
    moves.release().perform()


def wait_for(browser: Browser, condition: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser.driver, 10).until(lambda driver: browser.run(condition))


SEVEN = ((-25, -30), (0, -30), (25, -30), (10, 0), (-5, 35))
LABEL = "document.getElementById('label').textContent"


@pytest.mark.browser
@pytest.mark.mnist
@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawn_digit_is_read(
    browser: Browser, mnist_net: Reader, width: int, scheme: str, tmp_path: Path
) -> None:
    with serving(mnist_net) as server:
        browser.open(server.address, width=width, scheme=scheme)
        wait_for(browser, "document.querySelectorAll('.tile').length === 50")
        drag(browser, *SEVEN)
        wait_for(browser, f"{LABEL} === '7'")
        assert browser.all("#scores .best")[0].text == "7"
        active = browser.run("document.querySelectorAll('.tile.on').length")
        assert 0 < active < 50
        assert f"{active} of 50 are active." in browser.one("#active").text
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        (tmp_path / f"{scheme}-{width}.png").write_bytes(browser.screenshot((0, 0, width, 1400)))
        browser.one("#clear").click()
        wait_for(browser, f"{LABEL} === '?'")
        assert browser.complaints() == []
        asked = [url for url in browser.requests() if not url.startswith("data:")]
        assert all(url.startswith(server.address) for url in asked)


@pytest.mark.browser
def test_problem_is_shown_and_goes_away(browser: Browser, net: TwoLayerNet) -> None:
    with serving(Reader(net, np.zeros(784), "")) as server:
        browser.open(server.address)
        wait_for(browser, "document.querySelectorAll('.tile').length === 12")
        server.reader.net.predict = fail(NotImplementedError("T#11 is not done yet")).__get__(net)
        drag(browser, *SEVEN)
        wait_for(browser, "!document.getElementById('problem').hidden")
        assert browser.one("#problem").text == "T#11 is not done yet. The page needs it."
        del server.reader.net.predict
        browser.one("#clear").click()
        wait_for(browser, "document.getElementById('problem').hidden")

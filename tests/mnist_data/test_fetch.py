"""Fetching: from servers that behave and servers that do not, and from folders."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import deepcopy
from pathlib import Path

import pytest

from mnist_data import DataError, fetch
from mnist_data.contents import kind_of_folder
from mnist_data.fetch import MIRRORS, FetchError, fetch_mnist, list_mirrors
from mnist_data.files import FILES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from tests.mnist_data.mirror import Mirror, serve
from tests.mnist_data.sets import pack, write_set

Contents = dict[str, bytes]
Start = Callable[[Mirror], Mirror]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PAUSE_S", 0.01)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server for the length of a test."""
    with ExitStack() as stack:
        yield lambda mirror: stack.enter_context(serve(mirror))


@pytest.fixture
def packed(mnist: Contents) -> Contents:
    """The files of a good mirror."""
    return {name: pack(content) for name, content in mnist.items()}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failure(target: Path, *sources: Mirror | str, timeout_s: float = 5) -> str:
    """The sentence that fetching fails with; nothing half-made is left in the folder."""
    addresses = [source if isinstance(source, str) else source.base for source in sources]
    with pytest.raises(DataError) as caught:
        fetch_mnist(target, addresses, timeout_s=timeout_s)
    assert set(names_in(target)) <= set(FILES)
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_four_files_arrive_with_progress(start: Start, packed: Contents, target: Path) -> None:
    mirror = start(Mirror(packed))
    seen: list[tuple[str, int, int | None]] = []
    fetched = fetch_mnist(target, [mirror.base + "/"], lambda *event: seen.append(event))
    assert [file.path for file in fetched] == [target / name for name in FILES]
    assert {file.source for file in fetched} == {mirror.base + "/"}
    assert kind_of_folder(target, thorough=True) == "mnist"
    assert names_in(target) == sorted(FILES)
    size = len(packed[TRAIN_IMAGES])
    steps = [done for name, done, total in seen if name == TRAIN_IMAGES and total == size]
    assert len(steps) > 1
    assert steps == sorted(steps)
    assert steps[-1] == size


def test_files_that_are_there_are_not_downloaded(
    start: Start, packed: Contents, target: Path
) -> None:
    mirror = start(Mirror(packed))
    fetch_mnist(target, [mirror.base])
    mirror.asked.clear()
    assert [file.source for file in fetch_mnist(target, [mirror.base])] == [None] * 4
    assert mirror.asked == []


# What a server may do and the files still arrive. The second value is how often it was asked for
# the first file.
GOOD_IN_THE_END = {
    "breaks off twice": ({"cuts": [70_000, 0]}, 3),
    "stalls once": ({"cuts": [70_000], "stalls": True}, 2),
    "is busy twice": ({"statuses": [503, 429]}, 3),
    "sends no length": ({"has_length": False}, 1),
    "breaks off in a chunk": ({"is_chunked": True, "cuts": [70_000]}, 2),
}


@pytest.mark.parametrize(("faults", "asked"), GOOD_IN_THE_END.values(), ids=GOOD_IN_THE_END)
def test_passing_fault_is_retried(
    start: Start, packed: Contents, target: Path, faults: dict, asked: int
) -> None:
    mirror = start(Mirror(packed, **deepcopy(faults)))
    fetch_mnist(target, [mirror.base], timeout_s=0.5)
    assert mirror.asked.count(TRAIN_IMAGES) == asked
    assert kind_of_folder(target, thorough=True) == "mnist"


# What makes a mirror useless: what is said of it, and how often it was asked.
USELESS = {
    "always breaks off": ({"cuts": [70_000] * 9}, "the connection broke after 70,000 of ", 3),
    "always stalls": ({"cuts": [70_000] * 9, "stalls": True}, "no answer within 0.3 s", 3),
    "is always busy": ({"statuses": [503] * 9}, "HTTP 503 Service Unavailable", 3),
    "has no files": ({"files": {}}, "HTTP 404 Not Found", 1),
    "does not speak HTTP": ({"greeting": b"SSH-2.0\r\n"}, "not a proper answer: BadStatusLine", 1),
    "says nothing": ({"greeting": b""}, "no connection: Remote end closed", 1),
    "cuts off silently": (
        {"cuts": [70_000], "has_length": False},
        "found gzip data that breaks off after 70,000 bytes",
        1,
    ),
    "redirects to a file": ({"redirect": "file:///etc"}, "HTTP 302 Found", 1),
}


@pytest.mark.parametrize(("faults", "expected", "asked"), USELESS.values(), ids=USELESS)
def test_useless_mirror_is_named_and_passed_over(
    start: Start, packed: Contents, target: Path, faults: dict, expected: str, asked: int
) -> None:
    bad, again = (start(Mirror(**({"files": packed} | deepcopy(faults)))) for _ in range(2))
    good = start(Mirror(packed))
    assert f"({bad.base}: {expected}" in failure(target, bad, timeout_s=0.3)
    assert len(bad.asked) == asked
    assert names_in(target) == []
    fetched = fetch_mnist(target, [again.base, good.base], timeout_s=0.3)
    assert {file.source for file in fetched} == {good.base}
    assert good.asked == list(FILES)  # and the useless one was asked for the first file only


@pytest.mark.parametrize(
    ("limit", "value", "expected"),
    [("MAX_BYTES", 100_000, "it sends more than 100,000"), ("MAX_S", 0, "it is too slow: ")],
)
@pytest.mark.parametrize("has_length", [True, False])
def test_endless_download_is_cut(
    start: Start,
    packed: Contents,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: int,
    expected: str,
    has_length: bool,
) -> None:
    monkeypatch.setattr(fetch, limit, value)
    assert expected in failure(target, start(Mirror(packed, has_length=has_length)))


WRONG = {
    "web page": (b"<html>login</html>", "found a web page or XML, expected gzip data"),
    "nothing": (b"", "found an empty file, expected gzip data"),
    "too much": (pack(bytes(300_000)), "found more than 235,216 bytes inside"),
    "zeros": (pack(bytes(1000)), "found the IDX number 00 00 00 00, expected the IDX number"),
}


@pytest.mark.parametrize(("content", "expected"), WRONG.values(), ids=WRONG)
def test_wrong_content_is_refused(
    start: Start, packed: Contents, target: Path, content: bytes, expected: str
) -> None:
    mirror = start(Mirror({**packed, TRAIN_IMAGES: content}))
    assert f"({mirror.base}: {expected}" in failure(target, mirror)
    assert names_in(target) == []


def test_fashion_mnist_is_named(
    start: Start, packed: Contents, fashion: Contents, target: Path
) -> None:
    mirror = start(Mirror({name: pack(content) for name, content in fashion.items()}))
    assert f"({mirror.base}: it is Fashion-MNIST, not MNIST)" in failure(target, mirror)


def test_redirect_is_followed(start: Start, packed: Contents, target: Path) -> None:
    good = start(Mirror(packed))
    fetch_mnist(target, [start(Mirror({}, redirect=good.base)).base])
    assert kind_of_folder(target) == "mnist"


def test_mirror_may_unpack_what_it_sends(start: Start, mnist: Contents, target: Path) -> None:
    fetch_mnist(target, [start(Mirror(mnist)).base])
    assert names_in(target) == sorted(name.removesuffix(".gz") for name in FILES)
    assert kind_of_folder(target) == "mnist"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("gopher://x", "expected http, https, file or the path of a folder"),
        ("http://[", "not an address: Invalid IPv6 URL"),
        ("http://127.0.0.1:port", "not an address: nonnumeric port"),
        ("http://127.0.0.1:1", "no connection: Connection refused"),
        ("/nowhere", "no such folder"),
    ],
)
def test_unusable_address_is_named(
    mnist: Contents, target: Path, address: str, expected: str
) -> None:
    assert f"({address}: {expected}" in failure(target, address)


def test_failure_lists_no_built_in_address(
    mnist: Contents, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network all of them fail for one reason, which is said once."""
    dead = ("http://127.0.0.1:1/a", "http://127.0.0.1:1/b", "http://127.0.0.1:1/c")
    monkeypatch.setattr(fetch, "MIRRORS", dead)
    with pytest.raises(FetchError) as caught:
        fetch_mnist(target)
    refused = "no connection: Connection refused"
    assert str(caught.value) == f"{TRAIN_IMAGES} could not be fetched ({refused})."
    monkeypatch.setenv("MNIST_MIRROR", "/nowhere")
    with pytest.raises(FetchError, match=r"\(/nowhere: no such folder; no connection: Conn"):
        fetch_mnist(target)


@pytest.mark.parametrize("way", ["path", "address", "environment"])
def test_folder_serves_as_a_mirror(
    mnist: Contents, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    source = write_set(tmp_path / "a folder, with commas", mnist)
    if way == "environment":
        monkeypatch.setenv("MNIST_MIRROR", str(source))
    mirrors = {"path": [str(source)], "address": [source.as_uri()]}.get(way)
    fetch_mnist(target, mirrors)
    assert kind_of_folder(target, thorough=True) == "mnist"
    assert names_in(target) == sorted(FILES)


def test_folder_with_broken_files_is_named(mnist: Contents, tmp_path: Path, target: Path) -> None:
    source = write_set(tmp_path / "source", mnist)
    (source / TRAIN_IMAGES).write_bytes(b"")
    assert f"({source}: found an empty file, expected gzip data)" in failure(target, str(source))
    (source / TRAIN_IMAGES).unlink()
    assert f"({source}: no such file there)" in failure(target, str(source))
    (source / TRAIN_IMAGES).mkdir()
    assert "the file cannot be read (Is a directory))" in failure(target, str(source))


def test_broken_files_are_replaced(mnist: Contents, tmp_path: Path, target: Path) -> None:
    source = write_set(tmp_path / "source", mnist)
    write_set(target, mnist)
    (target / TRAIN_IMAGES).write_bytes(b"version https://git-lfs")
    (target / TEST_LABELS).unlink()
    (target / TEST_LABELS.removesuffix(".gz")).write_bytes(b"")
    fetched = fetch_mnist(target, [str(source)])
    assert [file.source is None for file in fetched] == [False, True, True, False]
    assert names_in(target) == sorted(FILES)
    assert kind_of_folder(target, thorough=True) == "mnist"


def test_sound_files_of_another_set_stay(
    mnist: Contents, fashion: Contents, tmp_path: Path, target: Path
) -> None:
    source = write_set(tmp_path / "source", mnist)
    write_set(target, mnist)
    (target / TRAIN_LABELS).write_bytes(pack(fashion[TRAIN_LABELS]))
    assert failure(target, str(source)) == (
        f"{target / TRAIN_LABELS}: found Fashion-MNIST, expected MNIST or no file; "
        "name another folder, or remove it."
    )
    assert (target / TRAIN_LABELS).read_bytes() == pack(fashion[TRAIN_LABELS])


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"file/x: the folder cannot be made \(Not a directory\)\."):
        fetch_mnist(tmp_path / "file" / "x", [])


def test_interrupt_leaves_the_folder_clean(start: Start, packed: Contents, target: Path) -> None:
    def interrupt(name: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_mnist(target, [start(Mirror(packed)).base], interrupt)
    assert names_in(target) == []


def test_failed_write_keeps_the_old_file(
    start: Start, packed: Contents, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.mkdir()
    (target / TRAIN_IMAGES).write_bytes(b"broken, but theirs")

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    assert failure(target, start(Mirror(packed))) == (
        f"{target / TRAIN_IMAGES}: the file cannot be written (No space left on device)."
    )
    assert names_in(target) == [TRAIN_IMAGES]
    assert (target / TRAIN_IMAGES).read_bytes() == b"broken, but theirs"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        ("http://a", ["http://a"]),
        (" http://a, http://b\thttp://c,", ["http://a", "http://b", "http://c"]),
    ],
)
def test_named_mirrors_come_before_the_built_in_ones(
    value: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_MIRROR", value)
    assert list_mirrors() == [*expected, *MIRRORS]


@pytest.mark.mnist
def test_real_mnist_is_accepted(mnist_dir: Path, start: Start, target: Path) -> None:
    mirror = start(Mirror({name: (mnist_dir / name).read_bytes() for name in FILES}))
    fetch_mnist(target, [mirror.base])
    assert kind_of_folder(target, thorough=True) == "mnist"

"""Fetching: from servers that behave and servers that do not, and from folders."""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from mnist_data import DataError
from mnist_data.contents import kind_of_folder
from mnist_data.fetch import download
from mnist_data.fetch.fetch import MIRRORS, fetch_mnist, list_mirrors
from mnist_data.files import FILES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from tests.mnist_data.mirror import Mirror, serve
from tests.mnist_data.sets import fingerprints, pack, write_set

Contents = dict[str, bytes]


class Start(Protocol):
    """Starts a server for the length of a test."""

    def __call__(self, mirror: Mirror) -> Mirror: ...


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda mirror: stack.enter_context(serve(mirror))


@pytest.fixture
def packed(mnist: Contents) -> Contents:
    """The files that a good mirror gives out."""
    return {name: pack(content) for name, content in mnist.items()}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def kept_parts(target: Path) -> list[Path]:
    return sorted((target.parent / "cache" / "nnlab" / "partial").iterdir())


def failure(target: Path, *mirrors: Mirror | str, timeout_s: float = 5) -> str:
    """The sentence that fetching fails with, and nothing half-made in the folder."""
    addresses = [mirror if isinstance(mirror, str) else mirror.base for mirror in mirrors]
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
    fetched = fetch_mnist(target, [mirror.base], progress=lambda *event: seen.append(event))
    assert [file.path for file in fetched] == [target / name for name in FILES]
    assert {file.source for file in fetched} == {mirror.base}
    assert kind_of_folder(target, thorough=True) == "mnist"
    assert names_in(target) == sorted(FILES)
    assert kept_parts(target) == []
    size = len(packed[TRAIN_IMAGES])
    steps = [done for name, done, total in seen if name == TRAIN_IMAGES and total == size]
    assert len(steps) > 1
    assert steps == sorted(steps)
    assert steps[-1] == size


def test_files_that_are_there_are_not_asked_for(
    start: Start, packed: Contents, target: Path
) -> None:
    mirror = start(Mirror(packed))
    fetch_mnist(target, [mirror.base])
    before = {path: path.stat().st_mtime_ns for path in target.iterdir()}
    mirror.asked.clear()
    assert [file.source for file in fetch_mnist(target, [mirror.base])] == [None] * 4
    assert mirror.asked == []
    assert before == {path: path.stat().st_mtime_ns for path in target.iterdir()}


def test_whole_set_in_a_folder_without_write_permission_is_fine(
    mnist: Contents, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(target, mnist)
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **options: 1 / 0)
    assert len(fetch_mnist(target, [])) == 4


def test_broken_connection_is_gone_on_from(start: Start, packed: Contents, target: Path) -> None:
    mirror = start(Mirror(packed, cuts=[70_000, 70_000]))
    fetch_mnist(target, [mirror.base])
    ranges = [wanted for name, wanted in mirror.asked if name == TRAIN_IMAGES]
    assert ranges == [None, "bytes=70000-", "bytes=140000-"]
    assert kind_of_folder(target, thorough=True) == "mnist"


def test_server_without_ranges_is_begun_again(start: Start, packed: Contents, target: Path) -> None:
    mirror = start(Mirror(packed, cuts=[70_000], knows_ranges=False))
    fetch_mnist(target, [mirror.base])
    assert kind_of_folder(target, thorough=True) == "mnist"


def test_server_that_always_breaks_off_is_given_up(
    start: Start, packed: Contents, target: Path
) -> None:
    mirror = start(Mirror(packed, cuts=[70_000] * 9, knows_ranges=False))
    size = len(packed[TRAIN_IMAGES])
    expected = (
        f"({mirror.base}: the connection broke after 70,000 of {size:,} bytes, "
        "70,000 bytes are kept for the next run)"
    )
    assert expected in failure(target, mirror)
    assert len(mirror.asked) == 2
    assert names_in(target) == []


def test_next_run_goes_on_where_the_last_one_broke_off(
    start: Start, packed: Contents, target: Path
) -> None:
    mirror = start(Mirror(packed, cuts=[70_000, 0]))
    failure(target, mirror)
    assert [part.stat().st_size for part in kept_parts(target)] == [70_000]
    mirror.asked.clear()
    fetch_mnist(target, [mirror.base])
    assert mirror.asked[0] == (TRAIN_IMAGES, "bytes=70000-")
    assert kind_of_folder(target, thorough=True) == "mnist"
    assert kept_parts(target) == []


def test_interrupted_run_leaves_the_folder_clean_and_can_be_gone_on_with(
    start: Start, packed: Contents, target: Path
) -> None:
    mirror = start(Mirror(packed))

    def interrupt(name: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_mnist(target, [mirror.base], progress=interrupt)
    assert names_in(target) == []
    fetch_mnist(target, [mirror.base])
    assert mirror.asked[1] == (TRAIN_IMAGES, f"bytes={download.CHUNK}-")
    assert kind_of_folder(target, thorough=True) == "mnist"


@pytest.mark.parametrize("size", [70_000, 10_000_000])
def test_kept_beginning_of_another_file_is_dropped(
    start: Start, packed: Contents, target: Path, size: int
) -> None:
    mirror = start(Mirror(packed, cuts=[70_000, 0]))
    failure(target, mirror)
    kept_parts(target)[0].write_bytes(bytes(size))
    fetch_mnist(target, [mirror.base])
    assert kind_of_folder(target, thorough=True) == "mnist"


@pytest.mark.parametrize(
    ("shift", "came"), [(5, "bytes from 70,005 on"), (None, "an unknown part")]
)
def test_partial_answer_from_another_place_is_refused(
    start: Start, packed: Contents, target: Path, shift: int | None, came: str
) -> None:
    mirror = start(Mirror(packed, cuts=[70_000], range_shift=shift))
    expected = f"({mirror.base}: it sent {came} when asked for bytes from 70,000 on)"
    assert expected in failure(target, mirror)


def test_server_that_stalls_midway_is_asked_for_the_rest(
    start: Start, packed: Contents, target: Path
) -> None:
    mirror = start(Mirror(packed, cuts=[2 * download.CHUNK], stalls=True))
    fetch_mnist(target, [mirror.base], timeout_s=0.3)
    assert mirror.asked[1] == (TRAIN_IMAGES, f"bytes={2 * download.CHUNK}-")
    assert kind_of_folder(target, thorough=True) == "mnist"


def test_kept_file_that_cannot_be_written_is_told(
    start: Start, packed: Contents, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    mirror = start(Mirror(packed))
    target.mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        text = failure(target, mirror)
    assert text.endswith(f"{TRAIN_IMAGES}: the file cannot be written (Permission denied).")


def test_mirrors_are_tried_in_turn_and_the_good_one_is_kept_to(
    start: Start, packed: Contents, target: Path
) -> None:
    empty, broken, good = start(Mirror({})), start(Mirror({}, status=503)), start(Mirror(packed))
    said: list[str] = []
    addresses = [empty.base, broken.base, good.base + "/"]
    fetch_mnist(target, addresses, say=said.append)
    assert said == [
        f"{TRAIN_IMAGES} is not to be had from {empty.base}: HTTP 404 Not Found.",
        f"{TRAIN_IMAGES} is not to be had from {broken.base}: HTTP 503 Service Unavailable.",
    ]
    assert len(empty.asked) == len(broken.asked) == 1
    assert len(good.asked) == 4


def test_all_failures_are_told_in_one_sentence(start: Start, mnist: Contents, target: Path) -> None:
    empty = start(Mirror({}))
    known = fingerprints(mnist)[TRAIN_IMAGES]
    assert failure(target, empty, "gopher://x", "http://[", str(target / "none")) == (
        f"{TRAIN_IMAGES} could not be fetched ({empty.base}: HTTP 404 Not Found; "
        "gopher://x: expected http, https, file or the path of a folder; "
        f"http://[: it is no address (Invalid IPv6 URL); "
        f"{target / 'none'}: no such folder), "
        f"expected {known.size:,} bytes of content with SHA-256 {known.sha256}."
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1/zurück", "it is no address ('ascii' codec can't encode"),
        ("http://127.0.0.1:port", "no proper answer (InvalidURL)"),
        ("http://", "no connection (no host given)"),
    ],
)
def test_address_that_is_none_is_told(
    mnist: Contents, target: Path, address: str, expected: str
) -> None:
    assert f"({address}: {expected}" in failure(target, address)


def test_no_mirror_is_told(mnist: Contents, target: Path) -> None:
    assert "(no mirror was named)" in failure(target)


def test_hanging_server_is_left_after_the_timeout(
    start: Start, packed: Contents, target: Path
) -> None:
    hanging, good = start(Mirror({}, hangs=True)), start(Mirror(packed))
    said: list[str] = []
    fetch_mnist(target, [hanging.base, good.base], say=said.append, timeout_s=0.2)
    assert said == [f"{TRAIN_IMAGES} is not to be had from {hanging.base}: no answer within 0.2 s."]
    assert len(hanging.asked) == 1


def test_refused_connection_is_told(start: Start, mnist: Contents, target: Path) -> None:
    with serve(Mirror({})) as gone:
        pass
    assert f"({gone.base}: no connection (Connection refused))" in failure(target, gone)


def test_redirect_is_followed(start: Start, packed: Contents, target: Path) -> None:
    good = start(Mirror(packed))
    fetch_mnist(target, [start(Mirror({}, redirect=good.base)).base])
    assert kind_of_folder(target) == "mnist"


def test_fashion_mnist_is_named(
    start: Start, packed: Contents, fashion: Contents, target: Path
) -> None:
    mirror = start(Mirror({name: pack(content) for name, content in fashion.items()}))
    assert f"({mirror.base}: it is Fashion-MNIST, not MNIST)" in failure(target, mirror)
    assert kept_parts(target) == []


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
    assert kept_parts(target) == []


def test_cut_off_file_without_a_length_is_refused(
    start: Start, packed: Contents, target: Path
) -> None:
    mirror = start(Mirror(packed, cuts=[70_000], tells_length=False))
    assert "found gzip data that breaks off after 70,000 bytes" in failure(target, mirror)


def test_content_that_never_ends_is_cut(
    start: Start, packed: Contents, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_DOWNLOAD", 100_000)
    told = start(Mirror(packed))
    untold = start(Mirror(packed, tells_length=False))
    text = failure(target, told, untold)
    assert f"it offers {len(packed[TRAIN_IMAGES]):,} bytes, too many for a file of MNIST" in text
    assert "it sends more than 100,000 bytes" in text


def test_mirror_may_unpack_what_it_sends(start: Start, mnist: Contents, target: Path) -> None:
    fetch_mnist(target, [start(Mirror(mnist)).base])
    assert names_in(target) == sorted(name.removesuffix(".gz") for name in FILES)
    assert kind_of_folder(target) == "mnist"


@pytest.mark.parametrize("how", ["path", "file address"])
def test_local_folder_is_copied_from(
    mnist: Contents, tmp_path: Path, target: Path, how: str
) -> None:
    source = write_set(tmp_path / "a folder, with commas", mnist)
    fetch_mnist(target, [str(source) if how == "path" else source.as_uri()])
    assert kind_of_folder(target, thorough=True) == "mnist"
    assert names_in(target) == sorted(FILES)


def test_local_folder_with_broken_files_is_told(
    mnist: Contents, tmp_path: Path, target: Path
) -> None:
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


def test_sound_files_of_another_set_are_never_replaced(
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


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"file/x: the folder cannot be made \(Not a directory\)\."):
        fetch_mnist(tmp_path / "file" / "x", [])


def test_folder_that_cannot_be_written_to_is_told_before_the_download(
    start: Start, packed: Contents, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    mirror = start(Mirror(packed))
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert failure(target, mirror) == (
        f"{target}: the folder cannot be written to (Permission denied)."
    )
    assert mirror.asked == []


@pytest.fixture
def small_disk() -> Iterator[int]:
    """No file of this process may grow beyond so many bytes: the system itself says no."""
    limit = 100_000
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_no_disk_while_downloading_leaves_nothing(
    start: Start, packed: Contents, target: Path, small_disk: int
) -> None:
    text = failure(target, start(Mirror(packed)))
    assert text.endswith(f"{TRAIN_IMAGES}: the file cannot be written (File too large).")
    assert names_in(target) == []
    assert kept_parts(target) == []


def test_no_disk_while_storing_leaves_nothing(
    mnist: Contents, tmp_path: Path, target: Path, small_disk: int
) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**9, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    source = write_set(tmp_path / "source", mnist)
    resource.setrlimit(resource.RLIMIT_FSIZE, (small_disk, -1))
    assert failure(target, str(source)).endswith("cannot be written (File too large).")
    assert names_in(target) == []


def test_full_disk_on_the_last_step_keeps_the_old_file(
    mnist: Contents, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_set(tmp_path / "source", mnist)
    target.mkdir()
    (target / TRAIN_IMAGES).write_bytes(b"broken, but theirs")

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    assert failure(target, str(source)) == (
        f"{target / TRAIN_IMAGES}: the file cannot be written (No space left on device)."
    )
    assert names_in(target) == [TRAIN_IMAGES]
    assert (target / TRAIN_IMAGES).read_bytes() == b"broken, but theirs"


def test_without_a_cache_it_works_and_leaves_nothing(
    start: Start, packed: Contents, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    fetch_mnist(target, [start(Mirror(packed)).base])
    assert kind_of_folder(target) == "mnist"
    assert names_in(tmp_path / "scratch") == []


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


def test_named_mirror_may_be_a_folder_with_spaces(
    mnist: Contents, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_set(tmp_path / "my data", mnist)
    monkeypatch.setenv("MNIST_MIRROR", str(source))
    assert {file.source for file in fetch_mnist(target)} == {str(source)}


@pytest.mark.mnist
def test_real_mnist_is_accepted(mnist_dir: Path, start: Start, target: Path) -> None:
    mirror = start(
        Mirror({name: (mnist_dir / name).read_bytes() for name in FILES}, cuts=[5_000_000])
    )
    fetch_mnist(target, [mirror.base])
    assert mirror.asked[1] == (TRAIN_IMAGES, "bytes=5000000-")
    assert kind_of_folder(target, thorough=True) == "mnist"

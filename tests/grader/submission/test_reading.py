from __future__ import annotations

import contextlib
import dataclasses
import errno
import gzip
import os
import re
import stat
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import SubmissionError
from grader.submission import Limits, read_submission, slug
from grader.submission.submission import Submission
from tests.grader.archives import (
    SOURCE,
    special_tar_entry,
    special_zip_entry,
    tar_bytes,
    zip_bytes,
)

SMALL = Limits(
    file_bytes=10_000,
    other_bytes=100,
    total_bytes=30_000,
    archive_bytes=20_000,
    stream_bytes=60_000,
    directory_bytes=5_000,
    entries=50,
    files=10,
    ratio=20,
    ratio_from_bytes=5_000,
    depth=5,
)
PATH = "lab1/cattern/neural_net.py"


def handed_in(folder: Path, data: bytes, name: str = "ana.zip") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def slugs(submission):
    return [finding.slug for finding in submission.findings]


# what is understood


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("ana.zip", zip_bytes({PATH: SOURCE})),
        ("ana.tar", tar_bytes([(PATH, SOURCE)])),
        ("ana.tar.gz", tar_bytes([(PATH, SOURCE)], packed=True)),
        ("ana.tgz", tar_bytes([(PATH, SOURCE)], packed=True)),
        ("ana.zip", tar_bytes([(PATH, SOURCE)], packed=True)),  # a tar.gz by another name
    ],
)
def test_an_archive_is_read_whatever_its_name_says(tmp_path, name, data):
    submission = read_submission(handed_in(tmp_path, data, name))
    assert submission.files == {PATH: SOURCE}
    assert (submission.student, submission.name) == ("ana", name)


def test_a_folder_reads_like_its_archive(tmp_path):
    (tmp_path / "ana/lab1/cattern").mkdir(parents=True)
    (tmp_path / "ana" / PATH).write_bytes(SOURCE)
    folder = read_submission(tmp_path / "ana")
    archive = read_submission(handed_in(tmp_path, zip_bytes({PATH: SOURCE})))
    assert folder.files == {PATH: SOURCE}
    assert folder.sha256 == archive.sha256


@pytest.mark.parametrize("name", ["neural_net.py", "lab.ipynb", "best_net.npz", "best_net.pkl"])
def test_a_single_file_is_a_submission(tmp_path, name):
    data = zip_bytes({"W1.npy": b"x"}) if name.endswith("npz") else SOURCE
    assert read_submission(handed_in(tmp_path, data, name)).files == {name: data}


def test_an_inner_archive_is_opened_once(tmp_path):
    third = zip_bytes({"third.py": SOURCE})
    second = zip_bytes({"second.py": SOURCE, "third.zip": third})
    submission = read_submission(handed_in(tmp_path, zip_bytes({"lab/second.zip": second})))
    assert submission.files == {"lab/second.zip/second.py": SOURCE}
    assert submission.findings[0].message == (
        "An archive inside the submission was not read: "
        "'lab/second.zip/third.zip' is an archive within an archive."
    )


@pytest.mark.parametrize("packed", [True, False])
def test_a_gzipped_net_is_no_archive(tmp_path, packed):
    net = gzip.compress(b"weights")
    where = tmp_path / "ana"
    where.mkdir()
    (where / "best_net.pkl.gz").write_bytes(net)
    (where / "neural_net.py").write_bytes(SOURCE)
    if packed:
        where = tmp_path / "ana.zip"
        where.write_bytes(zip_bytes({"best_net.pkl.gz": net, "neural_net.py": SOURCE}))
    read = read_submission(where)
    assert read.files == {"best_net.pkl.gz": net, "neural_net.py": SOURCE}
    assert read.findings == ()


def test_an_archive_in_a_folder_is_opened(tmp_path):
    (tmp_path / "ana").mkdir()
    handed_in(tmp_path / "ana", zip_bytes({PATH: SOURCE}), "Lab1.ZIP")
    assert read_submission(tmp_path / "ana").files == {f"Lab1.ZIP/{PATH}": SOURCE}


NOISE = [
    "__MACOSX/lab1/._neural_net.py",
    "._neural_net.py",
    ".DS_Store",
    "lab1/Thumbs.db",
    "lab1/.ipynb_checkpoints/lab-checkpoint.ipynb",
    "lab-checkpoint.ipynb",
    "cattern/__pycache__/neural_net.cpython-311.pyc",
    ".git/config",
    "venv/lib/python3.11/site-packages/numpy/__init__.py",
    "env/lib/python3.11/os.py",
    "mnist_data/load_mnist.py",
    "cattern/neural_net.py~",
    "cattern/.neural_net.py.swp",
    "cattern/neural_net.py.bak",
    "train-images-idx3-ubyte.gz",
    "desktop.ini",
]


@pytest.mark.parametrize("noise", NOISE)
def test_noise_is_passed_over_in_archives_and_folders(tmp_path, noise):
    archive = read_submission(handed_in(tmp_path, zip_bytes({noise: b"x = 1\n", PATH: SOURCE})))
    folder = tmp_path / "ana"
    for path, data in {noise: b"x = 1\n", PATH: SOURCE}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    assert archive.files == read_submission(folder).files == {PATH: SOURCE}
    assert archive.findings == ()


def test_names_are_utf8_or_of_a_code_page(tmp_path):
    def archive(raw: bytes) -> bytes:
        plain = "x" * len(raw) + ".py"
        return zip_bytes({plain: SOURCE}).replace(plain.encode(), raw + b".py")

    utf8 = handed_in(tmp_path, archive("müller".encode()))
    assert list(read_submission(utf8).files) == ["müller.py"]
    thai = handed_in(tmp_path, archive("ปฏิบัติ".encode("cp874")))
    assert list(read_submission(thai, code_page="cp874").files) == ["ปฏิบัติ.py"]
    dos = handed_in(tmp_path, archive("müller".encode("cp437")))
    assert list(read_submission(dos).files) == ["müller.py"]


def test_backslashes_are_separators(tmp_path):
    archive = zip_bytes({"lab1/cattern/": b"", PATH: SOURCE}).replace(
        b"lab1/cattern/", b"lab1\\cattern\\"
    )
    assert read_submission(handed_in(tmp_path, archive)).files == {PATH: SOURCE}


def test_the_last_of_two_equal_names_counts(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = zip_bytes([(PATH, b"first"), (PATH, SOURCE)])
    assert read_submission(handed_in(tmp_path, archive)).files == {PATH: SOURCE}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Neural_Net.py", "neural_net.py"),
        ("mu\u0308ller.py", "MÜLLER.py"),
        ("STRASSE.py", "straße.py"),
    ],
)
def test_one_of_colliding_names_stays_in_any_order(tmp_path, one, other):
    there = read_submission(handed_in(tmp_path, zip_bytes([(one, b"1"), (other, b"2")])))
    back = read_submission(handed_in(tmp_path, zip_bytes([(other, b"2"), (one, b"1")])))
    assert there.files == back.files
    assert len(there.files) == 1
    assert slugs(there) == ["names-collide"]


def test_unix_modes_and_odd_times_do_not_matter(tmp_path):
    info = special_zip_entry(PATH, stat.S_IFREG | 0o4777)
    info.date_time = (2107, 12, 31, 23, 59, 58)
    assert read_submission(handed_in(tmp_path, zip_bytes([(info, SOURCE)]))).files == {PATH: SOURCE}


# what is left out, with a word


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../neural_net.py", "leads outside the submission"),
        ("a/../../neural_net.py", "leads outside the submission"),
        ("..\\neural_net.py", "leads outside the submission"),
        ("a/.. /x.py", "leads outside the submission"),
        ("/etc/neural_net.py", "is an absolute path"),
        ("\\\\server\\share\\x.py", "is an absolute path"),
        ("C:\\x.py", "is an absolute path"),
        ("aux.py", "has a name that Windows reserves"),
        ("a/NUL", "has a name that Windows reserves"),
        ("a\nb.py", "has control characters in its name"),
        ("x" * 300 + ".py", "has too long a name"),
        ("/".join(["y" * 200] * 6) + "/x.py", "has too long a path"),
        ("d/" * 30 + "x.py", "is deeper than 24 folders"),
    ],
)
def test_an_unsafe_name_costs_itself(tmp_path, name, why):
    for data in (zip_bytes({name: b"1", PATH: SOURCE}), tar_bytes([(name, b"1"), (PATH, SOURCE)])):
        submission = read_submission(handed_in(tmp_path, data))
        assert submission.files == {PATH: SOURCE}
        assert slugs(submission) == ["entry-refused"]
        assert why in submission.findings[0].message


LINK, HARD_LINK, SPECIAL = "a symbolic link", "a hard link", "not an ordinary file"
NO_FILES = [
    *(
        (special_zip_entry("neural_net.py", mode | 0o777), why)
        for mode, why in (
            (stat.S_IFLNK, LINK),
            (stat.S_IFIFO, SPECIAL),
            (stat.S_IFCHR, SPECIAL),
            (stat.S_IFSOCK, SPECIAL),
        )
    ),
    *(
        (special_tar_entry("neural_net.py", kind, "/etc/passwd"), why)
        for kind, why in (
            (tarfile.SYMTYPE, LINK),
            (tarfile.LNKTYPE, HARD_LINK),
            (tarfile.FIFOTYPE, SPECIAL),
            (tarfile.CHRTYPE, SPECIAL),
            (tarfile.BLKTYPE, SPECIAL),
            (tarfile.GNUTYPE_SPARSE, SPECIAL),
        )
    ),
]


@pytest.mark.parametrize(("entry", "why"), NO_FILES)
def test_links_and_devices_in_archives_are_omitted(tmp_path, entry, why):
    packed = zip_bytes if isinstance(entry, zipfile.ZipInfo) else tar_bytes
    archive = packed([(entry, b"/etc/passwd" if packed is zip_bytes else b""), (PATH, SOURCE)])
    submission = read_submission(handed_in(tmp_path, archive))
    assert submission.files == {PATH: SOURCE}
    assert f"is {why}" in submission.findings[0].message


def test_links_and_devices_in_folders_stay_unopened(tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_bytes(b"secret")
    folder = tmp_path / "ana"
    folder.mkdir()
    (folder / "link.py").symlink_to(secret)
    (folder / "folder").symlink_to(tmp_path)
    (folder / "hard.py").hardlink_to(secret)
    os.mkfifo(folder / "fifo.py")  # opening it in the usual way would wait for ever
    (folder / "neural_net.py").write_bytes(SOURCE)
    submission = read_submission(folder)
    assert submission.files == {"neural_net.py": SOURCE}
    message = submission.findings[0].message
    assert "'fifo.py' is not an ordinary file" in message
    assert "'folder' is a symbolic link" in message
    assert "'hard.py' is a hard link, and 1 more" in message


def test_a_file_swapped_for_a_link_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "ana"
    folder.mkdir()
    (folder / "a.py").symlink_to("/etc/passwd")
    (folder / "neural_net.py").write_bytes(SOURCE)
    monkeypatch.setattr("grader.submission.folder._refusal", lambda status: None)
    submission = read_submission(folder)
    assert submission.files == {"neural_net.py": SOURCE}
    assert os.strerror(errno.ELOOP) in submission.findings[0].message


def test_a_file_over_the_cap_costs_itself(tmp_path):
    archive = zip_bytes({"big.ipynb": os.urandom(10_001), PATH: SOURCE})
    submission = read_submission(handed_in(tmp_path, archive), limits=SMALL)
    assert submission.files == {PATH: SOURCE}
    assert (
        submission.findings[0].message
        == "Too large and left out: 'big.ipynb' is larger than 10000 bytes."
    )


def test_a_large_unneeded_file_is_skipped_silently(tmp_path):
    archive = zip_bytes({"film.mp4": os.urandom(200), PATH: SOURCE})
    submission = read_submission(handed_in(tmp_path, archive), limits=SMALL)
    assert (submission.files, submission.findings) == ({PATH: SOURCE}, ())


@pytest.mark.parametrize("name", ["best_net", "Best-Net.p", "best_net.pkl.txt", "x.ipynb.txt"])
def test_a_large_needed_file_is_kept(tmp_path, name):
    data = os.urandom(200)
    submission = read_submission(handed_in(tmp_path, zip_bytes({name: data})), limits=SMALL)
    assert submission.files == {name: data}


def test_only_so_many_unneeded_files_are_kept(tmp_path):
    pictures = {f"{number}.png": b"" for number in range(30)}
    limits = dataclasses.replace(SMALL, others=3)
    path = handed_in(tmp_path, zip_bytes({**pictures, PATH: SOURCE}))
    submission = read_submission(path, limits=limits)
    assert len(submission.files) == 4
    assert submission.files[PATH] == SOURCE


def test_absolute_names_in_inner_archives_are_omitted(tmp_path):
    inner = zip_bytes({"/etc/x.py": b"1", "C:/x.py": b"1", PATH: SOURCE})
    submission = read_submission(handed_in(tmp_path, zip_bytes({"inner.zip": inner})))
    assert submission.files == {f"inner.zip/{PATH}": SOURCE}
    assert submission.findings[0].message.count("is an absolute path") == 2


def test_a_declared_terabyte_is_not_read(tmp_path):
    folder = tmp_path / "ana"
    folder.mkdir()
    (folder / "neural_net.py").write_bytes(SOURCE)
    with (folder / "best_net.npz").open("wb") as file:
        file.truncate(1 << 36)
    assert slugs(read_submission(folder)) == ["file-too-large"]


def test_an_entry_may_lie_about_its_size(tmp_path):
    data = zip_bytes({"big.py": b"x" * 15_000, PATH: SOURCE})
    data = data.replace(struct.pack("<I", 15_000), struct.pack("<I", 10))
    submission = read_submission(handed_in(tmp_path, data), limits=SMALL)
    assert submission.files == {PATH: SOURCE}
    assert slugs(submission) == ["entry-damaged"]


def test_a_wrong_checksum_costs_its_entry(tmp_path):
    stored = zipfile.ZipInfo("bad.py")
    data = zip_bytes([(stored, b"content of it"), (PATH, SOURCE)])
    data = data.replace(b"content of it", b"kontent of it")
    submission = read_submission(handed_in(tmp_path, data))
    assert submission.files == {PATH: SOURCE}
    assert submission.findings[0].message == (
        "Could not be unpacked and was left out: 'bad.py' (Bad CRC-32 for file 'bad.py')."
    )


def test_an_unusual_compression_costs_its_entry(tmp_path):
    rare = zipfile.ZipInfo("rare.py")
    rare.compress_type = zipfile.ZIP_LZMA
    submission = read_submission(handed_in(tmp_path, zip_bytes([(rare, SOURCE), (PATH, SOURCE)])))
    assert "compressed with an unusual method" in submission.findings[0].message


def test_a_damaged_inner_archive_costs_itself_alone(tmp_path):
    data = zip_bytes({"inner.zip": b"PK\x03\x04 damaged", PATH: SOURCE})
    submission = read_submission(handed_in(tmp_path, data))
    assert submission.files == {PATH: SOURCE}
    assert "'inner.zip' is damaged or cut short" in submission.findings[0].message


# what cannot be read at all: one sentence


def refusal(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(SubmissionError) as caught:
        read_submission(path, limits=limits or Limits())
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


ENCRYPTED = zip_bytes({PATH: SOURCE}).replace(
    b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"\0" * 1000, "it contains only zeros"),
        (b"Rar!\x1a\x07\x01\x00 and so on", "it is a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c and so on", "it is a 7z archive"),
        (b"\xfd7zXZ\x00 and so on", "it is an xz archive"),
        (b"BZh91AY and so on", "it is a bzip2 archive"),
        (b"%PDF-1.7 and so on", "it is a PDF document"),
        (b"\xd0\xcf\x11\xe0 and so on", "it is an old Office document"),
        (b"<!DOCTYPE html><p>Please log in", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "it is a Git LFS pointer"),
        (b"no archive at all", "it is not a zip, tar or tar.gz archive"),
        (zip_bytes({PATH: SOURCE})[:-30], "is damaged or cut short"),
        (zip_bytes({PATH: SOURCE})[:40], "is damaged or cut short"),
        (tar_bytes([(PATH, SOURCE * 100)], packed=True)[:-20], "is damaged or cut short"),
        (tar_bytes([(PATH, SOURCE * 100)])[:1000], "is damaged or cut short"),
        (b"\x1f\x8b\x08\x00 and so on", "is damaged or cut short"),
        (
            tar_bytes([(PATH, SOURCE), (PATH, SOURCE)])[:1024] + b"x" * 9000,
            "is damaged or cut short",
        ),
        (ENCRYPTED, "is protected with a password"),
        (zip_bytes({}), "'ana.zip' is empty."),
        (
            zip_bytes({"__MACOSX/._x": b"", ".DS_Store": b""}),
            "only files that systems and editors",
        ),
        (zip_bytes({"film.mp4": b"x" * (2 << 20)}), "contains no Python file, notebook or net"),
        (zip_bytes({"../x.py": SOURCE}), "contains no readable file: '../x.py' leads outside"),
        (zip_bytes({"a.zip": zip_bytes({})[:-5]}), "contains no readable file: 'a.zip'"),
        (
            zip_bytes({"a.rar": b"Rar!\x1a\x07\x01\x00"}),
            "'a.rar' cannot be opened: it is a RAR archive",
        ),
    ],
)
def test_unreadable_data_is_told_in_one_sentence(tmp_path, data, why):
    assert why in refusal(handed_in(tmp_path, data))


def test_unopenable_files_are_told_in_one_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link.zip").symlink_to(tmp_path / "missing")
    os.mkfifo(tmp_path / "fifo.zip")
    assert refusal(tmp_path / "empty") == "'empty' is empty."
    assert refusal(tmp_path / "link.zip") == "'link.zip' is a symbolic link."
    assert refusal(tmp_path / "fifo.zip") == "'fifo.zip' is not an ordinary file."
    assert "No such file" in refusal(tmp_path / "missing.zip")


def test_a_closed_folder_is_told_in_one_sentence(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("os.open", refuse)  # the superuser, who runs some tests, may enter any
    assert refusal(tmp_path) == f"'{tmp_path.name}' cannot be opened: Permission denied."


def test_a_gzipped_file_is_no_archive(tmp_path):
    assert "damaged or cut short" in refusal(handed_in(tmp_path, gzip.compress(SOURCE), "x.gz"))


LARGE = {f"{n}.py": os.urandom(5_000) for n in range(7)}
ZEROS = {f"{n}.py": b"x" * 9_000 for n in range(3)}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zip_bytes(LARGE), "'ana.zip' is larger than 20000 bytes."),
        (zip_bytes(ZEROS), "'ana.zip' unpacks to more than 20 times its size."),
        (zip_bytes({f"{n}.py": b"" for n in range(11)}), "'ana.zip' contains more than 10 files."),
        (zip_bytes({f".git/{n}": b"" for n in range(51)}), "'ana.zip' has more than 50 entries."),
        (zip_bytes({f".git/{n:0150}": b"" for n in range(40)}), "has a table of contents of"),
        (tar_bytes([(f".git/{n}", b"") for n in range(51)], packed=True), "more than 50 entries."),
        (tar_bytes([(".git/x", b"x" * 70_000)], packed=True), "unpacks to more than 60000 bytes."),
    ],
)
def test_limits_of_an_archive_hold(tmp_path, data, why):
    assert why in refusal(handed_in(tmp_path, data), SMALL)


def test_the_limit_on_all_bytes_spans_archives(tmp_path):
    folder = tmp_path / "ana"
    folder.mkdir()
    for number in range(3):
        handed_in(folder, zip_bytes({"x.py": os.urandom(9_000)}), f"{number}.zip")
    assert refusal(folder, SMALL) == "'ana' unpacks to more than 30000 bytes."


def test_a_bomb_in_an_archive_costs_itself_alone(tmp_path):
    ballast = os.urandom(2_000)  # the outer archive may then unpack to more than the inner
    data = zip_bytes({"bomb.zip": zip_bytes(ZEROS), "a.ipynb": ballast, PATH: SOURCE})
    limits = dataclasses.replace(SMALL, total_bytes=100_000, ratio=40)
    submission = read_submission(handed_in(tmp_path, data), limits=limits)
    assert submission.files[PATH] == SOURCE
    assert "'bomb.zip' unpacks to more than 40 times its size" in submission.findings[0].message


# whatever the bytes

ENTRY = st.tuples(
    st.one_of(
        st.text(min_size=1, max_size=20),
        st.sampled_from(
            [PATH, "../x.py", "a/../../x", "C:/x", "//x/y", "a.zip", ".git/x", "nul.py"]
        ),
    ),
    st.binary(max_size=50),
)
DAMAGE = st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=6)


def is_safe(path: str) -> bool:
    parts = path.split("/")
    return all(part.strip(". ") and not set(part) & set("\\\0\n") for part in parts)


def check_any_bytes(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = handed_in(Path(folder), data)
        with contextlib.suppress(SubmissionError):
            check_kept(read_submission(path, limits=SMALL))
        assert [entry.name for entry in Path(folder).iterdir()] == ["ana.zip"]


def check_kept(submission: Submission) -> None:
    assert all(is_safe(name) for name in submission.files)
    assert len(submission.files) <= SMALL.files
    assert sum(map(len, submission.files.values())) <= SMALL.total_bytes
    assert all(finding.message.isprintable() for finding in submission.findings)
    assert len(submission.sha256) == 64


def damaged(data: bytes, damage: list[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for position, value in damage:
        changed[position % len(changed)] = value
    return bytes(changed)


@given(st.lists(ENTRY, max_size=6), DAMAGE)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_zip_escapes_or_raises_anything_else(entries, damage):
    # A name that begins with NUL is empty to zipfile, which then cannot write it.
    writable = [(name.lstrip("\0") or "_", data) for name, data in entries]
    names = [(name.encode("utf-8", "replace").decode(), data) for name, data in writable]
    check_any_bytes(damaged(zip_bytes(names), damage))


@given(st.lists(ENTRY, max_size=6), DAMAGE, st.booleans())
def test_no_tar_escapes_or_raises_anything_else(entries, damage, packed):
    names = [(name.replace("\0", "_"), data) for name, data in entries]
    check_any_bytes(damaged(tar_bytes(names, packed=packed), damage))


@given(
    st.binary(max_size=700),
    st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"PK\x05\x06"]),
)
def test_no_bytes_raise_anything_else(data, head):
    check_any_bytes(head + data)


@given(st.text(max_size=100))
def test_a_slug_is_safe_everywhere(text):
    made = slug(text)
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,59}", made)
    assert made.split(".")[0] not in {"con", "nul", "aux", "prn", "com1", "lpt1"}
    assert slug(made) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Doe, Ana", "doe-ana"),
        ("Zoë Müller", "zoe-muller"),
        ("ad_123", "ad_123"),
        ("../../etc", "etc"),
        ("con", "con-1143da"),
        ("山田 太郎", "ed6d53"),
    ],
)
def test_a_slug_is_readable(text, made):
    assert slug(text) == made

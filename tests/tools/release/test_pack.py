"""The zip: everything that could differ between machines and days is fixed."""

from __future__ import annotations

import hashlib
import io
import zipfile

from tools.release.pack import FOLDER, pack, unpack

FILES = {"b/z.py": b"x = 1\n", "a.md": "é\n".encode(), "B.txt": b""}


def test_zip_has_one_folder_and_comes_back_unchanged() -> None:
    names = zipfile.ZipFile(io.BytesIO(pack(FILES))).namelist()
    assert names == [f"{FOLDER}/{name}" for name in ("B.txt", "a.md", "b/z.py")]
    assert unpack(pack(FILES)) == FILES


def test_zip_ignores_the_order_of_files() -> None:
    assert pack(FILES) == pack(dict(reversed(FILES.items())))


def test_zip_says_nothing_of_time_machine_or_compression() -> None:
    for info in zipfile.ZipFile(io.BytesIO(pack(FILES))).infolist():
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert info.create_system == 3
        assert info.external_attr >> 16 == 0o100644
        assert info.compress_type == zipfile.ZIP_STORED
        assert (info.extra, info.comment) == (b"", b"")


def test_zip_is_the_same_on_every_machine() -> None:
    """The digest was noted once: another one would be another machine's, or another format."""
    digest = hashlib.sha256(pack(FILES)).hexdigest()
    assert digest == "e61258d398a1ce19b13fa08569bb71548f8d0b780af1963c5b9eec7641c4d1e7"

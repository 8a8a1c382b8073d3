"""Zips that depend on their content alone."""

from __future__ import annotations

import io
import zipfile

from tools.common.stable_zip import ZipMember, stable_zip


def test_same_members_give_same_bytes_in_any_order():
    members = {"b.txt": ZipMember(b"2"), "a/run": ZipMember(b"1", executable=True)}
    turned = dict(reversed(members.items()))
    assert stable_zip(members) == stable_zip(turned)


def test_content_and_modes_come_out():
    data = stable_zip({"é.txt": ZipMember("ü".encode()), "run": ZipMember(b"#!", executable=True)})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.read("é.txt") == "ü".encode()
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        assert modes == {"é.txt": 0o100644, "run": 0o100755}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}

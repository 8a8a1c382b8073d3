from __future__ import annotations

import pytest

from tools.course.collect.times import moment_of, to_iso


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-03 05:43:04.180678000 Z", "2026-03-03T05:43:04.180678+00:00"),
        ("2026-03-02T21:43:04.180678-08:00", "2026-03-02T21:43:04.180678-08:00"),
        ("2026-03-02 21:43:04 -0800", "2026-03-02T21:43:04-08:00"),
        ("2026-03-02-21-43-04", "2026-03-02T21:43:04+01:00"),
        ("2026-07-02-21-43-04", "2026-07-02T21:43:04+02:00"),
        ("2026-03-02 21:43:04.180678 UTC", "2026-03-02T21:43:04.180678+00:00"),
        ("2026-03-02 21:43:04.180678 Asia/Bangkok", "2026-03-02T21:43:04.180678+07:00"),
        ("2026-03-02 21:43:04", "2026-03-02T21:43:04+01:00"),
        ("Mar 2, 2026 943 PM", "2026-03-02T21:43:00+01:00"),
        ("Mar 2, 2026 1149 AM", "2026-03-02T11:49:00+01:00"),
        ("Mar 2, 2026 1200 AM", "2026-03-02T00:00:00+01:00"),
    ],
)
def test_times_of_all_systems_are_read(text, iso):
    assert to_iso(text, "Europe/Berlin") == iso


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01 00:00:00",
        "2026-03-02 21:43:04 XYZ",  # no zone that means one thing
        "Mar 2, 2026 2560 PM",
        "2 mars 2026 2143",
        "2026-03-02 21:43:04 ../../etc/passwd",
    ],
)
def test_what_is_no_time_is_unknown(text):
    assert to_iso(text, "UTC") is None


def test_moments_compare_across_zones():
    assert moment_of("2026-03-02T21:43:04+07:00") == moment_of("2026-03-02T14:43:04+00:00")
    assert moment_of(None) is None

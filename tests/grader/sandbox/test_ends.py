from __future__ import annotations

import pytest

from grader.engine.observation import Ended
from grader.sandbox.host import ends


@pytest.mark.parametrize(
    ("status", "cpu_s", "peak_mb", "ended", "detail"),
    [
        (0, 0.1, 5, Ended.KILLED, "ended early"),
        (3 << 8, 0.1, 5, Ended.KILLED, "ended early"),
        (12 << 8, 0.1, 5, Ended.OUT_OF_MEMORY, "memory limit of 100 MB"),
        (11, 0.1, 5, Ended.KILLED, "crashed (segmentation fault)"),
        (11, 0.1, 95, Ended.OUT_OF_MEMORY, "memory limit of 100 MB"),
        (6, 0.1, 5, Ended.KILLED, "crashed (aborted)"),
        (8 | 0x80, 0.1, 5, Ended.KILLED, "crashed (arithmetic error)"),
        (31, 0.1, 5, Ended.KILLED, "used a forbidden system interface"),
        (9, 10.0, 5, Ended.TIMED_OUT, "CPU time limit of 10 s"),
        (9, 0.1, 90, Ended.OUT_OF_MEMORY, "memory limit of 100 MB"),
        (9, 0.1, 5, Ended.SANDBOX_FAILED, "the system ended the process"),
        (13, 0.1, 5, Ended.KILLED, "crashed (SIGPIPE)"),
        (40, 0.1, 5, Ended.KILLED, "crashed (signal 40)"),
    ],
)
def test_an_exit_status_reads_as_a_sentence(status, cpu_s, peak_mb, ended, detail):
    got = ends.explain(status, cpu_s=cpu_s, cpu_limit_s=10, peak_mb=peak_mb, memory_mb=100)
    assert got[0] is ended
    assert got[1].startswith(detail)

"""What a command is said to cost is what it cost."""

from __future__ import annotations

import sys

from tools.dev.bench.cost import Cost, medians, run

PYTHON = sys.executable


def test_cpu_of_a_child_that_was_waited_for_counts():
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    assert run([PYTHON, "-c", code]).cpu_s >= 0.3


def test_a_sleeper_costs_time_on_the_clock_alone():
    cost = run([PYTHON, "-c", "import time; time.sleep(0.5)"])
    assert cost.wall_s >= 0.5
    assert cost.cpu_s < cost.wall_s


def test_what_goes_on_for_ever_is_ended_and_said_so():
    cost = run([PYTHON, "-c", "while True: pass"], timeout_s=0.5)
    assert cost.timed_out
    assert cost.status == -9


def test_memory_is_bounded_where_asked():
    cost = run([PYTHON, "-c", "bytearray(1 << 30)"], memory_mb=500)
    assert cost.status == 1
    assert "MemoryError" in cost.output


def test_a_flood_is_not_kept():
    cost = run([PYTHON, "-c", "print('x' * (5 << 20))"])
    assert cost.status == 0
    assert len(cost.output) == 1 << 20


def test_a_middle_run_stands_for_all():
    costs = [Cost(cpu_s, cpu_s, 10.0, 0) for cpu_s in (0.1, 0.2, 9.0)]
    assert medians(costs) == {"cpu_ms": 200.0, "wall_ms": 200.0, "peak_mb": 10.0}

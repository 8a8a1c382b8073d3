from __future__ import annotations

import resource

from grader.sandbox.guest import limits
from tests.grader.sandbox.guest.alone import alone


def test_hard_equals_soft_and_nothing_can_be_raised():
    got = alone(
        """
        import json, resource
        from grader.sandbox.guest import limits
        limits.set_limits(limits.wanted(3 << 30, 7))
        names = [*limits.FIXED, "RLIMIT_AS", "RLIMIT_CPU"]
        print(json.dumps({n: resource.getrlimit(getattr(resource, n))
                          for n in names if hasattr(resource, n)}))
        """
    )
    expected = {**limits.FIXED, "RLIMIT_AS": 3 << 30, "RLIMIT_CPU": 7}
    assert len(got) >= 8
    for name, (soft, hard) in got.items():
        assert soft == hard
        assert soft <= expected[name]


def test_a_lower_limit_of_the_machine_is_kept():
    got = alone(
        """
        import json, resource
        from grader.sandbox.guest import limits
        resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
        limits.set_limits(limits.wanted(3 << 30, 7))
        print(json.dumps(resource.getrlimit(resource.RLIMIT_NOFILE)))
        """
    )
    assert got == [12, 12]


def test_memory_beyond_the_limit_is_a_memory_error():
    got = alone(
        """
        import json
        from grader.sandbox.guest import limits
        with open("/proc/self/statm") as file:
            used = limits.address_space_bytes(file.read())
        limits.set_limits(limits.wanted(used + (64 << 20), 60))
        tried = []
        for size in (16, 256):
            try:
                bytearray(size << 20)
                tried.append("fits")
            except MemoryError:
                tried.append("MemoryError")
        print(json.dumps(tried))
        """
    )
    assert got == ["fits", "MemoryError"]


def test_the_address_space_is_counted_in_pages():
    assert limits.address_space_bytes("100 20 3 4 5 6 7") == 100 * resource.getpagesize()

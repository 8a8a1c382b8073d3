from __future__ import annotations

import errno

import pytest

from grader.sandbox.guest import kernel, landlock
from tests.grader.sandbox.guest.alone import alone


def _needs_landlock():
    try:
        kernel.syscall("landlock_create_ruleset", None, 0, 1)
    except OSError as error:
        pytest.skip(f"no Landlock in this kernel ({error})")


def test_only_given_paths_are_readable(tmp_path):
    _needs_landlock()
    (tmp_path / "shown").mkdir()
    for name in ("shown/inside", "alone", "hidden"):
        (tmp_path / name).write_text("text")
    got = alone(
        """
        import json, os, sys
        from grader.sandbox.guest import kernel, landlock
        folder = sys.argv[1]
        paths = [f"{folder}/shown", f"{folder}/alone", f"{folder}/missing"]
        ruleset = landlock.readable_only(paths, listable=[folder])
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        landlock.restrict(ruleset)
        def works(name, flags=os.O_RDONLY):
            try:
                os.close(os.open(f"{folder}/{name}", flags, 0o600))
            except PermissionError:
                return False
            return True
        print(json.dumps({
            "inside": works("shown/inside"),
            "file": works("alone"),
            "list": sorted(os.listdir(folder)),
            "hidden": works("hidden"),
            "write": works("alone", os.O_WRONLY),
            "create": works("shown/new", os.O_WRONLY | os.O_CREAT),
        }))
        """,
        str(tmp_path),
    )
    assert got == {
        "inside": True,
        "file": True,
        "list": ["alone", "hidden", "shown"],
        "hidden": False,
        "write": False,
        "create": False,
    }


def test_an_older_kernel_is_asked_for_less(monkeypatch):
    asked = []

    def syscall(name, rules, size, flags):
        asked.append((rules.fs, rules.net, rules.scoped))
        if rules.scoped or rules.net:
            raise OSError(errno.EINVAL, "unknown bits")
        return 77

    monkeypatch.setattr(kernel, "syscall", syscall)
    assert landlock.readable_only([]) == 77
    assert asked[0] == (0xFFFF, 3, 3)
    assert asked[-1] == (0x7FFF, 0, 0)


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_kernel_without_landlock_says_so(monkeypatch, number):
    def syscall(*args):
        raise OSError(number, "landlock_create_ruleset: not there")

    monkeypatch.setattr(kernel, "syscall", syscall)
    with pytest.raises(OSError, match="not there"):
        landlock.readable_only([])


def test_an_ancient_kernel_says_so(monkeypatch):
    def syscall(*args):
        raise OSError(errno.EINVAL, "unknown bits")

    monkeypatch.setattr(kernel, "syscall", syscall)
    with pytest.raises(OSError, match="unknown bits"):
        landlock.readable_only([])

"""The filter, run by a small interpreter for both architectures, and for real on this one."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from grader.sandbox.guest import kernel, seccomp
from tests.grader.sandbox.guest.alone import alone

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_MACHINES = tuple(_ARCH)


def _verdict(program: bytes, arch: int, number: int, args: tuple[int, ...] = ()) -> int:
    """What the kernel's BPF machine returns for one call; only the steps that we use."""
    words = [
        word for arg in (*args, *(0,) * (6 - len(args))) for word in (arg & 0xFFFFFFFF, arg >> 32)
    ]
    data = struct.pack("<IIQ12I", number, arch, 0, *words)
    steps = list(struct.iter_unpack("<HBBI", program))
    at, loaded = 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            (loaded,) = struct.unpack_from("<I", data, value)
        else:
            holds = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[code]
            at += yes if holds else no


def _number(machine: str, name: str) -> int:
    number = {**seccomp.ALLOWED, **seccomp.CHECKED}[name][_MACHINES.index(machine)]
    assert number is not None
    return number


def _judge(machine: str, name: str, *args: int, files: bool = True) -> int:
    program = seccomp.build(machine=machine, files=files)
    return _verdict(program, _ARCH[machine], _number(machine, name), args)


@pytest.mark.parametrize("machine", _MACHINES)
def test_listed_calls_are_allowed_and_others_refused(machine):
    program = seccomp.build(machine=machine)
    column = _MACHINES.index(machine)
    allowed = {numbers[column] for numbers in seccomp.ALLOWED.values()}
    checked = {numbers[column] for numbers in seccomp.CHECKED.values()}
    for number in set(range(512)) - checked:
        expected = _ALLOW if number in allowed else _ERRNO | errno.EPERM
        assert _verdict(program, _ARCH[machine], number) == expected


@pytest.mark.parametrize("machine", _MACHINES)
def test_another_architecture_is_killed(machine):
    program = seccomp.build(machine=machine)
    for arch in (0x40000003, *(_ARCH[other] for other in _MACHINES if other != machine)):
        assert _verdict(program, arch, _number(machine, "read")) == _KILL


def test_x32_numbers_are_killed():
    program = seccomp.build(machine="x86_64")
    assert _verdict(program, _ARCH["x86_64"], 0x40000000) == _KILL


@pytest.mark.parametrize("machine", _MACHINES)
@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("openat", (0, 0, 0), _ALLOW),
        ("openat", (0, 0, 0o2000000), _ALLOW),  # CLOEXEC
        ("openat", (0, 0, 1), _ERRNO | errno.EROFS),
        ("openat", (0, 0, 2), _ERRNO | errno.EROFS),
        ("openat", (0, 0, 0o100), _ERRNO | errno.EROFS),
        ("openat", (0, 0, 0o1000), _ERRNO | errno.EROFS),
        ("openat", (0, 0, 0o2000), _ERRNO | errno.EROFS),
        ("openat", (0, 0, 0o20200000), _ERRNO | errno.EROFS),
        ("ioctl", (0, 0x5412), _ERRNO | errno.ENOTTY),  # TIOCSTI
        ("fcntl", (3, 1), _ALLOW),
        ("fcntl", (3, 1030), _ALLOW),
        ("fcntl", (3, 4), _ERRNO | errno.EPERM),  # F_SETFL: would make the channel non-blocking
        ("fcntl", (3, 8), _ERRNO | errno.EPERM),  # F_SETOWN: signals to others
        ("prlimit64", (0, 7, 0, 1), _ALLOW),
        ("prlimit64", (0, 7, 1, 0), _ERRNO | errno.EPERM),
        ("prlimit64", (0, 7, 1 << 40, 0), _ERRNO | errno.EPERM),
    ],
)
def test_calls_are_judged_by_their_arguments(machine, name, args, expected):
    assert _judge(machine, name, *args) == expected


@pytest.mark.parametrize("machine", _MACHINES)
def test_sealed_opens_nothing(machine):
    assert _judge(machine, "openat", 0, 0, 0, files=False) == _ERRNO | errno.EACCES


def test_the_old_open_is_checked_like_openat():
    assert _judge("x86_64", "open", 0, 0) == _ALLOW
    assert _judge("x86_64", "open", 0, 0o101) == _ERRNO | errno.EROFS
    assert _judge("x86_64", "open", 0, 0, files=False) == _ERRNO | errno.EACCES


def test_the_program_is_short_enough():
    for machine in _MACHINES:
        assert len(seccomp.build(machine=machine)) // 8 < 4096


@pytest.mark.parametrize(
    ("machine", "header", "pattern"),
    [
        ("x86_64", "x86_64-linux-gnu/asm/unistd_64.h", r"#define __NR_(\w+) (\d+)"),
        ("aarch64", "asm-generic/unistd.h", r"#define __NR(?:3264)?_(\w+) (\d+)"),
    ],
)
def test_numbers_are_those_of_the_kernel_headers(machine, header, pattern):
    path = Path("/usr/include") / header
    if not path.exists():
        pytest.skip(f"no kernel headers here ({path})")
    known = {name: int(number) for name, number in re.findall(pattern, path.read_text())}
    known.setdefault("newfstatat", known.get("fstatat", -1))
    column = _MACHINES.index(machine)
    ours = {**seccomp.ALLOWED, **seccomp.CHECKED}
    wrong = {
        name: (numbers[column], known.get(name))
        for name, numbers in ours.items()
        if numbers[column] is not None and numbers[column] != known.get(name)
    }
    assert wrong == {}
    for name, number in {**kernel.NUMBERS[machine], **kernel.LANDLOCK_NUMBERS}.items():
        assert known[name] == number


def test_an_unknown_processor_is_named(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "sparc")
    with pytest.raises(OSError, match="processors of type sparc are not supported"):
        seccomp.build()


def test_the_kernel_takes_and_keeps_the_filter():
    got = alone(
        """
        import json, os, socket
        from grader.sandbox.guest import kernel, seccomp
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        seccomp.install(seccomp.build())
        def error(call):
            try:
                call()
            except OSError as error:
                return type(error).__name__ + " " + str(error.errno)
            return "worked"
        print(json.dumps([
            error(lambda: os.close(os.open("/", os.O_RDONLY))),
            error(lambda: os.open("/new", os.O_WRONLY | os.O_CREAT)),
            error(os.fork),
            error(socket.socket),
            error(lambda: os.kill(0, 0)),
        ]))
        """
    )
    assert got == ["worked", "OSError 30", *["PermissionError 1"] * 3]

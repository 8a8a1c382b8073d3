"""The list of system calls that a child may still make, as a raw BPF program for seccomp.

Everything not listed fails with EPERM, so a submission sees an ordinary PermissionError. A call
with the numbers of another architecture kills, for it can only be an attempt to slip past.
Absent on purpose: sockets, processes and threads, signals to anybody, ptrace and other processes'
memory, prctl, memfd and shared memory, pipes, io_uring, and all that mounts, renames or writes.

No library is used: libseccomp is not always there, and finding it starts helper programs.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable

from . import kernel

# Name, number on x86-64, number on aarch64; "-" if the architecture has no such call. A test
# compares the numbers with the kernel's own headers. The frequent ones come first.
_ALLOWED = """
read 0 63 | write 1 64 | mmap 9 222 | munmap 11 215 | futex 202 98 | clock_gettime 228 113
madvise 28 233 | brk 12 214 | mremap 25 216 | mprotect 10 226 | readv 19 65 | writev 20 66
pread64 17 67 | preadv 295 69 | close 3 57 | lseek 8 62 | newfstatat 262 79 | fstat 5 80
stat 4 - | lstat 6 - | statx 332 291 | access 21 - | faccessat 269 48 | faccessat2 439 439
readlink 89 - | readlinkat 267 78 | getcwd 79 17 | getdents64 217 61 | poll 7 - | ppoll 271 73
select 23 - | pselect6 270 72 | rt_sigaction 13 134 | rt_sigprocmask 14 135
rt_sigreturn 15 139 | rt_sigpending 127 136 | rt_sigsuspend 130 133 | rt_sigtimedwait 128 137
sigaltstack 131 132 | restart_syscall 219 128 | clock_getres 229 114 | clock_nanosleep 230 115
nanosleep 35 101 | gettimeofday 96 169 | time 201 - | times 100 153 | getpid 39 172
getppid 110 173 | gettid 186 178 | getuid 102 174 | geteuid 107 175 | getgid 104 176
getegid 108 177 | getresuid 118 148 | getresgid 120 150 | getgroups 115 158 | getpgrp 111 -
getpgid 121 155 | getsid 124 156 | getrusage 98 165 | getrlimit 97 163 | sysinfo 99 179
uname 63 160 | sched_yield 24 124 | sched_getaffinity 204 123 | getcpu 309 168
getrandom 318 278 | dup 32 23 | dup2 33 - | dup3 292 24 | rseq 334 293 | set_robust_list 273 99
exit 60 93 | exit_group 231 94
"""


def _read_numbers(table: str) -> dict[str, tuple[int | None, int | None]]:
    rows = [entry.split() for line in table.split("\n")[1:-1] for entry in line.split("|")]
    numbers = {name: [None if one == "-" else int(one) for one in both] for name, *both in rows}
    return {name: (x86_64, aarch64) for name, (x86_64, aarch64) in numbers.items()}


ALLOWED = _read_numbers(_ALLOWED)
# Allowed or refused by their arguments; how, is written in `_checked`.
CHECKED: dict[str, tuple[int | None, int | None]] = {
    "openat": (257, 56),
    "open": (2, None),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "prlimit64": (302, 261),
}

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06

# Offsets in the kernel's struct seccomp_data: number, architecture, pointer, six arguments.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

# Every bit of open() that asks for more than reading; the values agree on both architectures.
_WRITING = (
    0o1 | 0o2 | 0o100 | 0o1000 | 0o2000 | 0o20000000
)  # WRONLY RDWR CREAT TRUNC APPEND TMPFILE
_HARMLESS_FCNTL = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC

_SET_MODE_FILTER = 1
_FLAG_SPEC_ALLOW = 4  # kernels before 5.16 otherwise slow down all speculation in the process

Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def build(*, files: bool = True, machine: str | None = None) -> bytes:
    """Assemble the program; with `files` false nothing at all can be opened ("sealed")."""
    machine = machine or kernel.machine()
    column = tuple(kernel.NUMBERS).index(machine)
    code: list[Instruction] = [_load(_ARCHITECTURE), *_unless(_AUDIT_ARCH[machine], _KILL)]
    code.append(_load(_NUMBER))
    if machine == "x86_64":
        code += [(_JUMP_GREATER_EQUAL, 0, 1, _X32_BIT), _return(_KILL)]
    for numbers in ALLOWED.values():
        number = numbers[column]
        if number is not None:
            code += [(_JUMP_EQUAL, 0, 1, number), _return(_ALLOW)]
    for name, numbers in CHECKED.items():
        number = numbers[column]
        if number is not None:
            block = _checked(name, files)
            code += [(_JUMP_EQUAL, 0, len(block), number), *block]
    code.append(_refuse(errno.EPERM))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def install(program: bytes) -> None:
    """Lay the filter on this process for good; needs no_new_privs."""
    prepared = _Program(len(program) // 8, program)
    kernel.syscall("seccomp", _SET_MODE_FILTER, _FLAG_SPEC_ALLOW, prepared)


def _checked(name: str, files: bool) -> list[Instruction]:
    if name in ("open", "openat"):
        if not files:
            return [_refuse(errno.EACCES)]
        return [
            _load(_argument(1 if name == "open" else 2)),
            (_JUMP_ANY_BIT, 0, 1, _WRITING),
            _refuse(errno.EROFS),
            _return(_ALLOW),
        ]
    if name == "fcntl":
        return [_load(_argument(1)), *_any_of(_HARMLESS_FCNTL), _refuse(errno.EPERM)]
    if name == "ioctl":
        return [_refuse(errno.ENOTTY)]  # what every non-terminal says; kills typing into terminals
    return [  # prlimit64: look at limits, change none; both halves of the new limit's address
        _load(_argument(2)),
        *_unless(0, _ERRNO | errno.EPERM),
        _load(_argument(2) + 4),
        *_unless(0, _ERRNO | errno.EPERM),
        _return(_ALLOW),
    ]


def _load(offset: int) -> Instruction:
    return (_LOAD, 0, 0, offset)


def _return(action: int) -> Instruction:
    return (_RETURN, 0, 0, action)


def _refuse(number: int) -> Instruction:
    return _return(_ERRNO | number)


def _argument(index: int) -> int:
    """Offset of the low half of an argument (both architectures are little-endian)."""
    return _ARGUMENTS + 8 * index


def _unless(value: int, action: int) -> list[Instruction]:
    """Return `action` unless the loaded word is `value`."""
    return [(_JUMP_EQUAL, 1, 0, value), _return(action)]


def _any_of(values: Iterable[int]) -> list[Instruction]:
    """Return "allow" if the loaded word is one of `values`."""
    return [step for value in values for step in ((_JUMP_EQUAL, 0, 1, value), _return(_ALLOW))]

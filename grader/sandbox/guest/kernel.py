"""The few Linux calls that Python 3.11 does not offer, through ctypes.

Each function raises OSError with the call's name, so that a level that is not available can say
which step this machine refuses. Nothing here runs at import except opening the C library.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from pathlib import Path
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
MS_NOATIME, MS_NODIRATIME, MS_RELATIME = 0x400, 0x800, 0x200000
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38

CAP_SYS_ADMIN = 21

# Calls without a wrapper in the C library. The Landlock numbers are the same everywhere.
NUMBERS = {
    "x86_64": {"pivot_root": 155, "capset": 126, "seccomp": 317},
    "aarch64": {"pivot_root": 41, "capset": 91, "seccomp": 277},
}
LANDLOCK_NUMBERS = {
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}

_libc = ctypes.CDLL(None, use_errno=True)
# For capset: version 3, this process; and sets of nothing. Made here, since a type is dear to make.
_THIS_PROCESS = (ctypes.c_uint32 * 2)(0x20080522, 0)
_NO_CAPABILITY = (ctypes.c_uint32 * 6)()


def machine() -> str:
    """`x86_64` or `aarch64`, the two that the tables know, else OSError."""
    name = platform.machine()
    if name not in NUMBERS:
        raise OSError(f"processors of type {name} are not supported")
    return name


def syscall(name: str, *args: int | bytes | ctypes.Array[Any] | ctypes.Structure | None) -> int:
    """Call the kernel by number; structures and arrays are passed by address."""
    number = LANDLOCK_NUMBERS.get(name) or NUMBERS[machine()][name]
    return _checked(name, _libc.syscall(ctypes.c_long(number), *map(_argument, args)))


def prctl(option: int, value: int = 0) -> None:
    """Set one property of this process; OSError if the kernel refuses."""
    _checked("prctl", _libc.prctl(option, *(ctypes.c_ulong(word) for word in (value, 0, 0, 0))))


def unshare(flags: int) -> None:
    """Move this process into new namespaces, one for each CLONE_NEW flag."""
    _checked("unshare", _libc.unshare(flags))


def setns(fd: int, kind: int) -> None:
    """Move this process into the namespace, of that kind, that `fd` stands for."""
    _checked("setns", _libc.setns(fd, kind))


def sethostname(name: str) -> None:
    """Name the machine, as processes of this namespace see it."""
    _checked("sethostname", _libc.sethostname(name.encode(), len(name.encode())))


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount a file system on `target`; None for what its kind needs no value of."""
    _checked(
        f"mount {target}",
        _libc.mount(
            source and os.fsencode(source),
            os.fsencode(target),
            kind and kind.encode(),
            ctypes.c_ulong(flags),
            data.encode(),
        ),
    )


def unmount(target: str, flags: int = 0) -> None:
    """Unmount the topmost file system on `target`."""
    _checked(f"umount {target}", _libc.umount2(os.fsencode(target), flags))


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root of the file tree, and put the old root at `old`."""
    syscall("pivot_root", os.fsencode(new), os.fsencode(old))


def drop_capabilities() -> None:
    """Give up every capability of this process, for good if nothing can be executed."""
    syscall("capset", _THIS_PROCESS, _NO_CAPABILITY)


def drop_bounding_set() -> None:
    """Let no program started later regain a capability either."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return  # one past the last that this kernel knows


def has_capability(capability: int) -> bool:
    """Ask for the capability itself: uid 0 in a container often lacks it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> capability & 1)
    return False


def _argument(value: int | bytes | ctypes.Array[Any] | ctypes.Structure | None) -> object:
    if value is None or isinstance(value, bytes):
        return ctypes.c_char_p(value)
    if isinstance(value, int):
        return ctypes.c_long(value)
    return ctypes.byref(value)


def _checked(name: str, result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result

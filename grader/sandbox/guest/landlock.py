"""Landlock: the kernel's file rules that any process may lay on itself (Linux 5.13 and newer).

What is handled and not allowed by a rule is denied: here everything but reading under a few paths.
Newer kernels add TCP, and signals and abstract sockets to outsiders. It does not cover `stat`,
UDP or vsock; seccomp denies those sockets.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Iterable

from . import kernel

READ_FILE, READ_DIR = 1 << 2, 1 << 3

# What each version of the interface adds: (version, file bits, TCP bits, scope bits). Version
# numbers cannot be relied on (distributions carry parts of newer ones), so the newest set of bits
# is tried first and the next smaller one whenever the kernel does not know it.
VERSIONS = (
    (6, (1 << 16) - 1, 0b11, 0b11),  # 6: signals and abstract sockets stay in the domain
    (5, (1 << 16) - 1, 0b11, 0),  # 5: ioctl on devices
    (4, (1 << 15) - 1, 0b11, 0),  # 4: TCP bind and connect
    (3, (1 << 15) - 1, 0, 0),  # 3: truncate
    (2, (1 << 14) - 1, 0, 0),  # 2: linking and renaming across directories
    (1, (1 << 13) - 1, 0, 0),
)
_RULE_PATH_BENEATH = 1


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def readable_only(paths: Iterable[str], listable: Iterable[str] = ()) -> int:
    """Make a rule set and return its descriptor.

    Everything under `paths` may be read and listed, directories under `listable` only listed.
    Paths that do not exist are skipped.

    Raises
    ------
    OSError
        If this kernel has no Landlock.
    """
    ruleset = _create()
    for path in paths:
        _allow(ruleset, path, READ_FILE | READ_DIR)
    for path in listable:
        _allow(ruleset, path, READ_DIR)
    return ruleset


def restrict(ruleset: int) -> None:
    """Lay the rules on this process and all it will ever become; needs no_new_privs."""
    kernel.syscall("landlock_restrict_self", ruleset, 0)


def _create() -> int:
    for version, fs, net, scoped in VERSIONS:
        # Older kernels refuse a longer structure unless the rest is zero, so it may stay long.
        try:
            rules = _Ruleset(fs, net, scoped)
            return kernel.syscall("landlock_create_ruleset", rules, ctypes.sizeof(rules), 0)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.E2BIG) or version == 1:
                raise
    raise AssertionError("version 1 returns or raises")


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            access &= ~READ_DIR  # the kernel refuses it for a file
        rule = _PathBeneath(access, fd)
        kernel.syscall("landlock_add_rule", ruleset, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)

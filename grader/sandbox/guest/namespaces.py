"""Take the fork server into namespaces of its own, as root or as any user.

The order is dictated by the kernel. Root first becomes an unused uid, since uid 0 is exempt from
process limits even inside a user namespace; the private root is made before that, while everything
can be read, because interpreters live under closed home directories. A user namespace needs a
process with one thread. A pid namespace holds only processes forked after it was made.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable

from . import kernel

_ALL = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWCGROUP
)
_INSIDE_ID = 65534  # "nobody", so that what prints a uid prints the same everywhere
# The ids that systemd sets aside for services without an account: no login, no files.
_FIRST_UNUSED_UID, _UNUSED_UIDS = 61184, 4096


def enter(make_root: Callable[[], None], proc: int) -> None:
    """Return as pid 1 of new namespaces; the calling process stays outside, waiting.

    Parameters
    ----------
    make_root : makes the private root in the current mount namespace
    proc : descriptor of the old /proc, which the private root has not

    Raises
    ------
    OSError
        If this machine refuses a step, with the step's name.
    """
    if kernel.has_capability(kernel.CAP_SYS_ADMIN):
        kernel.unshare(kernel.CLONE_NEWNS)
        make_root()
        leave_root()
        _unshare_and_map(proc)
    else:
        leave_root()
        _unshare_and_map(proc)
        make_root()
    kernel.sethostname("sandbox")
    _continue_in_fork()


def leave_root() -> None:
    """If this is uid 0, become a uid without files, distinct for each process that asks.

    Where that is refused, uid 0 is no more than a name: a container's root without capabilities, or
    an ordinary user who is called root in a namespace. The self-test decides whether that will do.
    """
    if os.geteuid() != 0:
        return
    uid = _FIRST_UNUSED_UID + os.getpid() % _UNUSED_UIDS
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL):
            raise
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # setresuid closed our own /proc entry to us


def _unshare_and_map(proc: int) -> None:
    """Make the namespaces and give our id, and no other, a name inside."""
    uid, gid = os.geteuid(), os.getegid()  # both read as nobody afterwards
    kernel.unshare(_ALL)
    _write(proc, "setgroups", "deny")  # else an unprivileged process may not map its group
    _write(proc, "uid_map", f"{_INSIDE_ID} {uid} 1")
    _write(proc, "gid_map", f"{_INSIDE_ID} {gid} 1")


def _write(proc: int, name: str, text: str) -> None:
    try:
        fd = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)
    except OSError as error:
        raise OSError(error.errno, f"{name}: {error.strerror}") from None


def _continue_in_fork() -> None:
    """Go on in a child, the first process of the new pid namespace; wait for it here."""
    inside = os.fork()
    if inside == 0:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    os.closerange(0, 256)  # the grader sees the control socket close when the child is gone
    _, status = os.waitpid(inside, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)

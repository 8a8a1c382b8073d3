"""Runs every attempt without a sandbox and prints which ones worked; a script, not a test.

Nothing outside may be harmed, so the whole run is a plain unused user in user, pid, net, ipc, mount
and uts namespaces of its own, with a folder that is thrown away. Whatever is left is killed with
the pid namespace.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

from grader.sandbox.guest import kernel, namespaces
from tests.grader.sandbox.attempts import ATTEMPTS, PRELUDE

_SPACES = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
)
_PATIENCE_S = 5.0
_EXECUTED = 55


def main() -> None:
    place = json.loads(sys.argv[1])
    exec(PRELUDE, {})  # an interpreter in a closed home could not find the modules later
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # an attempt sends it to our whole group
    namespaces.leave_root()
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(_SPACES)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    pid = os.fork()
    if pid:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    kernel.mount("proc", "/proc", "proc", 0)
    _raise_loopback()
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    os.chdir(place["folder"])
    print(json.dumps({name: _works(name, place) for name in ATTEMPTS}))


def _works(name: str, place: dict[str, Any]) -> bool:
    secret = ctypes.create_string_buffer(place["secret"].encode())
    ready, say_ready = os.pipe()
    victim = os.fork()
    if victim == 0:
        _be_a_victim(say_ready)
    os.read(ready, 1)
    os.close(ready)
    os.close(say_ready)
    with ExitStack() as stack:
        there = {
            **place,
            **listen(stack, place["folder"]),
            "victim": victim,
            "address": ctypes.addressof(secret),
            "everybody": signal.SIGKILL,
        }
        status = _status(name, there)
    Path(there["unix"]).unlink()
    died = status == 2 and _ends(victim, 1.0)
    os.kill(victim, signal.SIGKILL)  # it may be dead, but nobody has waited for it yet
    os.waitpid(victim, 0)
    return status in (1, _EXECUTED) or died


def _status(name: str, place: dict[str, Any]) -> int | None:
    """1 if the attempt says it worked, 2 if it leaves that to us."""
    pid = os.fork()
    if pid == 0:
        try:
            exec(PRELUDE + ATTEMPTS[name], place)
            worked = place["out"]
        except BaseException as error:
            print(f"{name}: {error!r}", file=sys.stderr, flush=True)
            os._exit(3)
        os._exit(1 if worked else 2 if worked is None else 3)
    if not _ends(pid, _PATIENCE_S):
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _ends(pid: int, within_s: float) -> bool:
    pidfd = os.pidfd_open(pid)
    try:
        return bool(select.select([pidfd], [], [], within_s)[0])
    finally:
        os.close(pidfd)


def _be_a_victim(say_ready: int) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.write(say_ready, b"x")
    while True:
        signal.pause()


def listen(stack: ExitStack, folder: str) -> dict[str, Any]:
    """A TCP, a UDP and a unix socket that somebody could talk to; how attempts call them."""
    tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    udp.bind(("127.0.0.1", 0))
    unix = stack.enter_context(socket.socket(socket.AF_UNIX))
    unix.bind(folder + "/socket")
    Path(folder, "socket").chmod(0o777)
    unix.listen()
    return {
        "tcp": tcp.getsockname()[1],
        "udp": udp.getsockname()[1],
        "unix": folder + "/socket",
    }


def _raise_loopback() -> None:
    """A new network namespace has its loopback down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 1)  # SIOCSIFFLAGS, IFF_UP
        fcntl.ioctl(any_socket, 0x8914, request)


if __name__ == "__main__":
    main()

"""The fork server: imports numpy once, confines itself, then forks one child per submission.

It speaks with the grader over one socket, one JSON message at a time, and never reads from a
child: whatever a submission does, nothing of it is parsed here. Started by `grader.sandbox.host`
with an environment made from nothing. Its life:

    configure -> import -> confine -> prepare what is public -> ready -> (fork, wait)* -> end
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import select
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from . import (
    child,
    frames,
    kernel,
    landlock,
    layout,
    library,
    limits,
    namespaces,
    plots,
    private_root,
    probe,
    seccomp,
)
from .channel import MAX_MESSAGE, Channel

CONTROL_FD = 3


class Missing(Exception):
    """A module that submissions may import is not there; the message says which."""


class Unavailable(Exception):
    """The level cannot be had on this machine; the message says which step failed."""


def main(inherited: str) -> None:
    """Run until the grader closes the control socket, the descriptor `inherited`; never returns."""
    if int(inherited) != CONTROL_FD:  # a child's channel takes its place: fixed numbers are easy
        os.dup2(int(inherited), CONTROL_FD)
        os.close(int(inherited))
    control = socket.socket(fileno=CONTROL_FD)
    try:
        message, public_fd = _receive(control)
        if message is None:
            os._exit(0)
        server = _start(message, public_fd)
    except Unavailable as reason:
        _send(control, {"state": "unavailable", "reason": str(reason)})
        os._exit(0)
    except Missing as reason:
        _send(control, {"state": "failed", "detail": str(reason)})
        os._exit(1)
    except BaseException:
        _send(control, {"state": "failed", "detail": traceback.format_exc()[-2000:]})
        os._exit(1)
    _send(control, {"state": "ready", "anonymous_kb": server.anonymous_kb})
    server.loop(control)
    os._exit(0)


class ForkServer:
    """Forks children with all layers on, one at a time, and reports how each one ended."""

    def __init__(
        self,
        layers: child.Layers,
        serve: Callable[[Channel, Any], None],
        prepared: Any,
        pid_namespace: int | None,
        anonymous_kb: int,
    ) -> None:
        self.layers = layers
        self.serve = serve
        self.prepared = prepared
        self.pid_namespace = pid_namespace  # descriptor of our own, None where there is none
        self.anonymous_kb = anonymous_kb  # memory that every child inherits

    def loop(self, control: socket.socket) -> None:
        """Serve jobs until the grader is gone."""
        while True:
            message, *fds = _receive(control)
            if message is None:
                return
            self._run(control, message, *fds)

    def _run(
        self, control: socket.socket, job: Mapping[str, Any], channel: int, output: int
    ) -> None:
        try:
            pid = self._fork(job, channel, output)
        except OSError as error:
            _send(control, {"state": "refused", "detail": str(error)})
            return
        finally:
            os.close(channel)
            os.close(output)
        pidfd = os.pidfd_open(pid)
        _send(control, {"state": "started"}, [pidfd])
        _wait(pidfd, control)
        os.close(pidfd)
        _, status, usage = os.wait4(pid, 0)
        ended = {
            "state": "ended",
            "status": status,
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "peak_kb": max(0, usage.ru_maxrss - self.anonymous_kb),
        }
        _send(control, ended)

    def _fork(self, job: Mapping[str, Any], channel: int, output: int) -> int:
        """Fork into a new pid namespace, where there are any; return the pid."""
        parent = os.getpid()
        if self.pid_namespace is not None:
            # A second unshare is refused unless we first go back to our own.
            kernel.setns(self.pid_namespace, kernel.CLONE_NEWPID)
            kernel.unshare(kernel.CLONE_NEWPID)
            parent = 0  # which is what a parent outside is called
        pid = os.fork()
        if pid == 0:
            child.run(self.layers, channel, output, parent, self._work(job))
        return pid

    def _work(self, job: Mapping[str, Any]) -> Callable[[Channel], None]:
        if job["do"] == "probe":
            return probe.serve
        return lambda channel: self.serve(channel, self.prepared)


def _start(config: Mapping[str, Any], public_fd: int) -> ForkServer:
    """Everything before "ready", in the one order that works."""
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)  # the private root has none
    shown = layout.find(str(Path(np.__file__).parent))
    _preload(config["modules"])
    if config["everything"]:
        library.import_all()
    responder = _load(Path(config["responder"]))
    _warm_up()
    ruleset, program, pid_namespace = _confine(config["level"], shown, proc)
    prepared = responder.prepare(*_read_frame(public_fd))
    _hide_own_modules(Path(config["responder"]))
    sys.argv, sys.orig_argv = ["run"], ["run"]
    sys.dont_write_bytecode = True  # a child could not, but should not even try
    layers = child.Layers(
        limits=limits.wanted(
            limits.address_space_bytes(_read(proc, "self/statm")) + config["memory"],
            config["cpu_s"],
        ),
        confined=config["level"] != "none",
        ruleset=ruleset,
        program=program,
    )
    anonymous_kb = int(_read(proc, "self/status").partition("RssAnon:")[2].split()[0])
    os.close(proc)
    if layers.confined:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    gc.collect()
    gc.freeze()  # a collection in a child would otherwise write to, and so copy, every page
    return ForkServer(layers, responder.serve, prepared, pid_namespace, anonymous_kb)


def _preload(names: list[str]) -> None:
    """Import what submissions may need; from here on only the standard library is found."""
    inserted = set(sys.argv[2:])  # our own folder and that of installed packages
    library = [path for path in sys.path if path not in inserted and Path(path).is_dir()]
    packages = sys.path[:]
    for name in names:
        top = name.partition(".")[0]
        is_ours = top in sys.stdlib_module_names or top == "numpy"
        sys.path[:] = library if is_ours else packages
        try:
            importlib.import_module(name)
        except ImportError as error:
            text = f"{name}, which submissions may import, cannot be imported here ({error})"
            raise Missing(text) from None
    sys.path[:] = library
    importlib.util.find_spec("nothing_of_this_name")  # lets the finders list their folders
    plots.install()


def _load(path: Path) -> ModuleType:
    """Import the responder, which may import its neighbors and ours by their plain names."""
    sys.modules["frames"] = frames
    folders = [str(path.parent), str(Path(__file__).parent)]
    sys.path[:0] = folders
    try:
        spec = importlib.util.spec_from_file_location("responder", path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is not a python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules["responder"] = module
        spec.loader.exec_module(module)
    finally:
        del sys.path[: len(folders)]
    return module


def _hide_own_modules(responder: Path) -> None:
    """A submission may bring modules of the same names; ours know each other already."""
    own = (Path(__file__).parent, responder.parent)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and Path(file).parent in own:
            del sys.modules[name]


def _warm_up() -> None:
    """Let BLAS take its buffers now, and make sure that it has not started threads.

    Threads do not survive a fork: with more than one, the first product in a child waits for ever.
    """
    square = np.ones((64, 64))
    square @ square
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"the fork server has {threads} threads; numpy's BLAS must have one")


def _confine(
    level: str, shown: layout.Layout, proc: int
) -> tuple[int | None, bytes | None, int | None]:
    """Enter the level; return the Landlock rules, the seccomp filter and our pid namespace."""
    if level == "none":
        return None, None, None
    try:
        program = seccomp.build(files=level != "sealed")
        if level == "full":
            namespaces.enter(lambda: private_root.enter(shown), proc)
            pid_namespace = os.open("self/ns/pid", os.O_RDONLY, dir_fd=proc)
            kernel.drop_bounding_set()
            return _landlock_if_there(), program, pid_namespace
        ruleset = landlock.readable_only(shown.readable()) if level == "flat" else None
        namespaces.leave_root()
        return ruleset, program, None
    except OSError as error:
        where = f" ({error.filename.removeprefix(private_root.OLD)})" if error.filename else ""
        raise Unavailable(f"{error.strerror or error}{where}") from None


def _landlock_if_there() -> int | None:
    """A second lock on the private root, which holds without it."""
    try:
        return landlock.readable_only(["/"])
    except OSError:
        return None


def _read_frame(fd: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read the frame that the grader handed over; its arrays are views of one private buffer."""
    buffer = np.empty(os.fstat(fd).st_size, np.uint8).data  # numpy asks for huge pages
    done = 0
    while done < len(buffer):
        done += os.preadv(fd, [buffer[done:]], done)
    os.close(fd)
    return frames.decode(buffer)


def _read(proc: int, name: str) -> str:
    fd = os.open(name, os.O_RDONLY, dir_fd=proc)
    try:
        return os.read(fd, 1 << 16).decode()
    finally:
        os.close(fd)


def _wait(pidfd: int, control: socket.socket) -> None:
    """Until the child is gone; if the grader is gone first, take the child along."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    poll.register(control, 0)  # only its end
    for fd, _ in poll.poll():
        if fd == control.fileno():
            os._exit(0)  # ends our namespace, or signals the child by its death signal


def _send(control: socket.socket, message: Mapping[str, Any], fds: list[int] | None = None) -> None:
    data = json.dumps(message).encode()
    try:
        socket.send_fds(control, [data], fds or [])
    except OSError:
        os._exit(0)  # the grader is gone


def _receive(control: socket.socket) -> tuple[Any, ...]:
    """The next message and its descriptors; (None,) at the end."""
    data, fds, _, _ = socket.recv_fds(control, MAX_MESSAGE, 4)
    if not data:
        return (None, None)
    return (json.loads(data), *fds)

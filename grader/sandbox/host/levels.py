"""The ladder of isolation levels: which to try, whether one holds, what to tell the user."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.host.child import Child, ChildEnded
from grader.sandbox.host.server import ForkServer, LevelUnavailable, Setup

LEVELS = ("full", "flat", "sealed", "none")
_LADDER = ("full", "flat", "sealed")

_IN_A_CONTAINER = (
    "start the whole grader in a Linux container (podman run or docker run), where it finds the "
    "best level by itself"
)


def candidates(isolation: str, trust_submissions: bool, platform: str) -> tuple[str, ...]:
    """The levels to try, best first.

    Raises
    ------
    SandboxError
        If there is none to try.
    """
    if isolation not in (*LEVELS, "auto"):
        known = ", ".join(("auto", *LEVELS))
        raise SandboxError(f"unknown isolation level {isolation!r}; expected one of {known}")
    if platform != "linux":
        name = {"darwin": "macOS", "win32": "Windows"}.get(platform, platform)
        where = "WSL2 or a Linux container" if platform == "win32" else "a Linux container"
        raise SandboxError(f"there is no sandbox on {name}: run the grader in {where}")
    if isolation == "none" and not trust_submissions:
        raise SandboxError("submissions run without a sandbox only with --trust-submissions")
    if isolation != "auto":
        return (isolation,)
    return (*_LADDER, "none") if trust_submissions else _LADDER


def first_available(levels: Sequence[str], setup: Setup) -> tuple[ForkServer, Mapping[str, str]]:
    """The server of the first level that holds, and why the ones before it do not.

    Raises
    ------
    SandboxError
        If none holds.
    """
    reasons: dict[str, str] = {}
    for level in levels:
        try:
            return start_and_test(setup, level), reasons
        except LevelUnavailable as reason:
            reasons[level] = str(reason)
    tried = "; ".join(f"{level}: {reason}" for level, reason in reasons.items())
    raise SandboxError(
        f"this machine offers no sandbox ({tried}): {_IN_A_CONTAINER}, "
        "or run without one with --trust-submissions"
    )


def start_and_test(setup: Setup, level: str) -> ForkServer:
    """Start a server and let a first child try what must not work.

    Raises
    ------
    LevelUnavailable
        If the level cannot be had, or does not hold.
    """
    server = ForkServer(setup, level)
    if level == "none":
        return server
    try:
        holes = _holes(server)
    except BaseException:
        server.close()
        raise
    if holes:
        server.close()
        raise LevelUnavailable(f"code inside could {', '.join(holes)}")
    return server


def notice(level: str, reasons: Mapping[str, str]) -> str:
    """What the user is told about the level; `reasons` say why there is no better one."""
    if level == "full":
        return "Sandbox: full."
    if level == "flat":
        why = f" ({reasons['full']})" if "full" in reasons else ""
        missing = f" Namespaces are not available here{why}." if why else ""
        return (
            f"Sandbox: reduced.{missing} Submissions cannot open your files, the network or other "
            "processes, but can see whether a path exists. For full isolation see docs/sandbox.md."
        )
    if level == "sealed":
        return (
            "Sandbox: minimal. Submissions can open no file at all, so modules other than the "
            f"preloaded ones cannot be imported.{_because(reasons)}"
        )
    return f"NOT SANDBOXED: submissions can do whatever you can do.{_because(reasons)}"


def _because(reasons: Mapping[str, str]) -> str:
    return "".join(f" No {level} sandbox: {reason}." for level, reason in reasons.items())


def _holes(server: ForkServer) -> list[str]:
    """What a child of this server can do that none must be able to."""
    with tempfile.NamedTemporaryFile() as canary:
        Path(canary.name).chmod(0o666)  # whoever the child is: only the sandbox is in its way
        try:
            with Child(server, {"do": "probe"}) as child:
                question = {"canary": canary.name}
                reply = child.ask(question, cpu_s=10, wall_s=60, max_reply_bytes=4096)
        except (ChildEnded, SandboxError) as error:
            raise LevelUnavailable(str(error).strip().splitlines()[-1]) from None
    return list(reply.header["succeeded"])

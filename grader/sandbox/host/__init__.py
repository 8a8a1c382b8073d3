"""Runs a submission's code where it can do no harm; docs/sandbox.md has the layers.

    with Sandbox(responder) as sandbox:
        print(sandbox.notice)
        with sandbox.start() as child:
            reply = child.ask({"question": 1}, cpu_s=10, wall_s=60, max_reply_bytes=100_000)
        print(child.close().cpu_s, child.output)

One `Sandbox` is one fork server and has one child at a time; use one per worker.
"""

from __future__ import annotations

from grader.sandbox.host.child import Child, ChildEnded, Replies, Reply, Usage
from grader.sandbox.host.modules import ALLOWED_MODULES
from grader.sandbox.host.sandbox import LEVELS, Sandbox

__all__ = [
    "ALLOWED_MODULES",
    "LEVELS",
    "Child",
    "ChildEnded",
    "Replies",
    "Reply",
    "Sandbox",
    "Usage",
]

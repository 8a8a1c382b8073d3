"""One sandbox for all tests of a level: a fork server takes a third of a second to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.errors import SandboxError
from grader.sandbox.host import ALLOWED_MODULES, Child, Sandbox

RESPONDER = Path(__file__).with_name("echo.py")
TOKEN = "nnlab-token-in-the-environment"
Run = Callable[..., Any]


@pytest.fixture(scope="session")
def sandbox_at() -> Iterator[Callable[[str], Sandbox]]:
    """The sandbox of a level, or a skip that says why this machine has none."""
    made: list[Sandbox] = []

    @cache
    def at(level: str) -> Sandbox | str:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NNLAB_TOKEN", TOKEN)  # for an attempt to look for
            try:
                sandbox = Sandbox(
                    RESPONDER,
                    public=({}, {"x": np.arange(5)}),
                    isolation=level,
                    trust_submissions=level == "none",
                    memory_mb=128,
                    allowed_modules=(*ALLOWED_MODULES, "mmap"),
                )
            except SandboxError as error:
                return str(error)
        made.append(sandbox)
        return sandbox

    def get(level: str) -> Sandbox:
        sandbox = at(level)
        if isinstance(sandbox, str):
            pytest.skip(sandbox)
        return sandbox

    yield get
    for sandbox in made:
        sandbox.close()


@pytest.fixture(params=["full", "flat"])
def sandbox(request: pytest.FixtureRequest, sandbox_at: Callable[[str], Sandbox]) -> Sandbox:
    """The two levels that students meet."""
    return sandbox_at(request.param)


@pytest.fixture
def quick_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork servers import what they need at every level: the whole library takes a second."""
    monkeypatch.setattr("grader.sandbox.host.server.imports_everything", lambda level: False)


def run(child: Child, code: str, arrays: Any = None, **limits: Any) -> dict[str, Any]:
    """What the responder says after running `code`; short limits unless told otherwise."""
    limits = {"cpu_s": 5.0, "wall_s": 20.0, "max_reply_bytes": 100_000, **limits}
    names = limits.pop("names", {})
    return child.ask({"code": code, "names": names}, arrays, **limits).header


def assert_honest(sandbox: Sandbox) -> None:
    """A fresh child does what it is asked, whatever the one before it did."""
    with sandbox.start() as child:
        assert run(child, "out = float((np.ones((8, 8)) @ np.ones((8, 8))).sum())")["out"] == 512.0

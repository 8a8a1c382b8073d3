"""Which level is chosen on which machine, and what the user is told."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox.host import Sandbox, levels
from grader.sandbox.host.server import LevelUnavailable

from .conftest import RESPONDER, run

_NUMBERS = {
    "x86_64": {"unshare": 272, "landlock": 444, "seccomp": 317},
    "aarch64": {"unshare": 97, "landlock": 444, "seccomp": 277},
}

# A machine that refuses some calls: a filter that does, laid on the grader before it starts.
_ON_A_POORER_MACHINE = """
import errno, json, struct, sys
from grader.errors import SandboxError
from grader.sandbox.guest import kernel, seccomp
from grader.sandbox.host import Sandbox, server
server.imports_everything = lambda level: False
responder, trust, *numbers = json.loads(sys.argv[1])
steps = [(0x20, 0, 0, 0)]
for number in numbers:
    steps += [(0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | errno.EPERM)]
steps.append((0x06, 0, 0, 0x7FFF0000))
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
seccomp.install(b"".join(struct.pack("<HBBI", *step) for step in steps))
try:
    with Sandbox(responder, trust_submissions=trust, allowed_modules=()) as sandbox:
        with sandbox.start() as child:
            limits = dict(cpu_s=5, wall_s=20, max_reply_bytes=1000)
            answer = child.ask({"code": "out = 3"}, **limits).header["out"]
        print(json.dumps([sandbox.level, sandbox.notice, answer]))
except SandboxError as error:
    print(json.dumps(["refused", str(error), None]))
"""


def _on_a_machine_without(*calls: str, trust: bool = False) -> list:
    if platform.machine() not in _NUMBERS:
        pytest.skip("no numbers of system calls for this processor")
    numbers = [_NUMBERS[platform.machine()][call] for call in calls]
    done = subprocess.run(
        [sys.executable, "-c", _ON_A_POORER_MACHINE, json.dumps([str(RESPONDER), trust, *numbers])],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("missing", "level", "words"),
    [
        (
            ["unshare"],
            "flat",
            "Sandbox: reduced. Namespaces are not available here (unshare: Operation not "
            "permitted). Submissions cannot open your files, the network or other processes, but "
            "can see whether a path exists. For full isolation see docs/sandbox.md.",
        ),
        (
            ["unshare", "landlock"],
            "sealed",
            "Sandbox: minimal. Submissions can open no file at all, so modules other than the "
            "preloaded ones cannot be imported. No full sandbox: unshare: Operation not "
            "permitted. No flat sandbox: landlock_create_ruleset: Operation not permitted.",
        ),
        (["landlock"], "full", "Sandbox: full."),
    ],
)
def test_the_best_level_is_taken_and_told(missing, level, words):
    assert _on_a_machine_without(*missing) == [level, words, 3]


def test_without_anything_it_refuses_with_advice():
    level, message, _ = _on_a_machine_without("unshare", "landlock", "seccomp")
    assert level == "refused"
    assert message.startswith("this machine offers no sandbox (full: unshare: Operation not")
    assert "seccomp: Operation not permitted" in message
    assert "Linux container" in message
    assert "--trust-submissions" in message


def test_trust_runs_without_a_sandbox_and_says_so():
    level, notice, answer = _on_a_machine_without("unshare", "landlock", "seccomp", trust=True)
    assert (level, answer) == ("none", 3)
    assert notice.startswith("NOT SANDBOXED: submissions can do whatever you can do.")


def test_a_leaky_level_is_not_used(sandbox_at, monkeypatch):
    sandbox_at("full")
    monkeypatch.setattr(levels, "_holes", lambda server: ["list /proc"])
    with pytest.raises(SandboxError, match="full: code inside could list /proc"):
        Sandbox(RESPONDER, isolation="full", allowed_modules=())


def test_the_probe_finds_every_hole():
    """The self-test itself: without layers, what it tries works."""
    with Sandbox(RESPONDER, isolation="none", trust_submissions=True, allowed_modules=()) as open_:
        holes = levels._holes(open_._server)
    assert {
        "read a file outside",
        "write a file outside",
        "list /proc",
        "open an internet socket",
        "open a unix socket",
    } <= set(holes)


def test_a_demanded_level_is_that_level_or_nothing(monkeypatch):
    def unavailable(setup, level):
        raise LevelUnavailable("uid_map: Permission denied")

    monkeypatch.setattr(levels, "start_and_test", unavailable)
    with pytest.raises(SandboxError, match=r"no sandbox \(full: uid_map: Permission denied\):"):
        Sandbox(RESPONDER, isolation="full", trust_submissions=True)


@pytest.mark.parametrize(
    ("isolation", "platform_name", "message"),
    [
        ("fort", "linux", "unknown isolation level 'fort'; expected one of auto, full, flat"),
        ("none", "linux", "only with --trust-submissions"),
        ("auto", "darwin", "no sandbox on macOS: run the grader in a Linux container"),
        ("auto", "win32", "no sandbox on Windows: run the grader in WSL2 or a Linux"),
        ("auto", "freebsd14", "no sandbox on freebsd14"),
    ],
)
def test_no_level_is_told_with_what_to_do(isolation, platform_name, message):
    with pytest.raises(SandboxError, match=message):
        levels.candidates(isolation, False, platform_name)


def test_the_ladder_goes_from_the_best_level_down():
    assert levels.candidates("auto", False, "linux") == ("full", "flat", "sealed")
    assert levels.candidates("auto", True, "linux") == ("full", "flat", "sealed", "none")
    assert levels.candidates("flat", True, "linux") == ("flat",)


def test_the_modules_can_be_imported_on_windows():
    """Windows lacks these modules and signals; it must get the sentence, not an ImportError."""
    code = """
import sys
import numpy, signal, select, socket, subprocess, tempfile  # before the platform is a lie
for name in ("resource", "fcntl", "pwd"):
    sys.modules[name] = None
for name in ("SIGKILL", "SIGBUS", "SIGSYS", "pidfd_send_signal"):
    delattr(signal, name)
del select.poll
sys.platform = "win32"
from grader.errors import SandboxError
from grader.sandbox.host import Sandbox
try:
    Sandbox("responder.py")
except SandboxError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == (
        "there is no sandbox on Windows: run the grader in WSL2 or a Linux container"
    ), done.stderr


# What honest work may do that makes Python or numpy import a module at that moment.
_LATE_IMPORTS = {
    "codecs": """
import codecs, encodings.aliases
names = sorted(set(encodings.aliases.aliases.values()) - {"mbcs", "oem"})
out = [codecs.lookup(name).name for name in names]
out += [b"nets".decode(name) for name in ("cp437", "latin1", "cp1252", "utf-16-le", "mac_roman")]
""",
    "npz": """
import io, zipfile
file = io.BytesIO()
np.savez_compressed(file, W1=np.ones(3), d=np.array({"a": 1}, dtype=object))
loaded = np.load(io.BytesIO(file.getvalue()), allow_pickle=True)
info = zipfile.ZipInfo("n\u00e9t"); other = io.BytesIO()
with zipfile.ZipFile(other, "w", zipfile.ZIP_LZMA) as archive: archive.writestr(info, b"1")
out = [loaded["W1"].tolist(), loaded["d"].item(), zipfile.ZipFile(other).namelist()]
""",
    "pickles": """
import pickle, copy, decimal, fractions, collections, datetime
values = [np.float64(1), np.ma.ones(2), np.random.RandomState(0), np.random.default_rng(0),
          decimal.Decimal(1), fractions.Fraction(1, 3), collections.OrderedDict(a=1),
          datetime.datetime(2020, 1, 2), np.dtype("f8"), np.datetime64("2020")]
out = [type(pickle.loads(pickle.dumps(one, p))).__name__ for one in values for p in range(6)]
out.append(pickle.loads(b"cnumpy.core.multiarray\\n_reconstruct\\n.").__name__)
""",
    "numpy": """
A = np.array([[2.0, 1.0], [1.0, 3.0]])
out = [np.linalg.svd(A)[1].sum(), np.linalg.eigvalsh(A).sum(), np.fft.fft(A).real.sum(),
       np.polynomial.Polynomial([1, 2])(3), np.ma.masked_equal(A, 1).sum(), np.matlib.ones(2).sum()
       if hasattr(np, "matlib") else 2.0, np.einsum("ij,jk", A, A).sum(), np.median(A)]
np.testing.assert_allclose(A, A); str(A); repr(np.rec.array([(1, 2.0)])); np.char.upper(["a"])
np.loadtxt(["1 2"]); np.genfromtxt(["1,2"], delimiter=","); np.random.default_rng().normal()
import numpy.matlib, numpy.lib.recfunctions
""",
    "library": """
import datetime, statistics, unittest.mock, xml.etree.ElementTree, concurrent.futures, tempfile
import logging.handlers, multiprocessing.pool, sqlite3, lzma, bz2, doctest, urllib.parse, ast
out = [str(datetime.datetime.strptime("2020", "%Y")), statistics.mean([1, 2]), f"{1e5:n}",
       concurrent.futures.ThreadPoolExecutor.__name__, "\N{BULLET}", "a.b".encode("idna").decode()]
""",
}


@pytest.mark.parametrize("level", ["flat", "sealed"])
@pytest.mark.parametrize("code", _LATE_IMPORTS.values(), ids=_LATE_IMPORTS)
def test_late_imports_work_at_every_level(sandbox_at, level, code):
    """A class would otherwise get other scores on a machine without namespaces."""
    code += "\nout = [str(one) for one in out]"
    answers = []
    for at in ("full", level):
        with sandbox_at(at).start() as child:
            answers.append(run(child, code))
    assert "out" in answers[0], answers[0]
    assert answers[0] == answers[1]

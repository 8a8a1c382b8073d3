"""Runs that begin at once: `python -m tests.faults.forking` forks one for each line it reads.

Everything is imported before the first fork, so that a kill falls into the work of a run and not
into its imports. A line is a JSON list: name of a function in `tests.faults.work`, its arguments
after the file that takes what is printed. Two lines come back: the run's pid, and when it has
ended, its exit code.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import NoReturn


def main() -> None:
    """Serve until standard input ends."""
    from tests.faults import work

    for line in sys.stdin:
        name, printed, *arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run(getattr(work, name), printed, arguments)
        os.setpgid(pid, pid)  # before anybody hears of it: all its processes are killed together
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(function, printed: str, arguments: list[str]) -> NoReturn:
    """In the child: what is printed goes to a file."""
    code = 0
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        into = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(into, 1)
        os.dup2(into, 2)
        function(*arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        code = 70  # no exit code of the kit
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()

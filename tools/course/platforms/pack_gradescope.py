"""The zip that Gradescope builds an autograder from."""

from __future__ import annotations

from pathlib import Path

from tools.common.numbers import to_json
from tools.common.stable_zip import ZipMember, stable_zip
from tools.course.export.gradescope import HIDDEN_CHECKS, not_finished
from tools.course.platforms.kit import kit_files, mnist_files, script
from tools.course.platforms.run_gradescope import SETTINGS


def gradescope_zip(mnist: Path | None = None, hidden_checks: str = HIDDEN_CHECKS) -> bytes:
    """An autograder zip: the same bytes for the same kit, data and settings.

    `mnist` is a folder with the four files of MNIST, which are then packed; without it the image
    makes the offline digits. Raises KitError where the folder holds something else.
    """
    data = "synthetic" if mnist is None else "mnist"
    members = {
        "setup.sh": ZipMember(script("setup.sh"), executable=True),
        "run_autograder": ZipMember(script("run_autograder"), executable=True),
        SETTINGS: ZipMember(to_json({"data": data, "hidden_checks": hidden_checks})),
        "not_finished.json": ZipMember(to_json(not_finished())),
    }
    members |= {f"kit/{name}": ZipMember(content) for name, content in kit_files().items()}
    if mnist is not None:
        members |= {
            f"mnist/{name}": ZipMember(content) for name, content in mnist_files(mnist).items()
        }
    return stable_zip(members)

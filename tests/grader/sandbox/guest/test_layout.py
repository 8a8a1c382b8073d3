from __future__ import annotations

from pathlib import Path

import numpy as np

from grader.sandbox.guest import layout


def _tree(root: Path) -> layout.Layout:
    for name in ("os.py", "json/__init__.py", "site-packages/solutions/answers.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    hidden = str(root / "site-packages")
    return layout.Layout((str(root),), (hidden,), (hidden + "/numpy",))


def test_installed_packages_are_not_readable(tmp_path):
    shown = _tree(tmp_path)
    assert list(shown.readable()) == [
        str(tmp_path / "json"),
        str(tmp_path / "os.py"),
        str(tmp_path / "site-packages/numpy"),
        *layout.DEVICES,
    ]


def test_a_tree_without_packages_is_shown_as_one():
    assert next(layout.Layout(("/lib",), (), ()).readable()) == "/lib"


def test_this_interpreter_is_found_without_its_packages():
    numpy_folder = str(Path(np.__file__).parent)
    shown = layout.find(numpy_folder)
    stdlib = str(Path(json_file()).parents[1])
    assert stdlib in shown.trees
    assert numpy_folder in shown.packages
    installed = Path(stdlib, "site-packages")
    assert (str(installed) in shown.hidden) == installed.is_dir()
    readable = set(shown.readable())
    assert stdlib + "/json" in readable or stdlib in readable
    assert not any(path == str(installed) for path in readable)


def json_file() -> str:
    import json

    return json.__file__

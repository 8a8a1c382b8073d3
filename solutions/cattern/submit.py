"""Pack your work for handing in: ``python -m cattern.submit``."""

import argparse
import re
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "Simple_Neural_Network_Lab.ipynb"
NETS = ("best_net.pkl", "best_net.npz")
LARGE_MB = 20  # a net of the lab has less than 1 MB, a full notebook some 2
STUB = re.compile(r"raise NotImplementedError\(\W*(T#\d+) is not done yet")


@dataclass(frozen=True)
class Packed:
    """What was packed, and what was not.

    Attributes
    ----------
    path : Path
        The archive.
    sizes : dict of str to int
        Size in bytes of each file in it.
    warnings : list of str
        What is missing, not done yet or too large; a sentence each.
    """

    path: Path
    sizes: dict
    warnings: list


def pack(root, path):
    """Write the archive with everything that belongs to a submission and is there.

    Parameters
    ----------
    root : Path
        The folder with ``cattern/`` and the notebook.
    path : Path
        The archive; one that is there is replaced.

    Returns
    -------
    Packed
        What is in it and what is not; an incomplete submission is packed as well.

    Raises
    ------
    FileNotFoundError
        If there is nothing to pack.
    """
    files = find_files(root)
    if not files:
        raise FileNotFoundError(f"There is nothing to hand in: {root} has no cattern/*.py.")
    unfinished = path.with_name(f"{path.name}.part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files:
            archive.write(root / name, name)
    unfinished.replace(path)
    sizes = {name: (root / name).stat().st_size for name in files}
    return Packed(path, sizes, find_gaps(root, sizes))


def find_files(root):
    """Names of the files of a submission that are there, with forward slashes.

    Parameters
    ----------
    root : Path
        The folder with ``cattern/`` and the notebook.

    Returns
    -------
    list of str
        In alphabetical order.
    """
    package = [file.relative_to(root).as_posix() for file in root.glob("cattern/**/*.py")]
    others = [name for name in (NOTEBOOK, *NETS) if (root / name).is_file()]
    return sorted(package + others)


def find_gaps(root, sizes):
    """What is missing, not done yet or too large.

    Parameters
    ----------
    root : Path
        The folder with ``cattern/`` and the notebook.
    sizes : dict of str to int
        Size in bytes of each file that is handed in.

    Returns
    -------
    list of str
        A sentence each.
    """
    gaps = [
        f"{name} is missing." for name in ("cattern/neural_net.py", NOTEBOOK) if name not in sizes
    ]
    if not any(name in sizes for name in NETS):
        gaps.append("best_net.pkl is missing: the notebook saves it after T#12.")
    for name in sizes:
        text = (root / name).read_text(encoding="utf-8", errors="replace")
        if name.endswith((".py", ".ipynb")):
            tasks = STUB.findall(text)
            gaps += [f"{name}: not done yet: {', '.join(tasks)}."] if tasks else []
        if sizes[name] > LARGE_MB * 1e6:
            gaps.append(f"{name} is large: {sizes[name] / 1e6:.0f} MB. Is all of it needed?")
    return gaps


def main(arguments=None):
    """Pack the submission and say what is in it and what is missing.

    Parameters
    ----------
    arguments : list of str, optional
        The command line, without the program's name; by default that of the process.

    Returns
    -------
    int
        The exit code: 0 packed, complete or not; 1 nothing to pack, or not to be written.
    """
    parser = argparse.ArgumentParser(prog="python -m cattern.submit", description=__doc__)
    parser.add_argument(
        "path", nargs="?", type=Path, default=ROOT / "submission.zip", help="default: %(default)s"
    )
    options = parser.parse_args(arguments)
    try:
        packed = pack(ROOT, options.path)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    for name, size in packed.sizes.items():
        print(f"{size / 1000:10.1f} kB  {name}")
    for warning in packed.warnings:
        print(f"Note: {warning}")
    state = "It can be handed in as it is." if packed.warnings else "It is complete."
    print(f"Packed into {packed.path} ({packed.path.stat().st_size / 1000:.1f} kB). {state}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

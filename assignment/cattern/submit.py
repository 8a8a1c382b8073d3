"""Pack your work to hand it in: ``python -m cattern.submit``."""

import argparse
import pickletools
import re
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "Simple_Neural_Network_Lab.ipynb"
NETS = ("best_net.pkl", "best_net.npz")
LARGE_MB = 20  # a network of the lab has less than 1 MB, a full notebook about 2
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
        What is missing, unfinished or too large; one sentence each.
    """

    path: Path
    sizes: dict
    warnings: list


def pack(root, path):
    """Write an archive with every file of the submission that is there.

    Parameters
    ----------
    root : Path
        The folder with ``cattern/`` and the notebook.
    path : Path
        The archive; an old one is replaced.

    Returns
    -------
    Packed
        What is in it and what is not. An incomplete submission is packed as well.

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
        for name, file in files.items():
            archive.write(file, name)
    unfinished.replace(path)
    sizes = {name: file.stat().st_size for name, file in files.items()}
    return Packed(path, sizes, find_gaps(root, files))


def find_files(root):
    """Find the files of a submission.

    Parameters
    ----------
    root : Path
        The folder with ``cattern/`` and the notebook.

    Returns
    -------
    dict of str to Path
        Each file by its name in the archive, in alphabetical order. A notebook that was
        renamed gets its name back.
    """
    files = {file.relative_to(root).as_posix(): file for file in root.glob("cattern/**/*.py")}
    files |= {name: root / name for name in (NOTEBOOK, *NETS) if (root / name).is_file()}
    notebooks = list(root.glob("*.ipynb"))
    if len(notebooks) == 1:
        files[NOTEBOOK] = notebooks[0]
    return dict(sorted(files.items()))


def find_gaps(root, files):
    """Say what is missing, unfinished or too large.

    Parameters
    ----------
    root : Path
        The folder with ``cattern/`` and the notebook.
    files : dict of str to Path
        The files that are handed in.

    Returns
    -------
    list of str
        One sentence each.
    """
    gaps = []
    if "cattern/neural_net.py" not in files:
        gaps.append("cattern/neural_net.py is missing. Was it renamed?")
    if NOTEBOOK not in files:
        found = sorted(path.name for path in root.glob("*.ipynb"))
        gaps.append(f"{NOTEBOOK} is missing" + (f"; found {', '.join(found)}." if found else "."))
    if not any(name in files for name in NETS):
        gaps.append("best_net.pkl is missing: the notebook saves it after T#12.")
    for name, file in files.items():
        content = file.read_bytes()
        tasks = STUB.findall(content.decode("utf-8", "replace"))
        if name.endswith((".py", ".ipynb")) and tasks:
            gaps.append(f"{name}: not done yet: {', '.join(tasks)}.")
        if name == "best_net.pkl" and _holds_none(content):
            gaps.append("best_net.pkl holds None, not a network. Save it after the tuning.")
        if len(content) > LARGE_MB * 1e6:
            gaps.append(f"{name} is large: {len(content) / 1e6:.0f} MB. Is all of it needed?")
    return gaps


def _holds_none(content):
    """Whether a pickle is just None; nothing of it is run."""
    try:
        names = [opcode.name for opcode, _, _ in pickletools.genops(content)]
    except Exception:  # a damaged file can raise anything
        return False
    return set(names) <= {"PROTO", "FRAME", "NONE", "STOP"}


def main(arguments=None):
    """Pack the submission; say what is in it and, first and last, what is missing.

    Parameters
    ----------
    arguments : list of str, optional
        The command line without the program's name; by default that of the process.

    Returns
    -------
    int
        The exit code: 0 packed, complete or not; 1 nothing to pack, or the file cannot be written.
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
    for warning in packed.warnings:
        print(f"Missing or unfinished: {warning}")
    for name, size in packed.sizes.items():
        print(f"{size / 1000:10.1f} kB  {name}")
    print(f"Packed into {packed.path} ({packed.path.stat().st_size / 1000:.1f} kB).")
    count = len(packed.warnings)
    things = "1 thing is" if count == 1 else f"{count} things are"
    again = " ".join(packed.warnings)
    print(
        f"{things} missing or unfinished: {again} You can hand it in as it is; every part counts."
        if count
        else "It is complete. Hand in this file."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

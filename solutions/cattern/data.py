"""Get the images, and say which ones they are."""

from pathlib import Path

from mnist_data.errors import DataError
from mnist_data.fetch import fetch_mnist
from mnist_data.find import find_data, look_around

ROOT = Path(__file__).resolve().parent.parent
NAMES = {"mnist": "MNIST", "synthetic": "the offline digits"}


def get_data(course_data="mnist"):
    """Find MNIST on this computer, download it, or else draw digits; say which data it is.

    Parameters
    ----------
    course_data : str, default="mnist"
        The data set that the course grades on, "mnist" or "synthetic".

    Returns
    -------
    FoundData
        Where the data is: `folder`, for `read_data_sets`, and `kind`, "mnist" or "synthetic".
    """
    places = look_around()
    chosen = [place for place in places if place.origin == "MNIST_DIR"]
    if course_data == "mnist" and not chosen and "mnist" not in {p.kind for p in places}:
        _download()
    found = find_data("auto" if course_data == "mnist" else course_data, progress=_show_digits)
    print(f"Data: {NAMES[found.kind]}, in {found.folder}. {_meaning(found.kind, course_data)}")
    return found


def _download():
    print("MNIST is not on this computer. Downloading it (11 MB) ...")
    try:
        fetch_mnist(ROOT / "mnist_data", progress=_show_download)
    except DataError as error:
        print(str(error).splitlines()[0])
        print("MNIST cannot be downloaded now. Making the offline digits once (half a minute) ...")


def _show_download(name, done, total):
    if done == total:
        print(f"  {name}: {total / 1e6:.1f} MB")


def _show_digits(done, total):
    if done % max(total // 10, 1) == 0:
        print(f"  {done:,} of {total:,} digits", end="\r" if done < total else "\n")


def _meaning(kind, course_data):
    """What the data means for the printed figures, and what the course grades on."""
    if kind == "mnist":
        figures = "The numbers quoted below are for MNIST, so yours should match them."
    else:
        figures = "The numbers quoted below are for MNIST. Yours will differ by about 0.01."
    if kind == course_data:
        return f"{figures} Your course grades on this data."
    course = f"Your course grades on {NAMES[course_data]}, so train the final best_net on it."
    return f"{figures} {course}"

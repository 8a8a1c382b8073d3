"""The offline digits: MNIST's four files, made instead of downloaded.

For machines without MNIST: as many images, of the same kind and about as hard
to tell apart, drawn by made-up writers. The same bytes come out on every
machine, with every version of Python and numpy (see `handwriting`).
"""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mnist_data.files import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from mnist_data.offline.handwriting import write
from mnist_data.offline.ink import draw

COPIES = 5  # of every digit, from every writer: 50 images
VALIDATION_WRITERS = range(100)  # 5,000 images
TRAINING_WRITERS = range(100, 1200)  # 55,000 images
TEST_WRITERS = range(1200, 1400)  # 10,000 images

_SHUFFLING = 1999  # seed of the order of the images
_TOGETHER = 20  # writers at a time: what is worked on fits into a processor's cache


def make_digits(directory: str | Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Make the four files of the offline digits in a folder.

    No writer of one of the three sets has written anything in another: the
    first 5,000 images of the training file, which `read_data_sets` takes for
    validation, are from other writers than the other 55,000. In each set all
    ten digits are equally frequent, in random order. The folder must be there.
    `progress` is called with the numbers of images so far and in all.
    """
    directory = Path(directory)
    sets = (VALIDATION_WRITERS, TRAINING_WRITERS, TEST_WRITERS)
    done, total = 0, sum(len(writers) for writers in sets) * COPIES * 10

    def tell(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, total)

    validation, training, test = (draw_set(writers, tell) for writers in sets)
    images, labels = (np.concatenate(pair) for pair in zip(validation, training, strict=True))
    write_idx(directory / TRAIN_IMAGES, images)
    write_idx(directory / TRAIN_LABELS, labels)
    write_idx(directory / TEST_IMAGES, test[0])
    write_idx(directory / TEST_LABELS, test[1])


def draw_set(
    writers: range, tell: Callable[[int], None] = lambda count: None
) -> tuple[np.ndarray, np.ndarray]:
    """Return all that W writers have written, shuffled: images (W * 50, 28, 28), labels (W * 50,).

    Both are uint8; 0 is paper and 255 is ink. `tell` is called with the number of images that
    were made since the last call.
    """
    images, labels = [], []
    for first in range(writers.start, writers.stop, _TOGETHER):
        paths = write(range(first, min(first + _TOGETHER, writers.stop)), COPIES)
        images.append(draw(paths))
        labels.append(paths.labels)
        tell(len(paths.labels))
    order = _shuffled(len(writers) * COPIES * 10, writers.start)
    return np.concatenate(images)[order], np.concatenate(labels)[order]


def _shuffled(count: int, seed: int) -> np.ndarray:
    # The raw words of PCG64 never change; what Generator.permutation makes of them may.
    words = np.random.PCG64([_SHUFFLING, seed]).random_raw(count)
    return np.argsort(words, kind="stable")


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write a uint8 array as an IDX file, packed so that the same array gives the same bytes.

    The file is in gzip's format but is not compressed: compressors differ from
    version to version and from machine to machine, and these files promise the
    same bytes everywhere. It is also read several times faster.
    """
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(_stored(header + array.tobytes()))


def _stored(content: bytes) -> bytes:
    """Content in gzip's format (RFC 1952), in stored blocks (RFC 1951, 3.2.4)."""
    most = 0xFFFF  # bytes in a block
    starts = range(0, len(content), most)
    # No name and no time; "other" as the system, as gzip's maker differs between systems.
    parts = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    for start in starts:
        block = content[start : start + most]
        is_last = start + most >= len(content)
        parts += [struct.pack("<BHH", is_last, len(block), most - len(block)), block]
    return b"".join([*parts, struct.pack("<II", zlib.crc32(content), len(content))])

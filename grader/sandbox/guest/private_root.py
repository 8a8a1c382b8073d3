"""A root directory with nothing in it but the standard library, shared libraries and numpy.

A new tmpfs becomes the root, read-only binds of those few directories go into it at the paths that
they have outside, and the old root is let go. There is no /proc, /sys or /tmp. `site-packages`
inside the standard library is covered up, because the grader and its solutions may live there.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from . import kernel
from .layout import DEVICES, Layout

OLD = "/.old"  # where the old root hangs until it is let go
# Any directory will do: the mount on it is about to become the root, and uncovers it again.
_BASES = ("/tmp", "/mnt", "/usr", "/")
_READ_ONLY_AGAIN = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID
_PLAIN = kernel.MS_NOSUID | kernel.MS_NODEV
# Flags that an outer namespace may have locked; a remount that drops one is refused.
_KEEP = {
    os.ST_NOEXEC: kernel.MS_NOEXEC,
    os.ST_NOATIME: kernel.MS_NOATIME,
    os.ST_NODIRATIME: kernel.MS_NODIRATIME,
    os.ST_RELATIME: kernel.MS_RELATIME,
}


def enter(layout: Layout) -> None:
    """Replace the root of this mount namespace by one that shows `layout` and nothing else."""
    shown = (*layout.trees, *layout.packages, *DEVICES)
    # Links are followed now, while the old root is "/": later they would point into the new one.
    real = {path: os.path.realpath(path) for path in shown}
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)  # nothing leaks back out
    base = next(path for path in _BASES if Path(path).is_dir())
    kernel.mount("tmpfs", base, "tmpfs", _PLAIN, "mode=0755,size=1m")
    Path(base + OLD).mkdir(mode=0o755)
    kernel.pivot_root(base, base + OLD)
    os.chdir("/")
    _copy_top_links()
    for path in layout.trees:
        _bind(real[path], path, kernel.MS_NODEV)
    for path in layout.hidden:  # before the packages, one of which may lie inside
        kernel.mount("tmpfs", path, "tmpfs", _PLAIN, "mode=0755,size=64k")
    for path in layout.packages:
        _bind(real[path], path, kernel.MS_NODEV)
    for path in DEVICES:
        _bind(real[path], path, 0)
    kernel.unmount(OLD, kernel.MNT_DETACH)
    Path(OLD).rmdir()
    for path in [*layout.hidden, "/"]:
        kernel.mount(None, path, None, _READ_ONLY_AGAIN | kernel.MS_NODEV)


def _copy_top_links() -> None:
    """Make /lib, /lib64 and their like, where these are links into /usr."""
    for link in Path(OLD).glob("lib*"):
        if link.is_symlink():
            Path("/", link.name).symlink_to(link.readlink())


def _bind(old: str, path: str, flags: int) -> None:
    """Show at `path`, read-only, what is `old` under the old root."""
    source = OLD + old
    if Path(source).is_dir():
        Path(path).mkdir(mode=0o755, parents=True, exist_ok=True)
    else:
        Path(path).parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            Path(path).touch(exist_ok=False)
    # Recursive, since an unprivileged namespace may not uncover what is mounted below.
    kernel.mount(source, path, None, kernel.MS_BIND | kernel.MS_REC)
    present = os.statvfs(path).f_flag
    for bit, flag in _KEEP.items():
        flags |= flag if present & bit else 0
    kernel.mount(None, path, None, _READ_ONLY_AGAIN | flags)

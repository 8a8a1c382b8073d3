"""Stand-ins for packages that a submission may import at its top and that are not here.

Course code likes to begin with `import matplotlib.pyplot as plt`; that must not cost a point. Every
attribute of a stand-in is an object that takes any call and does nothing. Progress bars pass their
items through, because what they wrap has to run. Packages that compute (scipy, sklearn, torch) get
no stand-in: importing them fails as it does on a machine without them.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from . import python2

PACKAGES = ("matplotlib", "mpl_toolkits", "pylab", "seaborn", "plotly", "IPython", "ipywidgets")
_PROGRESS = ("tqdm",)
# What code of Python 2, or for both versions, imports: module -> the names that it offers.
_PYTHON_2: dict[str, dict[str, Any]] = {
    "past": {},
    "past.builtins": python2.NAMES,
    "past.utils": {"old_div": lambda a, b: a // b if isinstance(a, int) else a / b},
    "future": {},
    "future.utils": {},
    "six": {"iteritems": lambda items: iter(items.items())},
    "six.moves": {**python2.NAMES, "range": range, "zip": zip, "map": map, "input": input},
    "cPickle": vars(pickle),
    "cStringIO": {"StringIO": io.StringIO},
}


class Nothing:
    """Takes every call, attribute, index and `with`, and gives back itself."""

    def __call__(self, *args: object, **kwargs: object) -> Nothing:
        return self

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)  # else copy, pickle and numpy take it for one of theirs
        return self

    def __getitem__(self, key: object) -> Nothing:
        return self

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __iter__(self) -> Iterator[Nothing]:
        """Two items, for `fig, ax = plt.subplots()`; finite, for a loop over axes."""
        return iter((self, self))

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def __repr__(self) -> str:
        return "<no plotting here>"


NOTHING = Nothing()


class Progress:
    """A progress bar without the bar."""

    def __init__(self, iterable: Iterable[Any] = (), *args: object, **kwargs: object) -> None:
        self._iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __len__(self) -> int:
        return len(self._iterable)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return NOTHING

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


def trange(*args: int, **kwargs: object) -> Progress:
    return Progress(range(*args))


class Finder:
    """Finds the stand-ins and anything below them; goes last, so a real module wins."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top = name.partition(".")[0]
        if top in PACKAGES or top in _PROGRESS or name in _PYTHON_2:
            return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        top = module.__name__.partition(".")[0]
        if top in _PROGRESS:
            module.tqdm = module.tqdm_notebook = Progress  # type: ignore[attr-defined]
            module.trange = trange  # type: ignore[attr-defined]
        elif module.__name__ in _PYTHON_2:
            offered = _PYTHON_2[module.__name__].items()
            vars(module).update({name: value for name, value in offered if name[:2] != "__"})
        elif module.__name__ == "IPython":
            module.get_ipython = NOTHING  # type: ignore[attr-defined]


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return NOTHING


def install() -> None:
    """Let the stand-ins be found when nothing else is."""
    sys.meta_path.append(Finder())

"""What a submission may import at its top without losing a point."""

from __future__ import annotations

import json
import sys

from tests.grader.sandbox.guest.alone import alone


def _inside(*snippets: str) -> list[object]:
    """What each snippet returns, or its error, with the stand-ins and no installed package."""
    return alone(
        """
        import json, sys, textwrap
        from grader.sandbox.guest import plots
        sys.path[:] = [path for path in sys.path if "packages" not in path]
        plots.install()
        def run(snippet):
            space = {}
            exec("def f():\\n" + textwrap.indent(snippet, " "), space)
            try:
                return space["f"]()
            except Exception as error:
                return repr(error)
        print(json.dumps([run(snippet) for snippet in json.loads(sys.argv[1])]))
        """,
        json.dumps(snippets),
    )


_PLOTTING = (
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(2, 1)\nax.plot([1], label='a')",
    "from matplotlib import pyplot as plt\nplt.rcParams['figure.figsize'] = (10.0, 8.0)",
    "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.cm.viridis as v",
    "import pylab\npylab.show()",
    "import seaborn as sns\nsns.set_theme()",
    "from mpl_toolkits.mplot3d import Axes3D\nAxes3D()",
    "from IPython.display import display, clear_output\nclear_output(wait=True)",
    "from IPython import get_ipython\nget_ipython().run_line_magic('matplotlib', 'inline')",
    "import matplotlib.pyplot as plt\nwith plt.style.context('x') as c:\n    c.y",
    "import matplotlib.pyplot as plt\nfor ax in plt.figure().axes: ax.grid()",
    "import copy, matplotlib.pyplot as plt\ncopy.copy(plt.gca()); repr(plt.gca())",
    "from past.builtins import xrange\nassert list(xrange(2)) == [0, 1]",
)


def test_plotting_at_the_top_does_nothing():
    got = _inside(*(lines + "\nreturn 'fine'" for lines in _PLOTTING))
    assert dict(zip(_PLOTTING, got, strict=True)) == dict.fromkeys(_PLOTTING, "fine")


def test_progress_bars_pass_their_items_through():
    lines = (
        "from tqdm import tqdm, trange\n"
        "from tqdm.auto import tqdm as other\n"
        "bar = other(range(2), desc='x')\n"
        "bar.set_description('y')\n"
        "with tqdm(total=3) as empty: empty.update(1)\n"
        "return [list(tqdm([1, 2])), list(trange(3)), list(bar), len(bar)]"
    )
    assert _inside(lines)[0] == [[1, 2], [0, 1, 2], [0, 1], 2]


def test_packages_that_compute_are_missing_by_their_name():
    names = ["scipy", "sklearn.datasets", "torch", "past.translation"]
    got = _inside(*(f"import {name}" for name in names))
    tops = [name.split(".")[0] if name != "past.translation" else name for name in names]
    assert got == [f'ModuleNotFoundError("No module named {top!r}")' for top in tops]


def test_nothing_of_this_is_installed_in_the_grader():
    assert not any(type(finder).__module__.endswith("guest.plots") for finder in sys.meta_path)

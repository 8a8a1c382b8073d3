"""The images of the lab: find them, read them, look at them.

===================  ===========================================================
``load_mnist.py``    `read_data_sets` reads the four files of a folder
``vis_utils.py``     `visualize_grid` puts many images into one
``find.py``          `find_data` looks for the files on this machine
``lab_data.py``      `load_lab_data` finds and reads them, and subtracts the mean
``fetch.py``         ``python -m mnist_data fetch`` downloads MNIST
``offline/``         ``python -m mnist_data make`` makes digits without internet access
===================  ===========================================================

The rest checks files: ``files.py`` knows their names and unpacks them, ``idx.py``
parses them, ``contents.py`` tells MNIST from other sets, and ``errors.py`` has the
one error of this package.
"""

import sys

# Written so that every Python since 2.7 can read it: the other files need a new one.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("This lab needs Python 3.11 or newer, and this is Python " + sys.version.split()[0])

from mnist_data.errors import DataError
from mnist_data.find import FoundData, find_data
from mnist_data.lab_data import LabData, load_lab_data
from mnist_data.load_mnist import read_data_sets
from mnist_data.vis_utils import visualize_grid

__all__ = [
    "DataError",
    "FoundData",
    "LabData",
    "find_data",
    "load_lab_data",
    "read_data_sets",
    "visualize_grid",
]

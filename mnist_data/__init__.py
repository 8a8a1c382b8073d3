"""MNIST for the lab: load it, look at it, fetch it, or do without it.

``read_data_sets`` and ``visualize_grid`` are what the notebook uses.
``python -m mnist_data fetch`` downloads MNIST into this folder; on a machine
without a network ``python -m mnist_data make`` draws digits of the same form.
"""

from mnist_data.errors import DataError
from mnist_data.fetch.locate import FoundData, find_data
from mnist_data.load_mnist import read_data_sets
from mnist_data.vis_utils import visualize_grid

__all__ = ["DataError", "FoundData", "find_data", "read_data_sets", "visualize_grid"]

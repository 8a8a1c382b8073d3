"""Download MNIST: ``download.py`` reads one address, ``mirrors.py`` knows which to try."""

from mnist_data.fetch.mirrors import (
    MIRRORS,
    TIMEOUT_S,
    Fetched,
    FetchError,
    fetch_mnist,
    list_mirrors,
)

__all__ = ["MIRRORS", "TIMEOUT_S", "FetchError", "Fetched", "fetch_mnist", "list_mirrors"]

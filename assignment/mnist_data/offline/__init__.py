"""Digits drawn by made-up writers, for machines without MNIST.

``make.py`` puts the four files into a folder, and ``digits.py`` draws them: each
writer has a hand (``handwriting.py``), a hand bends the strokes of a digit
(``strokes.py``, ``pen.py``), and strokes leave ink (``ink.py``). The bytes are the
same on every machine.
"""

from mnist_data.offline.make import make_offline_digits

__all__ = ["make_offline_digits"]

"""The lab's package: a two-layer neural network and a way to check its gradients."""

import sys

# Written so that every Python since 2.7 can read it: the other files need a new one.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("This lab needs Python 3.11 or newer, and this is Python " + sys.version.split()[0])

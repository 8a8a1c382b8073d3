from __future__ import annotations

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submission.source import class_from_cells, code_cells, decode_source, has_merge_marks

TEXT = "# Größe\nclass TwoLayerNet:\n    pass\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.encode("cp1252"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode() + b"\0" * 40,  # padding of a file system after a crash
    ],
)
def test_source_is_decoded_whatever_it_was_saved_as(data):
    assert decode_source(data) == TEXT


@pytest.mark.parametrize(
    ("cookie", "encoding"),
    [
        ("# -*- coding: latin-1 -*-", "latin-1"),
        ("# vim: set fileencoding=windows-1251 :", "cp1251"),
        ("#!/usr/bin/python\n# coding=cp874", "cp874"),
    ],
)
def test_a_coding_cookie_is_followed(cookie, encoding):
    word = {"latin-1": "Größe", "cp1251": "размер", "cp874": "ขนาด"}[encoding]
    assert decode_source(f"{cookie}\n# {word}\n".encode(encoding)).endswith(f"# {word}\n")


def test_encodings_that_are_no_text_are_not_followed():
    assert decode_source(b"# coding: rot13\nimport os\n").endswith("import os\n")
    assert decode_source(b"# coding: unicode_escape\nx = '\\x41'\n").endswith("'\\x41'\n")


@given(st.binary(max_size=300))
def test_any_bytes_become_text(data):
    text = decode_source(data)
    assert "\0" not in text
    assert "\r" not in text


def notebook(*sources: str, version: int = 4) -> dict:
    cells = [
        {"cell_type": "code", "source" if version == 4 else "input": source.splitlines(True)}
        for source in sources
    ]
    if version == 3:
        return {"nbformat": 3, "worksheets": [{"cells": cells}]}
    return {"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "# T"}, *cells]}


@pytest.mark.parametrize("version", [3, 4])
def test_code_cells_of_both_formats_are_read(version):
    data = json.dumps(notebook("a = 1\n", "b = 2\n", version=version)).encode()
    assert code_cells(data) == ["a = 1\n", "b = 2\n"]


def test_windows_notebooks_and_plain_strings_are_read():
    book = json.dumps({"cells": [{"cell_type": "code", "source": "a\r\nb"}]}, indent=1)
    assert code_cells(codecs.BOM_UTF8 + book.replace("\n", "\r\n").encode()) == ["a\nb"]


def test_a_merge_conflict_takes_the_first_side():
    lines = json.dumps(notebook("mine"), indent=1).split("\n")
    at = next(number for number, line in enumerate(lines) if "mine" in line)
    ours, theirs = lines[at], lines[at].replace("mine", "theirs")
    merged = ["<<<<<<< HEAD", ours, "=======", theirs, ">>>>>>> branch"]
    text = "\n".join([*lines[:at], *merged, *lines[at + 1 :]])
    assert has_merge_marks(text)
    assert code_cells(text.encode()) == ["mine"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"cells": 3}',
        b'{"worksheets": [1]}',
        b"[" * 200_000,
        b'{"cells": NaN',
        b"<html>",
        b'{"a": ' + b"1" * 10_000 + b"}",
    ],
)
def test_what_is_no_notebook_has_no_cells(data):
    assert code_cells(data) is None


def test_odd_cells_are_passed_over():
    book = {"cells": [None, 3, {"cell_type": "code"}, {"cell_type": "code", "source": [1, "x"]}]}
    assert code_cells(json.dumps(book).encode()) == ["", "x"]


SETUP = """%matplotlib inline
import numpy as np
from os import (
    path,
)
!pip install everything
EPS = 1e-8
np.random.seed(0)
plt.rcParams["figure.figsize"] = (10, 8)
def helper(x):
    '''Doc
at the margin.
'''

    return x
data = load()
"""
CLASS = '''%%time
# the class
@decorated
class TwoLayerNet:
    """Text with a # sign and
words at the margin: class X
"""
    def loss(
        self,
    ):
        return 1
net = TwoLayerNet()
net.train()
if True:
    net.train()
'''


def test_the_class_comes_with_definitions_only():
    text = class_from_cells([SETUP, "net.train()\n", CLASS, "def later(): pass\n"], "TwoLayerNet")
    assert text == (
        "import numpy as np\nfrom os import (\n    path,\n)\nEPS = 1e-8\n"
        "def helper(x):\n    '''Doc\nat the margin.\n'''\n\n    return x\n\n"
        '@decorated\nclass TwoLayerNet:\n    """Text with a # sign and\n'
        'words at the margin: class X\n"""\n'
        "    def loss(\n        self,\n    ):\n        return 1\n"
    )
    compile(text, "cattern/neural_net.py", "exec")


def test_a_one_line_function_comes_along():
    relu = "relu = lambda z: (z > 0) * z"
    assert class_from_cells([relu, "relu(1)", CLASS], "TwoLayerNet").startswith(relu)


def test_a_writefile_cell_counts_and_bash_does_not():
    body = "class TwoLayerNet:\n    pass\n"
    assert class_from_cells(["%%writefile cattern/neural_net.py\n" + body], "TwoLayerNet") == body
    assert class_from_cells(["%%bash\n" + body], "TwoLayerNet") is None


def test_a_class_defined_twice_stays_in_order():
    text = class_from_cells(
        ["class TwoLayerNet:\n    a = 1", "class TwoLayerNet:\n    a = 2"], "TwoLayerNet"
    )
    assert text.index("a = 1") < text.index("a = 2")


def test_cells_without_the_class_give_nothing():
    assert (
        class_from_cells(["x = 'class TwoLayerNet'", "# class TwoLayerNet", ""], "TwoLayerNet")
        is None
    )
    assert class_from_cells([], "TwoLayerNet") is None


def test_methods_added_later_come_along():
    cells = ["class TwoLayerNet:\n    pass", "x = load()", "def predict(self, X):\n    return X"]
    text = class_from_cells(
        [*cells, "TwoLayerNet.predict = predict\nplot()", "late = 1"], "TwoLayerNet"
    )
    assert text == (
        "class TwoLayerNet:\n    pass\n\ndef predict(self, X):\n    return X\n\n"
        "TwoLayerNet.predict = predict\n"
    )


def test_methods_alone_make_no_class():
    assert class_from_cells(["TwoLayerNet.predict = predict"], "TwoLayerNet") is None

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from grader.lab.submission_format import FORMAT
from grader.submission import files as parts
from grader.submission.files import SubmissionFiles, find_files, plain_name
from grader.submission.submission import Submission
from tests.grader.archives import SOURCE

PROJECT = Path(__file__).resolve().parents[3]
NOTEBOOK = b'{"cells": []}'
PICKLE = pickle.dumps({"a": 1})


def npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, W1=np.ones(3))
    return buffer.getvalue()


def found_in(files: dict[str, bytes]) -> SubmissionFiles:
    return find_files(Submission("ana", "ana.zip", files), FORMAT)


def found(*paths: str) -> SubmissionFiles:
    return found_in(dict.fromkeys(paths, SOURCE))


def slugs(result: SubmissionFiles) -> list[str]:
    return [finding.slug for finding in result.findings]


def test_the_plain_case_has_no_findings():
    files = {
        "cattern/neural_net.py": SOURCE,
        "cattern/gradient_check.py": b"",
        "Simple_Neural_Network_Lab.ipynb": NOTEBOOK,
        "best_net.pkl": PICKLE,
    }
    result = found_in(files)
    assert result.source == ("cattern/neural_net.py", SOURCE)
    assert result.notebook == ("Simple_Neural_Network_Lab.ipynb", NOTEBOOK)
    assert result.saved == ("best_net.pkl", PICKLE)
    assert result.saved_kind == "pickle"
    assert result.findings == ()


def test_missing_parts_are_none_and_no_finding():
    result = found_in({"essay.txt": b"sorry"})
    assert result == SubmissionFiles(source=None, notebook=None, saved=None)


@pytest.mark.parametrize(
    ("winner", "losers"),
    [
        ("a/b/cattern/neural_net.py", []),
        ("neural_net.py", []),
        ("a/b/cattern/neural_net.py", ["neural_net.py"]),
        ("cattern/neural_net.py", ["cattern/neural_net-1.py", "cattern/Neural_Net.py"]),
        ("neural_net.py", ["cattern/neural_net (1).py"]),
        ("b/neural_net.py", ["a/net.py"]),
    ],
)
def test_the_exact_name_wins_without_a_finding(winner, losers):
    for order in ([winner, *losers], [*losers, winner]):
        result = found(*order)
        assert result.source[0] == winner
        assert slugs(result) == []


@pytest.mark.parametrize(
    "name",
    [
        "neural_net-1.py",
        "neural_net (1).py",
        "neural_net(12).py",
        "neural_net - Copy.py",
        "neural_net - Copy (2).py",
        "neural_net copy 2.py",
        "Neural_Net.PY",
        "NEURAL_NET.py",
        "neural-net.py",
        "neuralnet.py",
        "neural_net.py.txt",
        "neural_net - Kopie.py",
    ],
)
def test_a_renamed_source_is_taken_with_a_finding(name):
    result = found(f"cattern/{name}")
    assert result.source[0] == f"cattern/{name}"
    assert result.findings[0].message == (
        f"The grader used 'cattern/{name}' as the source file; it should be named neural_net.py."
    )


@pytest.mark.parametrize(
    "name", ["my_neural_net.py", "neural_network.py", "net.py", "neural_net.md"]
)
def test_another_name_is_no_renamed_source(name):
    assert found_in({name: b"x = 1"}).source is None


def test_several_sources_of_one_rank_are_reported():
    result = found(
        "b/cattern/neural_net.py", "a/cattern/neural_net.py", "a/x/cattern/neural_net.py"
    )
    assert result.source[0] == "a/cattern/neural_net.py"
    assert result.findings[0].message == (
        "The grader used 'a/cattern/neural_net.py' as the source file; there is also "
        "'b/cattern/neural_net.py', 'a/x/cattern/neural_net.py'."
    )


def test_newest_copy_counts_and_empty_files_come_last():
    assert found("neural_net-1.py", "neural_net-12.py").source[0] == "neural_net-12.py"
    files = {"cattern/neural_net.py": b" \n", "neural_net (1).py": SOURCE}
    assert found_in(files).source[0] == "neural_net (1).py"


def test_a_renamed_file_with_the_class_is_taken():
    result = found_in({"work.py": SOURCE, "tests/test_x.py": SOURCE, "other.py": b"x = 1"})
    assert result.source == ("work.py", SOURCE)
    assert slugs(result) == ["source-file-renamed"]


def test_a_source_over_the_cap_is_not_read():
    result = found_in({"cattern/neural_net.py": b"#" * (parts.SOURCE_BYTES + 1)})
    assert result.source is None
    assert (
        result.findings[0].message
        == "'cattern/neural_net.py' is larger than 1 MiB and was not read."
    )


def book(*cells: str) -> bytes:
    code = [{"cell_type": "code", "source": cell} for cell in cells]
    return json.dumps({"nbformat": 4, "cells": code}).encode()


def test_the_notebook_gives_the_source_without_a_file():
    result = found_in({"lab/Lab.ipynb": book("import numpy as np", SOURCE.decode(), "run()")})
    assert result.source == ("lab/Lab.ipynb", b"import numpy as np\n\n" + SOURCE)
    assert slugs(result) == ["notebook-renamed", "source-from-notebook"]


def test_another_notebook_may_give_the_source():
    files = {"Simple_Neural_Network_Lab.ipynb": book("x"), "b.ipynb": book(SOURCE.decode())}
    result = found_in(files)
    assert result.notebook[0] == "Simple_Neural_Network_Lab.ipynb"
    assert result.source == ("b.ipynb", SOURCE)


def test_a_source_file_wins_over_the_notebook():
    result = found_in({"neural_net.py": b"# mine", "Lab.ipynb": book(SOURCE.decode())})
    assert result.source == ("neural_net.py", b"# mine")


def test_the_notebooks_class_replaces_an_untouched_file():
    stub = (PROJECT / "assignment" / "cattern" / "neural_net.py").read_bytes()
    files = {"cattern/neural_net.py": stub, "Lab.ipynb": book(SOURCE.decode())}
    result = found_in(files)
    assert result.source == ("Lab.ipynb", SOURCE)
    message = next(one.message for one in result.findings if one.slug == "source-from-notebook")
    assert message.startswith("'cattern/neural_net.py' is unchanged; the grader used the class in")


@pytest.mark.parametrize("text", [None, "TwoLayerNet().train()"])
def test_an_untouched_file_counts_without_another_class(text):
    stub = (PROJECT / "assignment" / "cattern" / "neural_net.py").read_bytes()
    files = {"neural_net.py": stub} | ({"Lab.ipynb": book(text)} if text else {})
    assert found_in(files).source == ("neural_net.py", stub)


def test_one_done_task_makes_the_file_count():
    stub = (PROJECT / "assignment" / "cattern" / "neural_net.py").read_bytes()
    begun = stub.replace(b'raise NotImplementedError("T#11 is not done yet")', b"labels = 0")
    assert begun != stub
    files = {"neural_net.py": begun, "Lab.ipynb": book(SOURCE.decode())}
    assert found_in(files).source == ("neural_net.py", begun)


@pytest.mark.parametrize(("lines", "is_read"), [(1 << 20, True), (4 << 20, False)])
def test_a_notebook_with_megabytes_of_code_is_skipped(lines, is_read):
    result = found_in({"Lab.ipynb": book(SOURCE.decode(), "\n" * lines)})
    assert (result.source is not None) is is_read
    assert result.notebook[0] == "Lab.ipynb"


def test_a_damaged_notebook_gives_no_source():
    result = found_in({"Simple_Neural_Network_Lab.ipynb": b"{ class TwoLayerNet"})
    assert (result.source, result.notebook[1]) == (None, b"{ class TwoLayerNet")


@pytest.mark.parametrize(
    ("files", "winner", "finding"),
    [
        ({"Simple_Neural_Network_Lab.ipynb": b"1", "z.ipynb": b"333"}, 0, []),
        ({"z.ipynb": b"333", "Simple_Neural_Network_Lab-2.ipynb": b"1"}, 1, ["notebook-renamed"]),
        ({"a.ipynb": b"1", "deep/er/b.ipynb": b"333"}, 1, ["notebook-renamed"]),
    ],
)
def test_the_expected_notebook_comes_first_then_copies(files, winner, finding):
    result = found_in(files)
    assert result.notebook[0] == list(files)[winner]
    assert slugs(result) == finding


@pytest.mark.parametrize(
    ("name", "data", "kind", "finding"),
    [
        ("best_net.pkl", PICKLE, "pickle", []),
        ("best_net.npz", npz(), "npz", []),
        ("best_net.pkl", pickle.dumps({"a": 1}, protocol=0), "pickle", []),
        ("best_net.pkl", pickle.dumps([1], protocol=1), "pickle", []),
        ("best_net.npz", PICKLE, "pickle", ["saved-net-misnamed"]),
        ("best_net.pkl", npz(), "npz", ["saved-net-misnamed"]),
        ("best_net-2.npz", npz(), "npz", ["saved-net-renamed"]),
        ("Best_Net.pickle", PICKLE, "pickle", ["saved-net-renamed"]),
        ("best_net", PICKLE, "pickle", ["saved-net-renamed"]),
        ("best_net.p", PICKLE, "pickle", ["saved-net-renamed"]),
        ("best_net.pkl", b"", "unknown", ["saved-net-unknown"]),
        ("best_net.pkl", b"<html>", "unknown", ["saved-net-unknown"]),
        ("best_net.pkl", b"version https://git-lfs.github.com", "unknown", ["saved-net-unknown"]),
    ],
)
def test_the_saved_net_is_told_by_its_content(name, data, kind, finding):
    result = found_in({f"lab/{name}": data})
    assert result.saved == (f"lab/{name}", data)
    assert result.saved_kind == kind
    assert slugs(result) == finding


def test_the_pickle_counts_unless_it_is_broken():
    assert found_in({"best_net.npz": npz(), "best_net.pkl": PICKLE}).saved_kind == "pickle"
    for broken in (b"", b"version https://git-lfs.github.com/spec/v1", b"<html>"):
        assert found_in({"best_net.npz": npz(), "best_net.pkl": broken}).saved_kind == "npz"


def test_the_only_saved_file_may_have_any_name():
    result = found_in({"lab/my_model.npz": npz(), "lab/data.csv": b""})
    assert result.saved[0] == "lab/my_model.npz"
    assert slugs(result) == ["saved-net-renamed"]
    assert found_in({"a.pkl": PICKLE, "b.pkl": PICKLE}).saved is None


def test_modules_are_named_as_the_class_imports_them():
    result = found_in(
        {
            "lab/cattern/neural_net.py": SOURCE,
            "lab/cattern/__init__.py": b"# package",
            "lab/cattern/layers.py": b"# layers",
            "lab/cattern/deep/er.py": b"# deep",
            "lab/helpers.py": b"# helpers",
            "lab/utils/plots.py": b"# plots",
            "lab/tests/test_net.py": b"# given",
            "lab/checks/cases.py": b"# given",
            "lab/conftest.py": b"# given",
            "lab/not-a-name.py": b"# cannot be imported",
            "elsewhere/other.py": b"# not beside it",
        }
    )
    assert {name: path for name, (path, _) in result.modules.items()} == {
        "cattern": "lab/cattern/__init__.py",
        "cattern.layers": "lab/cattern/layers.py",
        "cattern.deep.er": "lab/cattern/deep/er.py",
        "helpers": "lab/helpers.py",
        "utils.plots": "lab/utils/plots.py",
    }
    assert result.modules["helpers"][1] == b"# helpers"


def test_modules_beside_a_bare_source_have_two_names():
    result = found_in({"neural_net.py": SOURCE, "layers.py": b"# layers"})
    assert set(result.modules) == {"cattern.layers", "layers"}


def test_modules_beside_a_notebook_class_are_found():
    result = found_in({"lab/Lab.ipynb": book(SOURCE.decode()), "lab/helpers.py": b""})
    assert "helpers" in result.modules


def test_the_nearest_modules_up_to_a_limit_count():
    files = {"cattern/neural_net.py": SOURCE}
    files |= {f"cattern/m{number:02}.py": b"" for number in range(parts.MODULES + 2)}
    result = found_in(files)
    assert len(result.modules) == parts.MODULES
    assert "It left out 'cattern/m32.py' and 1 more." in (result.findings[0].message)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("neural_net.py", ("neuralnet.py", 0)),
        ("Neural_Net (2).PY", ("neuralnet.py", 2)),
        ("neural-net-2.py.txt", ("neuralnet.py", 2)),
        ("best_net - Copy (3).npz", ("bestnet.npz", 3)),
        ("w-1.tar.gz", ("w1.tar.gz", 0)),
        ("neural_net-99999999999999999999.py", ("neuralnet.py", 999999999)),
    ],
)
def test_a_plain_name_is_without_what_copying_adds(name, plain):
    assert plain_name(name) == plain

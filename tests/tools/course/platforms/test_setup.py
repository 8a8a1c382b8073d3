"""What `setup.sh` does while an image is built; its programs only note what they are asked."""

from __future__ import annotations

import subprocess

import pytest

from tools.course.platforms.kit import script

# A Python that is new enough if its version says so, and makes an environment of such programs.
PYTHON = """#!/bin/bash
echo "$(basename "$0") $*" >> "$LOG"
case "$1" in
  -c) exit {code} ;;
  -m) if [ "$2" = venv ]; then
        mkdir -p "$3/bin"
        printf '#!/bin/bash\\necho "venv-python $*" >> "$LOG"\\n' > "$3/bin/python"
        printf '#!/bin/bash\\necho "nnlab $* $XDG_CACHE_HOME" >> "$LOG"\\n' > "$3/bin/nnlab"
        chmod +x "$3/bin/python" "$3/bin/nnlab"
      fi ;;
esac
"""
# Installs nothing but Python 3.12.
APT = """#!/bin/bash
echo "apt-get $*" >> "$LOG"
case "$*" in
  *python3.13*) exit 100 ;;
  *python3.12*) cp "$NEW" "$(dirname "$0")/python3.12" ;;
esac
"""


@pytest.fixture
def image(tmp_path):
    """An `/autograder` before setup, and a PATH with nothing but what the tests put there."""
    for folder in ("bin", "base/source/kit"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("bash", "basename", "dirname", "mkdir", "chmod", "cp", "env"):
        (tmp_path / "bin" / name).symlink_to(f"/usr/bin/{name}")
    (tmp_path / "base/source/setup.sh").write_bytes(script("setup.sh"))
    program(tmp_path / "new", PYTHON.format(code=0))
    return tmp_path


def program(path, text):
    path.write_text(text)
    path.chmod(0o755)


def setup(image):
    environment = {
        "PATH": str(image / "bin"),
        "LOG": str(image / "log"),
        "NEW": str(image / "new"),
        "AUTOGRADER_BASE": str(image / "base"),
    }
    done = subprocess.run(
        ["/bin/bash", str(image / "base/source/setup.sh")],
        env=environment,
        capture_output=True,
        text=True,
    )
    log = (image / "log").read_text().replace(str(image), "") if (image / "log").exists() else ""
    return done, [line for line in log.splitlines() if " -c " not in line]


def test_setup_installs_kit_and_makes_digits(image):
    program(image / "bin" / "python3", PYTHON.format(code=0))
    done, log = setup(image)
    assert done.returncode == 0, done.stderr
    assert log == [
        "python3 -m venv /base/venv",
        "venv-python -m pip install --quiet --disable-pip-version-check -e /base/source/kit",
        "nnlab data make --quiet /base/cache",
    ]
    assert (image / "base/source").stat().st_mode & 0o077 == 0


def test_digits_are_not_made_where_mnist_is_packed(image):
    program(image / "bin" / "python3", PYTHON.format(code=0))
    (image / "base/source/mnist").mkdir()
    _, log = setup(image)
    assert not [line for line in log if line.startswith("nnlab")]


def test_image_with_old_python_gets_newer_one(image):
    program(image / "bin" / "python3", PYTHON.format(code=1))
    program(image / "bin" / "apt-get", APT)
    done, log = setup(image)
    assert done.returncode == 0, done.stderr
    assert log[:4] == [
        "apt-get update -qq",
        "apt-get install -qq -y python3.13 python3.13-venv",
        "apt-get install -qq -y python3.12 python3.12-venv",
        "python3.12 -m venv /base/venv",
    ]


def test_image_without_a_newer_python_is_not_built(image):
    program(image / "bin" / "python3", PYTHON.format(code=1))
    program(image / "bin" / "apt-get", "#!/bin/bash\nexit 100\n")
    done, log = setup(image)
    assert done.returncode != 0
    assert not log


def test_missing_python_is_reported_with_the_reason(image):
    program(image / "bin" / "apt-get", '#!/bin/bash\n[ "$1" = update ]\n')
    done, _ = setup(image)
    assert done.returncode == 1
    assert "no Python 3.11 or newer to be had; choose a newer base image" in done.stderr


@pytest.mark.parametrize("name", ["setup.sh", "run_autograder", "run.sh"])
def test_scripts_are_valid_bash(name):
    done = subprocess.run(["/bin/bash", "-n"], input=script(name), capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")

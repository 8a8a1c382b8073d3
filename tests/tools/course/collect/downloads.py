"""Downloads of learning systems, composed from names and contents, as folder or as zip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.grader.archives import SOURCE, zip_bytes

LAB_ZIP = zip_bytes({"lab1/cattern/neural_net.py": SOURCE})
BOOK = b'{"cells": []}'

Files = Mapping[str, bytes]


def as_folder(folder: Path, name: str, files: Files) -> Path:
    """Write the files below a new folder; a name that ends in a slash is an empty folder."""
    root = folder / name
    root.mkdir()
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            target.mkdir(exist_ok=True)
        else:
            target.write_bytes(data)
    return root


def as_zip(folder: Path, name: str, files: Files) -> Path:
    """Pack the files into a new zip."""
    path = folder / f"{name}.zip"
    path.write_bytes(zip_bytes(files))
    return path


def as_wrapped_zip(folder: Path, name: str, files: Files) -> Path:
    """Packed once more by hand: below a folder, with what macOS adds."""
    wrapped = {f"{name}/{path}": data for path, data in files.items()}
    return as_zip(folder, name, {"__MACOSX/._x": b"", f"{name}/.DS_Store": b"", **wrapped})


FORMS = (as_folder, as_zip, as_wrapped_zip)

GRADESCOPE = {
    "submission_metadata.yml": b"""---
submission_90210:
  :submitters:
  - :name: Ana Doe
    :sid: 0070012
    :email: ana@example.edu
    section_name: A
  :created_at: 2026-03-03 05:43:04.180678000 Z
  :score: 17.5
  :results:
    tests:
    - name: gradient check
      score: 7.5
  :history:
  - :created_at: 2026-03-01 09:00:00.000000000 Z
submission_90211:
  :submitters:
  - :name: No
    :sid: '0070013'
    :email: no@example.edu
  - :name: Kai O'Brien
    :email: kai@example.edu
  :created_at: 2026-03-03 06:00:00.000000000 Z
submission_90212:
  :submitters: []
  :created_at: !ruby/object:Time 2026-03-03 07:00:00.000000000 Z
submission_90213:
  :submitters:
  - :name: Ana Doe
    :sid: '0070099'
    :email: ana2@example.edu
""",
    "submission_90210/cattern/neural_net.py": SOURCE,
    "submission_90211/lab1.zip": LAB_ZIP,
    "submission_90212/Simple_Neural_Network_Lab.ipynb": BOOK,
    "submission_99999/neural_net.py": SOURCE,
    "notes.txt": b"",
}

CANVAS = {
    "doeana_48213_9917342_lab1.zip": LAB_ZIP,
    "obrienkai_LATE_48220_9917388_neural_net-1.py": SOURCE,
    "obrienkai_LATE_48220_9917389_Simple_Neural_Network_Lab-1.ipynb": BOOK,
    "obrienkai_LATE_48220_9917390_best_net.pkl": b"\x80\x04.",
    "doeana_50001_9917400_lab1.zip": LAB_ZIP,
    "LATE_anon_kQ3f9_9917401_lab1.zip": LAB_ZIP,
    "mary_ann_late_48300_9917402_lab.v2.py": SOURCE,
    "smithjo_48400_text.html": b"<p>sorry",
    "studenttest_48999_9917403_lab1.zip": LAB_ZIP,
}

MOODLE = {
    "Ana Doe_10482_assignsubmission_file_/cattern/neural_net.py": SOURCE,
    "Ana Doe_10482_assignsubmission_onlinetext_/onlinetext.html": b"<p>hello",
    "Ana Doe_10490_assignsubmission_file/lab1.zip": LAB_ZIP,
    "Participant_10499_assignsubmission_file_/neural_net.py": SOURCE,
    "Group A_77_assignsubmission_file_/lab1.zip": LAB_ZIP,
    "Default group_assignsubmission_file_/neural_net.py": SOURCE,
    "Kai O'Brien_10483_assignfeedback_file_/notes.txt": b"",
}

MOODLE_FLAT = {
    "Ana Doe_10482_assignsubmission_file_neural_net.py": SOURCE,
    "Ana Doe_10482_assignsubmission_file_my_lab_1.ipynb": BOOK,
    "Kai O'Brien_10483_assignsubmission_file_lab1.zip": LAB_ZIP,
}

_RECEIPT = """Name: {name} ({user})
Assignment: Lab 1
Date Submitted: Monday, March 2, 2026 9:43:04 PM ICT
Current Grade: Needs Marking

Submission Field:
Name: somebody else (nobody)

Comments:
There are no student comments for this assignment.

Files:
\tOriginal filename: neural_net.py
\tFilename: {file}
"""


def receipt(name: str, user: str, file: str) -> bytes:
    """A receipt, with line ends of Windows."""
    return _RECEIPT.format(name=name, user=user, file=file).replace("\n", "\r\n").encode()


_ANA = "Lab_1_ad_123_attempt_2026-03-02-21-43-04"
_ANA_OLD = "Lab_1_ad_123_attempt_2026-03-01-09-00-00"
_KAI = "Lab_1_kob7_attempt_2026-03-02-10-00-00"
BLACKBOARD = {
    f"{_ANA}.txt": receipt("Ana Doe", "ad_123", f"{_ANA}_neural+net.py"),
    f"{_ANA}_neural+net.py": SOURCE,
    f"{_ANA_OLD}.txt": receipt("Ana Doe", "ad_123", f"{_ANA_OLD}_neural_net.py"),
    f"{_ANA_OLD}_neural_net.py": b"# old",
    f"{_KAI}_lab1.zip": LAB_ZIP,
    "Lab_1_jo5_attempt_2026-03-02-11-00-00.txt": b"Name: Jo Smith (jo5)\nAssignment: Lab 1\n",
}

BRIGHTSPACE = {
    "index.html": b"<html>",
    "397063-2557369 - Ana Doe - Mar 2, 2026 943 PM/lab1.zip": LAB_ZIP,
    "397063-2557369 - Ana Doe - Mar 1, 2026 1149 AM/neural_net.py": b"# old",
    "397064-2557369 - Kai O'Brien - Mar 2, 2026 1000 PM/neural_net.py": SOURCE,
    "397064-2557369 - Kai O'Brien - Mar 2, 2026 1001 PM/Simple_Neural_Network_Lab.ipynb": BOOK,
    "397065-2557369 - Ana Doe - Mar 2, 2026 1005 PM/neural_net.py": SOURCE,
}

BRIGHTSPACE_FLAT = {
    "397063-2557369 - Ana Doe - Mar 2, 2026 943 PM - lab1.zip": LAB_ZIP,
    "397064-2557369 - Kai O'Brien - Mar 2, 2026 1000 PM - neural_net.py": SOURCE,
    "397064-2557369 - Kai O'Brien - Mar 2, 2026 1001 PM - lab - final.ipynb": BOOK,
    "397066-2557369 - Zoé - 2 mars 2026 22 h 05 - neural_net.py": SOURCE,
}

NBGRADER = {
    "submitted/ad_123/lab1/cattern/neural_net.py": SOURCE,
    "submitted/ad_123/lab1/timestamp.txt": b"2026-03-02 21:43:04.180678 Asia/Bangkok\n",
    "submitted/ad_123/hw0/essay.ipynb": BOOK,
    "submitted/kob7/lab1/Simple_Neural_Network_Lab.ipynb": BOOK,
    "submitted/kob7/lab1/timestamp.txt": b"2026-03-02 21:43:04",
    "submitted/jo5/lab1/cattern/neural_net.py": SOURCE,
    "submitted/late/hw0/essay.ipynb": BOOK,
    "source/lab1/Simple_Neural_Network_Lab.ipynb": BOOK,
    "gradebook.db": b"",
}

"""A class of two as each learning system hands it out, with what an instructor has beside it.

Ana is right; Kai left out the 0.5 of the regularisation.
"""

from __future__ import annotations

import json
from pathlib import Path

from grader.lab.reference import SOLUTIONS
from grader.two_layer_net import LAB
from tests.docs.places import Place
from tests.grader.archives import zip_bytes
from tests.tools.course.collect.downloads import receipt

RIGHT = (SOLUTIONS / "cattern" / "neural_net.py").read_bytes()
WRONG = RIGHT.replace(b"0.5 * reg", b"reg")
BROKEN = b"PK\x03\x04 cut short"
_ANA, _KAI = (zip_bytes({"lab/cattern/neural_net.py": source}) for source in (RIGHT, WRONG))
_ANA_BB, _KAI_BB = (
    "Lab_1_ad123_attempt_2026-03-02-21-43-04",
    "Lab_1_kob7_attempt_2026-03-02-10-00-00",
)
DOWNLOADS = {
    "canvas": {
        "doeana_48213_9917342_lab.zip": _ANA,
        "obrienkai_48220_9917388_lab.zip": _KAI,
        "brokenzip_48231_9917399_lab.zip": BROKEN,
    },
    "moodle": {
        "Ana Doe_10482_assignsubmission_file_/cattern/neural_net.py": RIGHT,
        "Kai O'Brien_10483_assignsubmission_file_/cattern/neural_net.py": WRONG,
    },
    "brightspace": {
        "397063-2557369 - Ana Doe - Mar 2, 2026 943 PM/lab.zip": _ANA,
        "397064-2557369 - Kai O'Brien - Mar 2, 2026 1000 PM/lab.zip": _KAI,
    },
    "blackboard": {
        f"{_ANA_BB}.txt": receipt("Ana Doe", "ad123", f"{_ANA_BB}_neural_net.py"),
        f"{_ANA_BB}_neural_net.py": RIGHT,
        f"{_KAI_BB}.txt": receipt("Kai O'Brien", "kob7", f"{_KAI_BB}_neural_net.py"),
        f"{_KAI_BB}_neural_net.py": WRONG,
    },
}
_CLASS = {
    "class/ada/cattern/neural_net.py": RIGHT,
    "class/ben/cattern/neural_net.py": WRONG,
    "class/zed.zip": BROKEN,
    "ada/cattern/neural_net.py": RIGHT,
}
_CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 1: MLP (55120)
    Points Possible,,,,,100.00
"Doe, Ana",48213,0070012,ad123,Sec 1,
"O'Brien, Kai",48220,0070013,kob7,Sec 1,
"""
_MOODLE = """\
Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade",\
"Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 10482","Ana Doe",0070012,ana@example.edu,"Submitted for grading",,100.00,Yes,-,-,
"Participant 10483","Kai O'Brien",0070013,kai@example.edu,"Submitted for grading",,100.00,Yes,-,-,
"""
_BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,"
    "Lab 1 Points Grade <Numeric MaxPoints:100 Weight:10 Category:Labs>,End-of-Line Indicator\n"
    "#0070012,#ad123,Doe,Ana,,#\n#0070013,#kob7,O'Brien,Kai,,#\n"
)
_BLACKBOARD = (
    '"Last Name","First Name","Username","Student ID","Lab 1 [Total Pts: 100 Score] |337483"\n'
    '"Doe","Ana","ad123","0070012",""\n"O\'Brien","Kai","kob7","0070013",""\n'
)
HANDED_OUT = {
    "canvas": ("gradebook.csv", _CANVAS),
    "moodle": ("worksheet.csv", _MOODLE),
    "brightspace": ("export.csv", _BRIGHTSPACE),
    "blackboard": ("gradebook.csv", _BLACKBOARD),
}
_OVERRIDES = "student,task,points,comment\nobrienkai,T#6,15,shown in the office hour\n"


def write_class(folder: Path, system: str) -> Place:
    """What an instructor has before grading: the download and the file to be filled in."""
    for name, content in _CLASS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if system in DOWNLOADS:
        (folder / "submissions.zip").write_bytes(zip_bytes(DOWNLOADS[system]))
        name, text = HANDED_OUT[system]
        (folder / name).write_text(text)
    rubric = LAB.rubric_path.read_text(encoding="utf-8")
    rubric = rubric.replace("loss-data = 4 ", "loss-data = 6 ").replace(
        "loss-reg = 4 ", "loss-reg = 2 "
    )
    (folder / "my-rubric.toml").write_text(rubric)
    (folder / "my-notebook.ipynb").write_text(notebook_after_a_session())
    return Place(folder)


def write_graded_class(folder: Path, system: str) -> Place:
    """The same, graded, and a person's word for Kai that no page shows yet."""
    place = write_class(folder, system)
    path = "submissions.zip" if system in DOWNLOADS else "class"
    code, said = place.run(f"nnlab grade {path} -o grades --data none --seed 7 --jobs 1")
    assert code == (system in ("canvas", "folders")), said
    if system == "canvas":
        (folder / "grades" / "overrides.csv").write_text(_OVERRIDES)
    return place


def notebook_after_a_session() -> str:
    """The reference notebook with an output, as Jupyter saves it."""
    notebook = json.loads((SOLUTIONS / "Simple_Neural_Network_Lab.ipynb").read_text("utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["1\n"]}]
    return json.dumps(notebook)

"""How each command of the pages is run, what is put in for its words, and what cannot be run."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Written in several ways, and one thing in the folder that commands are run in.
SAME = {
    "OUT": "grades",
    "-o …": "-o grades",
    "PATH...": "class/",
    "grade ...": "grade class/",
    "--submission PATH": "--submission class/ada",
    "--fix …": "--fix my-notebook.ipynb",
    "--to canvas FILE": "--to canvas gradebook.csv",
    "--to moodle FILE": "--to moodle worksheet.csv",
    "--to brightspace FILE": "--to brightspace export.csv",
    "--to blackboard FILE": "--to blackboard gradebook.csv",
    "prairielearn FOLDER": "prairielearn lab-for-prairielearn",
    "worker …": "worker ADDRESS",
    "tcp://10.0.0.5:8786": "ADDRESS",
    "tcp://127.0.0.1:8786": "ADDRESS",
    "10.0.0.5": "127.0.0.1",
}

# What is appended to a command as it stands on the page, and why.
APPENDED = {
    "quick": (
        "--data none --seed 7 --jobs 1",
        "What the page is about is not the images; without them a class takes a second.",
    ),
    "name": ("--help", "The page only names the command, which wants to be told more."),
    "two": ("--sizes 2 --data none --jobs 1", "Classes of 100 and 1,000 take minutes."),
    "once": (
        "--seeds 1 --variant momentum --data",
        "A thousand seeds of each variant take most of an hour.",
    ),
    "few": ("--count 20", "Ten thousand take a quarter of an hour."),
    "offline": ("--no-index", "The packages are there; the index is not asked."),
    "bare": ("--without-pip", "Unpacking pip takes longer than all the rest."),
    "unseen": (
        "--no-browser --allow-root --ip 127.0.0.1 --port 0",
        "No browser is opened, and no other server is in the way.",
    ),
    "dry": ("-n", "Only what would be done is printed: see NOT_RUN."),
    "own port": ("--port 0 --scheduler-file scheduler.json --no-dashboard", "Others may run."),
    "no dashboard": ("--no-dashboard", "Others may run."),
}


@dataclass(frozen=True)
class Run:
    """Where a command is run, and what has to come of it."""

    at: str  # a fixture of test_commands.py
    says: str  # a pattern
    leaves: str = ""  # a file, where the command is to make one
    holds: str = ""  # a pattern in that file
    code: int = 0
    more: str = ""  # a key of APPENDED


ATTENTION = 1  # the archive of one student is broken
_USAGE = "Usage: nnlab {}"
_GRADED = r"Graded: 2, median \d+\.?\d* of 100\.\nNeed attention: 1; see grades/attention\.csv\."
_MOVED = r"obrienkai: \d+ -> \d+\n  T#6 loss-data: it is worth 6 instead of 4\n"
_HELD_BACK = (
    "2 students for canvas in grades/exports/canvas.csv\nnot written: brokenzip: held back: status "
    "is ungradable: look at it, then set its score in overrides.csv\n1 not written: 1 held back"
)
_NO_OUTPUT = r"\A(?!(?s:.*)output_type)"

NNLAB = {
    "nnlab": Run("canvas", r"grades +grades: 3 students, 1 to look at"),
    "nnlab --help": Run("canvas", "A class, from beginning to end:"),
    "nnlab release": Run(
        "checkout", "63 lines of 8 tasks taken out, proved", "assignment/README.md", "Start"
    ),
    "nnlab release --out lab": Run("canvas", "proved", "lab/assignment/README.md", "Start"),
    "nnlab transcript": Run("small_lab", "figures agree"),
    "nnlab transcript --full": Run("small_lab", "36 runs"),
    "nnlab notebook check": Run("canvas", "clean and valid"),
    "nnlab notebook check --fix": Run(
        "checkout_after_a_session",
        "rewritten",
        "solutions/Simple_Neural_Network_Lab.ipynb",
        _NO_OUTPUT,
    ),
    "nnlab notebook check --fix my-notebook.ipynb": Run(
        "canvas", "rewritten", "my-notebook.ipynb", _NO_OUTPUT
    ),
    "nnlab notebook html -o lab.html": Run(
        "small_lab", "lab.html: ", "lab.html", "Your loss: 1.30378789133"
    ),
    "nnlab completion bash >> ~/.bashrc": Run("canvas", "", "~/.bashrc", "complete .*nnlab"),
    # data
    "nnlab data": Run("data", "auto: MNIST in"),
    "nnlab data status": Run("data", "auto: MNIST in"),
    "nnlab data verify": Run("data", "MNIST, size and SHA-256 of the content are right"),
    "nnlab data fetch": Run("no_data", r"t10k-labels.*: fetched from http://127\.0\.0\.1"),
    "nnlab data fetch --from /mnt/course/mnist": Run("no_data", "t10k-labels.*: fetched from"),
    "nnlab data make": Run("no_data", "the offline digits"),
    # grading
    "nnlab grade submissions.zip -o grades": Run(
        "new_class",
        rf"3 submissions, named as canvas names them\.\n{_GRADED}",
        "grades/students/obrienkai/feedback.html",
        r"without the factor 0\.5",
        ATTENTION,
        "quick",
    ),
    "nnlab grade class/ -o grades": Run(
        "new_class", _GRADED, "grades/index.html", "ada", ATTENTION, "quick"
    ),
    "nnlab grade class/ada -o grades": Run(
        "folders", r"among these paths: ben, zed\.", "grades/scores.csv", "ben", ATTENTION, "quick"
    ),
    "nnlab grade ada/ -o out": Run(
        "new_class",
        r"T#5 +Scores +✓ right",
        "out/students/ada/report.json",
        '"isolation": "[a-z]+"',
        more="quick",
    ),
    "nnlab grade class/ -o grades --isolation full": Run(
        "full_isolation",
        _GRADED,
        "grades/students/ada/report.json",
        '"isolation": "full"',
        ATTENTION,
        "quick",
    ),
    "nnlab judge grades": Run(
        "canvas", "Judged 3 submissions; 0 moved", "grades/moved.csv", "student,", ATTENTION
    ),
    "nnlab judge grades --dry-run": Run("canvas", "3 submissions; 0 would move", code=ATTENTION),
    "nnlab judge grades --rubric my-rubric.toml": Run(
        "canvas", _MOVED, "grades/moved.csv", "obrienkai,T#6,loss-data", ATTENTION
    ),
    "nnlab judge grades --rubric my-rubric.toml --dry-run": Run("canvas", _MOVED, code=ATTENTION),
    "nnlab report grades": Run(
        "canvas",
        r"3 reports\. Dashboard: grades/index\.html",
        "grades/students/obrienkai/feedback.html",
        "shown in the office hour",
        ATTENTION,
    ),
    "nnlab similar grades": Run("canvas", "3 submissions are too few"),
    "nnlab similar grades --archive grades-2025 --archive last-spring/": Run(
        "canvas_two_years", "submissions are too few"
    ),
    "nnlab questions grades": Run("canvas", r"(?s)obrienkai\n1\. T#\d+.*   Expected: "),
    "nnlab questions grades obrienkai": Run("canvas", r"\Aobrienkai\n1\. T#\d+"),
    # giving back
    "nnlab export grades --to canvas gradebook.csv": Run(
        "canvas",
        _HELD_BACK,
        "grades/exports/canvas.csv",
        r'Kai",48220,0070013,kob7,Sec 1,\d+',
        ATTENTION,
    ),
    "nnlab export grades --to moodle worksheet.csv": Run(
        "moodle", "2 students", "grades/exports/moodle.csv", r'10483"(,[^,]*){4},\d+\.?\d*,100'
    ),
    "nnlab export grades --to brightspace export.csv --by-name": Run(
        "brightspace", "2 students", "grades/exports/brightspace.csv", r"#kob7,O'Brien,Kai,\d+,#"
    ),
    "nnlab export grades --to blackboard gradebook.csv": Run(
        "blackboard", "2 students", "grades/exports/blackboard.csv", r'"kob7","0070013","\d+'
    ),
    "nnlab export grades --to csv": Run(
        "canvas", "3 students for csv", "grades/exports/grades.csv", r"obrienkai,48220,\d+,100"
    ),
    "nnlab export grades --to junit": Run(
        "canvas", "3 students for junit", "grades/exports/junit.xml", '<testsuite name="obrienkai"'
    ),
    "nnlab export grades --to github": Run(
        "canvas", "3 students", "grades/exports/github/doeana/github-output.txt", "^result="
    ),
    "nnlab export grades --to gradescope": Run(
        "canvas",
        "brokenzip: held back",
        "grades/exports/gradescope/doeana/results.json",
        '"tests"',
        ATTENTION,
    ),
    "nnlab export grades --to prairielearn": Run(
        "canvas",
        "brokenzip: held back",
        "grades/exports/prairielearn/doeana/results.json",
        '"score": 0.72',
        ATTENTION,
    ),
    "nnlab export grades --to canvas --feedback": Run(
        "canvas", "2 students", "grades/exports/feedback.zip", "obrienkai_48220", ATTENTION
    ),
    "nnlab export grades --to moodle --feedback": Run(
        "moodle", "2 students", "grades/exports/feedback.zip", "Kai O'Brien_10483_assignsubmission"
    ),
    "nnlab export grades --to brightspace --feedback": Run(
        "brightspace", "2 students", "grades/exports/feedback.zip", "Kai O'Brien - Mar 2, 2026"
    ),
    "nnlab export grades --to csv --feedback": Run(
        "canvas", "2 students", "grades/exports/feedback.zip", "obrienkai/feedback.html", ATTENTION
    ),
    "nnlab gradescope autograder.zip": Run(
        "canvas", "upload it under Configure Autograder", "autograder.zip", "run_autograder"
    ),
    "nnlab gradescope autograder.zip --mnist ~/mnist": Run(
        "data", "upload it", "autograder.zip", "mnist/train-images-idx3-ubyte.gz"
    ),
    "nnlab gradescope autograder.zip --hidden-checks hidden": Run(
        "canvas", "upload it", "autograder.zip", "settings.json"
    ),
    "nnlab prairielearn lab-for-prairielearn": Run(
        "canvas", "README.md says what", "lab-for-prairielearn/README.md", "nnlab-grader"
    ),
    "nnlab prairielearn lab-for-prairielearn --image myschool/nnlab-grader": Run(
        "canvas", "README.md says what", "lab-for-prairielearn/README.md", "myschool/nnlab-grader"
    ),
    "nnlab ci github": Run("canvas", r"on:.*push(?s:.*)pytest"),
    "nnlab ci github -o template-repository": Run(
        "canvas", "written", "template-repository/.github/workflows/checks.yml", "pytest"
    ),
    "nnlab ci github --for class -o lab-grading": Run(
        "canvas", "written", "lab-grading/.github/workflows/grade.yml", "CLASS_TOKEN"
    ),
} | {
    f"nnlab {name}": Run("canvas", _USAGE.format(name), more="name")
    for name in (
        *("grade", "judge", "report", "export", "gradescope", "prairielearn", "ci", "completion"),
        "notebook html",
    )
}

OTHERS = {
    # the kit's own checkout
    "pytest grader/": Run("checkout", r"Sandbox: \w+\..*\n=+ 34 passed"),
    "pytest grader/ --submission class/ada": Run(
        "checkout", r"T#5 +Scores +10 of 10\n(?s:.*)T#12 +Tuning +0 of 25\nSandbox: ", code=1
    ),
    "python -m tools.dev.mistake_table": Run("small_lab", r"\| `lowest-score` \| 5 of 5 \|"),
    "python -m tools.dev.mistake_table --write": Run(
        "small_lab", "", "mistakes.md", r"\| `lowest-score` \| 5 of 5 \|"
    ),
    "python -m tools.dev.measure_chance": Run("checkout", "Missed checks in all: 0", more="once"),
    "python -m tests.faults.memory": Run("checkout_with_tests", "20 submissions in", more="few"),
    "python -m tools.dev.scale": Run("checkout", "2 submissions, data none", more="two"),
    "python -m tools.dev.measure_loss_bands": Run(
        "small_lab", "synthetic: from", "loss_bands.npz", "synthetic_low.npy"
    ),
    "OPENBLAS_NUM_THREADS=1 python -m tools.dev.measure_digits": Run(
        "small_lab", r"\| linear classifier, on test images \| below 95 \| \d"
    ),
    "python -m tools.dev.measure_digits": Run("small_lab", r"\| linear classifier, on test images"),
    "OPENBLAS_NUM_THREADS=1 python -m tools.dev.best_net --data mnist": Run(
        "small_lab", "on validation, ", "solutions/best_net.npz", "W1.npy"
    ),
    "python -m tools.dev.best_net": Run("small_lab", "--data", more="name"),
    # the student's folder
    "python -m pip install -r requirements.txt": Run(
        "student", "already satisfied: notebook", more="offline"
    ),
    "python -m venv .venv": Run("student", "", ".venv/bin/activate", "VIRTUAL_ENV", more="bare"),
    "source .venv/bin/activate": Run("student_with_venv", r"/\.venv/bin/python"),
    "python -m pytest": Run("student", r"T#5 +Scores +not yet(?s:.*)Next: T#5, Scores\.", code=1),
    "python -m pytest -k t05": Run("student", "T#5", code=1),
    "python -m cattern.submit": Run(
        "student", r"not done yet: T#5, T#6", "submission.zip", "neural_net.py"
    ),
    "python -m mnist_data fetch": Run(
        "student_who_fetches", "t10k-labels.*from", "mnist_data/t10k-labels-idx1-ubyte.gz"
    ),
    "python -m mnist_data make": Run(
        "student", "The offline digits are in", "mnist_data/t10k-labels-idx1-ubyte.gz"
    ),
}

# These go on until they are stopped. Of the second each needs the one before it.
NOTEBOOK = {"python -m notebook Simple_Neural_Network_Lab.ipynb": "unseen"}
CLUSTER = {
    "dask scheduler --host 127.0.0.1": "own port",
    "dask worker ADDRESS --nthreads 1": "no dashboard",
    "nnlab grade class/ -o grades --cluster ADDRESS": "quick",
}

# What no test of the suite can run; what else is known of these is checked.
NOT_RUN = {
    "make demo": "It makes a class of thirty and grades it with images: some minutes.",
    "make test": "It is what runs this test.",
    "make lint": "It looks at the checkout as it is, which is in the middle of a change here.",
    "make fuzz": "It takes twenty times as long as the tests.",
    "make faults": "It kills graders by the hundred, for many minutes.",
    "make bench": "It measures for minutes, and a machine at work on tests measures nothing.",
    "make bench-peers": "It installs other graders from the package index, and takes an hour.",
    "make mutants": "It runs the tests once for each mutant.",
    "pip install -e '.[cluster]'": "It builds the kit with tools from the package index.",
    "kubectl port-forward svc/nnlab-scheduler 8786": "It needs a Kubernetes cluster.",
    r".venv\Scripts\activate": "It is for Windows.",
    "git lfs pull": "It needs a repository that was cloned without its large files.",
}

RUN = NNLAB | OTHERS


def plain(command: str) -> str:
    """A command with one word for what pages write in several ways."""
    for words, same in SAME.items():
        command = re.sub(rf"(?<!\S){re.escape(words)}(?!\S)", same, command)
    return command

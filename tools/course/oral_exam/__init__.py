"""Questions for an oral exam about a student's own code and runs, with the expected answers.

    for one in questions_for(book, "adalovelace"):
        print(one.question, one.answer)

Each generator of the bank asks about one thing that the kit measured or found in the source. It
asks nothing if the fact is not there or the task is not right, so a question never claims what is
not so. The same gradebook gives the same questions.
"""

from tools.course.oral_exam.choose import COUNT, every_question, questions_for
from tools.course.oral_exam.facts import OralQuestion

__all__ = ["COUNT", "OralQuestion", "every_question", "questions_for"]

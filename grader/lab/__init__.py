"""What the grader knows of this lab: questions, reference answers, credit, known mistakes."""

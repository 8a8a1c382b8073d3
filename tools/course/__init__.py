"""From what a class handed in to its grades: collect, grade, report, export."""

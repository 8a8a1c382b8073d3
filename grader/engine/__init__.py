"""Asks the questions of a lab, judges the answers by its rubric, and knows no lab itself."""

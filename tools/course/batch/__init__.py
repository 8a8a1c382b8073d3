"""Grading a class: collect, observe on all cores, judge, store, report."""

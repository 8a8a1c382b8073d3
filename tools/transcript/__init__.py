"""Repeats the published run, and compares it with the transcript."""

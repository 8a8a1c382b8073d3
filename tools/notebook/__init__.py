"""Executes the reference notebook and keeps it in its stored form."""

"""Finds out who handed in what, in whatever a learning system gives out.

`collect` looks at names alone and yields light entries; `Reader` reads their files one by one.
"""

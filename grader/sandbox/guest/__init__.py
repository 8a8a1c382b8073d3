"""What runs inside the sandbox: numpy and the standard library alone, and not one answer.

These modules import one another relatively, so that the same files are `grader.sandbox.guest.*` for
tests and `guest.*` in the fork server, which must never import the `grader` package itself.
"""

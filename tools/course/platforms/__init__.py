"""The kit inside other systems' machines: Gradescope, PrairieLearn, GitHub Actions.

`gradescope_zip`, `prairielearn_files` and `github_workflow` make what is uploaded there; the
modules `run_gradescope` and `run_prairielearn` are what then runs.
"""

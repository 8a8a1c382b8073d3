"""Other graders, given the same checks: how each is set up, fed and read."""

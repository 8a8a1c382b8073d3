"""Says which Python the checks need, before pytest reads files that only a new one can read."""

import cattern  # noqa: F401

"""Counts with their noun."""


def plural(count: float, noun: str, verb: tuple[str, str] | None = None) -> str:
    """A count and its noun, "1 student" or "1,000 students", and the verb that agrees with it."""
    is_one = count == 1
    said = f"{count:,g} {noun}" if is_one else f"{count:,g} {noun}s"
    return f"{said} {verb[0] if is_one else verb[1]}" if verb else said

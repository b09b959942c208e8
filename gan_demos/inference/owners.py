"""Whose work something is: a visitor's name, or of one part of what they do, "visitor/part". A visitor owns all parts."""

SEPARATOR = "/"


def part_of(visitor: str, part: str) -> str:
    """The owner of a part of a visitor's work, which can be stopped without the rest of it."""
    return f"{visitor}{SEPARATOR}{part}"


def visitor_of(owner: str | None) -> str | None:
    """Whose limits count for `owner`; None for nobody."""
    return None if owner is None else owner.partition(SEPARATOR)[0]


def owns(owner: str, other: str | None) -> bool:
    """Whether the work of `other` is that of `owner`, or a part of it."""
    return other == owner or (other is not None and other.startswith(f"{owner}{SEPARATOR}"))

"""Errors whose text is shown to a person as it is: what is wrong, and what to do about it."""


class UserError(Exception):
    """Bad input or a refused request. The text is one or two plain sentences; no traceback is ever shown with it."""


class BusyError(UserError):
    """The queue is full. `retry_seconds` is a positive estimate of when trying again makes sense."""

    def __init__(self, message: str, retry_seconds: float) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds

    def __reduce__(self) -> tuple[type, tuple[str, float]]:
        return type(self), (str(self), self.retry_seconds)  # between processes both arguments travel


class CancelledError(UserError):
    """The work was cancelled by its owner before it finished."""


class CheckpointError(UserError):
    """A checkpoint is missing, damaged or does not fit its network."""


class RecipeError(UserError):
    """A recipe cannot be read, or cannot be replayed here."""


class MediaError(UserError):
    """A file cannot be read as one of the formats of `gan_demos.media`, or a result cannot be written as one."""

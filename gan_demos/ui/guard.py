"""What a visitor sees when a request fails: a plain sentence, never a traceback."""

import errno
import functools
import html
import inspect
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import gradio as gr
from starlette.requests import Request

from gan_demos.errors import UserError
from gan_demos.inference import SEPARATOR, part_of
from gan_demos.inference.queueing import closed_error

LOGGER = logging.getLogger("gan_demos.requests")
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
CALLER = "gan_demos.caller"  # in the scope of a request of MCP: whose work it is


class Door:
    """The handlers at work. Once it is shut no other one begins, so that a process that is to end can wait for these."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._shut = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        """A handler runs in the body. `UserError` once the door is shut."""
        with self._changed:
            if self._shut:
                raise closed_error()
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def shut(self, seconds: float) -> bool:
        """Shut it and wait at most `seconds` for the handlers at work. Whether all are done."""
        with self._changed:
            self._shut = True
            return self._changed.wait_for(lambda: not self._inside, seconds)


DOOR = Door()  # one a process, which ends as a whole


def owner_of(request: gr.Request | None, part: str) -> str:
    """Whose work a request is: that part (a tab, which stops only its own) of the visitor's, or of a call without a session."""
    return part_of(visitor_of(request) or f"call-{uuid.uuid4().hex}", part)


def visitor_of(request: gr.Request | None) -> str | None:
    """Who owns all parts of what a browser's session, or a call of a tool, asked for; None for one without a name."""
    session = request.scope.get(CALLER) if isinstance(request, Request) else getattr(request, "session_hash", None)
    return session.replace(SEPARATOR, "-") if isinstance(session, str) and session else None


def guarded(fn: Callable[..., Any]) -> Callable[..., Any]:
    """`fn` as an event handler: what it raises becomes a `gr.Error`, which the page shows as a small notice and an API caller gets as text.

    A `UserError` is shown as it is, and a full disk is called that. Anything else is logged with a request id and shown as a fault of
    ours, with that id. A generator function stays one. Once `DOOR` is shut nothing begins.
    """
    if inspect.isgeneratorfunction(fn):

        @functools.wraps(fn)
        def generator(*args: Any, **kwargs: Any) -> Iterator[Any]:
            with _raising_notices(fn.__name__):
                yield from fn(*args, **kwargs)

        return generator

    @functools.wraps(fn)
    def handler(*args: Any, **kwargs: Any) -> Any:
        with _raising_notices(fn.__name__):
            return fn(*args, **kwargs)

    return handler


def with_status(fn: Callable[..., tuple], outputs: int) -> Callable[..., tuple]:
    """`fn` as an event handler whose first output is a `status_line` and whose other `outputs` outputs `fn` returns as a tuple.

    On success the status is empty. On failure it holds the sentence `guarded` would have shown, and the other outputs stay as they were:
    a slider that is being dragged keeps its last good result. A generator function stays one: each tuple that it yields is shown.
    """

    def failure(notice: gr.Error) -> tuple:
        return f'<span role="alert">⚠️ {notice.message}</span>', *(gr.skip() for _ in range(outputs))

    if inspect.isgeneratorfunction(fn):

        @functools.wraps(fn)
        def generator(*args: Any, **kwargs: Any) -> Iterator[tuple]:
            try:
                with _raising_notices(fn.__name__), closing(fn(*args, **kwargs)) as stream:
                    for values in stream:
                        yield "", *values
            except gr.Error as notice:
                yield failure(notice)

        return generator

    @functools.wraps(fn)
    def handler(*args: Any, **kwargs: Any) -> tuple:
        try:
            with _raising_notices(fn.__name__):
                return "", *fn(*args, **kwargs)
        except gr.Error as notice:
            return failure(notice)

    return handler


@contextmanager
def _raising_notices(name: str) -> Iterator[None]:
    """Run the body; log one line about it; turn what it raises into a `gr.Error`."""
    request_id, started, outcome = uuid.uuid4().hex[:12], time.perf_counter(), "ok"
    try:
        with DOOR.passing():
            yield
    except GeneratorExit:
        outcome = "closed"
        raise
    except gr.Error:
        outcome = "refused"
        raise
    except UserError as error:
        outcome = type(error).__name__
        raise _notice(str(error)) from None
    except Exception as error:
        outcome = "failed"
        who = {"request": request_id, "handler": name}
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            LOGGER.error("request=%s handler=%s the disk is full: %s", request_id, name, error, extra=who)
            raise _notice("The disk of this server is full, so the result could not be stored: try again in a few minutes.") from None
        LOGGER.exception("request=%s handler=%s unexpected error", request_id, name, extra=who)
        raise _notice(f"Something went wrong on our side; nothing of yours was lost. Try again. (request {request_id})") from None
    finally:
        facts = {"request": request_id, "handler": name, "outcome": outcome, "ms": round(1000 * (time.perf_counter() - started), 1)}
        LOGGER.info(" ".join(f"{key}={value}" for key, value in facts.items()), extra=facts)


def _notice(text: str) -> gr.Error:
    # Gradio renders the message as HTML, and the text may repeat what came with an uploaded file.
    return gr.Error(html.escape(text, quote=False), print_exception=False)

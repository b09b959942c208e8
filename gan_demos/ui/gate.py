"""What no request may be, whatever the page or the API does with it: held here before Gradio acts on it."""

import asyncio
import copy
import functools
import logging
import re
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import routes
from gradio.route_utils import FnIndexInferError
from gradio.utils import get_upload_folder
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gan_demos.ui.guard import CALLER

MAX_BODY = 33 << 20  # bytes: the largest file, and what is around it
ADDRESS = re.compile(r"\s*https?:", re.IGNORECASE)
CLOSED = re.compile(r"(/gradio_api)?/(dev/reload|deep_link|process_recording|(undo-)?vibe-|monitoring|profiling|proxy=)", re.IGNORECASE)
NAMED_CALL = re.compile(r"/gradio_api/call/v2/([^/]+)/?")
ANSWER = re.compile(r"/gradio_api/call/(?:v2/)?[^/]+/([^/]+)/?")
TOOLS = re.compile(r"/gradio_api/mcp(/.*)?")
UPLOAD = re.compile(r"/gradio_api/upload/?")
PROGRESS = re.compile(r"/gradio_api/upload(_progress)?/?")
UPLOADS = 256  # the last ones whose progress may be asked for
TOOLS_AT_A_TIME = 16  # calls of them; the others wait
GIVEN_UP_SECONDS = 600  # an upload that nothing came of for so long
FETCHING = re.compile(r"/file[=/]+\s*https?:", re.IGNORECASE)

LOGGER = logging.getLogger("gan_demos.requests")


class Gate:
    """Middleware (ASGI) that refuses bodies above `MAX_BODY`, to fetch addresses of others, and what of Gradio no page here uses.

    Gradio bounds each uploaded file but not their number, and reads JSON of any size; and its address of files passes on whatever lies at
    a public address that is named there, which would make a proxy for strangers of every server. It also offers to keep a session in a
    file, to cut films, and streams that only its developers listen to. And it leaves the temporary file of an upload that ends too early
    or that the client breaks off: those go here, some minutes later, when the next upload is over. And it remembers the name of every
    upload whose progress was asked for.

    leave: called with the number of a call of the API, which is its session's name, or the `CALLER` of one of a tool, when its caller goes
    before the answer is there.
    """

    def __init__(self, app: ASGIApp, leave: Callable[[str], object] = lambda visitor: None) -> None:
        self.app, self.leave = app, leave
        self._begun: set[Path] = set()  # temporary files that came while something was uploaded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = _inner_path(scope)
        if CLOSED.match(path):
            await PlainTextResponse("There is nothing here.", 404)(scope, receive, send)
            return
        if FETCHING.search(path):
            await PlainTextResponse("Addresses are not fetched.", 403)(scope, receive, send)
            return
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        if not stated.isdigit() or int(stated[:20]) > MAX_BODY:
            await _too_large(scope, receive, send)
            return
        taken, started, ended = 0, False, False
        if TOOLS.fullmatch(path):
            scope[CALLER] = f"tool-{uuid.uuid4().hex}"

        async def counted() -> Message:  # a body in pieces states no length
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal started, ended
            started = True
            await send(message)
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            with self._swept(path):
                await self.app(scope, counted, noted)
        except _TooLargeError:
            if started:
                raise
            await _too_large(scope, receive, send)
        except FnIndexInferError:
            await PlainTextResponse("There is no such call.", 404)(scope, receive, send)
        except Exception as error:  # one that nobody handled would also cut the connection
            if started:
                raise
            if (refusal := _misfit(path, error)) is not None:
                await refusal(scope, receive, send)
                return
            LOGGER.exception("path=%r unexpected error", path[:200])
            await PlainTextResponse("Something went wrong on our side. Try again.", 500)(scope, receive, send)
        finally:
            if not ended and (call := ANSWER.fullmatch(path)):
                self.leave(call[1])
            elif not ended and CALLER in scope:
                self.leave(scope[CALLER])
            if PROGRESS.fullmatch(path):
                _forget_uploads()

    @contextmanager
    def _swept(self, path: str) -> Iterator[None]:
        """Around a request: after an upload, none of the temporary files that earlier ones left. Other programs' files are not touched."""
        if not UPLOAD.fullmatch(path):
            yield
            return
        folder = Path(get_upload_folder())
        before = set(folder.glob("tmp*"))
        try:
            yield
        finally:
            there = set(folder.glob("tmp*"))
            self._begun = (self._begun | (there - before)) & there
            for file in self._begun:
                try:
                    if time.time() - file.stat().st_mtime > GIVEN_UP_SECONDS:
                        file.unlink()
                except OSError:
                    LOGGER.info("a temporary file of an upload went by itself")


class Page(gr.Blocks):
    """A `gr.Blocks` that holds what an event brings along to its components, and says so in a sentence where it does not fit.

    A file of an event is one that was uploaded here. Gradio would also fetch one from a public address, of any size.
    """

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False) -> list[Any]:
        """The values that the event's function takes. `gr.Error` for too few, for addresses, and for what fits no component."""
        if len(inputs) < len(block_fn.inputs):
            raise _refusal(f"This call takes {len(block_fn.inputs)} values; it got {len(inputs)}.")
        if _names_address(inputs):
            raise _refusal("Addresses are not fetched: give the file itself.")
        try:
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error:
            raise
        except Exception as error:  # Gradio's, pydantic's, the system's: whatever is wrong, it is what was sent
            LOGGER.info("handler=%s outcome=refused before it: %s", block_fn.name, type(error).__name__)
            raise _refusal("What was sent does not fit: a file must have been uploaded here, and each value be of its kind.") from None


    async def process_api(self, block_fn: Any, *arguments: Any, **more: Any) -> dict[str, Any]:
        """As Gradio's; of tools a few at a time, whose callers read a refusal as the sentence that it is."""
        if not getattr(block_fn, "is_tool", False):
            return await super().process_api(block_fn, *arguments, **more)
        async with self._tools:
            try:
                return await super().process_api(block_fn, *arguments, **more)
            except gr.Error as error:
                raise RuntimeError(error.message) from None
            except Exception:
                LOGGER.exception("handler=%s unexpected error", block_fn.name)
                raise RuntimeError("Something went wrong on our side. Try again.") from None

    @functools.cached_property
    def _tools(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(TOOLS_AT_A_TIME)


def answer_tools_here(blocks: gr.Blocks) -> None:
    """Let MCP's calls of a launched page be answered as if no queue were there.

    For those that have to wait in a queue Gradio is a client of its own: it opens whatever file of this machine a caller names, takes all
    callers for one visitor, and lets each of them hold one of forty threads that every other request needs too. The engine has a queue.
    """
    server = blocks.mcp_server_obj
    prepare = server._prepare_tool_call_args

    def prepared(name: str, arguments: dict[str, Any]) -> tuple:
        endpoint, values, headers, function = prepare(name, arguments)
        function = copy.copy(function)
        function.queue, function.is_tool = False, True
        return endpoint, values, headers, function

    server._prepare_tool_call_args = prepared


class _TooLargeError(Exception):
    """A body that goes on above `MAX_BODY`."""


def _misfit(path: str, error: Exception) -> Response | None:
    """The answer to a call by names that fits no call, for which Gradio raises what it would raise for a fault of its own; else None."""
    if not (named := NAMED_CALL.fullmatch(path)):
        return None
    if isinstance(error, KeyError) and error.args == (f"/{named[1]}",):
        return PlainTextResponse("There is no such call.", 404)
    if isinstance(error, TypeError) and traceback.extract_tb(error.__traceback__)[-1].name == "construct_args":
        text = "The parameters do not fit this call: one is missing, or there is none of a name that was given; see /gradio_api/info."
        return PlainTextResponse(text, 422)
    return None


def _inner_path(scope: Scope) -> str:
    """The path as the application knows it, without what stands before it at a proxy (`GRADIO_ROOT_PATH`)."""
    path, root = scope["path"], scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _forget_uploads() -> None:
    """Only the newest uploads' names are kept, which anybody may make up."""
    kept = routes.file_upload_statuses
    for names in (kept._signals, kept._statuses):
        for name in list(names)[:-UPLOADS]:
            names.pop(name, None)


def _refusal(text: str) -> gr.Error:
    return gr.Error(text, print_exception=False)


def _names_address(values: list[Any]) -> bool:
    """Whether one of the files in `values`, however deep, is an address."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("path"), str) and ADDRESS.match(value["path"]):
                return True
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
    return False


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    answer = PlainTextResponse(f"A request has at most {MAX_BODY >> 20} MB.", 413, {"Connection": "close"})
    await answer(scope, receive, send)

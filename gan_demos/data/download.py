"""Fetch one public file over https, never more of it than expected."""

import http.client
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import BinaryIO

from ..errors import UserError

CHUNK = 1 << 18


def download(address: str, file: Path, max_bytes: int, timeout: float = 30.0) -> None:
    """Write what `address` gives to `file`; `timeout` seconds without a byte end it.

    `UserError` where the address is not https (this machine itself, 127.0.0.1, may be asked over http), answers with an error, gives more
    than `max_bytes` or ends early. What `file` holds then is of no use; the caller removes it.
    """
    _check_address(address)
    request = urllib.request.Request(address, headers={"User-Agent": "gan-demos"})
    try:
        with _OPENER.open(request, timeout=timeout) as answer, file.open("wb") as out:
            announced = answer.headers.get("Content-Length", "")
            expected = int(announced) if announced.isdecimal() else None
            if expected is not None and expected > max_bytes:
                raise UserError(f"{address} is larger ({expected:,} bytes) than it should be ({max_bytes:,} at most): not fetched.")
            received = _copy(answer, out, max_bytes)
    except urllib.error.HTTPError as error:
        error.close()
        raise UserError(f"{address} answered {error.code} ({error.reason}). Try again later, or see whether it has moved.") from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise UserError(f"{address} could not be fetched: {reason}. Check the network connection and try again.") from None
    if received > max_bytes:
        raise UserError(f"{address} gives more than it should ({max_bytes:,} bytes at most): not fetched further.")
    if expected is not None and received != expected:
        raise UserError(f"The download of {address} ended early, after {received:,} of {expected:,} bytes. Try again.")


def _copy(answer: http.client.HTTPResponse, out: BinaryIO, max_bytes: int) -> int:
    """Copy until the end or until more than `max_bytes` came; returns how many bytes came."""
    received = 0
    while received <= max_bytes and (chunk := answer.read(CHUNK)):
        received += len(chunk)
        out.write(chunk)
        if sys.stderr.isatty():
            print(f"\r{received / 1e6:8.1f} MB", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return received


def _check_address(address: str) -> None:
    parts = urllib.parse.urlsplit(address)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        raise UserError(f"{address} is not an https address, so it is not fetched.")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, to allowed addresses only."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        _check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_Redirects)

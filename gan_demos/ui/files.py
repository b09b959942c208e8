"""Results as files that the page may serve."""

import hashlib
import logging
import os
import re
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder

from gan_demos.demo import Artefact

LOGGER = logging.getLogger("gan_demos.requests")


def save_artefact(artefact: Artefact) -> str:
    """Path of a file in Gradio's cache that holds `artefact`, named after it. The cache is emptied by age; see `sweep`."""
    return save_bytes(artefact.data, artefact.name, artefact.suffix)


def save_bytes(data: bytes, name: str, suffix: str) -> str:
    """Path of a file in Gradio's cache with these bytes. `name` and `suffix` lose every character that is not plain in a file name.
    `OSError` where it cannot be written, and then nothing of it is left behind."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:60] or "result"
    ending = re.sub(r"[^a-z0-9]+", "", suffix.lower())[:8] or "bin"
    path = Path(get_upload_folder(), hashlib.sha256(data).hexdigest(), f"{stem}.{ending}")
    try:
        _write(path, data)
    except FileNotFoundError:  # `sweep` took the folder, which was empty
        _write(path, data)
    return str(path)


def still_there(paths: Sequence[str]) -> list[str]:
    """Those of `paths` that were not deleted yet: a page may be open for longer than its files are kept."""
    return [path for path in paths if os.path.exists(path)]


def sweep(blocks: gr.Blocks, age: float | None) -> None:
    """Delete the files that `blocks` made and was given, if they are older than `age` seconds (None: all of them), and their folders.

    It stands in for Gradio's own sweep, which ends for good when a file is made meanwhile, and leaves the folders and the names.
    """
    kept = set[str]().union(*(getattr(one, "keep_in_cache", ()) for one in list(blocks.blocks.values())))
    for names in blocks.temp_file_sets:
        for name in names.copy() - kept:
            path = Path(name)
            try:
                if age is not None and time.time() - path.lstat().st_ctime <= age:
                    continue
                path.unlink()
                with suppress(OSError):  # it holds something else
                    path.parent.rmdir()
            except FileNotFoundError:
                pass
            except OSError as error:
                LOGGER.warning("a file cannot be deleted: %s", error)
                continue
            names.discard(name)


def _write(path: Path, data: bytes) -> None:
    """Two visitors may ask for the same bytes at once: written under another name and renamed, the file is whole at every moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

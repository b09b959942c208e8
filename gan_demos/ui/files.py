"""Results as files that the page may serve."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from gradio.utils import get_upload_folder

from gan_demos.demo import Artefact


def save_artefact(artefact: Artefact) -> str:
    """Path of a file in Gradio's cache that holds `artefact`, named after it. The cache is emptied by age; see `delete_cache`."""
    return save_bytes(artefact.data, artefact.name, artefact.suffix)


def save_bytes(data: bytes, name: str, suffix: str) -> str:
    """Path of a file in Gradio's cache with these bytes. `name` and `suffix` lose every character that is not plain in a file name.
    `OSError` where it cannot be written, and then nothing of it is left behind."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:60] or "result"
    ending = re.sub(r"[^a-z0-9]+", "", suffix.lower())[:8] or "bin"
    folder = Path(get_upload_folder()) / hashlib.sha256(data).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}.{ending}"
    # Two visitors may ask for the same bytes at once: written under another name and renamed, the file is whole at every moment.
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return str(path)

"""Results as files, each of which carries the recipe that made it.

A format is one module with `MAGIC` (a bytes pattern that the head of its files matches), `SUFFIX`, `encode(…, recipe) -> bytes` and
`read_recipe(data) -> Recipe`. A new format is one such module and one line in `FORMATS`.
"""

import stat
from pathlib import Path
from types import ModuleType
from typing import Any

from gan_demos.errors import MediaError
from gan_demos.media import gif, glb, mp4, obj, ply, png, wav
from gan_demos.recipes import Recipe

FORMATS: dict[str, ModuleType] = {"wav": wav, "png": png, "gif": gif, "mp4": mp4, "glb": glb, "ply": ply, "obj": obj}
MAX_BYTES = 32 << 20


def encode(format: str, *content: Any, **named: Any) -> bytes:
    """The bytes of a file of `format` (a key of `FORMATS`) with a recipe inside.

    `encode("wav", samples, rate, recipe)`, `encode("png", array, recipe)`, `encode("gif", frames, recipe)`,
    `encode("mp4", frames, recipe)`, `encode("glb", mesh, recipe)` and so with "ply" and "obj": the format's own `encode` says what it
    takes.
    """
    if format not in FORMATS:
        raise MediaError(f"There is no format {format!r}: the formats are {', '.join(FORMATS)}.")
    return FORMATS[format].encode(*content, **named)


def sniff(data: bytes) -> str:
    """The format (a key of `FORMATS`) of a file by its first bytes, whatever its name says. `MediaError` if it is none of ours."""
    if not data:
        raise MediaError("This file is empty.")
    for name, module in FORMATS.items():
        if module.MAGIC.match(data):
            return name
    raise MediaError(f"This file is none of the kinds that hold a recipe ({', '.join(name.upper() for name in FORMATS)}).")


def read_recipe(data: bytes) -> Recipe:
    """The recipe inside a file of any format. `MediaError` if it holds none or is no such file, `RecipeError` if it is malformed."""
    _check_size(len(data))
    return FORMATS[sniff(data)].read_recipe(data)


def read_file(path: Path | str) -> bytes:
    """The bytes of a file of at most `MAX_BYTES`; a larger one is refused (`MediaError`) before any of it is read."""
    path = Path(path)
    try:
        facts = path.stat()
        # A pipe or a device has no size and may never end.
        if not stat.S_ISREG(facts.st_mode):
            raise MediaError(f"{path.name} is not a file.")
        _check_size(facts.st_size)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise MediaError(f"There is no file {path.name}.") from None
    except (OSError, ValueError) as error:
        raise MediaError(f"{path.name} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    _check_size(len(data))
    return data


def read_recipe_file(path: Path | str) -> Recipe:
    """The recipe inside the file at `path`; errors as for `read_file` and `read_recipe`."""
    return read_recipe(read_file(path))


def _check_size(size: int) -> None:
    if size == 0:
        raise MediaError("This file is empty.")
    if size > MAX_BYTES:
        raise MediaError(f"This file has {size / (1 << 20):.0f} MB; files of at most {MAX_BYTES >> 20} MB are read.")

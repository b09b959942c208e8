"""Recipes: what made a result, as a small piece of JSON that travels inside the result's file."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from gan_demos.errors import RecipeError

FORMAT = 1
MAX_BYTES = 64 << 10
MAX_DEPTH = 4
MAX_INTEGER = 1 << 64


@dataclass(frozen=True)
class Recipe:
    """What made a result; the same recipe gives the same result.

    `parameters` are the endpoint's complete parameters, the seed among them (JSON values, at most `MAX_DEPTH` lists or dicts deep, lists
    rather than tuples); `checkpoints` maps the name of each checkpoint used to the sha256 of its weights; `version` is that of gan_demos.
    Nothing about the time or the machine is kept. Every `Recipe` is well-formed: `RecipeError` at construction otherwise.
    """

    demo: str
    endpoint: str
    parameters: dict[str, Any]
    checkpoints: dict[str, str]
    version: str
    format: int = FORMAT

    def __post_init__(self) -> None:
        if type(self.format) is not int or self.format != FORMAT:
            raise RecipeError(f"This recipe has the format {_short(self.format)}; this version reads format {FORMAT}.")
        for name in ("demo", "endpoint"):
            if not _matches("[A-Za-z0-9_-]{1,100}", getattr(self, name)):
                raise RecipeError(f"The recipe's {name} is not a name: {_short(getattr(self, name))}.")
        if not _matches(r"[0-9]{1,6}(\.[0-9]{1,6})*[A-Za-z0-9.+-]{0,30}", self.version):
            raise RecipeError(f"The recipe's version is not a version number: {_short(self.version)}.")
        if not isinstance(self.parameters, dict):
            raise RecipeError("The recipe's parameters are not an object.")
        _check_value(self.parameters, depth=0)
        if not isinstance(self.checkpoints, dict):
            raise RecipeError("The recipe's checkpoints are not an object.")
        for name, sha256 in self.checkpoints.items():
            if not _matches("[a-z0-9-]{1,100}", name) or not _matches("[0-9a-f]{64}", sha256):
                raise RecipeError(f"The recipe's checkpoint {_short(name)} is not a name with a sha256.")

    @property
    def major(self) -> int:
        """The first number of `version`."""
        return int(re.match("[0-9]+", self.version).group())

    def to_json(self) -> str:
        """The recipe as compact ASCII JSON with sorted keys: equal recipes give equal text. `RecipeError` beyond `MAX_BYTES`."""
        # ASCII, because programs disagree about the encoding of a WAV comment.
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False)
        if len(text) > MAX_BYTES:
            raise RecipeError(f"The recipe of this result takes {len(text)} bytes, where {MAX_BYTES} fit: make the request smaller.")
        return text

    @classmethod
    def from_json(cls, text: str | bytes) -> "Recipe":
        """The recipe that `text` (UTF-8 if bytes, at most `MAX_BYTES`) holds. `RecipeError` for anything that does not fit."""
        try:
            data = text if isinstance(text, bytes) else text.encode("utf-8")
            if len(data) > MAX_BYTES:
                raise RecipeError(f"This recipe has {len(data)} bytes; a recipe has at most {MAX_BYTES}.")
            values = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):  # UnicodeError and JSONDecodeError are ValueErrors, and so is an integer of 5,000 digits
            raise RecipeError("This is not a recipe: it is not valid JSON.") from None
        if not isinstance(values, dict):
            raise RecipeError("This is not a recipe: it is not a JSON object.")
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(values) - set(known)):
            raise RecipeError(f"This is not a recipe of this version: it has the unknown field {_short(unknown[0])}.")
        if missing := [name for name in known if name not in values]:
            raise RecipeError(f"This is not a complete recipe: it has no {missing[0]!r}.")
        return cls(**values)


def _refuse_constant(name: str) -> None:
    raise RecipeError(f"This is not a recipe: {name} is not a number.")


def _matches(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _check_value(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise RecipeError(f"The recipe's parameters are nested more than {MAX_DEPTH} deep.")
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise RecipeError(f"The recipe's parameter {_short(key)} is not named by text.")
            _check_value(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_value(item, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise RecipeError("The recipe's parameters hold a number that is not finite.")
    elif isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise RecipeError("The recipe's parameters hold a number that is too large.")
    elif not isinstance(value, str | int | float | bool | None):
        raise RecipeError(f"The recipe's parameters hold a value that JSON has no word for: {_short(value)}.")

"""Parameters of requests: how a request dataclass declares its limits, and the one check that holds plain values to them.

The tab, the API, the command line and a replayed recipe all hand over plain JSON-able values; `check_request` turns them into the frozen
request, or says in a sentence which of them is wrong.
"""

import math
import numbers as abstract
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, field, fields
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from gan_demos.errors import UserError

REQUIRED = MISSING  # as a default: the parameter has none, every request names it
MAX_TEXT = 1000
MAX_LENGTH = 4096
MAX_SEED = 2**32 - 1
NAMES = {int: ("a whole number", "whole numbers"), float: ("a number", "numbers"), bool: ("true or false", "true or false")}


def number(default: Any, low: float, high: float, label: str | None = None, help: str = "", step: float | None = None) -> Any:
    """A dataclass field of type float between `low` and `high`."""
    return _declare(default, label, help, low=low, high=high, step=step)


def integer(default: Any, low: int, high: int, label: str | None = None, help: str = "", step: int | None = 1) -> Any:
    """A dataclass field of type int between `low` and `high`."""
    return _declare(default, label, help, low=low, high=high, step=step)


def seed(default: Any = 0, label: str | None = None, help: str = "The same seed gives the same result.") -> Any:
    """A dataclass field of type int: the seed of a request's noise, 0 to 2**32 - 1."""
    return integer(default, 0, MAX_SEED, label, help)


def choice(default: Any, choices: Sequence[Any], label: str | None = None, help: str = "") -> Any:
    """A dataclass field of type str or int that is one of `choices`."""
    return _declare(default, label, help, choices=tuple(choices))


def flag(default: Any, label: str | None = None, help: str = "") -> Any:
    """A dataclass field of type bool."""
    return _declare(default, label, help)


def text(default: Any, max_length: int = MAX_TEXT, label: str | None = None, help: str = "") -> Any:
    """A dataclass field of type str of at most `max_length` characters."""
    return _declare(default, label, help, max_length=max_length)


def numbers(
    default: Any,
    length: int | None = None,
    low: float | None = None,
    high: float | None = None,
    label: str | None = None,
    help: str = "",
) -> Any:
    """A dataclass field of type tuple[float, ...] or tuple[int, ...]: `length` numbers (None: any count to `MAX_LENGTH`)."""
    return _declare(default, label, help, length=length, low=low, high=high)


def structure(default: Any, validate: Callable[[Any], Any], expects: str, label: str | None = None, help: str = "") -> Any:
    """A dataclass field of nested data, such as the rows of a drum pattern.

    `validate` takes the plain value and returns it cleaned, made of JSON values and tuples; it raises ValueError or TypeError for anything
    that is not `expects` (a phrase: "8 rows of 16 zeros or ones").
    """
    return _declare(default, label, help, validate=validate, expects=expects)


def check_request(request_type: type, parameters: Mapping[str, Any]) -> Any:
    """The frozen dataclass `request_type` from plain `parameters`; those that are not named take their defaults.

    Numbers may come as text or as 3.0 for 3; truth values are not numbers. `UserError` names the parameter that is unknown, missing, of
    the wrong type, not finite or out of its range.
    """
    plan = _plan(request_type)
    if not isinstance(parameters, Mapping):
        raise UserError(f"The parameters must be an object of names and values; got {_short(parameters)}.")
    if unknown := [name for name in parameters if name not in plan]:
        raise UserError(f"There is no parameter {_short(unknown[0])}: the parameters are {', '.join(plan) or 'none'}.")
    values = {}
    for name, (declared, annotation) in plan.items():
        if name in parameters:
            values[name] = _check(declared, annotation, parameters[name])
        elif declared.default is MISSING and declared.default_factory is MISSING:
            raise UserError(f"{label_of(declared)} is missing: it must be {_expected(annotation, declared.metadata)}.")
    return request_type(**values)


def plain(request: Any) -> dict[str, Any]:
    """The complete parameters of a request as JSON values: what its recipe keeps, and `check_request` takes again."""
    return {declared.name: _plain(getattr(request, declared.name)) for declared in fields(request)}


def label_of(declared: Field) -> str:
    """The name of a parameter as a person reads it."""
    return declared.metadata.get("label") or declared.name.replace("_", " ").capitalize()


def schema(request_type: type) -> dict[str, Any]:
    """JSON Schema of the parameters of `request_type`."""
    properties, required = {}, []
    for name, (declared, annotation) in _plan(request_type).items():
        properties[name] = {"title": label_of(declared), **_field_schema(annotation, declared.metadata)}
        if declared.metadata.get("help"):
            properties[name]["description"] = declared.metadata["help"]
        if declared.default is not MISSING:
            properties[name]["default"] = _plain(declared.default)
        elif declared.default_factory is not MISSING:
            properties[name]["default"] = _plain(declared.default_factory())
        else:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _declare(default: Any, label: str | None, help: str, **limits: Any) -> Any:
    metadata = {"label": label, "help": help, **limits}
    metadata = {key: value for key, value in metadata.items() if value is not None}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: default.copy(), metadata=metadata)
    return field(default=default, metadata=metadata)


@cache
def _plan(request_type: type) -> dict[str, tuple[Field, Any]]:
    hints = get_type_hints(request_type)
    plan = {declared.name: (declared, hints[declared.name]) for declared in fields(request_type)}
    for name, (declared, annotation) in plan.items():
        kind = get_origin(annotation) or annotation
        if "validate" not in declared.metadata and kind not in (int, float, bool, str, tuple, list, dict):
            raise TypeError(f"{request_type.__name__}.{name} is a {annotation}, which needs a 'validate' of its own")
    return plan


def _check(declared: Field, annotation: Any, value: Any) -> Any:
    try:
        return _convert(annotation, declared.metadata, value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        expected = _expected(annotation, declared.metadata)
        raise UserError(f"{label_of(declared)} must be {expected}; got {_short(value)}.") from None


def _convert(annotation: Any, limits: Mapping[str, Any], value: Any) -> Any:
    if "validate" in limits:
        return limits["validate"](value)
    kind = get_origin(annotation) or annotation
    if kind in (tuple, list):
        return _convert_sequence(annotation, limits, value)
    if kind is dict:
        item = get_args(annotation)[1:] or (float,)
        if not isinstance(value, Mapping) or len(value) > limits.get("length", MAX_LENGTH):
            raise ValueError
        return {_convert(str, {}, key): _convert(item[0], limits, content) for key, content in value.items()}
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError
        return value
    if kind is str and isinstance(value, str) and len(value) > limits.get("max_length", MAX_TEXT):
        raise ValueError  # before it is searched: it may have as many megabytes as a request may
    converted = {int: _integer, float: _number, str: _text}[kind](value)
    if "choices" in limits and converted not in limits["choices"]:
        raise ValueError
    if kind is not str and not limits.get("low", -math.inf) <= converted <= limits.get("high", math.inf):
        raise ValueError
    return converted


def _convert_sequence(annotation: Any, limits: Mapping[str, Any], value: Any) -> tuple:
    if not isinstance(value, list | tuple):
        raise ValueError
    if len(value) != limits["length"] if "length" in limits else len(value) > MAX_LENGTH:
        raise ValueError
    inner = {key: limit for key, limit in limits.items() if key != "length"}
    kind = (get_args(annotation) or (float,))[0]
    return tuple(_convert(kind, inner, item) for item in value)


def _integer(value: Any) -> int:
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[+-]?[0-9]{1,30}\s*", value):
            raise ValueError
        return int(value)
    if isinstance(value, bool) or not isinstance(value, abstract.Real) or value != int(value):
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[+-]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?\s*", value):
            raise ValueError
    elif isinstance(value, bool) or not isinstance(value, abstract.Real):
        raise ValueError
    converted = float(value)
    if not math.isfinite(converted):
        raise ValueError
    return converted + 0.0  # -0.0 and 0.0 are one value, so they make one recipe


def _text(value: Any) -> str:
    if not isinstance(value, str) or re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", value):
        raise ValueError
    return value


def _expected(annotation: Any, limits: Mapping[str, Any]) -> str:
    """The phrase after "must be"."""
    if "expects" in limits:
        return limits["expects"]
    kind = get_origin(annotation) or annotation
    if "choices" in limits:
        shown = [str(item) for item in limits["choices"][:20]]
        return "one of " + ", ".join(shown) + (", …" if len(limits["choices"]) > 20 else "")
    if kind is str:
        return f"plain text of at most {limits.get('max_length', MAX_TEXT)} characters"
    span = f" between {_show(limits['low'])} and {_show(limits['high'])}" if {"low", "high"} <= set(limits) else ""
    if kind in (tuple, list):
        item = (get_args(annotation) or (float,))[0]
        if item not in NAMES:
            return f"a list of {limits.get('length', 'at most ' + str(MAX_LENGTH))} items"
        return f"a list of {limits['length']} {NAMES[item][1]}{span}" if "length" in limits else f"a list of {NAMES[item][1]}{span}"
    if kind is dict:
        return "an object of names and values"
    return NAMES[kind][0] + span


def _field_schema(annotation: Any, limits: Mapping[str, Any]) -> dict[str, Any]:
    kind = get_origin(annotation) or annotation
    if "validate" in limits:
        return {"description": limits["expects"]} if "expects" in limits else {}
    if kind in (tuple, list):
        inner = {key: limit for key, limit in limits.items() if key != "length"}
        count = {"minItems": limits["length"], "maxItems": limits["length"]} if "length" in limits else {"maxItems": MAX_LENGTH}
        return {"type": "array", "items": _field_schema((get_args(annotation) or (float,))[0], inner), **count}
    facts: dict[str, Any] = {"type": {int: "integer", float: "number", bool: "boolean", str: "string", dict: "object"}[kind]}
    if "choices" in limits:
        facts["enum"] = list(limits["choices"])
    elif kind is str:
        facts["maxLength"] = limits.get("max_length", MAX_TEXT)
    if kind in (int, float):
        facts.update({word: limits[key] for key, word in (("low", "minimum"), ("high", "maximum")) if key in limits})
    return facts


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _show(limit: float) -> str:
    return str(limit) if isinstance(limit, int) else f"{limit:g}"


def _short(value: Any) -> str:
    try:
        text = repr(value[:80] if isinstance(value, str) else value)
    except (ValueError, RecursionError):  # Python refuses to print an integer of thousands of digits
        return "something too long to show"
    return text if len(text) <= 60 else text[:57] + "…"

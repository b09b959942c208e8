"""Every endpoint of a demo as a named API call, `/<demo>_<endpoint>`, for programs and for MCP clients."""

import inspect
import typing
from collections.abc import Callable
from typing import Any

import gradio as gr

from gan_demos.demo import Artefact, Demo, Endpoint, run
from gan_demos.inference import Engine
from gan_demos.ui.files import save_artefact
from gan_demos.ui.guard import guarded, owner_of


def register(demo: Demo, engine: Engine) -> None:
    """Give every endpoint of `demo` a named API call in the `gr.Blocks` being built.

    A call takes the endpoint's parameters by name, with the defaults of its request, and returns (files, values): the artefacts as
    downloadable files, in order, and the result's facts.
    """
    for endpoint in demo.endpoints.values():
        gr.api(_call(demo, endpoint, engine), api_name=f"{demo.name}_{endpoint.name}", api_description=_describe(endpoint))


def _call(demo: Demo, endpoint: Endpoint, engine: Engine) -> Callable[..., Any]:
    schema = endpoint.schema()
    names = sorted(schema["properties"], key=lambda name: name not in schema["required"])  # stable: those without a default first

    def call(request: gr.Request, *values: Any) -> tuple[list[dict], dict]:
        result = run(demo, endpoint.name, dict(zip(names, values, strict=True)), engine, owner=owner_of(request, "api"))
        return [_as_file(artefact) for artefact in result.artefacts], dict(result.values)

    call.__name__ = f"{demo.name}_{endpoint.name}"
    handler = guarded(call)
    # Gradio reads the names, types and defaults of an API call from the function's signature.
    hints = typing.get_type_hints(endpoint.request)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("request", kind, annotation=gr.Request)]
    for name in names:
        default = schema["properties"][name].get("default", inspect.Parameter.empty)
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=_on_the_wire(hints[name])))
    returns = tuple[list[dict], dict]
    handler.__signature__ = inspect.Signature(parameters, return_annotation=returns)
    handler.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": returns}
    handler.__doc__ = _describe(endpoint)
    return handler


def _on_the_wire(annotation: Any) -> Any:
    """The type of a parameter as JSON knows it: tuples are lists there."""
    kind, inner = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if kind not in (tuple, list):
        return annotation
    return list[_on_the_wire(inner[0])] if inner else list


def _describe(endpoint: Endpoint) -> str:
    lines = [endpoint.summary]
    for name, facts in endpoint.schema()["properties"].items():
        parts = [facts["description"]] if "description" in facts else []
        if "enum" in facts:
            parts.append("one of " + ", ".join(map(str, facts["enum"])))
        if "minimum" in facts and "maximum" in facts:
            parts.append(f"{facts['minimum']} to {facts['maximum']}")
        if parts:
            lines.append(f"{name}: " + "; ".join(parts))
    return "\n".join(lines)


def _as_file(artefact: Artefact) -> dict[str, Any]:
    path = save_artefact(artefact)
    return gr.FileData(path=path, orig_name=path.rsplit("/", 1)[-1]).model_dump()

"""Demos, their endpoints, and `run`: the one way a request becomes a result."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gan_demos import __version__, checkpoints
from gan_demos.errors import CheckpointError, RecipeError, UserError
from gan_demos.parameters import check_request, plain, schema
from gan_demos.recipes import Recipe

Tell = Callable[[str], object]  # takes a sentence for a visitor who waits


@dataclass(frozen=True)
class Artefact:
    """A file of a result. `kind` is "audio", "image", …; `suffix` is that of its format, with the dot (".wav")."""

    name: str
    kind: str
    suffix: str
    data: bytes

    @property
    def file_name(self) -> str:
        """The name to save it under."""
        return self.name + self.suffix


@dataclass(frozen=True)
class Result:
    """What an endpoint made: files, and JSON-able facts to show beside them."""

    artefacts: tuple[Artefact, ...]
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What an endpoint's function has besides its request.

    `recipe` is complete when the function starts, so that `media.encode` can put it inside the artefact; `owner` goes with every call of
    the engine, so that a visitor cancels their own work and nobody else's; `tell` takes a sentence for the visitor while they wait.
    """

    engine: Any
    recipe: Recipe
    owner: Any
    debug: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]]
    tell: Tell | None = None

    def model(self, name: str) -> str:
        """The key by which the engine knows the checkpoint `name`: the name itself, or that of its debug twin in tests.

        `LookupError` for a checkpoint that the endpoint does not declare for this request: the recipe could not vouch for it.
        """
        key = _model(name, self.debug)
        if key not in self.recipe.checkpoints:
            raise LookupError(f"{self.recipe.demo}/{self.recipe.endpoint} uses the checkpoint {name} without declaring it")
        return key

    def extra(self, name: str) -> dict[str, Any]:
        """What the checkpoint `name` stores beside its weights (sample rate, slider directions, …), as it was when they were loaded."""
        return _own(self.model(name), self.engine, self.debug)["extra"]


@dataclass(frozen=True)
class Endpoint:
    """One thing a demo can be asked for.

    `request` is a frozen dataclass whose fields come from `gan_demos.parameters`; `run(context, request) -> Result`; `example` holds
    parameters that work. `checkpoints` names those a request uses: a tuple, or a function of the request that returns one.
    """

    name: str
    request: type
    run: Callable[[Context, Any], Result]
    summary: str
    example: dict[str, Any]
    checkpoints: tuple[str, ...] | Callable[[Any], tuple[str, ...]] = ()

    def uses(self, request: Any) -> tuple[str, ...]:
        """Names of the checkpoints that `request` uses."""
        return self.checkpoints(request) if callable(self.checkpoints) else self.checkpoints

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the parameters."""
        return schema(self.request)


@dataclass(frozen=True)
class Demo:
    """A tab: one folder under `gan_demos/demos`.

    `networks` maps a network's key to its class; `debug` maps a checkpoint to (network key, constructor arguments, extra) of its debug
    twin; `tab` is "module:function"; `train` is a module; `warm` names the checkpoints to load after launch; `judges` names
    those that only measure the others: trained and evaluated like them, never loaded by the app; `shared` names those that it uses and
    another demo of the catalogue owns, which trains and describes them; `pending` names those in the making: what uses them says that they
    are missing, and the rest of the tab works.
    """

    name: str
    title: str
    pitch: str
    checkpoints: tuple[str, ...]
    networks: dict[str, type]
    endpoints: dict[str, Endpoint]
    debug: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    tab: str = ""
    train: str = ""
    warm: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """Names of all checkpoints that its requests use, its own and shared ones."""
        return self.checkpoints + self.shared

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint `name`; `UserError` if there is none."""
        if name not in self.endpoints:
            raise UserError(f"{self.title} has no endpoint {str(name)[:60]!r}: it has {', '.join(self.endpoints)}.")
        return self.endpoints[name]


def run(demo: Demo, endpoint: str, parameters: Mapping[str, Any], engine: Any, owner: Any = None, tell: Tell | None = None) -> Result:
    """Check `parameters`, make the request and return its result.

    `UserError` for a wrong parameter, before any tensor exists; `CheckpointError` if a checkpoint that the request uses is not here;
    what the engine raises (`BusyError`, `CancelledError`, …) passes through.
    """
    context, request = prepare(demo, endpoint, parameters, engine, owner, tell)
    return demo.endpoint(endpoint).run(context, request)


def prepare(
    demo: Demo, endpoint: str, parameters: Mapping[str, Any], engine: Any, owner: Any = None, tell: Tell | None = None
) -> tuple[Context, Any]:
    """The context and the checked request that the endpoint's function takes: for a tab that wants more of it than the result, such as
    what is there on the way. Errors as for `run`, before anything is computed."""
    chosen = demo.endpoint(endpoint)
    request = check_request(chosen.request, parameters)
    return _context(demo, chosen, request, engine, owner, tell), request


def replay(recipe: Recipe, demos: Iterable[Demo], engine: Any, owner: Any = None) -> Result:
    """Make the result of `recipe` again: the same bytes on the same machine, if both ran alone.

    `RecipeError` if the recipe is of another major version, names what is not here, or was made with other weights.
    """
    if recipe.major != int(__version__.partition(".")[0]):
        raise RecipeError(f"This was made by version {recipe.version}; this is {__version__}: open it with version {recipe.major}.")
    demo = {demo.name: demo for demo in demos}.get(recipe.demo)
    if demo is None or recipe.endpoint not in demo.endpoints:
        raise RecipeError(f"This was made by {recipe.demo}/{recipe.endpoint}, which this version does not have.")
    chosen = demo.endpoint(recipe.endpoint)
    request = check_request(chosen.request, recipe.parameters)
    _check_checkpoints(recipe, demo, chosen, request, engine)
    return chosen.run(_context(demo, chosen, request, engine, owner), request)


def result_facts(result: Result) -> dict[str, Any]:
    """A result as JSON-able facts: `values`, and for each artefact its file name, kind, size in bytes and sha256."""
    artefacts = []
    for artefact in result.artefacts:
        sha256 = hashlib.sha256(artefact.data).hexdigest()
        artefacts.append({"file": artefact.file_name, "kind": artefact.kind, "bytes": len(artefact.data), "sha256": sha256})
    return {"values": result.values, "artefacts": artefacts}


def digest(name: str, demo: Demo, engine: Any) -> str:
    """The sha256 of the weights that answer for checkpoint `name`: those that `engine` has loaded, though the files may have been
    replaced since, else those on disk. `CheckpointError` if there are none."""
    return _own(name, engine, demo.debug)["sha256"][checkpoints.MODEL_FILE]


def _own(name: str, engine: Any, debug: Mapping[str, Any]) -> Mapping[str, Any]:
    loaded = engine.config(name) if hasattr(engine, "config") else None  # an engine may be as simple as one that loads anew every time
    return (loaded or checkpoints.read_config(name, debug))[checkpoints.OWN_KEY]


def _context(demo: Demo, endpoint: Endpoint, request: Any, engine: Any, owner: Any, tell: Tell | None = None) -> Context:
    digests = {name: digest(name, demo, engine) for name in _used(demo, endpoint, request)}
    recipe = Recipe(demo.name, endpoint.name, plain(request), digests, __version__)
    return Context(engine, recipe, owner, demo.debug, tell)


def _model(name: str, debug: Mapping[str, Any]) -> str:
    return checkpoints.DEBUG_PREFIX + name if name in debug and checkpoints.debug_enabled() else name


def _used(demo: Demo, endpoint: Endpoint, request: Any) -> list[str]:
    return [_model(name, demo.debug) for name in endpoint.uses(request)]


def _check_checkpoints(recipe: Recipe, demo: Demo, endpoint: Endpoint, request: Any, engine: Any) -> None:
    used = _used(demo, endpoint, request)
    for name in sorted({*recipe.checkpoints, *used}):
        if name not in used:
            raise RecipeError(f"This was made with the model {name}, which {demo.title} does not have here.")
        if name not in recipe.checkpoints:
            raise RecipeError(f"This recipe does not say which weights of the model {name} it was made with.")
        try:
            here = digest(name, demo, engine)
        except CheckpointError as error:
            raise RecipeError(f"This was made with the model {name}, which cannot be used here. {error}") from None
        if here != recipe.checkpoints[name]:
            raise RecipeError(f"The model {name} has changed since this was made, so the result would not be the same.")

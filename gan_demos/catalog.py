"""The one list of demos. Adding a tab is one folder, one line here and its checkpoint folders."""

from collections.abc import Sequence
from typing import Any

from gan_demos.demo import Demo
from gan_demos.demos import faces, pictures, shapes, sound, swap
from gan_demos.errors import UserError

DEMOS: tuple[Demo, ...] = (pictures.DEMO, faces.DEMO, swap.DEMO, sound.DEMO, shapes.DEMO)


def get(name: str) -> Demo:
    """The demo `name`; `UserError` if there is none."""
    for demo in DEMOS:
        if demo.name == name:
            return demo
    raise UserError(f"There is no demo {str(name)[:60]!r}: the demos are {', '.join(demo.name for demo in DEMOS)}.")


def owner_of(checkpoint: str) -> Demo:
    """The demo that `checkpoint` belongs to; `UserError` if no demo has it."""
    for demo in DEMOS:
        if checkpoint in demo.checkpoints + demo.pending + demo.judges:
            return demo
    raise UserError(f"No demo has a checkpoint {str(checkpoint)[:60]!r}: there are {', '.join(checkpoint_names())}.")


def checkpoint_names() -> tuple[str, ...]:
    """Names of the checkpoints of all demos, their judges among them, on disk or not."""
    return tuple(name for demo in DEMOS for name in demo.checkpoints + demo.pending + demo.judges)


def networks(demos: Sequence[Demo] | None = None) -> dict[str, type]:
    """The networks of `demos` (all) by their keys: what the engine takes."""
    return {key: network for demo in (DEMOS if demos is None else demos) for key, network in demo.networks.items()}


def debug(demos: Sequence[Demo] | None = None) -> dict[str, tuple[str, dict[str, Any], dict[str, Any]]]:
    """What debug checkpoints of `demos` (all) are built from: `checkpoints.load` takes it as `debug`."""
    return {name: made_of for demo in (DEMOS if demos is None else demos) for name, made_of in demo.debug.items()}

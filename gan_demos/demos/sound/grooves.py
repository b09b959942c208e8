"""Patterns to start a drum machine from."""

from dataclasses import dataclass

from .requests import KIT, ROCK, STEPS

Pattern = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Groove:
    """Six drums, their sixteen steps each, beats a minute, and how late every second step is as a share of a step."""

    name: str
    tempo: float
    swing: float
    kinds: tuple[str, ...]
    pattern: Pattern


def _groove(name: str, tempo: float, swing: float, **rows: str) -> Groove:
    """Rows are written as `x` for a hit and `.` for none; a name's underscores are spaces or hyphens of the drum's name."""
    kinds = tuple({"Closed_hat": "Closed hi-hat", "Open_hat": "Open hi-hat"}.get(kind, kind.replace("_", " ")) for kind in rows)
    return Groove(name, tempo, swing, kinds, tuple(tuple(int(step == "x") for step in row) for row in rows.values()))


GROOVES = (
    Groove("Rock", 112, 0.0, KIT, ROCK),
    _groove(
        "House", 124, 0.0,
        Kick="x...x...x...x...",
        Clap="....x.......x...",
        Closed_hat="xx.xxx.xxx.xxx.x",
        Open_hat="..x...x...x...x.",
        Rimshot="...x.....x......",
        Shaker=".x.x.x.x.x.x.x.x",
    ),
    _groove(
        "Hip hop", 88, 0.35,
        Kick="x......x..x.....",
        Snare="....x.......x...",
        Closed_hat="x.x.x.xxx.x.x.x.",
        Open_hat="..............x.",
        Clap="............x...",
        Cowbell="................",
    ),
    _groove(
        "Bossa", 70, 0.0,
        Kick="x..xx..xx..xx..x",
        Rimshot="x..x..x...x..x..",
        Closed_hat="x.x.x.x.x.x.x.x.",
        Shaker="xxxxxxxxxxxxxxxx",
        Low_tom="................",
        High_tom="...............x",
    ),
    _groove(
        "Breakbeat", 136, 0.1,
        Kick="x.x.......x..x..",
        Snare="....x..x.x..x..x",
        Closed_hat="x.x.x.x.x.x.x...",
        Open_hat="..............x.",
        Ride="................",
        Tambourine="....x.......x...",
    ),
    Groove("Empty", 112, 0.0, KIT, ((0,) * STEPS,) * len(KIT)),
)  # fmt: skip

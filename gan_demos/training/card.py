"""Model cards and metrics.json, written from what really ran."""

import datetime
import json
import platform
import subprocess
from pathlib import Path

import numpy as np
import torch

from ..errors import UserError

TOLERANCE = 0.15  # of a metric's value: what another machine's arithmetic and another draw of seeds may change


def summary(values: list[float], floor: float | None = None, bar: str | None = None) -> dict:
    """One metric of several seeds: mean, lowest, highest, the real-vs-real floor or ceiling, and the bar as a sentence."""
    return {
        "mean": float(np.mean(values)),
        "low": float(min(values)),
        "high": float(max(values)),
        "seeds": len(values),
        "floor": floor,
        "bar": bar,
    }


def revision() -> str:
    """The code's git revision, or "unknown"."""
    try:
        return subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def run_facts(name: str, facts: dict, seed: int, device: str) -> dict:
    """What a training run was: for metrics.json and the card."""
    return {
        "command": f"python -m gan_demos train {name} --minutes {facts['seconds'] / 60:.0f} --seed {seed}",
        "steps": facts["step"],
        "minutes": round(facts["seconds"] / 60, 1),
        "device": f"{device} ({torch.get_num_threads()} threads, {platform.machine()})" if device == "cpu" else device,
        "seed": seed,
        "date": datetime.date.today().isoformat(),
        "revision": revision(),
        "torch": torch.__version__,
    }


def write(folder: Path, about: dict, metrics: dict[str, dict], training: dict, notes: list[str]) -> None:
    """Write metrics.json and README.md (the card) into a checkpoint's folder.

    about: title, summary, data, licence, differences (text), pictures (optional: file in the folder -> what it shows); training: from
    `run_facts`; notes: known failures, one sentence each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps({"metrics": metrics, "notes": notes, "training": training}, indent=2) + "\n")
    rows = [
        f"| {name} | {_number(m['mean'])} ({_number(m['low'])} – {_number(m['high'])}) | {_number(m['floor'])} | {m['bar'] or ''} |"
        for name, m in metrics.items()
    ]
    lines = [
        f"# {about['title']}", "", about["summary"], "",
        "## Data and licence", "", about["data"], "", f"Licence: {about['licence']}", "",
        "## Measured on held-out data", "",
        "Mean over the seeds, lowest – highest in brackets. *Real* is the same measure on real data: the floor of a distance, "
        "the ceiling of a score.", "",
        "| measure | value | real | aim |", "|---|---|---|---|", *rows, "",
        *[line for file, shows in about.get("pictures", {}).items() for line in (f"![{shows}]({file})", "", shows, "")],
        "## Known failures", "", *[f"- {note}" for note in notes], "",
        "## Training", "", about["differences"], "",
        *[f"- {key}: {value}" for key, value in training.items()], "",
    ]  # fmt: skip
    (folder / "README.md").write_text("\n".join(lines))


def compare(folder: Path, measured: dict[str, dict]) -> list[str]:
    """Hold freshly measured metrics against the folder's metrics.json; returns a line a metric. `UserError` names those that the card
    overstates or misses."""
    stated = json.loads((folder / "metrics.json").read_text())["metrics"]
    lines, untrue = [], []
    for name, was in stated.items():
        if name not in measured:
            untrue.append(f"{name} is no longer measured")
            continue
        now = measured[name]["mean"]
        slack = max(TOLERANCE * abs(was["mean"]), was["high"] - was["low"], 0.02)
        lines.append(f"{name}: card {_number(was['mean'])}, now {_number(now)}")
        if abs(now - was["mean"]) > slack:
            untrue.append(f"{name} is {_number(now)}, the card says {_number(was['mean'])}")
    if untrue:
        raise UserError(f"The card in {folder} is not true: {'; '.join(untrue)}. Measure it again with --write, or train it again.")
    return lines


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"

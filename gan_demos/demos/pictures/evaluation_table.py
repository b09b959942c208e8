"""The table in docs/text-to-image.md that compares the generators: written from their metrics.json, never by hand."""

import json
from pathlib import Path

from ... import checkpoints
from .evaluation import RETRIEVED, SEEN, SEEN_TITLE, UNSEEN_TITLE
from .evaluation_guidance import PROMPTS
from .vocabulary import MODEL_TITLES, MODELS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "text-to-image.md"
START, END = "<!-- table: written by evaluation_table.py -->", "<!-- end of table -->"
_GUIDED = f"guidance of {PROMPTS} held-out prompts"
# Title of a row, the metric that it shows
ROWS = (
    (f"Own label among {RETRIEVED} by CLIP, R@1", f"{SEEN_TITLE}: own label among {RETRIEVED} by CLIP, R@1"),
    (f"Own label among {RETRIEVED} by CLIP, R@10", f"{SEEN_TITLE}: own label among {RETRIEVED} by CLIP, R@10"),
    ("R-precision by DAMSM", f"{SEEN_TITLE}: R-precision by DAMSM"),
    ("Drawn in the style asked for", f"{SEEN_TITLE}: drawn in the style asked for"),
    ("EffNet-Lite0 KID × 1000", f"{SEEN_TITLE}: EffNet-Lite0 KID × 1000"),
    (f"True picture among {SEEN} by EffNet-Lite0, R@10", f"{SEEN_TITLE}: true picture among {SEEN} by EffNet-Lite0, R@10"),
    ("Mean difference to the true picture", f"{SEEN_TITLE}: mean difference to the true picture"),
    ("Mean difference to the nearest training picture", f"{SEEN_TITLE}: mean difference to the nearest training picture"),
    ("Unseen concepts: own label, R@10", f"{UNSEEN_TITLE}: own label among {RETRIEVED} by CLIP, R@10"),
    ("Unseen concepts: R-precision by DAMSM", f"{UNSEEN_TITLE}: R-precision by DAMSM"),
    ("Unseen concepts: EffNet-Lite0 KID × 1000", f"{UNSEEN_TITLE}: EffNet-Lite0 KID × 1000"),
    ("Diversity of 16 seeds of a broad prompt", "diversity of 16 seeds of a broad prompt, share of real pictures that fit it"),
    ("Guidance: gain in mean CLIP score", f"{_GUIDED}: gain in mean CLIP score"),
    ("Guidance: KID after over before", f"{_GUIDED}: KID after over before"),
)
FACTS = (
    ("One picture, median milliseconds", "milliseconds_per_picture"),
    ("Guidance, steps a second", "guidance_steps_per_second"),
)  # fmt: skip


def table() -> str:
    """The table as Markdown, from the metrics.json of the three checkpoints. `FileNotFoundError` if one is missing, `KeyError` for a
    number that none of them has."""
    read = {model: json.loads((checkpoints.folder(name) / "metrics.json").read_text()) for model, name in MODELS.items()}
    lines = ["| | " + " | ".join(MODEL_TITLES[model] for model in MODELS) + " | real |", "|---" * (len(MODELS) + 2) + "|"]
    for title, key in ROWS:
        cells = [read[model]["metrics"].get(key, {}) for model in MODELS]
        if not any(cells):
            raise KeyError(key)
        real = next((cell["floor"] for cell in cells if cell.get("floor") is not None), None)
        lines.append(_line(title, [*(cell.get("mean") for cell in cells), real]))
    for title, key in FACTS:
        lines.append(_line(title, [*(read[model]["training"][key] for model in MODELS), None]))
    return "\n".join(lines)


def _line(title: str, values: list[float | None]) -> str:
    return f"| {title} | " + " | ".join("" if value is None else f"{value:.3g}" for value in values) + " |"


def written(document: str) -> str:
    """What stands between the marks in a document's text, without the empty lines at both ends."""
    return document.partition(START)[2].partition(END)[0].strip()


def write(file: Path = DOCUMENT) -> None:
    """Put the table in its place; what stands around it stays."""
    document = file.read_text(encoding="utf-8")
    before, start, rest = document.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"{file} has no place for the table: it is between {START} and {END}")
    file.write_text(f"{before}{START}\n\n{table()}\n\n{END}{after}", encoding="utf-8")

"""What came of a distillation, for people (Markdown) and for programs (JSON)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision.agreement import Agreement
from vision.distill.comparing import Comparison

FEW = 20
"""Held-out pictures of a camera below which its figures are called few."""


@dataclass(frozen=True, slots=True)
class Made:
    """What went in.

    Attributes:
        teacher, student, old: names of weights, with the digest in brackets.
        pictures: camera -> part -> number of pictures, those mixed in among them.
        labels: people that the teacher found on all of them; epochs: run; size: px; freeze: backbone left as it was.

    """

    site: str
    teacher: str
    student: str
    old: str
    pictures: Mapping[str, Mapping[str, int]]
    labels: int
    epochs: int
    size: int
    freeze: bool


def is_better(comparisons: Sequence[Comparison]) -> bool:
    """Tell whether no camera lost in count error or recall, and one gained."""
    return all(one.is_no_worse for one in comparisons) and any(one.is_better for one in comparisons)


def write_report(folder: Path, made: Made, comparisons: Sequence[Comparison], model: Path) -> None:
    """Write ``report.json`` and ``report.md``."""
    (folder / "report.json").write_text(_json(made, comparisons, model), encoding="utf-8")
    (folder / "report.md").write_text(_markdown(made, comparisons, model), encoding="utf-8")


def _json(made: Made, comparisons: Sequence[Comparison], model: Path) -> str:
    row: dict[str, Any] = {
        "verdict": "better" if is_better(comparisons) else "not better: kept",
        "model": model.name,
        "made": {name: getattr(made, name) for name in Made.__slots__},
        "cameras": [one.as_row() for one in comparisons],
    }
    return json.dumps(row, indent=2, ensure_ascii=False) + "\n"


def _markdown(made: Made, comparisons: Sequence[Comparison], model: Path) -> str:
    parts = ("train", "stop", "held")
    numbers = {name: " | ".join(str(row.get(part, 0)) for part in parts) for name, row in made.pictures.items()}
    rows = [f"| {name} | {text} |" for name, text in numbers.items()]
    return "\n".join([
        f"# Distillation for {made.site}",
        "",
        verdict_text(comparisons, model),
        "",
        *_ingredients(made, model),
        "",
        "| camera | trained on | ended the training | held out |",
        "|---|---|---|---|",
        *rows,
        "",
        "Old → new on held-out pictures, IoU 0.5. **The teacher's boxes are taken for the truth**: what it",
        "misses, both may miss unseen.",
        "",
        "| camera | pictures | people | recall | precision | count MAE | change of MAE, 95 % | |",
        "|---|---|---|---|---|---|---|---|",
        *map(_row, comparisons),
        "",
        *_warnings(comparisons),
    ])  # fmt: skip


def _ingredients(made: Made, model: Path) -> list[str]:
    frozen = ", backbone frozen" if made.freeze else ""
    return [
        f"Teacher {made.teacher}, student {made.student}, {made.epochs} epochs at {made.size} px{frozen}.",
        f"The teacher found {made.labels} people.",
        f"Old: {made.old}. New: {model.name}, int8.",
    ]


def verdict_text(comparisons: Sequence[Comparison], model: Path) -> str:
    """Return what to do now, in a sentence or two."""
    if is_better(comparisons):
        return (
            f'**Better.** To use it, set `weights = "{model}"` for these cameras in `site.toml`. '
            "Head counts belong to the weights they were made with: run `calibrate` again."
        )
    worse = ", ".join(one.camera for one in comparisons if not one.is_no_worse) or "none, and none better either"
    return f"**Not better: kept.** The old weights stay. Worse on: {worse}. The new ones lie in {model.name}."


def _row(one: Comparison) -> str:
    old, new = one.old, one.new
    kind = "" if one.learnt else " (not learnt)"
    low, high = one.mae_change
    return (
        f"| {one.camera}{kind} | {new.frames} | {new.truth} | {_change(old, new, 'recall')} | "
        f"{_change(old, new, 'precision')} | {_change(old, new, 'mae')} | {low:+.2f} … {high:+.2f} | "
        f"{'' if one.is_no_worse else 'worse'} |"
    )


def _change(old: Agreement, new: Agreement, name: str) -> str:
    return f"{getattr(old, name):.3f} → {getattr(new, name):.3f}"


def _warnings(comparisons: Sequence[Comparison]) -> list[str]:
    lines = []
    if few := [one.camera for one in comparisons if one.new.frames < FEW]:
        lines.append(f"Few held-out pictures (under {FEW}): {', '.join(few)}. A difference there may be chance.")
    if alone := [one.camera for one in comparisons if one.new.precision < one.old.precision]:
        lines.append(f"Less precise than before: {', '.join(alone)}.")
    if not any(not one.learnt for one in comparisons):
        lines.append("No camera that was not learnt from was checked (`--check CAMERA`): nothing is known of others.")
    return [*lines, ""] if lines else []

"""What head counts tell about one camera: a line from people seen to people there, and how good it is.

The file ``calibration/<camera>.json`` of a site holds it. It belongs to the weights, thresholds, tiling and masks it
was made with (``digest``); with others it says nothing and is ignored.
"""

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mall.cameras.plausible import Judged
from mall.config import Site
from mall.errors import SiteError
from mall.site_file import Camera

HALF_AT_LEAST = 0.5  # of the spread: the band of a nearly empty picture is no narrower
LEAST_SPREAD = 0.5  # people; head counts themselves are no better
FEWEST = 3
# What a missing, damaged or strange file raises when it is read.
UNREADABLE = (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True)
class AccuracyCard:
    """How far a camera's counts were from head counts, each judged by a line fitted to the others (leave one out).

    Attributes:
        mae: mean absolute error, people; within_1: share within one person; bias: mean error, positive = too many.
        n: head counts; date: ISO day they were used; method: in words.
        spread: standard deviation of the errors, people; mae_95: interval of the mean absolute error;
        interval_95: half of the interval that holds 95 % of true counts around the estimate, people.

    """

    mae: float
    within_1: float
    bias: float
    n: int
    date: str
    method: str
    spread: float
    mae_95: tuple[float, float]
    interval_95: float

    def shown(self) -> dict[str, Any]:
        """Return what pages show."""
        return {name: getattr(self, name) for name in ("mae", "within_1", "bias", "n", "date", "method")}


@dataclass(frozen=True, slots=True)
class HeadCount:
    """A line people = a · seen + b with its card.

    Attributes:
        a, b: of the line; seen: lowest and highest count of the detector among the head counts.
        people: lowest and highest head count: the reliable range; mean: of the head counts.

    """

    a: float
    b: float
    seen: tuple[int, int]
    people: tuple[int, int]
    mean: float
    card: AccuracyCard

    def estimate(self, seen: int) -> int:
        """Return how many people stand behind a count; below the lowest one known it goes straight to zero."""
        lowest = self.seen[0]
        if 0 <= seen < lowest:
            return max(0, round(seen * (self.a * lowest + self.b) / lowest))
        return max(0, round(self.a * seen + self.b))

    def band(self, seen: int) -> tuple[int, int]:
        """Return the ends between which the truth lies nine times in ten; errors grow with the root of the count."""
        from scipy.stats import t

        people, n = self.estimate(seen), self.card.n
        sure = float(t.ppf(0.95, max(n - 2, 1))) * max(self.card.spread, LEAST_SPREAD) * math.sqrt(1 + 1 / n)
        half = sure * max(HALF_AT_LEAST, math.sqrt(max(people, 1) / max(self.mean, 1.0)))
        return max(0, math.floor(people - half)), math.ceil(people + half)

    def covers(self, seen: int) -> bool:
        """Tell whether the estimate lies within the head counts known; above, the camera is saturated."""
        return self.estimate(seen) <= self.people[1]


@dataclass(frozen=True, slots=True)
class CameraCalibration:
    """Everything that head counts told about one camera; ``overall`` is None where only zones were counted.

    ``judged`` is what people who walked by said of the map to the floor whose ``floor_digest_of`` is ``floor``.
    """

    camera: str
    digest: str
    weights: str
    overall: HeadCount | None
    zones: Mapping[str, HeadCount] = field(default_factory=dict)
    judged: Judged | None = None
    floor: str = ""

    def to_json(self) -> str:
        """Return the file's text."""
        head: dict[str, Any] = {"camera": self.camera, "digest": self.digest, "weights": self.weights}
        whole = {"line": None} if self.overall is None else _to_row(self.overall)
        zones = {"zones": {zone: _to_row(line) for zone, line in self.zones.items()}}
        if self.judged is not None:
            head["judged"] = self.judged.to_row() | {"floor": self.floor}
        return json.dumps(head | whole | zones, indent=2, allow_nan=False, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "CameraCalibration":
        """Read the file's text; ValueError, KeyError or TypeError where it is something else."""
        row = json.loads(text)
        zones = {str(zone): _from_row(line) for zone, line in row["zones"].items()}
        overall = None if row["line"] is None else _from_row(row)
        judged, floor = None, ""
        if row.get("judged") is not None:
            judged, floor = Judged.from_row(row["judged"]), str(row["judged"]["floor"])
        return cls(str(row["camera"]), str(row["digest"]), str(row["weights"]), overall, zones, judged, floor)


def _to_row(line: HeadCount) -> dict[str, Any]:
    row = asdict(line)
    return {"line": {"a": row.pop("a"), "b": row.pop("b")}, "range": row.pop("people"), **row}


def _from_row(row: Mapping[str, Any]) -> HeadCount:
    card = {**row["card"], "mae_95": (float(row["card"]["mae_95"][0]), float(row["card"]["mae_95"][1]))}
    a, b = float(row["line"]["a"]), float(row["line"]["b"])
    numbers = [a, b, row["mean"], card["mae"], card["spread"]]
    if not all(math.isfinite(float(number)) for number in numbers) or int(card["n"]) < FEWEST:
        raise ValueError("expected finite numbers from at least 3 head counts")
    seen, people = ((int(ends[0]), int(ends[1])) for ends in (row["seen"], row["range"]))
    return HeadCount(a, b, seen, people, float(row["mean"]), AccuracyCard(**card))


def calibration_path(site: Site, camera_id: str) -> Path:
    """Return where a camera's head-count calibration lies."""
    return site.folder / "calibration" / f"{camera_id}.json"


def digest_of(camera: Camera, weights_digest: str) -> str:
    """Return what a calibration belongs to: sha256 of weights, thresholds, tiling and masks, first 16 digits."""
    keys = ("confidence", "iou", "input_size", "tiling", "masks")
    recipe = {"weights": weights_digest} | {key: getattr(camera, key) for key in keys}
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def floor_digest_of(camera: Camera) -> str:
    """Return what a judgement of a camera's map to the floor belongs to: sha256 of its pairs, first 16 digits."""
    keys = ("calibration", "plane", "size", "fps")
    recipe = camera.model_dump(mode="json", include=set(keys))
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def kept_judgement(site: Site, camera: Camera) -> Judged | None:
    """Return what people said of a camera's present map to the floor when ``calibrate`` last ran, None if unknown."""
    try:
        kept = CameraCalibration.from_json(calibration_path(site, camera.id).read_text(encoding="utf-8"))
    except UNREADABLE:  # whoever uses its lines says so
        return None
    return kept.judged if kept.floor == floor_digest_of(camera) else None


def save(calibration: CameraCalibration, path: Path) -> None:
    """Write the file whole or not at all.

    Raises:
        SiteError: if it cannot be written.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".new", delete=False, encoding="utf-8") as file:
            file.write(calibration.to_json())
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as exc:
        raise SiteError(f"{path}: {exc.strerror}") from exc

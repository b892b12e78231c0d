"""Head counts that a person made on stills: kept in the state folder, fitted as ``calibrate`` does."""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mall.cameras.accuracy_card import CameraCalibration, HeadCount
from mall.cameras.head_counts import ENOUGH, WHOLE, fit_groups
from mall.setup.files import write_files
from mall.setup.words import SetupError

STILL_KEPT_S = 600.0
MOST_KEPT = 500  # counts of a camera; the oldest go
_NAMES = frozenset({"id", "seen", "people", "zone", "at", "recipe", "weights"})  # of a kept count


@dataclass(frozen=True, slots=True)
class StillSeen:
    """What a worker saw on the still that a person counts on.

    Attributes:
        at: when it was captured, ISO 8601; people: confirmed then; zones: zone -> confirmed and placed there.
        recipe: digest of weights, thresholds, tiling and masks; weights: their name.

    """

    camera: str
    at: str
    people: int
    zones: Mapping[str, int]
    recipe: str
    weights: str


class Stills:
    """Remembers for ten minutes what was seen on each still; the picture itself is not held."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[float, StillSeen]] = {}

    def remember(self, seen: StillSeen) -> str:
        """Return the id of a still."""
        now = self._clock()
        self._seen = {key: held for key, held in self._seen.items() if now - held[0] < STILL_KEPT_S}
        still = secrets.token_hex(8)
        self._seen[still] = (now, seen)
        return still

    def recall(self, still: str, camera: str) -> StillSeen:
        """Return what was seen on a still of a camera; SetupError where that is not known any more."""
        held = self._seen.get(still)
        if held is None or self._clock() - held[0] >= STILL_KEPT_S or held[1].camera != camera:
            raise SetupError("still")
        return held[1]


class HeadCountBook:
    """The head counts of a site's cameras, one file each.

    Args:
        folder: the state folder's ``setup/head_counts``.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rows(self, camera: str) -> list[dict[str, Any]]:
        """Return a camera's head counts, oldest first; SetupError where the file is damaged, which stays as it is."""
        path = self._path(camera)
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except ValueError as exc:
            raise SetupError("damaged", what=str(path)) from exc
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row.keys() >= _NAMES for row in rows):
            raise SetupError("damaged", what=str(path))
        return rows

    def add(self, seen: StillSeen, people: int, zones: Mapping[str, int]) -> list[dict[str, Any]]:
        """Add what a person counted on a still, in the picture and in zones that the camera's level has."""
        unknown = next((zone for zone in zones if zone not in seen.zones), None)
        if unknown is not None:
            raise SetupError("unknown", what=f"zone {unknown}")
        counted = {WHOLE: (seen.people, people)} | {zone: (seen.zones[zone], n) for zone, n in zones.items()}
        common = {"at": seen.at, "recipe": seen.recipe, "weights": seen.weights}
        added = [
            {"id": secrets.token_hex(4), "seen": n, "people": heads, "zone": zone or None, **common}
            for zone, (n, heads) in counted.items()
        ]
        self._write(seen.camera, [*self.rows(seen.camera), *added][-MOST_KEPT:])
        return added

    def drop(self, camera: str, count: str) -> None:
        """Take one head count away; SetupError where there is none of this id."""
        rows = self.rows(camera)
        left = [row for row in rows if row["id"] != count]
        if len(left) == len(rows):
            raise SetupError("unknown", what=f"head count {count}")
        self._write(camera, left)

    def fit(self, camera: str, *, day: date) -> CameraCalibration:
        """Return what the head counts made with the latest detector, thresholds, tiling and masks tell.

        Raises:
            SetupError: fewer than five of the whole picture.

        """
        rows = self.rows(camera)
        recipe = rows[-1]["recipe"] if rows else ""
        groups: dict[str, list[tuple[int, int]]] = {}
        for row in rows:
            if row["recipe"] == recipe:
                groups.setdefault(row["zone"] or WHOLE, []).append((row["seen"], row["people"]))
        whole = groups.get(WHOLE, [])
        if len(whole) < ENOUGH:
            raise SetupError("few-counts", least=ENOUGH, n=len(whole))
        lines = fit_groups({zone: pairs for zone, pairs in sorted(groups.items()) if len(pairs) >= ENOUGH}, day=day)
        return CameraCalibration(camera, recipe, rows[-1]["weights"], lines.pop(WHOLE), lines)

    def _path(self, camera: str) -> Path:
        return self._folder / f"{camera}.json"

    def _write(self, camera: str, rows: list[dict[str, Any]]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_files({self._path(camera): (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()})


def fit_row(line: HeadCount) -> dict[str, Any]:
    """Return a fitted line for an answer."""
    found = {"line": {"slope": line.a, "offset": line.b}, "card": line.card.shown(), "range": list(line.people)}
    return found | {"problems": _flat(line)}


def _flat(line: HeadCount) -> list[dict[str, Any]]:
    if line.seen[0] != line.seen[1]:
        return []
    english = f"The detector saw {line.seen[0]} people every time: only an offset can be fitted. Count at other times."
    japanese = f"検出器は毎回 {line.seen[0]} 人でした。差だけを補正します。別の時間帯にも数えてください。"
    return [{"code": "flat", "severity": "warning", "text": {"en": english, "ja": japanese}, "where": {}}]

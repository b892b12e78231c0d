"""``calibrate``: fit a camera's head-count lines from manual counts of a recording, and write its accuracy card."""

import csv
import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mall.cameras.accuracy_card import (
    FEWEST,
    CameraCalibration,
    HeadCount,
    calibration_path,
    digest_of,
    floor_digest_of,
    save,
)
from mall.cameras.bands import Trust
from mall.cameras.eyesight import BOXES_DIGEST
from mall.cameras.head_counts import ENOUGH, WHOLE, fit_groups
from mall.config import Site, load_site
from mall.doubts import told
from mall.errors import SiteError
from mall.logs import configure_logs
from mall.recordings.counting import count_rows, loaded_detector, path_of
from mall.recordings.offline import vendor_errors
from mall.site_file import Camera
from vision.boxes import BoxRecording
from vision.detector import Detector
from vision.source import open_recording

log = logging.getLogger(__name__)

MOST_PEOPLE = 100_000


@dataclass(frozen=True, slots=True)
class Count:
    """One manual count: how many people are in a frame, or in one zone of it."""

    frame: int
    people: int
    zone: str = WHOLE


def calibrate_recording(  # noqa: PLR0913  the command's own options
    video: Path, *, site: Path, camera: str, counts: Path, weights: str | None, still: bool
) -> None:
    """Fit, write ``calibration/<camera>.json`` and print how good it is; nothing is written where anything is wrong."""
    configure_logs("calibrate")
    loaded = load_site(site.resolve())
    found = loaded.camera(camera)
    manual = read_counts(counts, {zone.id for zone in loaded.plan.zones_on(found.level)})
    if not found.is_calibrated and any(count.zone for count in manual):
        raise SiteError(f"{counts}: zones need a [camera.calibration] or [[camera.plane]] of camera {camera}")
    with vendor_errors():
        calibration = _calibration(video, loaded, found, manual, weights=weights, still=still)
    path = calibration_path(loaded, camera)
    save(calibration, path)
    sys.stdout.write(report(calibration) + f"\nwritten: {path}\n")


def read_counts(path: Path, zones: set[str]) -> list[Count]:
    """Read manual counts, columns frame,people[,zone]; an empty zone stands for the whole picture.

    Raises:
        SiteError: naming line and reason: other columns, no whole numbers, unknown zones, doubles, fewer than 3 counts.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            columns = [(name or "").strip() for name in reader.fieldnames or []]
            if sorted(columns) not in (["frame", "people"], ["frame", "people", "zone"]):
                raise SiteError(
                    f"{path}: expected the columns frame,people[,zone], got {','.join(columns) or 'nothing'}"
                )
            reader.fieldnames = columns
            counts = [_count(row, f"{path} line {reader.line_num}", zones) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise SiteError(f"{path}: {getattr(exc, 'strerror', None) or exc}") from exc
    _check_groups(path, counts)
    return counts


def _count(row: Mapping[str | None, Any], where: str, zones: set[str]) -> Count:
    if None in row or row.get("people") is None:
        raise SiteError(f"{where}: expected as many values as there are columns")
    zone = (row.get("zone") or "").strip()
    if zone and zone not in zones:
        raise SiteError(f"{where}: no zone {zone!r} on the camera's level (zones: {', '.join(sorted(zones))})")
    return Count(_whole(row["frame"], f"{where}: frame"), _whole(row["people"], f"{where}: people"), zone)


def _whole(text: str | None, where: str) -> int:
    try:
        number = float(text or "")
    except ValueError:
        number = float("nan")
    if not 0 <= number < 1e9 or number != int(number):
        raise SiteError(f"{where}: expected a whole number from 0, got {text!r}")
    if where.endswith("people") and number > MOST_PEOPLE:
        raise SiteError(f"{where}: {text} people in one picture cannot be")
    return int(number)


def _check_groups(path: Path, counts: Sequence[Count]) -> None:
    places = [(count.frame, count.zone) for count in counts]
    double = next((place for place in places if places.count(place) > 1), None)
    if double:
        raise SiteError(f"{path}: frame {double[0]} stands twice" + (f" for zone {double[1]}" if double[1] else ""))
    for zone in sorted({count.zone for count in counts} or {WHOLE}):
        n = sum(count.zone == zone for count in counts)
        what = f"zone {zone}" if zone else "the whole picture"
        if n < FEWEST:
            raise SiteError(f"{path}: expected at least {FEWEST} counts of {what}, better 5 to 10, got {n}")
        if n < ENOUGH:
            log.warning("%d counts of %s: 5 to 10 over quiet and busy times make a better line", n, what)


def _calibration(  # noqa: PLR0913  the command's own options
    video: Path, site: Site, camera: Camera, manual: Sequence[Count], *, weights: str | None, still: bool
) -> CameraCalibration:
    recording = open_recording(video, fps=camera.fps, camera=camera.id)
    detector: Detector | None = None
    try:
        last = max(count.frame for count in manual)
        if last >= recording.count:
            raise SiteError(f"{video}: no frame {last}: it has {recording.count}, counted from 0")
        if not isinstance(recording, BoxRecording):
            detector = loaded_detector(site, camera, weights=weights, still=still)
        path = path_of(site, camera, recording)
        counted = count_rows(
            recording, site, camera, detector=detector, still=still, trust=Trust("unproven"), path=path
        )
        rows = _wanted(counted, {count.frame for count in manual}, camera.id)
        name, digest = (detector.name, detector.digest) if detector else ("recorded boxes", BOXES_DIGEST)
    finally:
        recording.close()
        if detector is not None:
            detector.close()
    lines = fit_counts(manual, rows)
    overall = lines.pop(WHOLE, None)
    floor = floor_digest_of(camera)
    return CameraCalibration(camera.id, digest_of(camera, digest), name, overall, lines, path.judged(), floor)


def _wanted(rows: Iterable[dict[str, Any]], frames: set[int], camera: str) -> dict[int, dict[str, Any]]:
    """Return frame -> line of ``count``, without any earlier calibration, up to the last frame wanted."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row["frame"] in frames:
            found[row["frame"]] = row
        if len(found) == len(frames):
            return found
    raise SiteError(f"camera {camera}: frame {min(frames - found.keys())} of the recording cannot be read")


def fit_counts(manual: Sequence[Count], rows: Mapping[int, Mapping[str, Any]]) -> dict[str, HeadCount]:
    """Return zone -> line; the whole picture's is under the empty name."""
    pairs: dict[str, list[tuple[int, int]]] = {}
    for count in sorted(manual, key=lambda count: count.zone):
        row = rows[count.frame]
        seen = row["zones"][count.zone] if count.zone else row["people_raw"]
        pairs.setdefault(count.zone, []).append((seen, count.people))
    for zone, counts in pairs.items():
        if len({seen for seen, _ in counts}) == 1:
            log.warning(
                "%s: the detector saw %d people in every frame: only an offset can be fitted", zone, counts[0][0]
            )
    return fit_groups(pairs, day=datetime.now().astimezone().date())


def report(calibration: CameraCalibration) -> str:
    """Return the lines and their cards in words."""
    lines = {"whole picture": calibration.overall} if calibration.overall else {}
    lines |= {f"zone {zone}": line for zone, line in calibration.zones.items()}
    rows = [f"camera {calibration.camera}, {what}: {_told(line)}" for what, line in lines.items()]
    return "\n".join(rows + _judgement(calibration))


def _judgement(calibration: CameraCalibration) -> list[str]:
    """Return what people who walked by say of the map to the floor; nothing where nobody did."""
    judged = calibration.judged
    if judged is None:
        return []
    tall = "" if judged.height_m is None else f"look {judged.height_m:.2f} m tall and "
    seen = f"camera {calibration.camera}, scale: {judged.people} people {tall}walk at {judged.speed_m_s:.2f} m/s"
    return [seen, *(f"  doubtful: {told(doubt)['en']}" for doubt in judged.doubts())]


def _told(line: HeadCount) -> str:
    card = line.card
    return (
        f"people = {line.a:.3f} x seen {line.b:+.2f} "
        f"from {card.n} head counts of {line.people[0]} to {line.people[1]}\n"
        f"  mean absolute error (leave one out) {card.mae:.2f}, 95 % interval {card.mae_95[0]:.2f} to "
        f"{card.mae_95[1]:.2f}; within 1 person {card.within_1:.0%}; bias {card.bias:+.2f}\n"
        f"  95 % of true counts within {card.interval_95:.1f} people of the estimate; reliable up to {line.people[1]}"
    )

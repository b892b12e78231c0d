"""From fused people to one reading a zone: count, band, density, Level of Service, trend, coverage and age.

Pure: every time comes in as an argument. A zone that no live camera sees keeps its last reading, which ages by
itself; a zone that no camera ever saw is unknown, never zero. ``people`` are those seen, but density is people seen
divided by the ground seen (walkable area times coverage): a half watched crowd is as dense as a whole one, and crowd
state, Level of Service, utilisation, danger and the public's level follow from that density.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gis.capacity import UTILISED
from gis.density import LETTERS, CrowdState, Standard, crowd_state, los_band, standard_for
from gis.floorplan import Zone
from mall.freshness import age_s, live_limit_s
from mall.models import CameraStatus, PointFrame, Source, ZoneReading
from mall.reading.coverage import UNCOVERED_BELOW, Coverage

FULL_FROM = 0.98  # coverage above which the unseen rest does not widen the band
OPEN_BELOW = 0.5  # coverage below which nothing can be said about the upper end
PLACING = 0.02  # of the people of a zone, by which placing and fusing may miss them; at least one where anybody is
SOURCE_RANK: tuple[Source, ...] = ("camera", "recorded", "simulated")

TREND_WINDOW_S = 60.0
TREND_FROM_S = 20.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What a level's cameras give at one tick: newest frame a camera, who is live, and people counted by zone.

    ``speeds`` (mean m/s) and ``flow_changes`` (of the flow out, share over 60 s) hold the zones where they are known;
    ``rising`` those in which people became more over the last minute.
    """

    now: float
    epoch: str
    seq: int
    frames: Mapping[str, PointFrame]
    live: frozenset[str]
    statuses: Mapping[str, CameraStatus]
    counts: Mapping[str, int] = field(default_factory=dict)
    speeds: Mapping[str, float] = field(default_factory=dict)
    flow_changes: Mapping[str, float] = field(default_factory=dict)
    rising: frozenset[str] = frozenset()


def live_cameras(frames: Mapping[str, PointFrame], statuses: Mapping[str, CameraStatus], now: float) -> frozenset[str]:
    """Return the cameras whose newest frame is live; a frozen picture (``suspect``) is not."""
    found = set()
    for camera, frame in frames.items():
        age = age_s(now, frame.received_at, frame.lag_s)
        status = statuses.get(camera)
        frozen = status is not None and status.condition == "suspect"
        if age is not None and age <= live_limit_s(frame.period_s) and not frozen:
            found.add(camera)
    return frozenset(found)


def read_zones(
    coverage: Coverage, sight: Sight, *, previous: Mapping[str, ZoneReading], trends: "Trends"
) -> dict[str, ZoneReading]:
    """Return one reading for every zone of the level."""
    shares = coverage.shares(sight.live)
    zones = coverage.plan.zones_on(coverage.level)
    readings = {zone.id: _read_zone(coverage, sight, zone, share=shares[zone.id]) for zone in zones}
    out: dict[str, ZoneReading] = {}
    for zone_id, reading in readings.items():
        if reading is None:
            out[zone_id] = _keep(zone_id, sight, previous.get(zone_id))
            trends.forget(zone_id)
        else:
            out[zone_id] = replace(reading, trend=trends.add(zone_id, sight.now, reading.people or 0))
    return out


def _keep(zone: str, sight: Sight, last: ZoneReading | None) -> ZoneReading:
    if last is not None:
        return replace(last, coverage=0.0, trend=0, seq=sight.seq, epoch=sight.epoch)
    return ZoneReading(
        zone=zone, people=None, band=None, density=None, los=None, crowd=None, trend=0, observed_at=0.0,
        received_at=0.0, lag_s=0.0, period_s=1.0, seq=sight.seq, epoch=sight.epoch, coverage=0.0, source="camera",
    )  # fmt: skip


def _read_zone(coverage: Coverage, sight: Sight, zone: Zone, *, share: float) -> ZoneReading | None:
    """Read a zone that live cameras see; None where they see too little of it."""
    cameras = tuple(c for c in coverage.cameras_of(zone.id) if c in sight.live)
    if share < UNCOVERED_BELOW or not cameras:
        return None
    frames = [sight.frames[camera] for camera in cameras]
    statuses = [sight.statuses[camera] for camera in cameras if camera in sight.statuses]
    parts = [coverage.part_of_view(zone.id, camera) for camera in cameras]
    counted = sight.counts.get(zone.id, 0)
    people = estimate(counted, frames, lines_of(zone.id, statuses))
    saturated = any(frame.saturated for frame in frames)
    low, high = band_of(counted, frames, statuses, parts=parts, people=people)
    band = widen((low, high), share, saturated=saturated)
    unproven = any(status.fit == "unproven" for status in statuses)
    oldest = max(frames, key=lambda frame: _staleness(frame, sight.now))
    seen = (low, None if band[1] is None else high)
    seen_m2 = coverage.plan.area_m2(zone.id) * share
    density, los = service(zone, people, seen, seen_m2=seen_m2, unproven=unproven)
    return ZoneReading(
        zone=zone.id, people=people, band=band, density=density, los=los, trend=0,
        crowd=None if density is None else _crowd(zone, density, sight),
        observed_at=oldest.observed_at, received_at=oldest.received_at, lag_s=oldest.lag_s, period_s=oldest.period_s,
        seq=sight.seq, epoch=sight.epoch, coverage=round(share, 4), source=label_source(statuses),
        saturated=saturated, unproven=unproven, cameras=cameras, suspect=any(frame.suspect for frame in frames),
    )  # fmt: skip


def _crowd(zone: Zone, density: float, sight: Sight) -> CrowdState:
    speed, change = sight.speeds.get(zone.id), sight.flow_changes.get(zone.id)
    rising = zone.id in sight.rising
    return crowd_state(density, zone.category, flow_change=change, speed_m_s=speed, is_rising=rising)


def _staleness(frame: PointFrame, now: float) -> float:
    return (age_s(now, frame.received_at, frame.lag_s) or 0.0) / live_limit_s(frame.period_s)


def label_source(statuses: Sequence[CameraStatus]) -> Source:
    """Return the least real of the sources: simulated before recorded before camera."""
    return max((status.source for status in statuses), key=SOURCE_RANK.index, default="camera")


Line = Sequence[float]
"""A zone's own head-count line: a, b, lowest count known."""


def lines_of(zone: str, statuses: Sequence[CameraStatus]) -> list[Line]:
    """Return the head-count lines that its cameras hold for a zone."""
    return [status.zone_lines[zone] for status in statuses if zone in status.zone_lines]


def estimate(counted: int, frames: Sequence[PointFrame], lines: Sequence[Line] = ()) -> int:
    """Return the best estimate: people counted on the plan, scaled as the cameras' head-count lines scale theirs.

    A zone's own line goes before those of whole cameras; of several the one that says most people.
    """
    if lines:
        return max(round(_on_line(counted, line)) for line in lines)
    raw = sum(frame.people_raw for frame in frames)
    gain = sum(frame.people for frame in frames) / raw if raw else 1.0
    return round(counted * gain)


def _on_line(counted: int, line: Line) -> float:
    a, b, lowest = line
    if 0 <= counted < lowest:
        return max(0.0, counted * (a * lowest + b) / lowest)
    return max(0.0, a * counted + b)


def band_of(
    counted: int,
    frames: Sequence[PointFrame],
    statuses: Sequence[CameraStatus],
    *,
    parts: Sequence[float],
    people: int | None = None,
) -> tuple[int, int]:
    """Return the low and high end of a zone's count from its cameras' bands and accuracy cards.

    A camera's spread is shared by people (those here of those it sees) or by ground (``parts``, the share of its
    view that lies here), whichever is more: people it missed may stand here even where none was seen. Simulated boxes
    are exact, but placing and fusing them is not (measured on the sample: off by up to 0.5 on average): 2 % each way.
    """
    people = estimate(counted, frames)
    up = down = 0.0
    for frame, part in zip(frames, parts, strict=True):
        here = min(1.0, counted / frame.people_raw) if frame.people_raw else 0.0
        up = max(up, (frame.band[1] - frame.people) * max(here, part))
        down = max(down, (frame.people - frame.band[0]) * here)
    for status in statuses:
        if status.fit == "exact":
            up, down = max(up, PLACING * people), max(down, PLACING * people)
        elif status.recall and status.precision:
            up = max(up, people / status.recall - people)
            down = max(down, people - people * status.precision)
    return max(0, math.floor(people - down + 1e-9)), math.ceil(people + up - 1e-9)


def widen(band: tuple[int, int], coverage: float, *, saturated: bool) -> tuple[int, int | None]:
    """Return the band with its upper end opened by what no live camera sees; None means open upward."""
    if saturated or coverage < OPEN_BELOW:
        return band[0], None
    return band[0], band[1] if coverage >= FULL_FROM else math.ceil(band[1] / coverage - 1e-9)


def service(
    zone: Zone, people: int, band: tuple[int, int | None], *, seen_m2: float, unproven: bool
) -> tuple[float | None, str | None]:
    """Return (density in p/m² of the ground seen, Level of Service); no letter where use is judged by capacity.

    Args:
        zone: for its category.
        people: those seen; band: low and high end of those seen, None where it is open upward.
        seen_m2: walkable ground that is seen.
        unproven: whether the count is.

    """
    if seen_m2 <= 0.0:
        return None, None
    standard = None if zone.category in UTILISED else standard_for(zone.category)
    density = people / seen_m2
    if standard is None:
        return density, None
    high = None if band[1] is None else band[1] / seen_m2
    return density, letter(band[0] / seen_m2, high, standard, unproven=unproven)


def letter(low: float, high: float | None, standard: Standard, *, unproven: bool = False) -> str:
    """Return a letter, a range or ``unsure`` for a density band in p/m²; an unproven count never gets one letter."""
    found = los_band(low, high, standard)
    if not unproven or found not in LETTERS:
        return found
    index = min(LETTERS.index(found), len(LETTERS) - 2)
    return f"{LETTERS[index]}–{LETTERS[index + 1]}"


class Trends:
    """People per zone over the last minute, and the direction they go: -2 falls fast … 2 rises fast."""

    def __init__(self) -> None:
        self._trail: dict[str, deque[tuple[float, int]]] = {}

    def add(self, zone: str, now: float, people: int) -> int:
        """Book a count and return the trend."""
        trail = self._trail.setdefault(zone, deque())
        if trail and now < trail[-1][0]:
            trail.clear()
        if not trail or now - trail[-1][0] >= 0.9:
            trail.append((now, people))
        while trail and now - trail[0][0] > TREND_WINDOW_S:
            trail.popleft()
        return trend(list(trail))

    def forget(self, zone: str) -> None:
        """Drop a zone's trail: what comes back after a gap is no trend."""
        self._trail.pop(zone, None)


def trend(trail: Sequence[tuple[float, int]]) -> int:
    """Return -2…2 from the least-squares slope over (time, people); 1 from 10 % and a person a minute, 2 from 30 %."""
    if len(trail) < 3 or trail[-1][0] - trail[0][0] < TREND_FROM_S:
        return 0
    mean_t = sum(t for t, _ in trail) / len(trail)
    mean = sum(n for _, n in trail) / len(trail)
    slope = sum((t - mean_t) * (n - mean) for t, n in trail) / sum((t - mean_t) ** 2 for t, _ in trail)
    change = slope * TREND_WINDOW_S
    size = 2 if abs(change) >= max(3.0, 0.3 * mean) else 1 if abs(change) >= max(1.0, 0.1 * mean) else 0
    return size if change > 0 else -size

"""The shapes that pass between processes: frozen, validated at the boundary, packed as compact JSON.

Times are UTC seconds, lengths metres. ``received_at`` is stamped by the store's own clock; ``lag_s`` is capture to
write by the worker's monotonic clock, so that age = store now - received_at + lag_s needs no agreement of clocks.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mall.advisory import OVER, SEVERITIES, Advisory, Severity, Status
from mall.doubts import Doubt, doubts_of
from mall.records import known_fields, pack

__all__ = [  # besides what is defined below: every shape is found here
    "OVER", "SEVERITIES", "Advisory", "Severity", "Status", "known_fields", "pack",
]  # fmt: skip

Source = Literal["camera", "recorded", "simulated"]
Fit = Literal["proven", "demonstration", "unproven", "exact"]


@dataclass(frozen=True, slots=True)
class PointFrame:
    """What one camera saw at one instant, in metres: no pixel, no identity.

    Attributes:
        seq: rises with every analysed frame of the camera and goes on over restarts and cuts.
        cut: the first frame after a discontinuity; every track ended before it.
        people_raw: confirmed people seen, placed or not; ``people`` the best estimate, ``band`` its low and high end.
        track: (N,) per-process track numbers of the placed people; xy: (N, 2) m; cov: (N, 3) m², xx xy yy;
        firm: (N,) False where the foot was predicted from the head (such a point triggers no crossing).
        saturated: more people than head counts cover, or a *suspect* crowd: the band is open upward;
        suspect: boxes overlap or fall short as in a crowd that hides itself.

    """

    camera: str
    level: str
    epoch: str
    seq: int
    observed_at: float
    lag_s: float
    period_s: float
    cut: bool
    people_raw: int
    people: int
    band: tuple[int, int]
    saturated: bool
    track: NDArray[np.int64]
    xy: NDArray[np.float64]
    cov: NDArray[np.float64]
    firm: NDArray[np.bool_]
    suspect: bool = False
    received_at: float = 0.0

    def to_json(self) -> bytes:
        """Pack; positions to the millimetre. ``received_at`` is left to the store."""
        return pack(
            {
                "camera": self.camera, "level": self.level, "epoch": self.epoch, "seq": self.seq,
                "observed_at": round(self.observed_at, 3), "lag_s": round(self.lag_s, 3),
                "period_s": self.period_s, "cut": self.cut, "people_raw": self.people_raw, "people": self.people,
                "band": list(self.band), "saturated": self.saturated, "track": self.track.tolist(),
                "xy": np.round(self.xy, 3).tolist(), "cov": np.round(self.cov, 5).tolist(),
                "firm": self.firm.astype(int).tolist(), "suspect": self.suspect,
            }
        )  # fmt: skip

    @classmethod
    def from_json(cls, text: bytes | str, *, received_at: float = 0.0) -> "PointFrame":
        """Unpack what ``to_json`` wrote."""
        row = json.loads(text)
        return cls(
            **known_fields(cls, row)
            | {
                "band": (row["band"][0], row["band"][1]),
                "track": np.asarray(row["track"], dtype=np.int64),
                "xy": np.asarray(row["xy"], dtype=np.float64).reshape(-1, 2),
                "cov": np.asarray(row["cov"], dtype=np.float64).reshape(-1, 3),
                "firm": np.asarray(row["firm"], dtype=np.bool_),
                "received_at": received_at,
            }
        )


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """What a worker says about one camera, once a second; it doubles as the heartbeat of an idle camera.

    Attributes:
        condition: what the worker knows: ``running``, ``connecting``, ``suspect`` (frozen, or of another size than
            calibrated) or ``failed``.
        size: (width, height) px once known; footprint: ring of the ground seen, metres, None without calibration.
        position: [x, y] of the camera in metres where its calibration tells it.
        rate_fps: frames a second that a figure was told of; rate_wanted: those that a machine with time to spare would
            have, of the rate or of a source that delivers less; behind: clearly fewer are reached.
        idle: nothing moves and nobody is there, so that most frames are left out of detection; left_out: how many of
            those processed were.
        latency_s: capture to written, last frame; inference_s: handed to the detector to found; None before the first.
        detector: name of the weights; fit: how far its figures can be trusted on this camera.
        recall, precision: of the detector's card, None where unproven.
        card: accuracy card of head counts {mae, within_1, bias, n, date, method}, where there is one.
        zone_lines: zone id -> [a, b, lowest count known] of its own head-count line; zone_cards: zone id -> that line's
        card; crowded: a crowd is suspected.
        picture_age_s: since its newest picture was captured, as it said this; None before the first.
        doubts: what of it cannot be true, as the worker found.

    """

    id: str
    level: str
    source: Source
    condition: str
    epoch: str
    seq: int
    period_s: float
    rate_fps: float
    latency_s: float | None
    read: int
    processed: int
    dropped: int
    people: int | None
    detector: str
    fit: Fit
    recall: float | None = None
    precision: float | None = None
    size: tuple[int, int] | None = None
    footprint: list[list[float]] | None = None
    message: str = ""
    position: list[float] | None = None
    card: dict[str, Any] | None = None
    zone_lines: dict[str, list[float]] = field(default_factory=dict)
    zone_cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    crowded: bool = False
    inference_s: float | None = None
    picture_age_s: float | None = None
    doubts: tuple[Doubt, ...] = ()
    rate_wanted: float | None = None
    behind: bool = False
    idle: bool = False
    left_out: int = 0
    received_at: float = 0.0

    def to_json(self) -> bytes:
        """Pack everything except ``received_at``, which the store stamps."""
        row = asdict(self)
        del row["received_at"]
        return pack(row)

    @classmethod
    def from_json(cls, text: bytes | str, *, received_at: float) -> "CameraStatus":
        """Unpack what ``to_json`` wrote."""
        row = json.loads(text)
        row["size"] = tuple(row["size"]) if row.get("size") else None
        row["doubts"] = doubts_of(row.get("doubts"))
        return cls(**known_fields(cls, row) | {"received_at": received_at})


@dataclass(frozen=True, slots=True)
class ZoneReading:
    """One zone at one instant, as the engine read it.

    Attributes:
        people: whole people, None where no camera covers the zone; band: low and high end, high None = open upward.
        density: persons per m² of walkable area; los: a letter, a range such as ``B–C``, ``unsure`` or None.
        crowd: ``free``, ``dense``, ``critical`` or ``stalled``; trend: -2…2 over the last minute.
        coverage: share of the walkable area seen by live cameras; unproven: a contributing detector has no card here.
        suspect: a contributing camera suspects a crowd that hides itself.

    """

    zone: str
    people: int | None
    band: tuple[int, int | None] | None
    density: float | None
    los: str | None
    crowd: str | None
    trend: int
    observed_at: float
    received_at: float
    lag_s: float
    period_s: float
    seq: int
    epoch: str
    coverage: float
    source: Source
    saturated: bool = False
    unproven: bool = False
    cameras: tuple[str, ...] = ()
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class RunningMinute:
    """The crossings of a minute that is not over: by line (in, out), and for how many seconds each was watched."""

    start: int
    elapsed_s: float
    lines: dict[str, tuple[int, int]]
    watched_s: dict[str, float]


def _tuples(rows: dict[str, list[Any]]) -> dict[str, Any]:
    return {key: tuple(values) for key, values in rows.items()}


@dataclass(frozen=True, slots=True)
class LevelSnapshot:
    """Everything the engine knows about one level at one tick.

    Attributes:
        dots: (N, 2) positions of fused people in metres, without any number or order that lasts.
        lines: line id -> (in, out) since the last scheduled reset; recent: the same over the last 15 minutes.
        frames: camera id -> (received_at, lag_s, period_s) of its newest frame, from which its age is told.
        watched: line id -> the same of the oldest frame that watched it, as of when it was last watched; a line that
            cameras never watched is absent here and in ``lines``.
        minute: crossings of the running minute, so that the next engine can finish it.
        doubts: camera id -> what of it cannot be true, as the engine found by comparing.

    """

    level: str
    epoch: str
    seq: int
    at: float
    zones: dict[str, ZoneReading]
    dots: list[list[float]]
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    recent: dict[str, tuple[int, int]] = field(default_factory=dict)
    frames: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    watched: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    minute: RunningMinute | None = None
    doubts: dict[str, tuple[Doubt, ...]] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Pack; zones as columns, which is half the bytes and a third of the time of a mapping per zone."""
        zones = self.zones.values()
        return pack(
            {
                "level": self.level, "epoch": self.epoch, "seq": self.seq, "at": self.at,
                "zones": {name: [getattr(zone, name) for zone in zones] for name in ZoneReading.__slots__},
                "dots": self.dots, "lines": self.lines, "recent": self.recent, "frames": self.frames,
                "watched": self.watched, "minute": None if self.minute is None else asdict(self.minute),
                "doubts": {camera: [asdict(doubt) for doubt in found] for camera, found in self.doubts.items()},
            }
        )  # fmt: skip

    @classmethod
    def from_json(cls, text: bytes | str) -> "LevelSnapshot":
        """Unpack."""
        row = json.loads(text)
        columns = row["zones"]
        columns["band"] = [None if band is None else tuple(band) for band in columns["band"]]
        columns["cameras"] = map(tuple, columns.get("cameras") or ((),) * len(columns["zone"]))
        names = [name for name in ZoneReading.__slots__ if name in columns]
        rows = zip(*(columns[name] for name in names), strict=True)
        row["zones"] = {values[0]: ZoneReading(**dict(zip(names, values, strict=True))) for values in rows}
        for name in ("lines", "recent", "frames", "watched"):
            row[name] = _tuples(row.get(name, {}))
        row["doubts"] = {camera: doubts_of(found) for camera, found in row.get("doubts", {}).items()}
        minute = row.get("minute")
        row["minute"] = minute and RunningMinute(
            **known_fields(RunningMinute, {**minute, "lines": _tuples(minute["lines"])})
        )
        return cls(**known_fields(cls, row))


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over the mall's entrances since ``since``; inside is never negative.

    Attributes:
        out_factor: by which exits are multiplied in ``inside``, as learned at scheduled resets.
        start: people inside when the day began, None where not known; unwatched_s: for how long an entrance was not.

    """

    count_in: int = 0
    count_out: int = 0
    inside: int | None = None
    since: float = 0.0
    out_factor: float = 1.0
    start: int | None = None
    unwatched_s: int = 0


MINUTE_S = 60
LINE_PREFIX = "line:"
MOVE_PREFIX = "move:"


@dataclass(frozen=True, slots=True)
class MinuteRow:
    """One minute of a zone, or without people of a line or of the moves between two zones.

    These are ``line:<id>`` and ``move:<zone>><zone>`` (in: from the first to the second; an empty name is outside);
    their coverage is the share of time watched.

    Attributes:
        people_mean: None where nothing live was seen.
        count_in, count_out: over the lines that lead into the zone; None where they were not all watched: not zero.

    """

    zone: str
    people_mean: float | None
    people_max: int
    coverage: float
    count_in: int | None
    count_out: int | None


@dataclass(frozen=True, slots=True)
class SensorReading:
    """The latest accepted value of one pop-up sensor."""

    device: str
    sensor: str
    value: float
    seq: int
    observed_at: float
    received_at: float
    simulated: bool
    lag_s: float = 0.0

    @classmethod
    def from_json(cls, text: bytes | str, *, received_at: float) -> "SensorReading":
        """Unpack; the store stamps ``received_at``."""
        return cls(**known_fields(cls, json.loads(text)) | {"received_at": received_at})

"""The memory twin: the whole contract in one process, for tests and for tools that need no server."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mall.flows import LevelFlow
from mall.models import (
    Advisory,
    CameraStatus,
    LevelSnapshot,
    MinuteRow,
    PointFrame,
    SensorReading,
    Totals,
    ZoneReading,
)
from mall.plan_state import PlanState
from mall.store import checks, keys
from mall.store.base import LineDelta, Topic
from mall.store.memory_drills import MemoryDrills
from mall.store.memory_notices import MemoryNotices
from mall.store.memory_options import MemoryOptions
from mall.store.memory_past import MemoryPast
from mall.store.packing import pack_rows, unpack_rows

Stamped = tuple[float, bytes]


@dataclass
class _Level:
    points: deque[tuple[str, float, bytes]] = field(default_factory=deque)
    snapshot: Stamped | None = None
    engine: tuple[str, int] | None = None
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    heat: Stamped | None = None
    flow: Stamped | None = None
    minutes: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    last_minute: int = 0
    reset_at: float = 0.0


class MemoryStore(MemoryDrills, MemoryOptions, MemoryPast, MemoryNotices):
    """The store as plain dictionaries under one lock; ``clock`` returns UTC seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._changed = threading.Condition(threading.RLock())
        self._ticks: dict[Topic, int] = {"points": 0, "snapshots": 0}
        self._seen: dict[Topic, int] = {"points": 0, "snapshots": 0}
        self._closed = False
        self._levels: dict[str, _Level] = {}
        self._marks: dict[str, int] = {}
        self._entries = 0
        self._statuses: dict[str, Stamped] = {}
        self._totals = Totals()
        self._public: Stamped | None = None
        self._advisories: dict[str, bytes] = {}
        self._plan: bytes | None = None
        self._audit: list[checks.AuditRow] = []
        self._audit_head: checks.AuditHead | None = None
        self._device_seq: dict[str, int] = {}
        self._sensors: dict[tuple[str, str], SensorReading] = {}
        self._trails: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
        self._refusals: dict[str, int] = {}
        self._lead: tuple[str, float] | None = None

    def time(self) -> float:
        """Return the clock."""
        return self._clock()

    def ping(self) -> None:
        """Return at once."""

    def memory_share(self) -> float | None:
        """Return None: there is no limit."""
        return None

    def wait_tick(self, timeout_s: float, topic: Topic = "points") -> bool:
        """Wait for a write of this topic."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._ticks[topic] > self._seen[topic], timeout_s)
            arrived = self._ticks[topic] > self._seen[topic]
            self._seen[topic] = self._ticks[topic]
            return arrived

    def close(self) -> None:
        """Wake whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def publish_points(self, frame: PointFrame) -> bool:
        """Append a frame of a camera."""
        with self._changed:
            if frame.seq <= self._marks.get(frame.camera, 0):
                return False
            now = self._clock()
            self._marks[frame.camera] = frame.seq
            self._entries += 1
            points = self._fresh_points(frame.level, keys.POINTS_TRIM_S)
            points.append((f"{self._entries}-0", now, frame.to_json()))
            self._tick("points")
            return True

    def read_points(self, level: str, after: str = "0") -> list[tuple[str, PointFrame]]:
        """Return the frames younger than ``after``."""
        mark = int(after.partition("-")[0])
        with self._changed:
            rows = list(self._fresh_points(level, keys.POINTS_LIFE_S))
        return [
            (entry, PointFrame.from_json(text, received_at=at))
            for entry, at, text in rows
            if int(entry.partition("-")[0]) > mark
        ]

    def last_seq(self, camera: str) -> int:
        """Return the camera's sequence mark."""
        return self._marks.get(camera, 0)

    def publish_status(self, status: CameraStatus) -> None:
        """Replace a camera's status."""
        with self._changed:
            self._statuses[status.id] = (self._clock(), status.to_json())

    def read_statuses(self) -> dict[str, CameraStatus]:
        """Return the statuses of a day."""
        with self._changed:
            kept = {camera: row for camera, row in self._statuses.items() if self._within(row, keys.STATUS_TTL_S)}
        return {camera: CameraStatus.from_json(text, received_at=at) for camera, (at, text) in kept.items()}

    def write_snapshot(self, snapshot: LevelSnapshot, *, line_delta: LineDelta, token: str | None) -> bool:
        """Replace a level's snapshot and add to its line totals, once."""
        checks.check_delta(line_delta)
        text = snapshot.to_json()
        with self._changed:
            level = self._level(snapshot.level)
            if token is not None and self._holder() != token:
                return False
            if level.engine is not None and level.engine[0] == snapshot.epoch and snapshot.seq <= level.engine[1]:
                return snapshot.seq == level.engine[1]
            level.engine = (snapshot.epoch, snapshot.seq)
            level.snapshot = (self._clock(), text)
            for line, (count_in, count_out) in line_delta.items():
                old_in, old_out = level.lines.get(line, (0, 0))
                level.lines[line] = (old_in + count_in, old_out + count_out)
            self._tick("snapshots")
            return True

    def read_snapshot(self, level: str) -> LevelSnapshot | None:
        """Return the level's last snapshot."""
        text = self._text_within(self._level(level).snapshot, keys.SNAPSHOT_TTL_S)
        return None if text is None else LevelSnapshot.from_json(text)

    def read_live(self, level: str) -> dict[str, ZoneReading]:
        """Return the zones of the level's last snapshot."""
        snapshot = self.read_snapshot(level)
        return {} if snapshot is None else snapshot.zones

    def line_totals(self) -> dict[str, tuple[int, int]]:
        """Return every line's total."""
        with self._changed:
            return {line: pair for level in self._levels.values() for line, pair in level.lines.items()}

    def reset_line_totals(self, at: float) -> bool:
        """Set every line's total to zero, once per ``at``."""
        with self._changed:
            due = [level for level in self._levels.values() if level.reset_at < at]
            for level in due:
                level.reset_at = at
                level.lines.clear()
            return bool(due)

    def write_totals(self, totals: Totals) -> None:
        """Replace the entrances' counts."""
        self._totals = totals

    def read_totals(self) -> Totals:
        """Return the entrances' counts."""
        return self._totals

    def write_heat(self, level: str, grid: bytes) -> None:
        """Replace the level's density grid."""
        with self._changed:
            self._level(level).heat = (self._clock(), bytes(grid))

    def read_heat(self, level: str) -> bytes | None:
        """Return the level's density grid."""
        return self._text_within(self._level(level).heat, keys.HEAT_TTL_S)

    def write_flow(self, flow: LevelFlow) -> None:
        """Replace the level's flow."""
        with self._changed:
            self._level(flow.level).flow = (self._clock(), flow.to_json())

    def read_flow(self, level: str) -> LevelFlow | None:
        """Return the level's flow."""
        text = self._text_within(self._level(level).flow, keys.FLOW_TTL_S)
        return None if text is None else LevelFlow.from_json(text)

    def append_minute(self, level: str, minute_start: int, rows: Sequence[MinuteRow]) -> bool:
        """Append a level's minute."""
        checks.check_minute(minute_start)
        _, order, packed = pack_rows(rows)
        with self._changed:
            kept = self._level(level)
            latest = self._clock() + keys.MINUTE_AHEAD_S
            if minute_start <= latest < kept.last_minute:  # the clock was set back
                kept.minutes = {start: row for start, row in kept.minutes.items() if start < minute_start}
                kept.last_minute = max(kept.minutes, default=0)
            if minute_start <= kept.last_minute:
                return False
            kept.last_minute = minute_start
            limit = minute_start - keys.MINUTES_KEPT_S
            kept.minutes = {start: row for start, row in kept.minutes.items() if start >= limit}
            kept.minutes[minute_start] = (order, packed)
            return True

    def read_minutes(self, level: str, since: float, until: float) -> list[tuple[int, list[MinuteRow]]]:
        """Return the minutes of a span."""
        with self._changed:
            kept = dict(self._level(level).minutes)
        return [(start, unpack_rows(*kept[start])) for start in sorted(kept) if since <= start < until]

    def publish_public(self, text: bytes) -> None:
        """Replace the public's bytes."""
        with self._changed:
            self._public = (self._clock(), bytes(text))

    def read_public(self) -> bytes | None:
        """Return the public's bytes."""
        return self._text_within(self._public, keys.PUBLIC_TTL_S)

    def put_advisory(
        self, advisory: Advisory, expected_version: int | None, *, audit: Mapping[str, Any] | None = None,
        record: tuple[str, bytes] | None = None,
    ) -> bool:  # fmt: skip
        """Compare and set an advisory, with its audit entry and what was learned where they are given."""
        text = advisory.to_json()
        with self._changed:
            stored = self._advisories.get(advisory.id)
            if (None if stored is None else Advisory.from_json(stored).version) != expected_version:
                return False
            if audit is not None:
                self.append_audit(audit)
                if record is not None:
                    self.write_option_record(*record)
            self._advisories[advisory.id] = text
            return True

    def advisories(self, *, active_only: bool = False) -> list[Advisory]:
        """Return the advisories."""
        with self._changed:
            every = [Advisory.from_json(text) for text in self._advisories.values()]
        kept = [advisory for advisory in every if not active_only or not advisory.is_over]
        return sorted(kept, key=lambda advisory: (advisory.raised_at, advisory.id))

    def read_advisory(self, advisory_id: str) -> Advisory | None:
        """Return one advisory."""
        text = self._advisories.get(advisory_id)
        return None if text is None else Advisory.from_json(text)

    def drop_resolved(self, before: float) -> int:
        """Delete the advisories resolved before."""
        with self._changed:
            old = [found.id for found in self.advisories() if checks.is_settled(found, before)]
            for advisory_id in old:
                del self._advisories[advisory_id]
            return len(old)

    def read_plan_state(self) -> PlanState:
        """Return the plan's state."""
        return PlanState() if self._plan is None else PlanState.from_json(self._plan)

    def put_plan_state(self, state: PlanState, expected_version: int) -> bool:
        """Compare and set the plan's state."""
        text = state.to_json()
        with self._changed:
            if self.read_plan_state().version != expected_version:
                return False
            self._plan = text
            return True

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append to the audit."""
        with self._changed:
            body = checks.audit_body(entry, self._clock())
            prev = checks.goes_on_from(self._audit, self._audit_head)
            self._audit.append((f"{len(self._audit) + 1}-0", prev, body))
            self._audit_head = (self._audit[-1][0], checks.audit_digest(prev, body))
            return self._audit[-1][0]

    def read_audit(self, count: int) -> list[dict[str, Any]]:
        """Return the end of the audit."""
        with self._changed:
            rows = self._audit[max(len(self._audit) - count, 0) :]
        return [checks.audit_entry(row) for row in rows]

    def read_audit_since(self, since: float, count: int) -> list[dict[str, Any]]:
        """Return the entries from a time on."""
        with self._changed:
            entries = [checks.audit_entry(row) for row in self._audit]
        return [entry for entry in entries if entry["at"] >= since][: max(count, 0)]

    def audit_break(self) -> str | None:
        """Return where the audit's chain breaks."""
        with self._changed:
            return checks.first_break(self._audit, self._audit_head)

    def accept_reading(self, reading: SensorReading) -> bool:
        """Accept one reading."""
        return self.accept_readings(reading.device, reading.seq, [reading])

    def accept_readings(self, device: str, seq: int, readings: Sequence[SensorReading], *, late: bool = False) -> bool:
        """Accept a device's message."""
        checks.check_readings(device, readings)
        with self._changed:
            if seq <= self._device_seq.get(device, 0):
                return False
            self._device_seq[device] = seq
            now = self._clock()
            for reading in readings:
                trail = self._trails.setdefault((device, reading.sensor), [])
                trail.append((now, reading.observed_at, reading.value))
                if not late:
                    self._sensors[device, reading.sensor] = replace(reading, seq=seq, received_at=now)
            return True

    def sensor_latest(self) -> dict[tuple[str, str], SensorReading]:
        """Return the latest readings."""
        with self._changed:
            limit = self._clock() - keys.SENSOR_TTL_S
            return {place: reading for place, reading in self._sensors.items() if reading.received_at > limit}

    def sensor_trail(self, device: str, sensor: str, since: float = 0.0) -> list[tuple[float, float]]:
        """Return the last hour of a sensor."""
        with self._changed:
            limit = self._clock() - keys.TRAIL_KEPT_S
            trail = [row for row in self._trails.get((device, sensor), []) if row[0] > limit]
            if trail:
                self._trails[device, sensor] = trail
        return sorted((at, value) for _, at, value in trail if at >= since)

    def count_refusal(self, reason: str) -> None:
        """Count a refused message."""
        with self._changed:
            self._refusals[reason] = self._refusals.get(reason, 0) + 1

    def refusals(self) -> dict[str, int]:
        """Return the refused messages by reason."""
        with self._changed:
            return dict(self._refusals)

    def acquire_lead(self, token: str, ttl_s: float) -> bool:
        """Take or renew the lead."""
        with self._changed:
            if self._holder() not in {None, token}:
                return False
            self._lead = (token, self._clock() + ttl_s)
            return True

    def release_lead(self, token: str) -> bool:
        """Give the lead back."""
        with self._changed:
            if self._holder() != token:
                return False
            self._lead = None
            return True

    def _holder(self) -> str | None:
        if self._lead is None or self._lead[1] <= self._clock():
            return None
        return self._lead[0]

    def _level(self, level: str) -> _Level:
        with self._changed:
            return self._levels.setdefault(level, _Level())

    def _fresh_points(self, level: str, age_s: float) -> deque[tuple[str, float, bytes]]:
        points = self._level(level).points
        limit = self._clock() - age_s
        while points and points[0][1] <= limit:
            points.popleft()
        return points

    def _tick(self, topic: Topic) -> None:
        self._ticks[topic] += 1
        self._changed.notify_all()

    def _within(self, stamped: Stamped, ttl_s: float) -> bool:
        return stamped[0] > self._clock() - ttl_s

    def _text_within(self, stamped: Stamped | None, ttl_s: float) -> bytes | None:
        return stamped[1] if stamped is not None and self._within(stamped, ttl_s) else None

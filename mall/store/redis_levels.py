"""What belongs to one level: points, snapshots, line totals, the density grid and the minutes; and the cameras."""

import math
import time
from collections.abc import Iterable, Sequence
from functools import partial

from mall.flows import LevelFlow
from mall.models import CameraStatus, LevelSnapshot, MinuteRow, PointFrame, ZoneReading
from mall.store import checks, scripts
from mall.store.base import LineDelta
from mall.store.client import Link, Value
from mall.store.keys import (
    FLOW_TTL_S,
    FORECAST_TTL_S,
    HEAT_TTL_S,
    MINUTE_AHEAD_S,
    MINUTES_KEPT_S,
    POINTS_TRIM_S,
    SNAPSHOT_TTL_S,
    STATUS_TTL_S,
)
from mall.store.packing import pack_rows, unpack_rows
from mall.store.records import readable
from mall.store.redis_calls import Calls, pairs, unstamp

LEVELS_AGAIN_S = 60.0


class LevelCalls(Calls):
    """Points, snapshots, lines, heat, minutes and cameras on the server."""

    def __init__(self, link: Link, site_id: str) -> None:
        super().__init__(link, site_id)
        self._level_noted: dict[str, float] = {}

    def publish_points(self, frame: PointFrame) -> bool:
        """Append a frame of a camera."""
        self._note_level(frame.level)
        keys = self._of_level(frame.level, "pts", "marks")
        trim_ms = int(POINTS_TRIM_S * 1000)
        args = (frame.camera, frame.seq, frame.to_json(), trim_ms, self._channel("points"))
        return bool(self._link.run(scripts.PUBLISH_POINTS, keys, *args))

    def read_points(self, level: str, after: str = "0") -> list[tuple[str, PointFrame]]:
        """Return the frames younger than ``after``."""
        rows = self._link.run(scripts.READ_POINTS, self._of_level(level, "pts"), after)
        return [
            (entry.decode(), frame)
            for entry, (_, at, _, text) in rows
            if (frame := readable("points", level, partial(PointFrame.from_json, text, received_at=float(at))))
        ]

    def last_seq(self, camera: str) -> int:
        """Return the camera's sequence mark, wherever it was placed."""
        marks = (self._link.do("HGET", self._keys.of_level(level, "marks"), camera) for level in self._levels())
        return max((int(mark) for mark in marks if mark), default=0)

    def publish_status(self, status: CameraStatus) -> None:
        """Replace a camera's status."""
        keys = [self._keys.of_site("cameras")]
        self._link.run(scripts.PUBLISH_STATUS, keys, status.id, status.to_json(), STATUS_TTL_S)

    def read_statuses(self) -> dict[str, CameraStatus]:
        """Return the statuses of a day."""
        rows = self._link.do("HGETALL", self._keys.of_site("cameras"))
        limit = self._now() - STATUS_TTL_S if rows else 0.0
        stamped = {camera.decode(): unstamp(value) for camera, value in rows.items()}
        return {
            camera: status
            for camera, (at, text) in stamped.items()
            if at > limit
            and (status := readable("camera status", camera, partial(CameraStatus.from_json, text, received_at=at)))
        }

    def write_snapshot(self, snapshot: LevelSnapshot, *, line_delta: LineDelta, token: str | None) -> bool:
        """Replace a level's snapshot and add to its line totals, once."""
        checks.check_delta(line_delta)
        self._note_level(snapshot.level)
        keys = [*self._of_level(snapshot.level, "engine", "snap", "lines"), self._lead_key(snapshot.level)]
        about = (token or "", snapshot.epoch, snapshot.seq, snapshot.to_json())
        args = (*about, SNAPSHOT_TTL_S, self._channel("snapshots"), *_increments(line_delta))
        outcome = self._link.run(scripts.WRITE_SNAPSHOT, keys, *args)
        if outcome == -1 and token is not None and self._copy_lead(snapshot.level, token):
            outcome = self._link.run(scripts.WRITE_SNAPSHOT, keys, *args)
        return bool(outcome == 1)

    def read_snapshot(self, level: str) -> LevelSnapshot | None:
        """Return the level's last snapshot."""
        text = self._link.do("GET", self._keys.of_level(level, "snap"))
        return None if text is None else readable("snapshot", level, partial(LevelSnapshot.from_json, text))

    def read_live(self, level: str) -> dict[str, ZoneReading]:
        """Return the zones of the level's last snapshot."""
        snapshot = self.read_snapshot(level)
        return {} if snapshot is None else snapshot.zones

    def line_totals(self) -> dict[str, tuple[int, int]]:
        """Return every line's total."""
        counts: dict[str, list[int]] = {}
        for level in self._levels():
            for field, count in self._link.do("HGETALL", self._keys.of_level(level, "lines")).items():
                line, _, side = field.decode().rpartition(":")
                counts.setdefault(line, [0, 0])[side == "out"] = int(count)
        return {line: (count_in, count_out) for line, (count_in, count_out) in counts.items()}

    def reset_line_totals(self, at: float) -> bool:
        """Set every line's total to zero, once per ``at``."""
        done = [
            self._link.run(scripts.RESET_LINES, self._of_level(level, "engine", "lines"), at)
            for level in self._levels()
        ]
        return any(done)

    def write_heat(self, level: str, grid: bytes) -> None:
        """Replace the level's density grid."""
        self._link.do("SET", self._keys.of_level(level, "heat"), grid, "EX", HEAT_TTL_S)

    def read_heat(self, level: str) -> bytes | None:
        """Return the level's density grid."""
        grid: bytes | None = self._link.do("GET", self._keys.of_level(level, "heat"))
        return grid

    def write_flow(self, flow: LevelFlow) -> None:
        """Replace the level's flow."""
        self._link.do("SET", self._keys.of_level(flow.level, "flow"), flow.to_json(), "EX", FLOW_TTL_S)

    def read_flow(self, level: str) -> LevelFlow | None:
        """Return the level's flow."""
        text = self._link.do("GET", self._keys.of_level(level, "flow"))
        return None if text is None else readable("flow", level, partial(LevelFlow.from_json, text))

    def write_forecast(self, level: str, text: bytes) -> None:
        """Replace the forecasts of a level's zones."""
        self._link.do("SET", self._keys.of_level(level, "forecast"), text, "EX", FORECAST_TTL_S)

    def read_forecast(self, level: str) -> bytes | None:
        """Return the forecasts of a level's zones."""
        text: bytes | None = self._link.do("GET", self._keys.of_level(level, "forecast"))
        return text

    def append_minute(self, level: str, minute_start: int, rows: Sequence[MinuteRow]) -> bool:
        """Append a level's minute."""
        checks.check_minute(minute_start)
        digest, order, packed = pack_rows(rows)
        oldest = max(minute_start - MINUTES_KEPT_S, 0) * 1000
        args = (minute_start * 1000, digest, order, packed, oldest, MINUTES_KEPT_S, int(1000 * MINUTE_AHEAD_S))
        return bool(self._link.run(scripts.APPEND_MINUTE, self._of_level(level, "min", "order"), *args))

    def read_minutes(self, level: str, since: float, until: float) -> list[tuple[int, list[MinuteRow]]]:
        """Return the minutes of a span."""
        first, last = _minute_id(since), _minute_id(until)
        if last <= first:
            return []
        keys = self._of_level(level, "min", "order")
        rows, flat = self._link.run(scripts.READ_MINUTES, keys, first, f"({last}-0")
        orders = pairs(flat)
        return [
            (int(entry.partition(b"-")[0]) // 1000, unpack_rows(orders[fields[1]], fields[3])) for entry, fields in rows
        ]

    def _of_level(self, level: str, *names: str) -> list[str]:
        return [self._keys.of_level(level, name) for name in names]

    def _levels(self) -> list[str]:
        return sorted(level.decode() for level in self._link.do("SMEMBERS", self._keys.of_site("levels")))

    def _note_level(self, level: str) -> None:
        # Said again every minute, so that a store that lost its memory learns its levels anew.
        now = time.monotonic()
        if now - self._level_noted.get(level, -math.inf) > LEVELS_AGAIN_S:
            self._link.do("SADD", self._keys.of_site("levels"), level)
            self._level_noted[level] = now

    def _lead_key(self, level: str) -> str:
        # In a cluster the mall's lead may live on another node than the level: a copy stands beside the level.
        return self._keys.of_level(level, "lead") if self._link.is_cluster else self._keys.of_site("lead")

    def _drop_lead_copies(self, token: str) -> None:
        for level in self._levels() if self._link.is_cluster else ():
            self._link.run(scripts.RELEASE_LEAD, [self._lead_key(level)], token)

    def _copy_lead(self, level: str, token: str) -> bool:
        """Put a copy of the lead beside a level, ending with it; False where the token does not hold it."""
        if not self._link.is_cluster:
            return False
        lead = self._keys.of_site("lead")
        left_ms = self._link.do("PTTL", lead)
        if left_ms <= 0 or self._link.do("GET", lead) != token.encode():
            return False
        self._link.do("SET", self._lead_key(level), token, "PX", left_ms)
        return True


def _increments(line_delta: LineDelta) -> Iterable[Value]:
    for line, (count_in, count_out) in line_delta.items():
        # A line that stayed quiet is written too: its total is 0, not unknown.
        yield from (f"{line}:in", count_in, f"{line}:out", count_out)


def _minute_id(at: float) -> int:
    """Return the first stream id in ms at or after ``at`` UTC seconds, inside the range of ids."""
    return math.ceil(min(max(at, 0.0), 2**53 / 1000) * 1000)

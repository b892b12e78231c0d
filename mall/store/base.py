"""What every store can do: the contract of the memory twin and of Redis or Valkey."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

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

Topic = Literal["points", "snapshots"]
LineDelta = Mapping[str, tuple[int, int]]


class Store(Protocol):
    """The live state of one mall: synchronous, safe to share between threads.

    Every method raises ``StoreError`` where the store does not answer within about a second or refuses, and
    ``StoreFullError`` where it has no memory left; then nothing of the call was written, or, after a time-out, all
    of it: calls are atomic, and repeating one is harmless. Times are UTC seconds of the store's own clock.
    """

    # -- clock, health, hints --------------------------------------------------------------------------------------

    def time(self) -> float:
        """Return the store's clock in UTC seconds."""

    def ping(self) -> None:
        """Return when the store answers."""

    def memory_share(self) -> float | None:
        """Return the share of the store's memory limit that is used (0…1), or None where it has no limit."""

    def wait_tick(self, timeout_s: float, topic: Topic = "points") -> bool:
        """Wait until a points frame or a snapshot was written, at most ``timeout_s`` seconds; False after that.

        A hint only: it may be missed or come twice, and an unreachable store is a silent one. Truth is read from keys.
        """

    def close(self) -> None:
        """Give back connections and wake whoever waits."""

    # -- points: worker -> engine ----------------------------------------------------------------------------------

    def publish_points(self, frame: PointFrame) -> bool:
        """Append a frame of a camera; False, and nothing written, where its ``seq`` is not above the camera's mark.

        The store stamps ``received_at``. No frame exists for longer than 10 s.
        """

    def read_points(self, level: str, after: str = "0") -> list[tuple[str, PointFrame]]:
        """Return the (entry id, frame) of this level younger than entry ``after``, oldest first; "0" returns all."""

    def last_seq(self, camera: str) -> int:
        """Return the camera's sequence mark, which outlives restarts; 0 where it never wrote."""

    def publish_status(self, status: CameraStatus) -> None:
        """Replace a camera's status, stamping ``received_at``."""

    def read_statuses(self) -> dict[str, CameraStatus]:
        """Return the last status of every camera heard of within a day."""

    # -- readings: engine -> web -----------------------------------------------------------------------------------

    def write_snapshot(self, snapshot: LevelSnapshot, *, line_delta: LineDelta, token: str | None) -> bool:
        """Replace a level's snapshot and add to its line totals, both or neither, once per (epoch, seq).

        After a ``StoreError`` repeat the call with the same snapshot and the same delta: it is never added twice.

        Args:
            snapshot: the level at one tick; its ``seq`` rises within its ``epoch``.
            line_delta: line id -> crossings (in, out) since the last snapshot; never negative.
            token: the lead token of the writer, or None to write without holding the lead (tests and tools).

        Returns:
            False where the token does not hold the lead, or a later ``seq`` of this epoch was written.

        Raises:
            ValueError: a negative delta.

        """

    def read_snapshot(self, level: str) -> LevelSnapshot | None:
        """Return the level's last snapshot of the last 24 h, or None."""

    def read_live(self, level: str) -> dict[str, ZoneReading]:
        """Return the zones of the level's last snapshot; empty where there is none."""

    def line_totals(self) -> dict[str, tuple[int, int]]:
        """Return line id -> (in, out) since the last reset, over all levels."""

    def reset_line_totals(self, at: float) -> bool:
        """Set every line's total to zero for the scheduled reset at ``at`` UTC seconds; False where that was done."""

    def write_totals(self, totals: Totals) -> None:
        """Replace the counts over the mall's entrances."""

    def read_totals(self) -> Totals:
        """Return the counts over the mall's entrances; the empty ``Totals()`` before the first were written."""

    def write_heat(self, level: str, grid: bytes) -> None:
        """Replace the level's density grid, which ends after 30 s."""

    def read_heat(self, level: str) -> bytes | None:
        """Return the level's density grid, or None where none was written within 30 s."""

    def write_flow(self, flow: LevelFlow) -> None:
        """Replace a level's flow, which ends after 60 s."""

    def read_flow(self, level: str) -> LevelFlow | None:
        """Return the level's flow, or None where none was written within 60 s."""

    def write_forecast(self, level: str, text: bytes) -> None:
        """Replace the forecasts of a level's zones, which end after 30 min."""

    def read_forecast(self, level: str) -> bytes | None:
        """Return the forecasts of a level's zones, or None where none were written within 30 min."""

    def append_minute(self, level: str, minute_start: int, rows: Sequence[MinuteRow]) -> bool:
        """Append a level's minute, kept until 48 h later; False where this minute or a later one was already appended.

        Minutes of a time to come, left by a clock that stood ahead, give way to one that has been, with all after it.

        Args:
            level: level id.
            minute_start: UTC seconds, a positive multiple of 60.
            rows: one per zone, line and border; kept as mean to 0.1, coverage to 1/255, in and out up to 4094.

        Raises:
            ValueError: no whole minute, a negative or non-finite number, or a zone that comes twice.

        """

    def read_minutes(self, level: str, since: float, until: float) -> list[tuple[int, list[MinuteRow]]]:
        """Return (minute start, rows in zone order) with ``since`` ≤ minute start < ``until``, oldest first."""

    def publish_public(self, text: bytes) -> None:
        """Replace the bytes that the public sees, which end after 180 s."""

    def read_public(self) -> bytes | None:
        """Return the public's bytes, or None where none were written within 180 s."""

    def write_history_status(self, status: bytes) -> None:
        """Replace what the engine says of the memory on its disk, which ends after a day."""

    def read_history_status(self) -> bytes | None:
        """Return what the engine says of the memory on its disk, or None where nothing was said within a day."""

    # -- advisories, audit -----------------------------------------------------------------------------------------

    def put_advisory(
        self, advisory: Advisory, expected_version: int | None, *, audit: Mapping[str, Any] | None = None,
        record: tuple[str, bytes] | None = None,
    ) -> bool:  # fmt: skip
        """Write an advisory if its stored version is the expected one (None: not stored yet); False otherwise.

        With ``audit`` the entry is appended in the same step, and with it ``record``, a kind of option and how it did,
        as ``write_option_record`` takes them: all or none.
        """

    def advisories(self, *, active_only: bool = False) -> list[Advisory]:
        """Return the advisories by the time they were raised; ``active_only`` leaves out those that are over."""

    def read_advisory(self, advisory_id: str) -> Advisory | None:
        """Return one advisory, over or not; None where there is none of this id."""

    def drop_resolved(self, before: float) -> int:
        """Delete the advisories that ended before this UTC time and return how many there were."""

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append what happened to the audit and return its id; it carries the SHA-256 of the entry before it.

        Raises:
            ValueError: the entry uses one of the names ``id``, ``at``, ``prev``.

        """

    def read_audit(self, count: int) -> list[dict[str, Any]]:
        """Return the last ``count`` entries, oldest first, each with its ``id``, ``at`` (UTC seconds) and ``prev``."""

    def read_audit_since(self, since: float, count: int) -> list[dict[str, Any]]:
        """Return the first ``count`` entries from a UTC time on, oldest first."""

    def audit_break(self) -> str | None:
        """Return the id of the first audit entry that does not carry its predecessor's hash, or None."""

    # -- options ---------------------------------------------------------------------------------------------------

    def write_options(self, advisory_id: str, text: bytes) -> None:
        """Replace the options of an advisory, which end after 180 s."""

    def read_options(self, advisory_id: str) -> bytes | None:
        """Return the options of an advisory, or None where none were written within 180 s."""

    def write_option_record(self, key: str, text: bytes) -> None:
        """Replace how options of a kind did at places of a family."""

    def read_option_record(self) -> dict[str, bytes]:
        """Return how options did, by the key given at writing."""

    # -- plan state ------------------------------------------------------------------------------------------------

    def read_plan_state(self) -> PlanState:
        """Return what people and contacts say of the plan; the empty ``PlanState()`` before anything was said."""

    def put_plan_state(self, state: PlanState, expected_version: int) -> bool:
        """Replace it if its stored version is the expected one (0: never written); False otherwise."""

    # -- drills ----------------------------------------------------------------------------------------------------

    def read_drills(self) -> bytes | None:
        """Return the drill book, or None before the first drill."""

    def swap_drills(self, text: bytes, expected: bytes | None) -> bool:
        """Replace the drill book if it is as expected (None: there is none yet); False otherwise."""

    # -- notices: engine -> the world outside ----------------------------------------------------------------------

    def queue_notices(self, advisory_id: str, mark: bytes, messages: Mapping[str, bytes]) -> None:
        """Note what was told of an advisory and queue its messages by id, both or neither; one that waits stays."""

    def notice_marks(self) -> dict[str, bytes]:
        """Return advisory id -> what was told of it."""

    def drop_marks(self, advisory_ids: Iterable[str]) -> None:
        """Forget what was told of these advisories."""

    def queued_messages(self) -> dict[str, bytes]:
        """Return message id -> message, those that wait to be delivered."""

    def put_message(self, message_id: str, body: bytes) -> None:
        """Replace a message that waits."""

    def drop_messages(self, message_ids: Iterable[str]) -> None:
        """Take messages out of the outbox."""

    def write_channel(self, channel: str, body: bytes) -> None:
        """Replace how a channel does."""

    def read_channels(self) -> dict[str, bytes]:
        """Return channel id -> how it does."""

    # -- pop-up sensors --------------------------------------------------------------------------------------------

    def accept_reading(self, reading: SensorReading) -> bool:
        """Accept a message of one reading, as ``accept_readings`` does."""

    def accept_readings(self, device: str, seq: int, readings: Sequence[SensorReading], *, late: bool = False) -> bool:
        """Accept a device's message; False, and nothing written, where ``seq`` is not above the device's mark.

        The store stamps ``received_at``. A ``late`` message is booked in the trail and leaves the latest values.

        Raises:
            ValueError: a reading of another device, or a value that is not finite.

        """

    def sensor_latest(self) -> dict[tuple[str, str], SensorReading]:
        """Return (device, sensor) -> latest reading of the last 24 h."""

    def sensor_trail(self, device: str, sensor: str, since: float = 0.0) -> list[tuple[float, float]]:
        """Return (observed_at, value) of the last hour from ``since`` UTC seconds on, oldest first."""

    def count_refusal(self, reason: str) -> None:
        """Count a sensor message that was refused."""

    def refusals(self) -> dict[str, int]:
        """Return reason -> refused messages."""

    # -- engine's lead ---------------------------------------------------------------------------------------------

    def acquire_lead(self, token: str, ttl_s: float) -> bool:
        """Take or renew the lead for ``ttl_s`` seconds; False while another token holds it."""

    def release_lead(self, token: str) -> bool:
        """Give the lead back; False where the token does not hold it."""

"""What belongs to the whole mall: totals, the public's bytes, advisories, audit, pop-up sensors, the engine's lead."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from mall.errors import StoreError
from mall.models import Advisory, SensorReading, Totals, known_fields, pack
from mall.plan_state import PlanState
from mall.store import checks, scripts
from mall.store.client import Value
from mall.store.keys import HISTORY_TTL_S, PUBLIC_TTL_S, SENSOR_TTL_S, TRAIL_KEPT_S
from mall.store.records import readable
from mall.store.redis_calls import Calls, unstamp

AUDIT_ATTEMPTS = 200
AUDIT_PAGE = 1000
AUDIT_READS = 5
AUDIT_BUSY = f"the audit was written by others {AUDIT_ATTEMPTS} times in a row"


class MallCalls(Calls):
    """Totals, public bytes, advisories, audit, sensors and the lead on the server."""

    def write_totals(self, totals: Totals) -> None:
        """Replace the entrances' counts."""
        self._link.do("SET", self._keys.of_site("totals"), pack(asdict(totals)))

    def read_totals(self) -> Totals:
        """Return the entrances' counts."""
        text = self._link.do("GET", self._keys.of_site("totals"))
        row = readable("totals", self._keys.site, partial(json.loads, text)) if text else None
        return Totals(**known_fields(Totals, row)) if isinstance(row, dict) else Totals()

    def publish_public(self, text: bytes) -> None:
        """Replace the public's bytes."""
        self._link.do("SET", self._keys.of_site("public"), text, "EX", PUBLIC_TTL_S)

    def read_public(self) -> bytes | None:
        """Return the public's bytes."""
        text: bytes | None = self._link.do("GET", self._keys.of_site("public"))
        return text

    def write_history_status(self, status: bytes) -> None:
        """Replace what is said of the memory on disk."""
        self._link.do("SET", self._keys.of_site("history"), status, "EX", HISTORY_TTL_S)

    def read_history_status(self) -> bytes | None:
        """Return what is said of the memory on disk."""
        text: bytes | None = self._link.do("GET", self._keys.of_site("history"))
        return text

    def put_advisory(
        self, advisory: Advisory, expected_version: int | None, *, audit: Mapping[str, Any] | None = None,
        record: tuple[str, bytes] | None = None,
    ) -> bool:  # fmt: skip
        """Compare and set an advisory, with its audit entry and what was learned where they are given."""
        keys = [self._keys.of_site("adv"), self._keys.of_site("adv-resolved")]
        expected = "" if expected_version is None else expected_version
        args = (advisory.id, expected, advisory.version, advisory.to_json(), int(advisory.is_over))
        if audit is None:
            return bool(self._link.run(scripts.PUT_ADVISORY, keys, *args))
        keys += [self._keys.of_site(name) for name in ("audit", "option-record", "audit-head")]
        for _ in range(AUDIT_ATTEMPTS):
            written = self._link.run(scripts.PUT_AUDITED, keys, *args, *self._audit_link(audit), *(record or ()))
            if written >= 0:
                return bool(written)
        raise StoreError(AUDIT_BUSY)

    def advisories(self, *, active_only: bool = False) -> list[Advisory]:
        """Return the advisories."""
        names = ("adv",) if active_only else ("adv", "adv-resolved")
        texts = {
            entry: value.partition(b" ")[2]
            for name in names
            for entry, value in self._link.do("HGETALL", self._keys.of_site(name)).items()
        }
        made = (
            readable("advisory", entry.decode(), partial(Advisory.from_json, text)) for entry, text in texts.items()
        )
        found = [advisory for advisory in made if advisory is not None]
        return sorted(found, key=lambda advisory: (advisory.raised_at, advisory.id))

    def read_advisory(self, advisory_id: str) -> Advisory | None:
        """Return one advisory; one that resolves meanwhile is found at its second home."""
        for name in ("adv", "adv-resolved"):
            value = self._link.do("HGET", self._keys.of_site(name), advisory_id)
            if value:
                return readable("advisory", advisory_id, partial(Advisory.from_json, value.partition(b" ")[2]))
        return None

    def drop_resolved(self, before: float) -> int:
        """Delete the advisories resolved before."""
        home = self._keys.of_site("adv-resolved")
        values = self._link.do("HGETALL", home)
        made = (
            readable("advisory", entry.decode(), partial(Advisory.from_json, value.partition(b" ")[2]))
            for entry, value in values.items()
        )
        old = [advisory.id for advisory in made if advisory is not None and checks.is_settled(advisory, before)]
        return int(self._link.do("HDEL", home, *old)) if old else 0

    def read_plan_state(self) -> PlanState:
        """Return the plan's state; one that nobody can read keeps its version, so that it can be replaced."""
        value = self._link.do("GET", self._keys.of_site("plan"))
        if not value:
            return PlanState()
        version, _, text = value.partition(b" ")
        state = readable("plan state", self._keys.site, partial(PlanState.from_json, text))
        return PlanState(int(version)) if state is None else state

    def put_plan_state(self, state: PlanState, expected_version: int) -> bool:
        """Compare and set the plan's state."""
        args = (expected_version, state.version, state.to_json())
        return bool(self._link.run(scripts.PUT_PLAN, [self._keys.of_site("plan")], *args))

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append to the audit, again while others append between reading the last entry and writing."""
        keys = [self._keys.of_site("audit"), self._keys.of_site("audit-head")]
        for _ in range(AUDIT_ATTEMPTS):
            entry_id = self._link.run(scripts.APPEND_AUDIT, keys, *self._audit_link(entry))
            if entry_id:
                return str(entry_id.decode())
        raise StoreError(AUDIT_BUSY)

    def _audit_link(self, entry: Mapping[str, Any]) -> tuple[str, str, bytes, str]:
        """Return the id of the audit's last entry, "" where there is none; ``prev``, body and hash of the new one."""
        keys = [self._keys.of_site("audit"), self._keys.of_site("audit-head")]
        stamp, tail, head = self._link.run(scripts.AUDIT_TAIL, keys)
        body = checks.audit_body(entry, float(stamp))
        rows = [_audit_row(row) for row in tail]
        prev = checks.goes_on_from(rows, checks.audit_head(head))
        return rows[0][0] if rows else "", prev, body, checks.audit_digest(prev, body)

    def read_audit(self, count: int) -> list[dict[str, Any]]:
        """Return the end of the audit."""
        if count <= 0:
            return []
        rows = self._link.run(scripts.READ_LAST, [self._keys.of_site("audit")], count)
        return [checks.audit_entry(_audit_row(row)) for row in reversed(rows)]

    def read_audit_since(self, since: float, count: int) -> list[dict[str, Any]]:
        """Return the entries from a time on."""
        if count <= 0:
            return []
        first = f"{max(round(since * 1000), 0)}"
        rows = self._link.run(scripts.READ_PAGE, [self._keys.of_site("audit")], first, count)
        return [checks.audit_entry(_audit_row(row)) for row in rows]

    def audit_break(self) -> str | None:
        """Return where the audit's chain breaks."""
        head = self._audit_head()
        rows = self._audit_rows()
        for _ in range(AUDIT_READS):
            if (now := self._audit_head()) == head:
                return checks.first_break(rows, head)
            head, rows = now, self._audit_rows()
        return checks.first_break(rows)  # it is written all the time: its end cannot be judged

    def _audit_head(self) -> checks.AuditHead | None:
        return checks.audit_head(self._link.do("GET", self._keys.of_site("audit-head")))

    def _audit_rows(self) -> list[checks.AuditRow]:
        rows: list[checks.AuditRow] = []
        after = "-"
        while page := self._link.run(scripts.READ_PAGE, [self._keys.of_site("audit")], after, AUDIT_PAGE):
            rows += map(_audit_row, page)
            after = f"({rows[-1][0]}"
        return rows

    def accept_reading(self, reading: SensorReading) -> bool:
        """Accept one reading."""
        return self.accept_readings(reading.device, reading.seq, [reading])

    def accept_readings(self, device: str, seq: int, readings: Sequence[SensorReading], *, late: bool = False) -> bool:
        """Accept a device's message."""
        checks.check_readings(device, readings)
        trails = [self._keys.of_site("popup", device, reading.sensor) for reading in readings]
        keys = [self._keys.of_site("device-seq"), self._keys.of_site("sensors"), *trails]
        args: list[Value] = [device, seq, int(late), SENSOR_TTL_S, TRAIL_KEPT_S * 1000]
        for reading in readings:
            body = pack({**asdict(reading), "seq": seq, "received_at": None})
            args += (pack([device, reading.sensor]), body, repr(reading.observed_at), repr(reading.value))
        return bool(self._link.run(scripts.ACCEPT_READINGS, keys, *args))

    def sensor_latest(self) -> dict[tuple[str, str], SensorReading]:
        """Return the latest readings."""
        values = self._link.do("HVALS", self._keys.of_site("sensors"))
        found: dict[tuple[str, str], SensorReading] = {}
        limit = self._now() - SENSOR_TTL_S if values else 0.0
        for at, text in map(unstamp, values):
            reading = readable("sensor reading", "latest", partial(SensorReading.from_json, text, received_at=at))
            if reading is not None and at > limit:
                found[reading.device, reading.sensor] = reading
        return found

    def sensor_trail(self, device: str, sensor: str, since: float = 0.0) -> list[tuple[float, float]]:
        """Return the last hour of a sensor."""
        key = self._keys.of_site("popup", device, sensor)
        rows = self._link.run(scripts.READ_YOUNG, [key], TRAIL_KEPT_S * 1000)
        trail = ((float(fields[1]), float(fields[3])) for _, fields in rows)
        return sorted((at, value) for at, value in trail if at >= since)

    def count_refusal(self, reason: str) -> None:
        """Count a refused message."""
        self._link.do("HINCRBY", self._keys.of_site("refusals"), reason, 1)

    def refusals(self) -> dict[str, int]:
        """Return the refused messages by reason."""
        rows = self._link.do("HGETALL", self._keys.of_site("refusals"))
        return {reason.decode(): int(count) for reason, count in rows.items()}

    def acquire_lead(self, token: str, ttl_s: float) -> bool:
        """Take or renew the lead."""
        ttl_ms = max(round(ttl_s * 1000), 1)
        return bool(self._link.run(scripts.ACQUIRE_LEAD, [self._keys.of_site("lead")], token, ttl_ms))

    def release_lead(self, token: str) -> bool:
        """Give the lead back."""
        return bool(self._link.run(scripts.RELEASE_LEAD, [self._keys.of_site("lead")], token))


def _audit_row(row: Any) -> checks.AuditRow:
    entry, fields = row
    return entry.decode(), fields[1].decode(), fields[3]

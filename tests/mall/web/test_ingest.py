import asyncio
import hashlib
import hmac
import json
import secrets
import threading
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from mall.store import MemoryStore
from mall.web.ingest import STATUS, GuessGuard, ingest_router
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import write_site

NOW = 1_795_239_127.0
KEYS = {"kit-07": b"7" * 32, "kit-03": b"3" * 32}
ADDRESS = "/api/v1/ingest/"


def signed(device: str, seq: int | str, body: bytes, *, key: bytes | None = None) -> dict[str, str]:
    mac = hmac.new(key or KEYS[device], f"{device}\n{seq}\n".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Mall-Seq": str(seq), "X-Mall-Signature": f"sha256={mac}"}


def message(at: object = NOW, **readings: object) -> bytes:
    return json.dumps({"at": at, "readings": readings or {"co2": 684.0}}).encode()


class Door:
    """The door with a store whose clock stands, and a guard whose clock the test moves."""

    def __init__(self, folder: Path, limit: int = 1_000_000) -> None:
        self.store = MemoryStore(clock=lambda: NOW)
        self.clock = 0.0
        app = self.app = FastAPI()
        guard = GuessGuard(limit=limit, clock=lambda: self.clock)
        app.include_router(ingest_router(write_site(folder), self.store, KEYS, guard=guard))
        self.client = AppClient(app)

    def post(self, device: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return self.client.post(ADDRESS + device, content=body, headers=headers)

    def send(self, seq: int, body: bytes, device: str = "kit-07") -> httpx.Response:
        return self.post(device, body, signed(device, seq, body))


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def test_a_signed_message_changes_every_sensor_it_names(door: Door) -> None:
    answer = door.send(1, message(co2=684.0, temp=23.4))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 2, "skewed": False, "late": False})
    latest = door.store.sensor_latest()
    assert latest[("kit-07", "co2")].value == 684.0
    assert latest[("kit-07", "temp")].value == 23.4
    assert latest[("kit-07", "temp")].simulated
    assert door.store.refusals() == {}


@pytest.mark.parametrize(("at", "ok"), [("2026-11-21T14:32:07+09:00", True), ("2026-11-21T14:32:07", False)])
def test_iso_times_need_an_offset(door: Door, at: str, ok: bool) -> None:
    assert door.send(1, message(at)).status_code in ((200, 409) if ok else (400,))


@pytest.mark.parametrize(
    ("behind_s", "status", "reason", "skewed", "lag_s"),
    [
        (0.0, 200, None, False, 0.0),
        (2.0, 200, None, False, 2.0),
        (-2.0, 200, None, False, 0.0),
        (2.5, 200, None, True, 2.5),  # its time is replaced, its age is kept
        (-30.0, 200, None, True, 0.0),
        (-30.5, 400, "future", None, None),
        (60.0, 200, None, True, 60.0),
        (60.5, 200, None, False, None),  # history: no live value changes
        (86_400.0, 200, None, False, None),
        (86_400.5, 409, "late", None, None),
        (1e15, 409, "late", None, None),
    ],
)
def test_the_devices_clock(
    door: Door, behind_s: float, status: int, reason: str | None, skewed: bool | None, lag_s: float | None
) -> None:
    answer = door.send(1, message(NOW - behind_s))
    assert (answer.status_code, answer.json().get("reason"), answer.json().get("skewed")) == (status, reason, skewed)
    reading = door.store.sensor_latest().get(("kit-07", "co2"))
    assert (reading and reading.lag_s) == lag_s
    if skewed:
        assert reading is not None
        assert reading.observed_at == NOW


def test_replay_and_reorder_change_nothing(door: Door) -> None:
    first, second = message(co2=500.0), message(co2=600.0)
    assert door.send(5, first).status_code == 200
    assert door.send(9, second).status_code == 200
    for seq, body in ((5, first), (9, second), (7, message(co2=900.0)), (0, first)):
        assert (door.send(seq, body).status_code, door.send(seq, body).json()["reason"]) == (409, "replayed")
    assert door.store.sensor_latest()[("kit-07", "co2")].value == 600.0
    assert door.store.refusals() == {"replayed": 8}


def test_forged_messages_are_refused_and_counted(door: Door) -> None:
    body = message()
    good = signed("kit-07", 1, body)
    forged = [
        ("kit-07", body, {}),
        ("kit-07", body, good | {"X-Mall-Seq": "2"}),
        ("kit-07", body, good | {"X-Mall-Seq": "-1"}),
        ("kit-07", body, good | {"X-Mall-Seq": "1" * 400}),
        ("kit-07", body, good | {"X-Mall-Signature": good["X-Mall-Signature"].upper()}),
        ("kit-07", body, good | {"X-Mall-Signature": "sha256=" + "0" * 64}),
        ("kit-07", body, signed("kit-07", 1, body, key=b"wrong")),
        ("kit-07", body, signed("kit-03", 1, body)),  # another device's signature
        ("kit-03", body, good),
        ("kit-07", body + b" ", good),
        ("nobody", body, signed("nobody", 1, body, key=b"x")),
        ("..%2f..%2fetc", body, good),
        ("%00", body, good),
    ]
    answers = [door.post(*each) for each in forged]
    assert {answer.status_code for answer in answers} <= {401, 404}
    assert door.store.sensor_latest() == {}
    counted = door.store.refusals()
    assert sum(counted.values()) == sum(answer.status_code == 401 for answer in answers)
    assert set(counted) == {"unsigned", "signature", "unknown_device"}
    # nobody learns from the words whether a device exists
    assert answers[6].json() == answers[10].json()
    assert door.post("kit-07", body, good).status_code == 200


MALFORMED: list[tuple[bytes, int, str]] = [
    (b"", 400, "malformed"),
    (b"null", 400, "malformed"),
    (b"[]", 400, "malformed"),
    (b"5", 400, "malformed"),
    (b"\xff\xfe", 400, "malformed"),
    (b"[" * 8000, 400, "malformed"),
    (b'{"a":' * 1500, 400, "malformed"),
    (b"9" * 8000, 400, "malformed"),
    (b"{}", 400, "malformed"),
    (b'{"at": %f, "readings": []}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {}}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": NaN}}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": Infinity}}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": 1e400}}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": -1e400}}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": 1%s}}' % (NOW, b"0" * 400), 400, "malformed"),
    (b'{"at": 1e400, "readings": {"co2": 5}}', 400, "malformed"),
    (b'{"at": NaN, "readings": {"co2": 5}}', 400, "malformed"),
    (b'{"at": true, "readings": {"co2": 5}}', 400, "malformed"),
    (b'{"at": "9999-99-99", "readings": {"co2": 5}}', 400, "malformed"),
    (b'{"at": "0001-01-01T00:00:00+14:00", "readings": {"co2": 5}}', 409, "late"),
    (b'{"at": null, "readings": {"co2": 5}}', 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": true}}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": "684"}}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": null}}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": [1]}}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": 5}, "more": 1}' % NOW, 400, "malformed"),
    (b'{"at": %f, "readings": {"co2": 40001}}' % NOW, 400, "implausible"),
    (b'{"at": %f, "readings": {"co2": -1}}' % NOW, 400, "implausible"),
    (b'{"at": %f, "readings": {"temp": 86, "co2": 5}}' % NOW, 400, "implausible"),
    (b'{"at": %f, "readings": {"noise": 60}}' % NOW, 400, "unknown_sensor"),  # it is the other kit's
    (b'{"at": %f, "readings": {"\\u0000": 5}}' % NOW, 400, "unknown_sensor"),
    (b'{"at": %f, "readings": {"\\ud800": 5}}' % NOW, 400, "unknown_sensor"),
    (b'{"at": %f, "readings": {"co2": 5, "x": 5}}' % NOW, 400, "unknown_sensor"),
    (b" " * 9 * 1024, 413, "too_large"),
]


@pytest.mark.parametrize(("body", "status", "reason"), MALFORMED)
def test_a_signed_but_malformed_message_is_refused(door: Door, body: bytes, status: int, reason: str) -> None:
    answer = door.send(1, body)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert "Traceback" not in answer.text
    assert door.store.sensor_latest() == {}
    assert door.store.refusals() == {reason: 1}


def test_every_message_of_a_storm_is_counted_once(door: Door) -> None:
    expected: Counter[str] = Counter()
    for index in range(200):
        body, _, reason = MALFORMED[index % len(MALFORMED)]
        if index % 3 == 0:
            reply = door.post(
                "kit-07", body, {"X-Mall-Seq": "1", "X-Mall-Signature": "sha256=" + secrets.token_hex(32)}
            )
            expected["too_large" if len(body) > 8192 else "signature"] += 1
        else:
            reply = door.send(index + 1, body)
            expected[reason] += 1
        assert reply.status_code in set(STATUS.values())
    assert door.store.refusals() == expected
    assert door.store.sensor_latest() == {}


def test_a_body_without_an_end_is_cut_off(door: Door) -> None:
    sent: list[int] = []

    async def flood() -> AsyncIterator[bytes]:
        for _ in range(1000):
            sent.append(1024)
            yield b"x" * 1024

    reply = door.client.post(ADDRESS + "kit-07", content=flood(), headers=signed("kit-07", 1, b""))
    assert reply.status_code == 413
    assert sum(sent) < 20_000


def test_a_message_that_breaks_off_is_counted_and_no_error(door: Door) -> None:
    parts = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(_message: Any) -> None:
        """Nobody listens any more."""

    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/ingest/kit-07", "query_string": b"", "headers": [],
        "http_version": "1.1", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
        "raw_path": b"/api/v1/ingest/kit-07", "root_path": "",
    }  # fmt: skip
    asyncio.run(door.app(scope, receive, send))
    assert door.store.refusals() == {"broken_off": 1}


def test_guessing_is_blocked_after_ten_for_a_minute(tmp_path: Path) -> None:
    door = Door(tmp_path, limit=10)
    body = message()
    wrong = [door.post("kit-07", body, signed("kit-07", 1, body, key=b"guess")) for _ in range(14)]
    assert [answer.status_code for answer in wrong] == [401] * 10 + [429] * 4
    assert wrong[-1].headers["Retry-After"] == "60"
    # an address of one's own making does not help
    forged = signed("kit-07", 1, body, key=b"guess") | {"X-Forwarded-For": "203.0.113.9"}
    assert door.post("kit-07", body, forged).status_code == 429
    door.clock = 60.5
    assert door.post("kit-07", body, forged).status_code == 401
    assert door.store.refusals() == {"signature": 11, "guessing": 5}


def test_devices_that_do_not_exist_are_one_source_however_they_are_called(tmp_path: Path) -> None:
    door = Door(tmp_path, limit=10)
    body = message()
    codes = [door.post(f"kit-{n}x", body, signed("kit-07", 1, body)).status_code for n in range(14)]
    assert codes == [401] * 10 + [429] * 4


def test_a_kit_that_is_set_up_wrongly_locks_out_neither_others_nor_its_right_messages(tmp_path: Path) -> None:
    door = Door(tmp_path, limit=10)
    body = message()
    for _ in range(20):
        door.post("kit-07", body, signed("kit-07", 1, body, key=b"old key"))
    other = message(noise=60.0)
    assert door.post("kit-03", other, signed("kit-03", 1, other)).status_code == 200
    assert door.post("kit-03", other, signed("kit-03", 2, other, key=b"wrong")).status_code == 401
    assert door.send(1, body).status_code == 200


def test_a_late_message_is_booked_and_changes_no_live_value(door: Door) -> None:
    assert door.send(1, message(co2=500.0)).json() == {"accepted": 1, "skewed": False, "late": False}
    assert door.send(2, message(NOW - 600, co2=900.0)).json() == {"accepted": 1, "skewed": False, "late": True}
    assert door.send(2, message(NOW - 500, co2=901.0)).json()["reason"] == "replayed"
    assert door.send(3, message(NOW - 90_000, co2=902.0)).json()["reason"] == "late"
    latest = door.store.sensor_latest()[("kit-07", "co2")]
    assert (latest.value, latest.seq) == (500.0, 1)
    assert door.store.sensor_trail("kit-07", "co2") == [(NOW - 600, 900.0), (NOW, 500.0)]
    assert door.store.refusals() == {"replayed": 1, "late": 1}


def test_the_guard_forgets_and_stays_small() -> None:
    guard = GuessGuard(limit=1, clock=lambda: 0.0)
    for number in range(5000):
        guard.note_wrong(f"10.0.{number // 256}.{number % 256}")
    assert guard.wait_s("10.0.0.0") == 0.0
    assert guard.wait_s("10.0.19.135") == 60.0


def test_simultaneous_copies_of_one_message_count_once(door: Door) -> None:
    body = message()
    answers: list[int] = []

    def send() -> None:
        answers.append(door.send(3, body).status_code)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers) == {200: 1, 409: 7}
    assert len(door.store.sensor_trail("kit-07", "co2")) == 1


def test_an_answer_never_carries_a_key(door: Door) -> None:
    bodies: list[Any] = [door.send(1, message()).text, door.send(1, message()).text, door.send(2, b"").text]
    for key in KEYS.values():
        assert all(key.decode() not in text and key.hex() not in text for text in bodies)

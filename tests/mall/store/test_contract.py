"""One contract, held by the memory twin and by a real server."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from mall.errors import StoreError
from mall.flows import LevelFlow, Median, Residual, Wait, ZoneFlow
from mall.models import LevelSnapshot, MinuteRow, SensorReading, Totals
from mall.store import Store
from tests.mall.store_samples import advisory, frame, minute_row, reading, snapshot, status, zone
from tests.store_kinds import store_of

HOUR = 3600


@pytest.fixture(params=["memory", "server", "cluster"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from store_of(request)


def in_threads(work: Callable[[int], object], count: int = 8) -> list[object]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


class TestDrills:
    def test_the_book_is_replaced_only_as_it_was_read(self, store: Store) -> None:
        assert store.read_drills() is None
        assert not store.swap_drills(b"1", b"0")
        assert store.swap_drills(b"1", None)
        assert not store.swap_drills(b"2", None)
        assert store.swap_drills(b"2", b"1")
        assert store.read_drills() == b"2"


def test_what_is_said_of_the_memory_comes_back(store: Store) -> None:
    assert store.read_history_status() is None
    store.write_history_status(b'{"at": 1}')
    store.write_history_status(b'{"at": 2}')
    assert store.read_history_status() == b'{"at": 2}'


class TestPoints:
    def test_frame_comes_back_as_written(self, store: Store) -> None:
        before = store.time()
        assert store.publish_points(frame(people=3))
        [(entry, got)] = store.read_points("1f")
        assert before - 0.01 <= got.received_at <= store.time() + 0.01
        assert entry != "0"
        np.testing.assert_allclose(got.xy, frame(people=3).xy)
        assert replace(got, received_at=0).to_json() == frame(people=3).to_json()

    def test_nobody_is_a_frame_too(self, store: Store) -> None:
        assert store.publish_points(frame(people=0))
        [(_, got)] = store.read_points("1f")
        assert (got.xy.shape, got.cov.shape, got.track.shape) == ((0, 2), (0, 3), (0,))

    def test_thousand_people_fit(self, store: Store) -> None:
        assert store.publish_points(frame(people=1000))
        assert store.read_points("1f")[0][1].xy.shape == (1000, 2)

    @pytest.mark.parametrize(
        ("seqs", "accepted"),
        [
            ([1, 2, 3], [True, True, True]),
            ([1, 1], [True, False]),  # repeated after a time-out
            ([5, 4, 6], [True, False, True]),  # out of order
            ([0], [False]),  # the mark of a new camera is 0
            ([2**52, 2**52 + 1], [True, True]),
        ],
    )
    def test_sequence_rises(self, store: Store, seqs: list[int], accepted: list[bool]) -> None:
        assert [store.publish_points(frame(seq=seq)) for seq in seqs] == accepted
        kept = [seq for seq, ok in zip(seqs, accepted, strict=True) if ok]
        assert [got.seq for _, got in store.read_points("1f")] == kept
        assert store.last_seq("c1") == max(kept, default=0)

    def test_after_skips_what_was_read(self, store: Store) -> None:
        store.publish_points(frame(seq=1))
        [(first, _)] = store.read_points("1f")
        store.publish_points(frame(seq=2))
        store.publish_points(frame("c2", seq=1))
        assert [(got.camera, got.seq) for _, got in store.read_points("1f", first)] == [("c1", 2), ("c2", 1)]
        last = store.read_points("1f")[-1][0]
        assert store.read_points("1f", last) == []

    def test_levels_and_cameras_are_apart(self, store: Store) -> None:
        store.publish_points(frame("c1", level="1f"))
        store.publish_points(frame("c2", level="2f: 広場}{"))
        assert [got.camera for _, got in store.read_points("2f: 広場}{")] == ["c2"]
        assert store.read_points("3f") == []
        assert (store.last_seq("c1"), store.last_seq("c2"), store.last_seq("c3")) == (1, 1, 0)

    def test_eight_threads_one_winner_a_seq(self, store: Store) -> None:
        won = in_threads(lambda _: sum(store.publish_points(frame(seq=seq)) for seq in range(1, 21)))
        assert sum(map(int, won)) == len(store.read_points("1f"))
        seqs = [got.seq for _, got in store.read_points("1f")]
        assert seqs == sorted(set(seqs))
        assert seqs[-1] == 20

    def test_status_is_stamped_and_replaced(self, store: Store) -> None:
        assert store.read_statuses() == {}
        store.publish_status(status("c1", people=None))
        store.publish_status(status("c1", people=0))
        store.publish_status(status("カメラ"))
        got = store.read_statuses()
        assert replace(got["c1"], received_at=0.0) == status("c1", people=0)
        assert abs(got["カメラ"].received_at - store.time()) < 5


class TestSnapshots:
    def test_snapshot_comes_back_as_written(self, store: Store) -> None:
        assert store.read_snapshot("1f") is None
        assert store.read_live("1f") == {}
        unknown = LevelSnapshot("1f", "e1", 1, 1000.0, {"z1": zone("z1", None), "z0": zone("z0", 0)}, [], {})
        assert store.write_snapshot(unknown, line_delta={}, token=None)
        assert store.read_snapshot("1f") == unknown
        assert store.read_live("1f") == unknown.zones

    @pytest.mark.parametrize("zones", [0, 1, 2500])
    def test_any_number_of_zones(self, store: Store, zones: int) -> None:
        store.write_snapshot(snapshot(1, zones=3), line_delta={}, token=None)
        assert store.write_snapshot(snapshot(2, zones=zones), line_delta={}, token=None)
        assert store.read_snapshot("1f") == snapshot(2, zones=zones)

    def test_lines_grow_once_per_epoch_and_seq(self, store: Store) -> None:
        steps = [
            ("e1", 1, (2, 1), True),
            ("e1", 1, (2, 1), True),  # repeated after a time-out: written, and not added again
            ("e1", 3, (0, 4), True),
            ("e1", 2, (9, 9), False),  # late
            ("e2", 1, (1, 0), True),  # the next engine counts from 1
        ]
        for epoch, seq, pair, written in steps:
            change = {"door:n": pair}
            assert store.write_snapshot(snapshot(seq, epoch=epoch), line_delta=change, token=None) is written
        assert store.line_totals() == {"door:n": (3, 5)}
        last = store.read_snapshot("1f")
        assert last is not None
        assert (last.epoch, last.seq) == ("e2", 1)

    def test_quiet_line_is_zero_not_missing(self, store: Store) -> None:
        store.write_snapshot(snapshot(1), line_delta={"door": (0, 0)}, token=None)
        assert store.line_totals() == {"door": (0, 0)}

    def test_totals_never_go_down(self, store: Store) -> None:
        with pytest.raises(ValueError, match="door"):
            store.write_snapshot(snapshot(1), line_delta={"door": (-1, 0)}, token=None)
        assert store.read_snapshot("1f") is None

    def test_reset_happens_once(self, store: Store) -> None:
        assert store.line_totals() == {}
        for level in ("1f", "2f"):
            store.write_snapshot(snapshot(1, level=level), line_delta={f"door-{level}": (2, 3)}, token=None)
        assert store.reset_line_totals(at=5000.0)
        assert store.line_totals() == {}
        store.write_snapshot(snapshot(2), line_delta={"door-1f": (1, 0)}, token=None)
        assert not store.reset_line_totals(at=5000.0)  # a restarted engine asks again
        assert store.line_totals() == {"door-1f": (1, 0)}
        assert store.reset_line_totals(at=5000.5)

    def test_eight_threads_lose_no_crossing(self, store: Store) -> None:
        def engine(number: int) -> None:
            for seq in range(1, 26):
                level = f"{number}f"
                store.write_snapshot(snapshot(seq, level=level, zones=1), line_delta={level: (1, 2)}, token=None)
                store.write_snapshot(snapshot(seq, level=level, zones=1), line_delta={level: (1, 2)}, token=None)

        in_threads(engine)
        assert store.line_totals() == {f"{number}f": (25, 50) for number in range(8)}

    def test_totals(self, store: Store) -> None:
        assert store.read_totals() == Totals()
        store.write_totals(Totals(5, 3, 2, 1000.0))
        assert store.read_totals() == Totals(5, 3, 2, 1000.0)

    def test_flow_comes_back_as_written(self, store: Store) -> None:
        assert store.read_flow("1f") is None
        zone = ZoneFlow(
            1.5, 0.0, Median(None, 60.0, 12.5, None, 9, 7), Wait(90.0, 45.0, None), Residual(-2, 1.5, 5, 40)
        )
        flow = LevelFlow("1f", 1000.0, {"広場": zone, "b": ZoneFlow()}, {"door": (1.5, 0.25)}, (("", "広場", 3),))
        store.write_flow(flow)
        assert store.read_flow("1f") == flow
        store.write_flow(LevelFlow("1f", 1002.0))
        assert store.read_flow("1f") == LevelFlow("1f", 1002.0)
        assert store.read_flow("2f") is None

    def test_a_forecast_comes_back_as_written(self, store: Store) -> None:
        assert store.read_forecast("1f") is None
        for text in (b'{"a":{}}', b'{"b":{}}'):
            store.write_forecast("1f", text)
            assert (store.read_forecast("1f"), store.read_forecast("2f")) == (text, None)

    def test_bytes_are_bytes(self, store: Store) -> None:
        assert (store.read_heat("1f"), store.read_public()) == (None, None)
        every = bytes(range(256))
        store.write_heat("1f", every)
        store.publish_public(b"")
        assert (store.read_heat("1f"), store.read_public(), store.read_heat("2f")) == (every, b"", None)


class TestMinutes:
    def test_minutes_of_a_span(self, store: Store) -> None:
        start = 1_700_000_040 // 60 * 60
        for n in range(4):
            assert store.append_minute("1f", start + 60 * n, [minute_row("z2", 1.0 * n), minute_row("z1", None)])
        got = store.read_minutes("1f", start + 60, start + 180)
        assert [at - start for at, _ in got] == [60, 120]  # half-open
        assert [row.zone for row in got[0][1]] == ["z1", "z2"]
        assert [row.people_mean for row in got[0][1]] == [None, 1.0]
        assert len(store.read_minutes("1f", start + 0.5, start + 180.5)) == 3
        assert len(store.read_minutes("1f", 0, float("inf"))) == 4
        assert store.read_minutes("1f", start + 60, start + 60) == []
        assert store.read_minutes("1f", -5, 0) == []
        assert store.read_minutes("2f", 0, 2e9) == []

    def test_repeated_and_late_minutes_are_refused(self, store: Store) -> None:
        assert store.append_minute("1f", 120, [minute_row()])
        assert not store.append_minute("1f", 120, [])
        assert not store.append_minute("1f", 60, [minute_row()])
        assert store.read_minutes("1f", 0, 1000) == [(120, [minute_row()])]

    def test_minutes_of_a_clock_that_stood_ahead_hold_up_nobody(self, store: Store) -> None:
        now = int(store.time() // 60) * 60
        for start in (now - 120, now - 60, now + 60, now + 2 * HOUR, now + 3 * HOUR):
            assert store.append_minute("1f", start, [minute_row("z1", start % 7)])
        assert not store.append_minute("1f", now + HOUR, [minute_row()])  # its own clock is ahead too
        assert store.append_minute("1f", now, [minute_row()])
        assert not store.append_minute("1f", now - 60, [minute_row()])
        kept = store.read_minutes("1f", 0, now + 1e6)
        assert [at - now for at, _ in kept] == [-120, -60, 0]
        assert kept[0][1] == [minute_row("z1", (now - 120) % 7)]

    def test_zones_may_come_and_go(self, store: Store) -> None:
        store.append_minute("1f", 60, [minute_row("a"), minute_row("b")])
        store.append_minute("1f", 120, [])
        store.append_minute("1f", 180, [minute_row("b"), minute_row("c"), minute_row("a")])
        assert [[row.zone for row in rows] for _, rows in store.read_minutes("1f", 0, 240)] == [
            ["a", "b"],
            [],
            ["a", "b", "c"],
        ]

    def test_48_hours_are_kept(self, store: Store) -> None:
        for start in (60, 120, 60 + 48 * HOUR):
            store.append_minute("1f", start, [minute_row()])
        assert [at for at, _ in store.read_minutes("1f", 0, 1e9)] == [60, 120, 60 + 48 * HOUR]
        store.append_minute("1f", 120 + 48 * HOUR, [minute_row()])
        assert [at for at, _ in store.read_minutes("1f", 0, 1e9)] == [120, 60 + 48 * HOUR, 120 + 48 * HOUR]

    @pytest.mark.parametrize("start", [0, -60, 61])
    def test_only_whole_minutes(self, store: Store, start: int) -> None:
        with pytest.raises(ValueError, match="minute"):
            store.append_minute("1f", start, [])

    def test_bad_numbers_write_nothing(self, store: Store) -> None:
        bad = MinuteRow("z1", float("nan"), 1, 1.0, 0, 0)
        with pytest.raises(ValueError, match="z1"):
            store.append_minute("1f", 60, [bad])
        assert store.read_minutes("1f", 0, 1000) == []


class TestAdvisories:
    def test_compare_and_set(self, store: Store) -> None:
        first = advisory()
        assert not store.put_advisory(first, 1)
        assert store.put_advisory(first, None)
        assert not store.put_advisory(first, None)
        seen = first.changed(status="acknowledged", acknowledged_by="console:mori")
        assert not store.put_advisory(seen, 2)
        assert store.put_advisory(seen, 1)
        assert store.advisories() == [seen]

    def test_what_was_learned_is_written_with_the_advisory_or_not_at_all(self, store: Store) -> None:
        first, audit = advisory(), {"who": "engine", "what": "effect measured"}
        assert not store.put_advisory(first, 1, audit=audit, record=("message|walkway", b"1"))
        assert (store.read_option_record(), store.read_audit(9)) == ({}, [])
        assert store.put_advisory(first, None, audit=audit, record=("message|walkway", b"1"))
        assert store.read_option_record() == {"message|walkway": b"1"}
        assert [entry["what"] for entry in store.read_audit(9)] == ["effect measured"]
        assert store.audit_break() is None

    def test_resolved_ones_leave_the_active(self, store: Store) -> None:
        for number in (3, 1, 2):
            store.put_advisory(advisory(number), None)
        store.put_advisory(advisory(1).changed(status="resolved"), 1)
        assert [one.raised_at for one in store.advisories()] == [1.0, 2.0, 3.0]
        assert [one.raised_at for one in store.advisories(active_only=True)] == [2.0, 3.0]
        assert not store.put_advisory(advisory(1), None)
        assert store.put_advisory(advisory(1, version=3), 2)
        assert len(store.advisories(active_only=True)) == 3
        assert len(store.advisories()) == 3

    def test_one_is_read_by_its_id_wherever_it_stands(self, store: Store) -> None:
        open_one, done = advisory(1), advisory(2).changed(status="resolved", resolved_at=5.0)
        store.put_advisory(open_one, None)
        store.put_advisory(done, None)
        assert store.read_advisory(open_one.id) == open_one
        assert store.read_advisory(done.id) == done
        assert store.read_advisory("nothing") is None

    def test_old_resolved_ones_are_dropped(self, store: Store) -> None:
        for number, resolved_at in ((1, None), (2, 10.0), (3, 20.0)):
            status = "new" if resolved_at is None else "resolved"
            store.put_advisory(advisory(number).changed(status=status, resolved_at=resolved_at), None)
        assert [store.drop_resolved(at) for at in (10.0, 20.0, 20.0)] == [0, 1, 0]
        assert [one.raised_at for one in store.advisories()] == [1.0, 3.0]

    def test_one_of_eight_acknowledges(self, store: Store) -> None:
        store.put_advisory(advisory(), None)
        won = in_threads(lambda n: store.put_advisory(advisory().changed(acknowledged_by=f"console:{n}"), 1))
        assert won.count(True) == 1


class TestAudit:
    def test_chain(self, store: Store) -> None:
        assert store.read_audit(10) == []
        assert store.audit_break() is None
        ids = [store.append_audit({"who": "森", "n": n}) for n in range(5)]
        entries = store.read_audit(3)
        assert [entry["id"] for entry in entries] == ids[2:]
        assert [entry["n"] for entry in entries] == [2, 3, 4]
        assert all(abs(entry["at"] - store.time()) < 10 for entry in entries)
        body = {key: value for key, value in entries[1].items() if key not in {"id", "prev"}}
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        assert entries[2]["prev"] == sha256((entries[1]["prev"] + text).encode()).hexdigest()
        assert len({entry["prev"] for entry in store.read_audit(9)}) == 5
        assert store.audit_break() is None

    def test_reserved_names(self, store: Store) -> None:
        with pytest.raises(ValueError, match="prev"):
            store.append_audit({"prev": "x"})

    def test_eight_threads_keep_the_chain(self, store: Store) -> None:
        in_threads(lambda n: [store.append_audit({"n": n}) for _ in range(10)])
        assert len(store.read_audit(1000)) == 80
        assert store.audit_break() is None


class TestNotices:
    def test_mark_and_messages_come_together_and_what_waits_stays(self, store: Store) -> None:
        store.queue_notices("a", b"m1", {"a:1": b"one", "a:2": b"two"})
        store.put_message("a:1", b"tried")
        store.queue_notices("a", b"m2", {"a:1": b"one", "a:3": b"three"})
        assert store.notice_marks() == {"a": b"m2"}
        assert store.queued_messages() == {"a:1": b"tried", "a:2": b"two", "a:3": b"three"}
        store.drop_messages(["a:1", "a:2", "nothing"])
        store.drop_messages([])
        store.drop_marks(["a", "b"])
        assert (store.queued_messages(), store.notice_marks()) == ({"a:3": b"three"}, {})

    def test_channels(self, store: Store) -> None:
        assert store.read_channels() == {}
        store.write_channel("desk", b"1")
        store.write_channel("desk", b"2")
        assert store.read_channels() == {"desk": b"2"}

    def test_an_advisory_and_its_audit_entry(self, store: Store) -> None:
        assert store.put_advisory(advisory(), None, audit={"who": "engine", "n": 1})
        assert not store.put_advisory(advisory(version=2), 5, audit={"who": "engine", "n": 2})
        assert store.put_advisory(advisory().changed(status="expired"), 1, audit={"who": "engine", "n": 3})
        assert [entry["n"] for entry in store.read_audit(9)] == [1, 3]
        assert (store.audit_break(), store.advisories(active_only=True)) == (None, [])

    def test_the_audit_from_a_time_on(self, store: Store) -> None:
        began = store.time() - 1.0
        for n in range(3):
            store.append_audit({"n": n})
        assert [entry["n"] for entry in store.read_audit_since(began, 2)] == [0, 1]
        assert store.read_audit_since(store.time() + 60.0, 9) == []
        assert store.read_audit_since(began, 0) == []


class TestSensors:
    @pytest.mark.parametrize(
        ("seqs", "accepted"),
        [([1, 2], [True, True]), ([2, 2], [True, False]), ([9, 3, 10], [True, False, True]), ([0], [False])],
    )
    def test_replays_are_refused(self, store: Store, seqs: list[int], accepted: list[bool]) -> None:
        assert [store.accept_reading(reading(value=seq, seq=seq)) for seq in seqs] == accepted
        kept = [seq for seq, ok in zip(seqs, accepted, strict=True) if ok]
        assert [value for _, value in store.sensor_trail("kit-1", "co2")] == kept

    def test_message_of_several_readings(self, store: Store) -> None:
        assert store.sensor_latest() == {}
        assert store.accept_readings("kit-1", 4, [reading("co2", 1e300, seq=4), reading("lux", -0.5, seq=4)])
        assert not store.accept_readings("kit-1", 4, [reading("lux", 9.0, seq=4)])
        assert store.accept_readings("kit-1", 5, [])  # a sign of life
        latest = store.sensor_latest()
        assert {place: got.value for place, got in latest.items()} == {("kit-1", "co2"): 1e300, ("kit-1", "lux"): -0.5}
        assert abs(latest["kit-1", "lux"].received_at - store.time()) < 5
        assert replace(latest["kit-1", "lux"], received_at=0.0) == reading("lux", -0.5, seq=4)

    def test_late_message_is_history(self, store: Store) -> None:
        store.accept_reading(reading(value=1.0, seq=2))
        late = SensorReading("kit-1", "co2", 7.0, 3, 500.0, 0.0, simulated=False)
        assert store.accept_readings("kit-1", 3, [late], late=True)
        assert store.sensor_latest()["kit-1", "co2"].value == 1.0
        assert store.sensor_trail("kit-1", "co2") == [(500.0, 7.0), (1002.0, 1.0)]
        assert store.sensor_trail("kit-1", "co2", since=1002.0) == [(1002.0, 1.0)]
        assert store.sensor_trail("kit-1", "lux") == []

    def test_names_with_punctuation_stay_apart(self, store: Store) -> None:
        store.accept_reading(reading("b:c", 1.0, device="a"))
        store.accept_reading(reading("c", 2.0, device="a:b"))
        assert store.sensor_trail("a", "b:c") == [(1001.0, 1.0)]
        assert store.sensor_trail("a:b", "c") == [(1001.0, 2.0)]
        assert set(store.sensor_latest()) == {("a", "b:c"), ("a:b", "c")}

    @pytest.mark.parametrize("wrong", [reading(device="other"), reading(value=float("nan"))])
    def test_wrong_readings(self, store: Store, wrong: SensorReading) -> None:
        with pytest.raises(ValueError, match=r"device|finite"):
            store.accept_readings("kit-1", 1, [wrong])
        assert store.accept_readings("kit-1", 1, [])

    def test_one_of_eight_same_messages(self, store: Store) -> None:
        assert in_threads(lambda _: store.accept_reading(reading())).count(True) == 1
        assert len(store.sensor_trail("kit-1", "co2")) == 1

    def test_refusals_add_up(self, store: Store) -> None:
        assert store.refusals() == {}
        in_threads(lambda n: [store.count_refusal("replay" if n % 2 else "signature") for _ in range(10)])
        assert store.refusals() == {"replay": 40, "signature": 40}


class TestLead:
    def test_one_holds_it(self, store: Store) -> None:
        assert store.acquire_lead("a", 30)
        assert store.acquire_lead("a", 30)
        assert not store.acquire_lead("b", 30)
        assert not store.release_lead("b")
        assert store.release_lead("a")
        assert not store.release_lead("a")
        assert store.acquire_lead("b", 30)

    def test_only_the_holder_writes(self, store: Store) -> None:
        assert not store.write_snapshot(snapshot(1), line_delta={"door": (1, 0)}, token="a")
        store.acquire_lead("a", 30)
        assert store.write_snapshot(snapshot(1), line_delta={"door": (1, 0)}, token="a")
        assert not store.write_snapshot(snapshot(2), line_delta={"door": (1, 0)}, token="b")
        store.release_lead("a")
        store.acquire_lead("b", 30)
        assert not store.write_snapshot(snapshot(2), line_delta={"door": (1, 0)}, token="a")
        assert store.write_snapshot(snapshot(1, epoch="e2"), line_delta={"door": (1, 0)}, token="b")
        assert store.line_totals() == {"door": (2, 0)}

    def test_it_ends(self, store: Store) -> None:
        assert store.acquire_lead("a", 0.05)
        assert store.write_snapshot(snapshot(1), line_delta={}, token="a")
        wait_until(lambda: store.acquire_lead("b", 30))
        assert not store.write_snapshot(snapshot(2), line_delta={}, token="a")

    def test_one_of_eight(self, store: Store) -> None:
        assert in_threads(lambda n: store.acquire_lead(str(n), 30)).count(True) == 1


class TestHints:
    def test_silence_is_false(self, store: Store) -> None:
        before = time.monotonic()
        assert not store.wait_tick(0.05)
        assert 0.04 <= time.monotonic() - before < 1

    @pytest.mark.parametrize("topic", ["points", "snapshots"])
    def test_a_write_wakes(self, store: Store, topic: str) -> None:
        store.wait_tick(0.05, topic)  # type: ignore[arg-type]
        seen = threading.Event()
        waiter = threading.Thread(target=lambda: store.wait_tick(10, topic) and seen.set())  # type: ignore[arg-type]
        waiter.start()
        store.write_snapshot(snapshot(1), line_delta={}, token=None)
        if topic == "points":
            assert not seen.is_set()
        store.publish_points(frame())
        waiter.join(10)
        assert seen.is_set()
        if topic == "points":
            assert not store.wait_tick(0.05, "points")  # taken

    def test_close_wakes(self, store: Store) -> None:
        waiter = threading.Thread(target=store.wait_tick, args=(30,))
        waiter.start()
        store.close()
        waiter.join(5)
        assert not waiter.is_alive()


def test_health(store: Store) -> None:
    store.ping()
    share = store.memory_share()
    assert share is None or 0 < share < 1
    assert abs(store.time() - time.time()) < 5


def wait_until(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise StoreError("the awaited condition never came")
        time.sleep(0.01)


class TestOptions:
    def test_options_are_replaced(self, store: Store) -> None:
        assert store.read_options("a/b:1") is None
        store.write_options("a/b:1", b"{}")
        store.write_options("a/b:1", b"[1]")
        store.write_options("other", b"x")
        assert store.read_options("a/b:1") == b"[1]"

    def test_how_options_did_is_kept_by_key(self, store: Store) -> None:
        assert store.read_option_record() == {}
        store.write_option_record("message|walkway", b"1")
        store.write_option_record("message|walkway", b"2")
        store.write_option_record("clear_area|stair", b"3")
        assert store.read_option_record() == {"message|walkway": b"2", "clear_area|stair": b"3"}

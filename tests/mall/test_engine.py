"""The engine end to end on a hand-made scene: points in the store, advisories, minutes and totals out."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import box

from gis.floorplan import Fixture, FloorPlan, Level, Zone
from mall.config import Site
from mall.engine import Engine, run_engine
from mall.errors import StoreError
from mall.models import Advisory, LevelSnapshot, SensorReading
from mall.reading.level_engine import LeadLostError
from mall.store import MemoryStore
from mall.views.operator import View, live_view, read_operator_view
from tests.mall.scene import T0, Clock, Scene, crowd, site

STEP = 0.25
NEVER_STALLED = {"stalled": {"on_delay_s": 3600.0}}  # the crowds of these tests stand still
SOON = {"limits": {"sensor-limit": {"on_delay_s": 20.0}}}
DENSE = 230  # 2.3 p/m² on the plaza's 100 m²: above act, below clear


class Mall:
    """A site, its store, its cameras and its engine on one clock."""

    def __init__(self, extra: dict[str, Any] | None = None, *, cameras: int = 1) -> None:
        self.clock = Clock()
        self.store = MemoryStore(clock=self.clock)
        self.site = site(extra, cameras=cameras)
        self.scene = Scene(self.store, self.clock)
        self.engine = Engine(self.site, self.store)

    def run(self, seconds: float, points: Any = None, **changes: Any) -> None:
        """Let time pass; with points, camera c1 sees them at every step."""
        for _ in range(round(seconds / STEP)):
            self.clock.now += STEP
            if points is not None:
                self.scene.frame(points, **changes)
                self.scene.status()
                changes.pop("cut", None)
            self.engine.tick()

    def walk(self, path: np.ndarray, *, track: int = 1, others: Any = (), **changes: Any) -> None:
        """Let one person walk a path of points, the others standing."""
        rest = np.asarray(others, dtype=np.float64).reshape(-1, 2)
        for point in path:
            xy = np.vstack([rest, point])
            self.run(STEP, xy, tracks=[*range(100, 100 + len(rest)), track], **changes)
            changes.pop("cut", None)

    @property
    def view(self) -> View:
        return read_operator_view(self.site, self.store)

    @property
    def plaza(self) -> View:
        return dict(self.view["zones"]["plaza"])

    def recent(self, line: str) -> list[int]:
        """Return in and out of a line in the last quarter of an hour."""
        row = self.view["lines"][line]
        return [row["in"], row["out"]]

    def advisory(self, rule: str = "density-walkway") -> Advisory | None:
        found = [a for a in self.store.advisories() if a.rule == rule]
        return found[-1] if found else None


def line_of(start: tuple[float, float], end: tuple[float, float], steps: int = 16) -> np.ndarray:
    return np.linspace(start, end, steps)


INTO = line_of((5.0, 0.2), (5.0, 3.0))
OUT_OF = INTO[::-1]


def test_crowd_raises_waits_is_acknowledged_and_resolves() -> None:
    from mall.advisories.acting import act
    from mall.advisories.life import Order

    mall = Mall({"limits": {"density-walkway": {"on_delay_s": 4.0, "off_delay_s": 6.0}, **NEVER_STALLED}})
    mall.run(1.0, crowd(20))
    assert (mall.plaza["people"], mall.plaza["band"], mall.plaza["state"]) == (20, [19, 21], "live")
    mall.run(4.0, crowd(DENSE))
    assert mall.plaza["people"] == pytest.approx(DENSE, abs=2)
    assert mall.advisory() is None, "nothing before the on-delay"
    mall.run(1.0, crowd(DENSE))
    raised = mall.advisory()
    assert raised is not None
    assert (raised.severity, raised.status, raised.place) == ("act", "new", "plaza")
    shown = mall.view["advisories"][0]
    assert shown["title"] == {"en": "Plaza: too dense", "ja": "広場：過密"}
    assert "p/m²" in shown["why"]["en"]
    assert act(mall.store, raised.id, Order("acknowledge", "console:mori"), mall.clock.now).outcome == "done"
    mall.run(7.5, crowd(10))
    assert mall.advisory() is not None
    resolved = mall.advisory()
    assert resolved is not None
    assert (resolved.status, resolved.acknowledged_by) == ("resolved", "console:mori")
    assert mall.view["advisories"] == []
    whats = [row["what"] for row in mall.store.read_audit(50)]
    assert whats == ["advisory raised", "advisory acknowledged", "advisory resolved"]


def test_a_source_that_stops_is_stale_then_offline_and_clears_no_danger() -> None:
    mall = Mall({"limits": {"density-walkway": {"on_delay_s": 1.0, "off_delay_s": 2.0}, **NEVER_STALLED}})
    mall.run(3.0, crowd(DENSE))
    assert mall.advisory() is not None
    mall.run(2.5)
    assert mall.plaza["state"] == "live"
    mall.run(1.0)
    assert (mall.plaza["state"], mall.plaza["people"]) == ("stale", pytest.approx(DENSE, abs=2))
    mall.run(20.0)
    assert (mall.plaza["state"], mall.plaza["people"], mall.plaza["band"]) == ("offline", None, None)
    assert mall.plaza["age_s"] == pytest.approx(23.6, abs=0.2)
    mall.run(60.0)
    kept = mall.advisory()
    assert kept is not None
    assert kept.status == "new"
    lost = mall.advisory("camera-lost")
    assert lost is not None
    assert lost.facts["zones"] == ["plaza", "shop"]
    assert mall.view["dots"]["1f"] == []
    mall.run(16.0, crowd(10))
    kept, lost = mall.advisory(), mall.advisory("camera-lost")
    assert kept is not None
    assert lost is not None
    assert (kept.status, lost.status) == ("resolved", "resolved")


def test_what_no_camera_sees_is_unknown_everywhere() -> None:
    mall = Mall()
    mall.run(1.0, crowd(3))
    gallery = live_view(mall.view)["zones"]["gallery"]
    assert (gallery["people"], gallery["state"], gallery["age_s"], gallery["los"]) == (None, "unknown", None, None)


def test_before_the_first_tick_nothing_is_zero() -> None:
    mall = Mall()
    view = mall.view
    assert {row["people"] for row in view["zones"].values()} == {None}
    assert {row["state"] for row in view["zones"].values()} == {"unknown"}
    assert {view["totals"][key] for key in ("in", "out", "inside", "since")} == {None}
    assert view["totals"]["state"] == "unknown"
    assert view["cameras"]["c1"]["state"] == "unknown"


def test_ten_wraps_of_a_recording() -> None:
    """Every round four stand there, one walks in and stays, then the recording begins anew."""
    mall = Mall({"camera": [{"id": "c1", "source": "c1.mp4", "level": "1f", "loop": True}]})
    standing = crowd(4, area=(2, 5, 8, 9))
    for lap in range(10):
        mall.walk(INTO, others=standing, cut=True)
        mall.run(3.0, np.vstack([standing, INTO[-1]]), tracks=[100, 101, 102, 103, 1])
        assert mall.view["totals"]["in"] == lap + 1
        assert mall.view["totals"]["out"] == 0
        assert mall.view["totals"]["inside"] == 5
    assert mall.store.line_totals()["door"] == (10, 0)


def test_a_cut_makes_no_crossing() -> None:
    mall = Mall()
    mall.run(1.0, [[5.0, 0.2]], tracks=[1])
    mall.run(1.0, [[5.0, 3.0]], tracks=[1], cut=True)
    assert mall.view["totals"]["in"] == 0


def test_points_that_are_not_firm_cross_nothing() -> None:
    mall = Mall()
    mall.walk(INTO, firm=np.array([False]))
    assert mall.view["totals"]["in"] == 0


def test_in_out_and_the_last_quarter_of_an_hour() -> None:
    mall = Mall()
    mall.walk(INTO, track=1)
    mall.run(2.0, [])
    mall.walk(OUT_OF, track=2)
    totals = mall.view["totals"]
    assert (totals["in"], totals["out"]) == (1, 1)
    assert mall.recent("door") == [1, 1]
    mall.run(70.0, [])
    assert mall.recent("door") == [1, 1]
    rows = {row.zone: row for _, found in mall.store.read_minutes("1f", 0, 1e12) for row in found}
    assert (rows["line:door"].count_in, rows["line:door"].count_out) == (1, 1)
    mall.clock.now += 15 * 60
    mall.run(1.0, [])
    assert mall.recent("door") == [0, 0]
    assert mall.view["totals"]["in"] == 1


def test_minutes_are_whole_and_gaps_are_null() -> None:
    mall = Mall()
    mall.run(60.0, crowd(6))
    mall.run(60.0)
    mall.run(62.0, crowd(2))
    found = mall.store.read_minutes("1f", 0, 1e12)
    assert [start % 60 for start, _ in found] == [0, 0, 0]
    means = [next(row.people_mean for row in rows if row.zone == "plaza") for _, rows in found]
    assert means[0] == pytest.approx(6.0, abs=0.3)
    assert means[2] == pytest.approx(2.0, abs=0.3)
    assert means[1] is not None, "the first three seconds of silence are live"
    rows = {row.zone: row for row in found[1][1]}
    assert rows["plaza"].coverage < 0.2


def test_heat_and_public_levels_are_written() -> None:
    mall = Mall()
    import json

    mall.run(1.0, crowd(40))
    assert json.loads(mall.store.read_public() or b"{}")["zones"] == {"plaza": "no_data", "gallery": "no_data"}
    mall.run(61.0, crowd(40))
    assert mall.store.read_heat("1f") is not None
    public = json.loads(mall.store.read_public() or b"{}")
    assert public["version"] == 2
    assert public["zones"] == {"plaza": "busy", "gallery": "no_data"}  # 40 of 72; nobody sees the gallery


def test_a_new_engine_goes_on_without_counting_twice() -> None:
    mall = Mall()
    mall.run(2.0, crowd(4, area=(2, 5, 8, 9)), tracks=[100, 101, 102, 103])
    mall.walk(INTO, others=crowd(4, area=(2, 5, 8, 9)))
    before = mall.view
    old_epoch = before["zones"]["plaza"]["epoch"]
    mall.engine = Engine(mall.site, mall.store)
    mall.engine.tick()  # reads the same ten seconds again
    after = mall.view
    assert after["totals"] == before["totals"]
    assert (after["totals"]["in"], after["totals"]["inside"]) == (1, 5)
    assert after["zones"]["plaza"]["epoch"] != old_epoch
    assert after["zones"]["plaza"]["seq"] == 1
    assert after["zones"]["plaza"]["people"] == 5


def test_after_a_restart_no_old_value_looks_fresh() -> None:
    mall = Mall()
    mall.run(2.0, crowd(4))
    mall.clock.now += 300.0
    mall.engine = Engine(mall.site, mall.store)
    mall.engine.tick()
    assert (mall.plaza["state"], mall.plaza["people"]) == ("offline", None)
    assert mall.plaza["age_s"] == pytest.approx(300.1, abs=0.2)


def test_a_store_that_fails_at_any_call_loses_no_crossing(monkeypatch: pytest.MonkeyPatch) -> None:
    mall = Mall()
    write = mall.store.write_snapshot
    calls = iter(range(10_000))

    def flaky(snapshot: LevelSnapshot, **rest: Any) -> bool:
        call = next(calls)
        if call % 3 == 0:
            raise StoreError("away")
        done = write(snapshot, **rest)
        if call % 3 == 1:
            raise StoreError("the answer was lost")
        return done

    monkeypatch.setattr(mall.store, "write_snapshot", flaky)
    engine = mall.engine

    class Patient:
        def tick(self) -> None:
            try:
                engine.tick()
            except StoreError:
                return

    mall.engine = Patient()  # type: ignore[assignment]
    for track in range(5):
        mall.walk(INTO, track=track)
        mall.run(2.0, [])
    monkeypatch.undo()
    mall.run(1.0, [])
    assert mall.store.line_totals()["door"] == (5, 0)


def test_the_scheduled_reset_begins_the_counts_anew() -> None:
    mall = Mall({"site": {"id": "test", "name": "Test", "timezone": "Asia/Tokyo", "reset_at": "04:00"}})
    mall.walk(INTO)
    assert mall.view["totals"]["in"] == 1
    mall.clock.now += 24 * 3600
    mall.run(4.0, crowd(2))
    totals = mall.view["totals"]
    assert (totals["in"], totals["out"], totals["inside"]) == (0, 0, 2)
    assert mall.recent("door") == [0, 0]
    assert mall.store.line_totals() in ({}, {"door": (0, 0), "shop-door": (0, 0)})


def test_a_clock_an_hour_back_keeps_people_live_and_minutes_single() -> None:
    mall = Mall()
    mall.run(90.0, crowd(5))
    began = mall.clock.now = mall.clock.now - 3600.0
    mall.run(92.0, crowd(7))
    assert (mall.plaza["state"], mall.plaza["people"]) == ("live", 7)
    assert mall.plaza["age_s"] == pytest.approx(0.1, abs=0.2)
    starts = [start for start, _ in mall.store.read_minutes("1f", 0, 1e12)]
    assert starts == [60 * (began // 60), 60 * (began // 60 + 1)][: len(starts)], "those ahead of the clock gave way"
    assert starts


def test_only_the_leader_ticks_and_the_next_one_takes_over() -> None:
    store = MemoryStore()
    place = site()
    stops = [threading.Event(), threading.Event()]
    threads = [threading.Thread(target=run_engine, args=(place, store, stop)) for stop in stops]
    threads[0].start()
    wait_for(lambda: store.read_snapshot("1f") is not None)
    first = store.read_snapshot("1f")
    assert first is not None
    threads[1].start()
    time.sleep(0.3)
    now = store.read_snapshot("1f")
    assert now is not None
    assert now.epoch == first.epoch
    stops[0].set()
    threads[0].join(5.0)
    wait_for(lambda: (found := store.read_snapshot("1f")) is not None and found.epoch != first.epoch)
    stops[1].set()
    threads[1].join(5.0)
    assert not any(thread.is_alive() for thread in threads)
    assert store.acquire_lead("anyone", 1.0), "the lead was handed back"


class Slow:
    """An engine whose first tick outlasts its lead."""

    def __init__(self, mall: Mall, *, rival: bool = False) -> None:
        assert mall.store.acquire_lead("slow", 5.0)
        self.mall, self.rival = mall, rival
        self.engine = Engine(mall.site, mall.store, token="slow")
        self.engine.tick()

    def tick_late(self) -> None:
        self.mall.clock.now += 6.0
        if self.rival:
            assert self.mall.store.acquire_lead("rival", 1.0)
            Engine(self.mall.site, self.mall.store, token="rival").tick()
            self.mall.clock.now += 2.0
        self.engine.tick()


def test_a_tick_that_outlasts_the_lead_goes_on_where_nobody_else_took_it() -> None:
    mall = Mall()
    slow = Slow(mall)
    slow.tick_late()
    found = mall.store.read_snapshot("1f")
    assert found is not None
    assert (found.epoch, found.seq) == (slow.engine.epoch, 2)
    assert not mall.store.acquire_lead("another", 1.0)


def test_a_tick_that_outlasts_the_lead_ends_it_where_another_engine_wrote_meanwhile() -> None:
    mall = Mall()
    slow = Slow(mall, rival=True)
    with pytest.raises(LeadLostError):
        slow.tick_late()
    found = mall.store.read_snapshot("1f")
    assert found is not None
    assert found.epoch != slow.engine.epoch


def wait_for(condition: Any, timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.02)


def test_a_dark_floor_is_one_advisory() -> None:
    mall = Mall(cameras=12)
    for camera in mall.site.cameras:
        mall.scene.frame(crowd(3), camera.id)
        mall.scene.status(camera.id)
    mall.run(1.0)
    for camera in mall.site.cameras[:2]:  # two come back again and again, ten never do
        mall.scene.frame(crowd(3), camera.id)
        mall.scene.status(camera.id)
    mall.run(60.0)
    raised = [(a.rule, a.place, a.severity) for a in mall.store.advisories()]
    assert raised == [("level-dark", "1f", "act")]
    shown = mall.view["advisories"][0]
    assert shown["title"]["en"] == "1F: several cameras lost"
    assert "10 cameras" in shown["why"]["en"] or "12 cameras" in shown["why"]["en"]


def test_two_hundred_flapping_zones_page_nobody() -> None:
    from mall.advisories.desk import Desk, Place
    from mall.advisories.rules import DENSITY_WALKWAY
    from mall.advisories.situations import Evidence

    store = MemoryStore()
    desk = Desk(store)
    for second in range(600):
        for zone in range(200):
            value = 2.4 if (second + zone) % 2 else 1.0
            evidence = Evidence(value, value)
            desk.judge(DENSITY_WALKWAY, Place(f"z{zone}", "1f"), evidence, now=float(second), facts=lambda limit: {})
    assert store.advisories() == []


def test_wrong_limits_are_named() -> None:
    from mall.errors import SiteError

    with pytest.raises(SiteError, match=r"site\.toml.*density-walkway"):
        Mall({"limits": {"density-walkway": {"watch": 5.0}}})


def test_a_popup_sensor_beyond_its_limit_and_silent() -> None:
    sensor = {"id": "co2", "kind": "co2", "unit": "ppm", "high": 1000.0, "period_s": 1.0}
    mall = Mall({"popup": [{"id": "kit", "label": "Kit", "pitch": "plaza", "sensor": [sensor]}]} | SOON)
    for seq in range(1, 60):
        mall.store.accept_reading(SensorReading("kit", "co2", 1500.0, seq, mall.clock.now, 0.0, simulated=True))
        mall.run(0.5)
    raised = mall.advisory("sensor-limit")
    assert raised is not None
    assert (raised.place, raised.facts["limit"], raised.facts["side"]) == ("kit/co2", 1000.0, "high")
    assert mall.view["popups"]["kit"]["sensors"]["co2"]["value"] == 1500.0
    mall.run(40.0)
    assert mall.advisory("sensor-silent") is not None
    assert mall.view["popups"]["kit"]["sensors"]["co2"]["value"] is None


def test_the_advisories_of_a_popup_end_with_it() -> None:
    """Beyond its limit, and silent, until it closes: then nobody judges it, and nothing of it stays open."""
    sensor = {"id": "co2", "kind": "co2", "unit": "ppm", "high": 1000.0, "period_s": 1.0}
    ends = datetime.fromtimestamp(T0 + 80.0, tz=UTC).isoformat()
    mall = Mall({"popup": [{"id": "kit", "pitch": "plaza", "to": ends, "sensor": [sensor]}]} | SOON)
    for seq in range(1, 60):
        mall.store.accept_reading(SensorReading("kit", "co2", 1500.0, seq, mall.clock.now, 0.0, simulated=True))
        mall.run(0.5)
    mall.run(45.0)
    open_rules = {a.rule for a in mall.store.advisories(active_only=True)}
    assert {"sensor-limit", "sensor-silent"} <= open_rules
    mall.run(10.0)
    assert not {a.rule for a in mall.store.advisories(active_only=True)} & {"sensor-limit", "sensor-silent"}
    told = mall.advisory("sensor-limit")
    assert told is not None
    assert told.status == "expired"


def test_a_level_without_floor_is_read_like_any_other() -> None:
    """A roof that the site lists but does not draw, and a floor that fixtures cover wholly."""
    plan = FloorPlan(
        levels=(Level("1f", "1F"), Level("roof", "Roof")),
        zones=(Zone("plaza", "Plaza", "concourse", "1f", box(0, 0, 10, 10)),),
        fixtures=(Fixture("stage", "1f", box(-1, -1, 11, 11)),),
    )
    store = MemoryStore(clock=Clock())
    engine = Engine(Site(Path("/nowhere"), site().file, plan), store)
    for _ in range(3):
        engine.tick()
    assert store.read_heat("roof") is None
    assert store.read_heat("1f") is None
    assert store.read_snapshot("roof") is not None


CALIBRATION = {
    "image_points": [[0, 210], [100, 210], [100, 0], [0, 0]], "plan_points": [[0, 0], [10, 0], [10, 21], [0, 21]],
}  # fmt: skip
CALIBRATED = {
    "camera": [
        {"id": name, "source": f"{name}.mp4", "level": "1f", "size": [100, 210], "calibration": CALIBRATION}
        for name in ("c1", "c2")
    ],
    "limits": {"density-walkway": {"on_delay_s": 1.0, "off_delay_s": 2.0}},
}
WEST = [[0.0, 0.0], [5.0, 0.0], [5.0, 21.0], [0.0, 21.0]]


@pytest.mark.parametrize("says", [{"footprint": None, "processed": 0}, {"footprint": None, "condition": "failed"}])
@pytest.mark.parametrize("restarted", [False, True], ids=["same engine", "new engine"])
def test_danger_stays_while_the_camera_that_saw_it_is_lost(says: dict[str, Any], restarted: bool) -> None:
    """c2 alone sees the crowd in the east, is lost and says nothing of its ground; c1 sees an empty west."""
    mall = Mall(CALIBRATED)
    east = [[5.0, 0.0], [10.0, 0.0], [10.0, 21.0], [5.0, 21.0]]

    def step(*, c2: Any) -> None:
        mall.clock.now += STEP
        mall.scene.frame([], "c1")
        mall.scene.status("c1", footprint=WEST)
        if c2 is not None:
            mall.scene.frame(c2, "c2")
        mall.scene.status("c2", **({"footprint": east} if c2 is not None else says))
        mall.engine.tick()

    for _ in range(20):
        step(c2=crowd(250, area=(5.0, 1.2, 10.0, 11.0)))
    raised = mall.advisory()
    assert raised is not None
    assert raised.status == "new"
    if restarted:
        mall.engine = Engine(mall.site, mall.store)
    for _ in range(240):
        step(c2=None)
    kept, lost = mall.advisory(), mall.advisory("camera-lost")
    assert kept is not None
    assert kept.status == "new", "an empty west says nothing of the east"
    assert lost is not None
    assert (lost.place, lost.facts["zones"]) == ("c2", ["plaza", "shop"])


def test_a_camera_that_never_came_names_its_blind_zones_by_its_calibration() -> None:
    mall = Mall(CALIBRATED)
    mall.run(70.0, crowd(3))
    lost = mall.advisory("camera-lost")
    assert lost is not None
    assert (lost.place, lost.facts["zones"]) == ("c2", ["plaza", "shop"])


def test_a_camera_that_runs_but_places_nobody_is_no_empty_look() -> None:
    mall = Mall(CALIBRATED)
    for _ in range(20):
        mall.clock.now += STEP
        mall.scene.frame([], "c1")
        mall.scene.status("c1", footprint=None)
        mall.engine.tick()
    assert (mall.plaza["people"], mall.plaza["state"]) == (None, "unknown")


def test_a_restart_in_the_middle_of_a_minute_loses_no_crossing() -> None:
    """Five go in before the restart and three after it, within one minute; counted by hand."""
    mall = Mall()
    mall.run(2.0, [])
    for track in range(5):
        mall.walk(INTO, track=track)
        mall.run(1.0, [])
    mall.engine = Engine(mall.site, mall.store)
    for track in range(5, 8):
        mall.walk(INTO, track=track)
        mall.run(1.0, [])
    mall.run(T0 + 61.0 - mall.clock.now, [])
    (start, rows), *_ = mall.store.read_minutes("1f", 0, 1e12)
    door = next(row for row in rows if row.zone == "line:door")
    assert (start % 60, door.count_in, door.count_out) == (0, 8, 0)
    assert mall.recent("door") == [8, 0]
    assert mall.store.line_totals()["door"] == (8, 0)


def test_a_restart_after_the_minute_keeps_what_it_had() -> None:
    mall = Mall()
    mall.run(20.0, [])
    mall.walk(INTO)
    mall.run(20.0, [])
    mall.clock.now += 30.0
    mall.engine = Engine(mall.site, mall.store)
    mall.run(1.0, [])
    (_, rows), *_ = mall.store.read_minutes("1f", 0, 1e12)
    assert {row.zone: row.count_in for row in rows}["line:door"] == 1


def test_a_line_whose_camera_is_lost_has_no_counts_in_that_minute() -> None:
    mall = Mall()
    mall.run(60.0, [])
    mall.run(60.0)
    mall.run(62.0, [])
    found = [
        {row.zone: (row.count_in, row.count_out) for row in rows} for _, rows in mall.store.read_minutes("1f", 0, 1e12)
    ]
    assert [minute.get("line:door") for minute in found] == [(0, 0), None, (0, 0)]
    assert [minute["shop"] for minute in found] == [(0, 0), (None, None), (0, 0)]
    assert [minute["plaza"] for minute in found] == [(None, None)] * 3, "no line leads into the plaza"


def test_totals_grow_old_with_the_entrances_cameras() -> None:
    mall = Mall()
    mall.walk(INTO)
    mall.run(1.0, [])
    assert (mall.view["totals"]["state"], mall.view["totals"]["in"]) == ("live", 1)
    mall.run(5.0)
    assert (mall.view["totals"]["state"], mall.view["totals"]["in"]) == ("stale", 1)
    mall.run(20.0)
    assert (mall.view["totals"]["state"], mall.view["totals"]["in"], mall.view["totals"]["inside"]) == (
        "offline",
        None,
        None,
    )


def test_people_who_stand_in_a_dense_crowd_are_stalled_and_those_who_walk_are_not() -> None:
    mall = Mall()
    standing = crowd(DENSE)
    mall.run(3.0, standing)
    assert mall.plaza["crowd"] == "stalled"
    mall = Mall()
    for step in range(12):
        mall.run(STEP, standing + np.array([0.0, 0.1 * step]))  # 0.4 m/s northward
    assert mall.plaza["crowd"] == "critical"

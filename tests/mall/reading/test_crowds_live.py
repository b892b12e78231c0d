"""Crowds through the whole engine: from points in the store to the advisory and its words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import LineString, box

from gis.floorplan import FloorPlan, Level, Line, Opening, Zone
from mall.advisories.roles import roles_of
from mall.config import SAMPLE_SITE, Site, load_site
from mall.engine import Engine
from mall.models import Advisory
from mall.plan_state import PlanState
from mall.plan_state.records import ContactState
from mall.site_file import SiteFile
from mall.store import MemoryStore
from mall.views.operator import read_operator_view
from tests.mall.scene import Clock, Scene, crowd, plan, site

STEP = 0.25


def landing_plan() -> FloorPlan:
    """An escalator of 2 x 6 m that ends at a landing of 5 x 4 m, behind which lies a hall."""
    return FloorPlan(
        levels=(Level("1f", "1F"),),
        zones=(
            Zone("down", "Escalator down", "escalator", "1f", box(4, 0, 6, 6), labels={"ja": "下りエスカレーター"}),
            Zone("foot", "Landing", "walkway", "1f", box(2, 6, 7, 10)),
            Zone("hall", "Hall", "concourse", "1f", box(0, 10, 10, 20)),
        ),
        lines=(Line("comb", "Comb plate", "1f", LineString([(6, 6), (4, 6)]), zone="foot"),),
        openings=(Opening("comb-opening", "1f", LineString([(4.2, 6), (5.8, 6)]), 1.6, "down", "foot"),),
    )


class Live:
    """A plan, one camera that sees it all, and an engine."""

    def __init__(self, drawn: FloorPlan, extra: dict[str, Any] | None = None) -> None:
        self.clock = Clock()
        self.store = MemoryStore(clock=self.clock)
        base = site(extra)
        self.site = Site(Path("/nowhere"), SiteFile.model_validate(base.file.model_dump(by_alias=True)), drawn)
        self.scene, self.engine = Scene(self.store, self.clock), Engine(self.site, self.store)

    def tick(self, xy: Any, tracks: Any = None) -> None:
        self.clock.now += STEP
        self.scene.frame(xy, tracks=tracks)
        self.scene.status()
        self.engine.tick()

    def open(self, *rules: str) -> list[Advisory]:
        return [a for a in self.store.advisories(active_only=True) if not rules or a.rule in rules]

    @property
    def shown(self) -> list[dict[str, Any]]:
        return list(read_operator_view(self.site, self.store)["advisories"])


def arrivals(every_s: float, seconds: float) -> list[np.ndarray]:
    """Return, by step, where everybody is who comes down the escalator at 1 m/s and stops on a free spot."""
    spots = crowd(40, area=(2.0, 6.5, 7.0, 10.0))[::-1]
    frames = []
    for tick in range(round(seconds / STEP)):
        now, here = tick * STEP, []
        for n in range(int(now / every_s)):
            age = now - (n + 1) * every_s
            start, spot = np.array([5.0, 1.0]), spots[n % len(spots)]
            top = np.array([5.0, 6.4])
            walked = age * 1.0
            if walked < 5.4:
                here.append(start + (top - start) * walked / 5.4)
            else:
                way = spot - top
                share = min(1.0, (walked - 5.4) / max(1e-6, float(np.hypot(*way))))
                here.append(top + way * share)
        frames.append(np.array(here).reshape(-1, 2))
    return frames


def test_a_landing_that_fills_asks_for_its_escalator_to_be_stopped() -> None:
    """20 m² x 2.17 p/m² = 43 people; one comes a second and nobody leaves: at n people (43 - n) s are left."""
    live = Live(landing_plan())
    for _ in range(140):
        live.tick(np.empty((0, 2)))
    first: Advisory | None = None
    for xy in arrivals(1.0, 36.0):
        live.tick(xy, tracks=np.arange(len(xy)))
        first = first or next(iter(live.open("escalator-landing")), None)
    assert first is not None
    assert first.severity in ("warn", "act")
    assert first.facts["time_to_limit_s"] <= 60.0
    assert (first.facts["feeding"], first.facts["first_option"]) == (["down"], "stop-escalator")
    assert first.facts["limit_people"] == 43
    assert first.facts["feeding_per_min"] == first.facts["inflow"], "nobody comes another way"
    there = first.facts["people"]
    assert first.facts["time_to_limit_s"] * first.facts["inflow"] / 60.0 == pytest.approx(43.4 - there, abs=0.5)
    (found,) = live.open("escalator-landing")
    assert found.severity == "act"
    words = next(row for row in live.shown if row["rule"] == "escalator-landing")
    assert "Stop the feeding escalator first: Escalator down" in words["why"]["en"]
    assert "下りエスカレーター" in words["why"]["ja"]
    assert words["title"]["ja"].startswith("Landing：")


@pytest.mark.parametrize("stay", [30, 3])
def test_a_landing_that_fills_no_more_eases_and_the_engine_goes_on(stay: int) -> None:
    """Without arrivals the limit is never reached: no figure, and nothing that the store refuses to write."""
    live = Live(landing_plan())
    for _ in range(140):
        live.tick(np.empty((0, 2)))
    frames = arrivals(1.0, 36.0)
    for xy in frames:
        live.tick(xy, tracks=np.arange(len(xy)))
    assert live.open("escalator-landing")
    for _ in range(280):  # 30 s of counting and 30 s until it ends
        live.tick(frames[-1][:stay], tracks=np.arange(stay))
    assert live.open("escalator-landing") == []


def test_a_standing_crowd_is_stalled_and_one_card() -> None:
    live = Live(landing_plan())
    packed = crowd(250, area=(0.0, 10.0, 10.0, 20.0))
    for _ in range(80):
        live.tick(packed)
    (found,) = live.open("stalled", "density-walkway", "critical")
    assert (found.rule, found.severity, found.place) == ("stalled", "act", "hall")
    assert [row["rule"] for row in found.facts["folded"]] == ["density-walkway"]
    assert found.facts["speed_m_s"] < 0.3


def exit_plan() -> FloorPlan:
    return FloorPlan(
        levels=(Level("1f", "1F"),),
        zones=(Zone("porch", "Porch", "entrance", "1f", box(0, 1, 10, 6)),),
        lines=(Line("gate", "Gate", "1f", LineString([(10, 1), (0, 1)]), zone="porch", clear_width_m=2.0),),
        openings=(Opening("gate-opening", "1f", LineString([(4, 1), (6, 1)]), 2.0, "porch", None),),
    )


def test_an_exit_nobody_passes_while_people_stand_before_it_is_blocked() -> None:
    live = Live(exit_plan(), {"limits": {"blocked-exit": {"on_delay_s": 2.0}}})
    standing = crowd(45, area=(0.0, 1.5, 10.0, 6.0))  # 0.9 p/m²
    for _ in range(round(64.0 / STEP)):
        live.tick(standing)
    (found,) = live.open("blocked-exit")
    assert (found.severity, found.facts["exits"], found.facts["lines"]) == ("warn", ["gate"], ["gate"])
    row = next(row for row in live.shown if row["rule"] == "blocked-exit")
    assert row["title"]["en"] == "Porch: exit blocked"
    assert "Gate" in row["why"]["en"]


def test_two_streams_through_one_exit_are_counter_flow() -> None:
    """Every second one walks in and one out over 2 m: 120 crossings a minute, 60 p/m/min."""
    live = Live(exit_plan())
    for tick in range(round(100.0 / STEP)):
        now, xy, tracks = tick * STEP, [], []
        for n in range(max(0, int(now) - 5), int(now) + 1):
            way = (now - n) * 1.2
            if way < 5.0:
                xy += [[3.0, 0.2 + way], [7.0, 5.2 - way]]
                tracks += [2 * n, 2 * n + 1]
        live.tick(np.array(xy).reshape(-1, 2), tracks=tracks)
    (found,) = live.open("counter-flow")
    assert (found.severity, found.facts["line"]) == ("warn", "gate")
    assert found.facts["value"] == pytest.approx(60.0, abs=3.0)
    assert "p/m/min" in next(row for row in live.shown if row["rule"] == "counter-flow")["why"]["en"]


@pytest.mark.parametrize("alarm", [False, True])
def test_a_fire_alarm_silences_comfort_and_no_danger(*, alarm: bool) -> None:
    """The shop holds four; in it are ten, and on the plaza before it stands a crowd."""
    fire = {"id": "fire", "kind": "fire_alarm", "level": "1f"}
    live = Live(plan(), {"contact": [fire], "limits": {"utilisation": {"on_delay_s": 2.0}}})
    if alarm:
        state = PlanState(contacts={"fire": ContactState("fire", is_active=True, since=live.clock.now)}, version=1)
        assert live.store.put_plan_state(state, 0)
    people = np.vstack([crowd(240), crowd(10, area=(0.0, 12.0, 10.0, 20.0))])
    for _ in range(round(16.0 / STEP)):
        live.tick(people)
    expected = {("fire-alarm", "fire")} if alarm else {("utilisation", "shop")}
    expected = {("fire-alarm", "fire")} if alarm else {("utilisation", "shop")}
    assert {(a.rule, a.place) for a in live.open()} == {("stalled", "plaza")} | expected


def test_the_sample_malls_roles() -> None:
    roles = roles_of(load_site(SAMPLE_SITE).plan)
    assert roles.exits == {"ent-w": ("gate-w",), "ent-e": ("gate-e",), "ent-s": ("gate-s",)}
    assert set(roles.escalators["landing"]) == {"esc-up", "esc-down"}
    assert roles.feeding["landing"] == ("esc-down",)
    assert roles.feeding["head"] == ("esc-up-2",)
    assert "landing" in roles.of("landing")
    assert set(roles.stair_lines["esc-down"]) == {"foot-down"}
    assert set(roles.widths) >= {"gate-w", "gate-e", "gate-s", "foot-up", "foot-down"}


def test_escalators_without_openings_are_met_where_they_touch() -> None:
    drawn = landing_plan()
    bare = FloorPlan(drawn.levels, drawn.zones, (), drawn.lines, ())
    assert roles_of(bare).escalators == {"foot": ("down",)}
    assert roles_of(FloorPlan(drawn.levels, ())).escalators == {}

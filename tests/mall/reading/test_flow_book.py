"""A level's flow from walked ways: people come through a door, cross a plaza, stay in a shop and leave again."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from gis.borders import borders
from gis.flow import LineCounter
from gis.visits import Visits
from gis.zones import count_by_zone
from mall.flows import LevelFlow
from mall.models import MinuteRow, ZoneReading
from mall.reading.coverage import Coverage
from mall.reading.flow_book import FlowBook, Passing
from mall.reading.line_book import LineBook
from tests.mall.scene import T0, plan
from tests.mall.store_samples import frame

PLAN = plan()
ZONES = PLAN.zones_on("1f")
PACE = 1.3
START = -2.5  # 3.5 m before the door
RING = [[0.0, 0.0], [10.0, 0.0], [10.0, 21.0], [0.0, 21.0]]


@dataclass(frozen=True)
class Guest:
    """Comes at ``t0`` to ``START``, walks to ``y`` in the shop, stays, walks back."""

    t0: float
    x: float
    y: float
    stay_s: float

    @property
    def arrives(self) -> float:
        return self.t0 + (self.y - START) / PACE

    @property
    def goes(self) -> float:
        return self.arrives + self.stay_s

    @property
    def inside_s(self) -> float:
        """Seconds in the shop, whose edge lies at y = 11."""
        return self.stay_s + 2 * (self.y - 11.0) / PACE

    def at(self, t: float) -> float | None:
        """Return y at a time, None where the guest is not there."""
        if t < self.t0 or t > self.goes + (self.y - START) / PACE:
            return None
        return float(min(START + PACE * (t - self.t0), self.y, self.y - PACE * (t - self.goes)))


def guests(seed: int, per_min: float, minutes: float, stay_s: float = 120.0) -> list[Guest]:
    rng = np.random.default_rng(seed)
    n = rng.poisson(per_min * minutes)
    rows = zip(
        np.sort(rng.uniform(0, 60 * minutes, n)), rng.uniform(1, 9, n), rng.uniform(13, 19, n),
        rng.lognormal(np.log(stay_s), 0.5, n), strict=True,
    )  # fmt: skip
    return [Guest(*map(float, row)) for row in rows]


class Stage:
    """The books of the ground floor, fed once a second."""

    def __init__(self) -> None:
        self.coverage = Coverage(PLAN, "1f")
        self.coverage.learn({"c1": RING})
        self.lines, self.flow = LineBook(PLAN, "1f"), FlowBook(PLAN, "1f", self.coverage)
        self.counter, self.visits = LineCounter(PLAN.lines_on("1f")), Visits(ZONES)
        self.lines.resume(None, {}, (), dated=T0)
        self.rows: list[tuple[int, list[MinuteRow]]] = []
        self.rng = np.random.default_rng(0)
        self.dark = False

    def run(
        self, people: list[Guest], seconds: range, *, missed: float = 0.0, lost: frozenset[str] = frozenset()
    ) -> None:
        """Let time pass; a share ``missed`` of those who leave the shop is not counted by its line."""
        for second in seconds:
            here = [(n, guest.x, y) for n, guest in enumerate(people) if (y := guest.at(second)) is not None]
            ids, xy = [row[0] for row in here], np.array([row[1:] for row in here]).reshape(-1, 2)
            crossings = self.counter.update(ids, xy)
            seen = [c for c in crossings if c.line != "shop-door" or c.direction == "in" or self.rng.random() >= missed]
            self.visits.update(T0 + second, ids, xy)
            self._tick(T0 + second, count_by_zone(xy, ZONES), seen, lost)

    def _tick(self, now: float, counts: dict[str, int], crossings: list, lost: frozenset[str]) -> None:  # type: ignore[type-arg]
        live = [] if self.dark else ["c1"]
        self.lines.watch(self.coverage, live, {"c1": replace(frame("c1"), received_at=now)}, now)
        self.lines.book(crossings, now)
        readings = {} if self.dark else {zone: reading(zone, n, now) for zone, n in counts.items()}
        self.lines.roll(readings, now=now, dated=now, elapsed_s=1.0)
        passing = Passing(*self.visits.take(), counts, lost)
        self.flow.roll(passing, readings, self.lines, now=now, elapsed_s=1.0)
        self.lines.fresh = {}
        self.rows += self.lines.closed
        self.lines.closed.clear()
        self.now = now

    def told(self) -> LevelFlow:
        return self.flow.flow(self.lines, self.visits.present(), self.now)


def reading(zone: str, people: int, now: float) -> ZoneReading:
    return ZoneReading(
        zone=zone, people=people, band=(max(0, people - 1), people + 1), density=0.1, los=None, crowd=None, trend=0,
        observed_at=now, received_at=now, lag_s=0.0, period_s=0.25, seq=1, epoch="e", coverage=1.0, source="camera",
    )  # fmt: skip


def test_a_quarter_of_an_hour_of_guests() -> None:
    people = guests(1, 12.0, 20.0)
    stage = Stage()
    stage.run(people, range(1500))
    told = stage.told()
    # Brute force over the guests' own times: who passed the shop's edge (y = 11) within the last 15 minutes.
    since = 1499 // 60 * 60 - 14 * 60
    edge = [(g.t0 + (11.0 - START) / PACE, g.goes + (g.y - 11.0) / PACE) for g in people]
    moves = {(a, b): n for a, b, n in told.moves}
    assert moves["plaza", "shop"] == pytest.approx(sum(since <= t <= 1497 for t, _ in edge), abs=1)
    assert moves["shop", "plaza"] == pytest.approx(sum(since <= t <= 1497 for _, t in edge), abs=1)
    span = [(1260, 1499)]
    rate = sum(lo <= t <= hi for lo, hi in span for t, _ in edge) / 4.0
    assert told.zones["shop"].in_per_min == pytest.approx(rate, abs=0.6)
    assert told.lines["shop-door"][0] == pytest.approx(told.zones["shop"].in_per_min, abs=0.6)
    residual = told.zones["plaza"].residual
    assert residual is not None
    assert abs(residual.value) <= 2
    assert not residual.is_beyond


def test_the_median_stay_is_that_of_all_guests_though_some_are_still_there() -> None:
    people = guests(2, 12.0, 20.0, stay_s=400.0)
    stage = Stage()
    stage.run(people, range(1200))
    dwell = stage.told().zones["shop"].dwell
    truth = float(np.median([guest.inside_s for guest in people]))
    ended = float(np.median([v.lasted_s for v in stage.flow._stays if v.zone == "shop" and v.ended]))
    assert dwell is not None
    assert dwell.value is not None
    assert dwell.censored > 0.2 * dwell.n
    assert dwell.value == pytest.approx(truth, rel=0.08)
    assert dwell.low <= truth <= (dwell.high or np.inf)
    assert ended < dwell.value, "those who have left already stayed for less"


def test_a_stay_that_nobody_has_ended_is_over_what_was_seen() -> None:
    people = [Guest(5.0 * n, 1.0 + n / 2, 15.0, 3000.0) for n in range(8)]
    stage = Stage()
    stage.run(people, range(600))
    dwell = stage.told().zones["shop"].dwell
    assert dwell is not None
    assert (dwell.value, dwell.n, dwell.censored) == (None, 8, 8)
    assert dwell.over == pytest.approx(599 - (11.0 - START) / PACE, abs=1.5)


def test_few_visits_and_what_nobody_watches_say_nothing() -> None:
    stage = Stage()
    stage.run([Guest(1.0, 5.0, 15.0, 60.0)], range(200))
    assert stage.told().zones["shop"].dwell is None
    blind = Stage()
    blind.dark = True
    blind.run([], range(200))
    told = blind.told()
    assert told.lines == {}
    assert told.zones["plaza"].in_per_min is None
    assert told.zones["plaza"].residual is None
    moves = [row for _, rows in blind.rows for row in rows if row.zone.startswith("move:")]
    assert {(row.coverage, row.count_in, row.count_out) for row in moves} == {(0.0, None, None)}


def test_every_minute_keeps_the_moves_over_every_border_and_the_next_engine_goes_on_with_them() -> None:
    stage = Stage()
    stage.run(guests(3, 12.0, 5.0), range(400))
    names = [[row.zone for row in rows if row.zone.startswith("move:")] for _, rows in stage.rows]
    assert len(names) == 6
    assert all(found == ["move:>plaza", "move:>shop", "move:plaza>shop"] for found in names)
    assert len(names[0]) == len(borders(PLAN, "1f"))
    before = {(a, b): n for a, b, n in stage.told().moves}
    following = Stage()
    following.flow.resume(stage.rows)
    following.run([], range(400, 402))
    after = {(a, b): n for a, b, n in following.told().moves}
    last_minute = dict(stage.flow._minute.moves) if stage.flow._minute else {}
    assert after == {pair: n - last_minute.get(pair, 0) for pair, n in before.items() if n > last_minute.get(pair, 0)}


def test_an_hour_in_which_every_door_counts_right_raises_no_doubt() -> None:
    stage = Stage()
    stage.run(guests(11, 8.0, 60.0, stay_s=15.0), range(3700))
    assert stage.flow.doubts(["c1"]) == {}


def test_a_door_that_misses_every_tenth_who_leaves_is_found_and_named() -> None:
    stage = Stage()
    stage.run(guests(13, 15.0, 45.0, stay_s=15.0), range(2700), missed=0.10)
    found = stage.flow.doubts(["c1"])
    assert list(found) == ["c1"]
    codes = {doubt.code: doubt.figures for doubt in found["c1"]}
    assert codes["exits-missed"]["zone"] == "shop"
    assert codes["exits-missed"]["lines"] == ["shop-door"]
    assert codes["exits-missed"]["people"] > codes["exits-missed"]["tolerance"]


def test_a_camera_that_jumped_in_time_breaks_the_balance_and_raises_nothing() -> None:
    stage = Stage()
    people = guests(14, 10.0, 15.0)
    stage.run(people, range(600))
    assert stage.told().zones["shop"].residual is not None
    stage.visits.lose(range(len(people)))
    stage.run([], range(600, 601), lost=frozenset({"c1"}))
    stage.run([], range(601, 700))
    assert stage.told().zones["shop"].residual is None
    stage.run([], range(700, 1100))
    residual = stage.told().zones["shop"].residual
    assert residual is not None
    assert residual.value == 0
    assert stage.flow.doubts(["c1"]) == {}

"""A simulated crowd: people walk ways at the speed that the density around them leaves, and wait where they must.

Deterministic: the same script in the same plan gives the same places at every instant. Speed by Weidmann (1993) from
the people within a metre ahead; what an opening, a stair or an escalator lets through by ``gis.throughput``. It is made
to bring a situation about, not to predict one.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.floorplan import FloorPlan
from gis.throughput import FREE_SPEED_M_S, walking_speed
from mall.drills.spots import Spots
from mall.drills.ways import Gate, Step

Floats = NDArray[np.float64]

AROUND_M = 1.0
Detour: TypeAlias = Callable[[str, "Plan", bool], tuple[Step, ...] | None]
"""(zone where one is, what one does, whether one has stood already) -> other steps, None where there are none."""
Bars: TypeAlias = Callable[[Gate], bool]
"""Tells whether nobody goes through a gate now."""
BURST_S = 2.0  # so long may more go through an opening than it takes for long
SEED = 20_261_121


@dataclass(frozen=True, slots=True)
class Plan:
    """What one walker does: ``steps`` to where it stands ``stays_s`` (None: for good), then ``after`` and gone.

    ``last``: the last zone of its way; ``leaves``: it goes outside from there. ``is_counted``: one of those whom the
    script counts, not of those who keep coming after them.
    """

    begins_s: float
    steps: tuple[Step, ...]
    stands_in: str | None
    stays_s: float | None
    after: tuple[Step, ...] = ()
    then_in: str | None = None
    is_there: bool = False
    last: str = ""
    leaves: bool = False
    is_counted: bool = True


@dataclass(eq=False, slots=True)
class Walker:
    """One simulated person; ``keeps`` (−1…1) tells to which side, ``speed`` m/s where nobody is near.

    ``heeds`` (0…1): does as it is asked where at least such a share of people do.
    """

    number: int
    plan: Plan
    speed: float
    keeps: float
    heeds: float = 1.0
    level: str = ""
    xy: tuple[float, float] = (0.0, 0.0)
    steps: deque[Step] = field(default_factory=deque)
    spot: int | None = None
    room: str = ""
    until: float | None = None
    waits_at: str | None = None
    let_through: str | None = None
    is_on: bool = False
    is_done: bool = False
    has_stood: bool = False

    @property
    def zone(self) -> str:
        """Return the zone where it is."""
        return self.room or (self.steps[0].zone if self.steps else "")

    @property
    def goal(self) -> str | None:
        """Return the zone in which it will stand next, None where it is going outside or stands."""
        plan = self.plan
        if self.until is not None:
            return None
        if plan.stands_in is not None and not self.has_stood:
            return plan.stands_in
        return plan.then_in


class Crowd:
    """Everybody of a drill.

    Args:
        plan: the floor plan.
        plans: what each walker does.

    """

    def __init__(self, plan: FloorPlan, plans: Sequence[Plan]) -> None:
        self._plan = plan
        rng = np.random.default_rng(SEED)
        speeds = np.clip(rng.normal(FREE_SPEED_M_S, 0.15, len(plans)), 1.0, 1.7)
        keeps = rng.uniform(-1.0, 1.0, len(plans))
        heeds = np.random.default_rng([SEED, 1]).uniform(0.0, 1.0, len(plans))
        self._walkers = [Walker(i, p, float(speeds[i]), float(keeps[i]), float(heeds[i])) for i, p in enumerate(plans)]
        self.eased: Mapping[str, float] = {}  # zone -> how many times as many get through its ways out
        self._spots: dict[str, Spots] = {}
        self._rng = rng
        self._free_at: dict[str, float] = {}
        self._lines: dict[str, deque[Walker]] = {}
        self._at_s = 0.0

    def step(self, seconds: float, bars: Bars = lambda _: False) -> None:
        """Let time pass; nobody goes through a gate that is barred."""
        self._at_s += seconds
        for walker in self._walkers:
            if not walker.is_on and not walker.is_done and walker.plan.begins_s <= self._at_s:
                self._begin(walker)
        self._admit(bars)
        speeds = self._speeds()
        for walker in self.here():
            self._move(walker, seconds * speeds[walker.number], seconds, bars)

    def redirect(self, bars: Bars, detour: Detour) -> None:
        """Send those on whose way something is barred another way, where there is one; the others wait before it."""
        for walker in self.here():
            if walker.until is not None or not any(s.gate is not None and bars(s.gate) for s in walker.steps):
                continue
            found = detour(walker.steps[0].zone, walker.plan, walker.has_stood)
            if found is not None and self.is_inside(walker, walker.steps[0].zone):
                self.turn(walker, found)

    def is_inside(self, walker: Walker, zone: str) -> bool:
        """Tell whether a walker is on the ground of a zone, from which another way can begin."""
        return bool(shapely.contains_xy(self._plan.zone(zone).polygon, *walker.xy))

    def turn(self, walker: Walker, steps: Sequence[Step], plan: Plan | None = None) -> None:
        """Give a walker other steps, and another plan where one is given."""
        self._leave_line(walker)
        walker.steps, walker.until = deque(steps), None
        walker.plan = plan or walker.plan

    def hold(self, walker: Walker) -> None:
        """Have a walker stand for good in the zone where it is."""
        zone = walker.zone
        self._leave_line(walker)
        walker.steps.clear()
        walker.room, walker.spot = zone, self._spots_of(zone).nearest(walker.xy)
        walker.until = math.inf

    def _leave_line(self, walker: Walker) -> None:
        if walker.waits_at is not None:
            self._lines[walker.waits_at].remove(walker)
        walker.waits_at = walker.let_through = None
        self._leave_spot(walker)

    def people(self) -> dict[str, tuple[NDArray[np.int64], Floats]]:
        """Return level -> (N,) numbers and (N, 2) places in metres of those who are there now."""
        found: dict[str, tuple[list[int], list[tuple[float, float]]]] = {}
        for walker in self.here():
            numbers, places = found.setdefault(walker.level, ([], []))
            numbers.append(walker.number)
            places.append(walker.xy)
        return {
            level: (np.array(numbers, dtype=np.int64), np.array(places)) for level, (numbers, places) in found.items()
        }

    def here(self) -> Iterator[Walker]:
        """Yield those who are there now."""
        return (walker for walker in self._walkers if walker.is_on)

    # -- beginning and ending --------------------------------------------------------------------------------------

    def _begin(self, walker: Walker) -> None:
        plan = walker.plan
        walker.is_on = True
        walker.steps = deque(plan.steps)
        if plan.is_there and plan.stands_in is not None and not plan.steps:
            self._stand(walker, plan.stands_in, walks=False)
        elif plan.is_there and plan.steps:
            first = plan.steps[0]
            if len(plan.steps) > 1:
                walker.steps.popleft()  # the middle of where one is already
            spots = self._spots_of(first.zone)
            spot = spots.any()
            walker.level = first.level
            walker.xy = _at(walker, first) if spot is None else _xy(spots.xy[spot])
            if spot is not None:
                walker.room, walker.spot = first.zone, spot
        else:
            first = walker.steps.popleft()
            walker.level, walker.xy = first.level, _at(walker, first)

    def _stand(self, walker: Walker, zone: str, *, walks: bool = True) -> None:
        spots = self._spots_of(zone)
        spot = spots.any()
        walker.room, walker.spot, walker.has_stood = zone, spot, True
        walker.level = self._plan.zone(zone).level
        if spot is not None and not walks:
            walker.xy = _xy(spots.xy[spot])
        stays = walker.plan.stays_s
        walker.until = math.inf if stays is None else self._at_s + stays

    def _leave_spot(self, walker: Walker) -> None:
        if walker.spot is not None:
            self._spots_of(walker.room).give(walker.spot)
        walker.spot, walker.room = None, ""

    def _arrived(self, walker: Walker) -> None:
        """Go on after the last step: stand where the plan says, else be gone."""
        plan = walker.plan
        if not walker.has_stood and plan.stands_in is not None:
            self._stand(walker, plan.stands_in)
        elif plan.then_in is not None and walker.until is None:
            self._stand(walker, plan.then_in)
            walker.until = math.inf
        else:
            walker.is_on, walker.is_done = False, True

    # -- moving ----------------------------------------------------------------------------------------------------

    def _speeds(self) -> dict[int, float]:
        """Return walker -> m/s by how many are in the half circle before them; who is behind slows nobody."""
        found: dict[int, float] = {}
        levels: dict[str, list[Walker]] = {}
        for walker in self.here():
            levels.setdefault(walker.level, []).append(walker)
        for walkers in levels.values():
            xy = np.array([walker.xy for walker in walkers])
            ahead = _ahead(xy, np.array([self._target(walker) for walker in walkers]) - xy)
            for walker, n in zip(walkers, ahead.tolist(), strict=True):
                density = n / (0.5 * math.pi * AROUND_M**2)
                found[walker.number] = walker.speed * walking_speed(density) / FREE_SPEED_M_S
        return found

    def _target(self, walker: Walker) -> tuple[float, float]:
        if walker.spot is not None and (walker.waits_at is not None or walker.until is not None):
            return _xy(self._spots_of(walker.room).xy[walker.spot])
        return _at(walker, walker.steps[0]) if walker.steps else walker.xy

    def _move(self, walker: Walker, reach_m: float, seconds: float, bars: Bars) -> None:
        if walker.waits_at is not None or walker.until is not None:
            self._settle(walker, reach_m)
            return
        while reach_m > 0.0:
            if not walker.steps:
                self._arrived(walker)
                return
            step = walker.steps[0]
            if step.pace is not None:
                reach_m = min(reach_m, step.pace * seconds)
            if step.level != walker.level:
                walker.level = step.level
            reach_m = _towards(walker, _at(walker, step), reach_m)
            if reach_m > 0.0:
                if step.gate is not None and not self._passes(walker, step.gate, bars):
                    self._queue(walker, step)
                    return
                walker.steps.popleft()
                self._leave_spot(walker)

    def _settle(self, walker: Walker, reach_m: float) -> None:
        """Walk to one's spot and stay; who has stayed long enough goes on."""
        if walker.spot is not None:
            _towards(walker, _xy(self._spots_of(walker.room).xy[walker.spot]), reach_m)
        if walker.until is not None and walker.until <= self._at_s:
            walker.until = None
            self._leave_spot(walker)
            walker.steps = deque(walker.plan.after)
            if not walker.steps:
                self._arrived(walker)

    # -- gates -----------------------------------------------------------------------------------------------------

    def _passes(self, walker: Walker, gate: Gate, bars: Bars) -> bool:
        """Tell whether one goes through now: not past those who wait, nor sooner than the opening takes the next."""
        if walker.let_through == gate.id:
            walker.let_through = None
            return True
        first = self._first(gate.id, bars)
        if (first is not None and first is not walker) or bars(gate):
            return False
        return self._pass(gate, walker.steps[0].zone)

    def _first(self, gate_id: str, bars: Bars) -> Walker | None:
        """Return the first of those who wait before a gate for whom it is not barred; a one-way order bars one side."""
        line = self._lines.get(gate_id, ())
        return next((walker for walker in line if (g := walker.steps[0].gate) is None or not bars(g)), None)

    def _pass(self, gate: Gate, zone: str) -> bool:
        free_at = self._free_at.get(gate.id, 0.0)
        if free_at > self._at_s + BURST_S:
            return False
        self._free_at[gate.id] = max(free_at, self._at_s) + gate.headway_s / self.eased.get(zone, 1.0)
        return True

    def _queue(self, walker: Walker, step: Step) -> None:
        gate = step.gate
        if gate is None:
            return
        self._lines.setdefault(gate.id, deque()).append(walker)
        walker.waits_at = gate.id
        self._leave_spot(walker)
        walker.room, walker.spot = step.zone, self._spots_of(step.zone).nearest(step.xy)

    def _admit(self, bars: Bars) -> None:
        """Let those who wait through, the first first."""
        for gate_id, line in self._lines.items():
            while (walker := self._first(gate_id, bars)) is not None:
                step = walker.steps[0]
                if step.gate is None or not self._pass(step.gate, step.zone):
                    break
                line.remove(walker)
                walker.waits_at, walker.let_through = None, gate_id
                self._leave_spot(walker)

    def _spots_of(self, zone: str) -> Spots:
        if zone not in self._spots:
            self._spots[zone] = Spots(self._plan, zone, self._rng)
        return self._spots[zone]


def _ahead(xy: Floats, heading: Floats) -> NDArray[np.int64]:
    """Return (N,) how many are within a metre of each of N people and before them as they head."""
    pairs = cKDTree(xy).query_pairs(AROUND_M, output_type="ndarray")
    one, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    before = ((xy[other] - xy[one]) * heading[one]).sum(axis=1) > 0.0
    return np.bincount(one[before], minlength=len(xy))


def _towards(walker: Walker, target: tuple[float, float], reach_m: float) -> float:
    """Walk towards a point and return how far one could still go; 0 where it was not reached."""
    dx, dy = target[0] - walker.xy[0], target[1] - walker.xy[1]
    away = math.hypot(dx, dy)
    if away <= reach_m:
        walker.xy = target
        return reach_m - away
    walker.xy = (walker.xy[0] + dx / away * reach_m, walker.xy[1] + dy / away * reach_m)
    return 0.0


def _at(walker: Walker, step: Step) -> tuple[float, float]:
    beside = walker.keeps * step.across[0 if walker.keeps > 0.0 else 1]
    return step.xy[0] + beside * step.side[0], step.xy[1] + beside * step.side[1]


def _xy(point: Floats) -> tuple[float, float]:
    return float(point[0]), float(point[1])

"""What becomes of the people in the zones around a place: a zone-flow model, deterministic and without a clock.

Who is in a zone leaves it at the rate per person that is measured now, slowed as its density rises (Weidmann) but never
so far that fewer leave than now, over each edge at most by its capacity, and into a zone the less the fuller it is. A
place of transit into which more come than leave is held up: all who come want to leave, and what leaves is all that
its ways let through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gis.throughput import FREE_SPEED_M_S, GAMMA, JAM_P_M2, LEAST_SPEED_M_S, PEAK_P_M2
from mall.options.network import CARRIED, RATE_MIN, TRANSIT, Network
from mall.options.records import Band

Floats = NDArray[np.float64]

MINUTES = 15
STEP_S = 5.0
STEPS_A_MIN = int(60 / STEP_S)
FULL_P_M2 = 4.0  # from which fewer of those whom an escalator carries fit in (Still: unstable)
HIGH_ASKED = 0  # index of the high run's end of a share
Z = 1.28  # deviations between the low or high run and the likely one: an interval of 80 %
MODEL_SHARE = 0.1  # error of rates beyond chance; our own choice
ASSUMED_SHARE = 0.5  # the same where nobody counted


@dataclass(frozen=True, slots=True)
class Redirect:
    """A share (low, likely, high) of those who would take one of the edges takes another one of the same zone."""

    sources: tuple[int, ...]
    target: int
    share: Band


@dataclass(frozen=True, slots=True)
class Change:
    """What an option does to the flows from minute ``start_min`` on; shares are (low, likely, high).

    Attributes:
        stop: edge -> share of those who would take it that stays where it is, or does not come at all.
        redirects: who takes another way.
        widen: edge -> by which share more gets through at most than now; freed: edges that let through what their
            width does, though people are held up there now.
        space_m2: zone -> area that becomes free to walk on.
        leave: zone -> share of the people there that leaves over the minutes to come, beyond those who would.
        hasten: zone -> by which share more of those who are there leave in a minute than now.
        carry: edge -> share of the people in its zone that it takes on in a minute, as an escalator does.

    """

    start_min: int = 0
    stop: Mapping[int, Band] = field(default_factory=dict)
    redirects: tuple[Redirect, ...] = ()
    widen: Mapping[int, Band] = field(default_factory=dict)
    freed: tuple[int, ...] = ()
    space_m2: Mapping[int, float] = field(default_factory=dict)
    leave: Mapping[int, Band] = field(default_factory=dict)
    hasten: Mapping[int, Band] = field(default_factory=dict)
    carry: Mapping[int, float] = field(default_factory=dict)


NOTHING = Change()


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """The people of every run: (C, 3, M + 1, Z) by change, low to high, minute 0…15 and zone.

    ``came``, ``left`` (C, 3, M + 1): who came into and left all zones together until then.
    """

    people: Floats
    area_m2: Floats
    came: Floats
    left: Floats


def simulate(net: Network, changes: Sequence[Change]) -> Runs:
    """Return what becomes of the zones under each change; the low run is that of the fewest people in the place.

    Args:
        net: the network.
        changes: the first is ``NOTHING``, with which barriers compare.

    """
    model = _Model(net, changes)
    people = model.start
    kept, came, left = [people], [np.zeros(len(people))], [np.zeros(len(people))]
    for minute in range(MINUTES):
        arrived, gone = came[-1].copy(), left[-1].copy()
        for _ in range(STEPS_A_MIN):
            people, more, less = model.step(people, minute)
            arrived, gone = arrived + more, gone + less
        kept, came, left = [*kept, people], [*came, arrived], [*left, gone]
    shape = (len(changes), 3)
    stacked = [np.stack(rows, axis=1) for rows in (kept, came, left)]
    flows = [rows.reshape(*shape, MINUTES + 1) for rows in stacked[1:]]
    return Runs(stacked[0].reshape(*shape, MINUTES + 1, -1), model.area[:, -1].reshape(*shape, -1), *flows)


class _Model:
    """The arrays of all runs: S = 3 a change, Z zones, E edges."""

    def __init__(self, net: Network, changes: Sequence[Change]) -> None:
        zones, edges = net.nodes, net.edges
        self.size = (3 * len(changes), len(edges))
        # Fewest people: where few come (low) and many do as they are asked (high).
        self.asked = np.tile([2, 1, 0], len(changes))
        now = np.array([node.people for node in zones], dtype=float).reshape(-1, 3)
        self.start = np.tile(now.T, (len(changes), 1))
        self.starts_at = np.repeat([change.start_min for change in changes], 3)
        self.tail = np.array([net.index.get(edge.tail, -1) for edge in edges], dtype=int)
        self.head = np.array([net.index.get(edge.head, -1) for edge in edges], dtype=int)
        # Nobody on an escalator can wait until there is room at its end; where nobody fits in any more it jams.
        self.carries = np.array([node.category in CARRIED for node in zones], dtype=bool)
        self.rides = (self.tail >= 0) & (self.head >= 0) & self.carries[self.tail]
        self.waits = (self.head >= 0) & ~self.rides & ~self.carries[self.head]
        doubt = _doubt(net, len(changes))
        self.rate = np.array([edge.rate for edge in edges]) * doubt
        self.cap = np.array([edge.capacity for edge in edges]) * np.minimum(doubt, 1.0)
        self.area = np.tile([node.area_m2 for node in zones], (self.size[0], 2, 1))  # before and after the start
        self._tails = self._incidence(self.tail, len(zones))
        self._heads = self._incidence(self.head, len(zones))
        self._wish(net)
        self._changed(net, changes)

    @staticmethod
    def _incidence(ends: NDArray[np.int_], zones: int) -> Floats:
        found = np.zeros((len(ends), zones))
        found[np.flatnonzero(ends >= 0), ends[ends >= 0]] = 1.0
        return found

    def _wish(self, net: Network) -> None:
        """Set how many a minute want to leave each zone for each person in it, and by which edge."""
        out, into = self.rate @ self._tails, self.rate @ self._heads
        held = np.array([net.is_filling(node.zone) or node.category in CARRIED for node in net.nodes], dtype=bool)
        total = np.where(held, np.maximum(out, into), out)
        self.hazard = total / np.maximum(self.start, 1.0)
        # Who leaves a zone that holds hardly anybody came from somewhere unseen, and waits there where it is barred:
        # in the low run nobody follows, in the likely one as long as they were counted, in the high one without end.
        is_fed = np.array([node.is_fed for node in net.nodes], dtype=bool)
        self.fed = np.where(is_fed, np.maximum(out - into, 0.0), 0.0)
        self.fed_min = np.tile([0, RATE_MIN, MINUTES], len(self.start) // 3)
        planned = np.array([edge.planned * edge.is_open for edge in net.edges])
        self.planned = np.array([max(edge.planned, edge.capacity) for edge in net.edges])
        weight = np.where((out @ self._tails.T) > 0.0, self.rate, planned)
        all_of = np.maximum(weight @ self._tails, 1e-9) @ self._tails.T
        self.share = np.where(self.tail >= 0, weight / np.maximum(all_of, 1e-9), 0.0)
        self._stays(net)

    def _stays(self, net: Network) -> None:
        """Set which share of the stay of those who leave a zone now is walking or waiting, and how short it can get.

        The rest is standing of one's own will: a place that empties does not shorten it.
        """
        self.speed = _speed(self.start / self.area[:, 0])
        stay = 1.0 / np.maximum(self.hazard, 1e-6)
        transit = np.array([node.category in TRANSIT for node in net.nodes], dtype=bool)
        waits = np.array([net.is_waiting(node.zone) for node in net.nodes], dtype=bool)
        walk = np.array([node.walk_min for node in net.nodes]) / stay
        self.moving = np.where(transit & ~waits, np.minimum(1.0, walk * FREE_SPEED_M_S / self.speed), 1.0)
        is_prompt = waits & (self.asked > HIGH_ASKED)[:, None]
        self.hurry = np.where(is_prompt, 1.0 / np.maximum(walk * FREE_SPEED_M_S, 1e-6), 0.0)
        self.shortest = np.where(transit, np.minimum(1.0, walk), 1.0)

    def _changed(self, net: Network, changes: Sequence[Change]) -> None:
        self.pass_on = np.ones(self.size)
        self.later = self.cap.copy()
        self.extra = np.zeros_like(self.start)
        self.faster = np.ones_like(self.start)
        self.carried = np.zeros(self.size)
        self.moved: list[tuple[int, list[int], int, float]] = []
        for index, change in enumerate(changes):
            for run in range(3 * index, 3 * index + 3):
                self._change_edges(net, change, run)
                self._change_zones(change, run)

    def _change_edges(self, net: Network, change: Change, run: int) -> None:
        asked = self.asked[run]
        for edge, band in change.stop.items():
            self.pass_on[run, edge] = 1.0 - band[asked]
        for edge, band in change.widen.items():
            self.later[run, edge] *= 1.0 + band[asked]
        for edge, share in change.carry.items():
            self.carried[run, edge] = share
        for edge in (*change.freed, *change.carry, *(turn.target for turn in change.redirects)):
            self.later[run, edge] = max(self.later[run, edge], net.edges[edge].planned)
        self.moved += [(run, list(turn.sources), turn.target, turn.share[asked]) for turn in change.redirects]

    def _change_zones(self, change: Change, run: int) -> None:
        asked = self.asked[run]
        for zone, space in change.space_m2.items():
            self.area[run, 1, zone] += space
        for zone, band in change.hasten.items():
            self.faster[run, zone] = 1.0 + band[asked]
        for zone, band in change.leave.items():
            minutes = max(MINUTES - change.start_min, 1)
            self.extra[run, zone] = -np.log(max(1.0 - band[asked], 1e-3)) / minutes

    def step(self, people: Floats, minute: int) -> tuple[Floats, Floats, Floats]:
        """Return people (S, Z) a step later, and who came into and left all zones meanwhile (S,)."""
        on = (self.starts_at <= minute)[:, None]
        density = people / np.where(on, self.area[:, 1], self.area[:, 0])
        wish = self._wishes(people, density, on) * np.where(on, self.pass_on, 1.0)
        flow = np.minimum(wish, np.where(on, self.later, self.cap))
        flow = np.minimum(flow, np.where(self.waits, self.planned * (_room(density) @ self._heads.T), np.inf))
        flow = np.where(self.rides, flow * (_space(density) @ self._heads.T), flow)
        flow = np.where(on & (self.pass_on < 1.0), np.minimum(flow, self._passing(flow)), flow)
        flow = flow * STEP_S / 60.0
        leaving = flow @ self._tails
        follow = self.fed * (minute < self.fed_min)[:, None] * STEP_S / 60.0
        fits = np.minimum(1.0, (people + follow) / np.maximum(leaving, 1e-9))
        flow = flow * np.where(self.tail >= 0, fits @ self._tails.T, 1.0)
        more = flow @ self._heads - flow @ self._tails
        fed = np.clip(-more, 0.0, follow)
        after = people + more + fed
        return after, flow[:, self.tail < 0].sum(axis=1) + fed.sum(axis=1), flow[:, self.head < 0].sum(axis=1)

    def _wishes(self, people: Floats, density: Floats, on: NDArray[np.bool_]) -> Floats:
        """Return (S, E) how many a minute would take each edge if all fitted through."""
        slowed = self._slowed(people, density)
        walking = np.maximum(slowed, self.hurry * _speed(density))
        steady, wish = (self._leaving(people, factor, on) for factor in (slowed, walking))
        for run, sources, target, share in self.moved:
            if on[run, 0]:
                # Whoever is told another way leaves the zone as people do now; the others go on to wait for theirs.
                wish[run, target] += share * steady[run, sources].sum()
                wish[run, sources] *= 1.0 - share
        return wish

    def _leaving(self, people: Floats, factor: Floats, on: NDArray[np.bool_]) -> Floats:
        hazard = self.hazard * factor * np.where(on, self.faster, 1.0) + np.where(on, self.extra, 0.0)
        wish = np.where(self.tail >= 0, ((people * hazard) @ self._tails.T) * self.share, self.rate)
        return wish + np.where(on, self.carried, 0.0) * (people @ self._tails.T)

    def _slowed(self, people: Floats, density: Floats) -> Floats:
        """Return by which factor more people (above 1) or fewer of a zone want to leave it in a minute than now."""
        stay = (1.0 - self.moving) + self.moving * self.speed / _speed(density)
        slowed = 1.0 / np.maximum(stay, self.shortest)
        # A fuller crowd before the same ways out lets no fewer out than it did: a queue goes on at its ways' pace.
        slowed = np.maximum(slowed, np.minimum(1.0, self.start / np.maximum(people, 1e-9)))
        return np.where(self.carries, 1.0, slowed)

    def _passing(self, flow: Floats) -> Floats:
        """Return how many a minute get past a barrier at most: its share of those who come now or would with no action.

        Who was kept out is not counted again while waiting there: a queue before a barrier does not leak.
        """
        unhindered = np.tile(flow[:3], (len(flow) // 3, 1))
        return self.pass_on * np.maximum(self.rate, unhindered)


def _speed(density: Floats) -> Floats:
    """Return Weidmann's speed in m/s for densities in p/m²."""
    space = 1.0 / np.maximum(density, 1e-3)
    return np.maximum(FREE_SPEED_M_S * (1.0 - np.exp(-GAMMA * (space - 1.0 / JAM_P_M2))), LEAST_SPEED_M_S)


def _room(density: Floats) -> Floats:
    """Return the share of a way's capacity with which people still get into a zone of this density."""
    return np.clip((JAM_P_M2 - density) / (JAM_P_M2 - PEAK_P_M2), 0.0, 1.0)


def _space(density: Floats) -> Floats:
    """Return the share of those whom an escalator carries that still fit in at its end."""
    return np.clip((JAM_P_M2 - density) / (JAM_P_M2 - FULL_P_M2), 0.0, 1.0)


def _doubt(net: Network, changes: int) -> Floats:
    """Return (S, E) factors of the rates: less into the place in the low run, less out of it in the high one."""
    found = np.ones((3, len(net.edges)))
    for index, edge in enumerate(net.edges):
        counted = max(edge.rate * RATE_MIN, 1.0)
        error = Z * counted**-0.5 + (MODEL_SHARE if edge.is_counted else ASSUMED_SHARE)
        if edge.head == net.place:
            found[:, index] = max(1.0 - error, 0.0), 1.0, 1.0 + error
        elif edge.tail == net.place:
            found[:, index] = 1.0, 1.0, 1.0 / (1.0 + error)
    return np.tile(found, (changes, 1))

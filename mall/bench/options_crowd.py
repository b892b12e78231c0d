"""A pedestrian simulation (JuPedSim) of a small scene: people arrive, head for an exit, some are told another one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
import shapely
from shapely import Polygon

from mall.options.network import Pair

STEP_S = 0.05
TICK_S = 1.0
RADIUS_M = 0.2
SPEED_M_S, SPEED_SD_SHARE = 1.34, 0.194  # free walking, 1.34 ± 0.26 m/s, Weidmann 1993
TRIES = 10


@dataclass(frozen=True, slots=True)
class Source:
    """People who appear in an area, so many a minute and by chance (Poisson), and head for exits by share.

    ``moves``: what each one who appears is counted as on the plan.
    """

    area: Polygon
    rate: float
    shares: Mapping[str, float]
    moves: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Exit:
    """Where people leave; ``moves``: what each one who leaves is counted as on the plan."""

    area: Polygon
    moves: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Order:
    """What happens at ``minute``: a share of those bound for ``away`` takes ``towards``, or of a source stays away."""

    minute: float
    share: float
    away: str | None = None
    towards: str | None = None
    stops: int | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """Where people walk, what is counted, where they come from and go.

    Attributes:
        fork: where people can still be told another exit: not in a door, where they would meet those behind them.
        speed_m_s: mean free speed.

    """

    walkable: Polygon
    zones: Mapping[str, Polygon]
    exits: Mapping[str, Exit]
    sources: Sequence[Source]
    fork: Polygon | None = None
    speed_m_s: float = SPEED_M_S


@dataclass(slots=True)
class Log:
    """Minute by minute: people in each zone at its beginning, and who went from zone to zone of the plan during it.

    ``refused``: arrivals for whom there was no room, tried again a second later.
    """

    people: list[dict[str, int]] = field(default_factory=list)
    moves: list[Counter[Pair]] = field(default_factory=list)
    refused: int = 0


@dataclass(slots=True)
class _Person:
    """Where somebody is bound for and was last seen."""

    bound: str
    zone: str = ""


class Crowd:
    """One run; the same seed gives the same people until an order changes what they do."""

    def __init__(self, jps: ModuleType, ground: Ground, seed: int, load: float = 1.0) -> None:
        self._jps, self._ground, self._load = jps, ground, load
        self._rng = np.random.default_rng(seed)
        self._sim: Any = jps.Simulation(model=jps.CollisionFreeSpeedModel(), geometry=ground.walkable, dt=STEP_S)
        self._stage = {name: self._sim.add_exit_stage(each.area) for name, each in ground.exits.items()}
        self._journey = {
            name: self._sim.add_journey(jps.JourneyDescription([stage])) for name, stage in self._stage.items()
        }
        self._who: dict[int, _Person] = {}
        self._waiting = [0] * len(ground.sources)
        self._coming = [1.0] * len(ground.sources)
        self._turned: list[tuple[Order, list[float]]] = []
        self.log = Log()

    def run(self, minutes: int, orders: Sequence[Order] = ()) -> None:
        """Go on for some minutes; the minutes of the orders count from now."""
        open_orders = sorted(orders, key=lambda order: order.minute)
        for minute in range(minutes):
            self._open_minute()
            for second in range(60):
                while open_orders and open_orders[0].minute <= minute + second / 60.0:
                    self._obey(open_orders.pop(0))
                self._arrive()
                for _ in range(round(TICK_S / STEP_S)):
                    self._sim.iterate()
                    self._leave()
                self._look()
        self._count()

    def _open_minute(self) -> None:
        self._count()
        self.log.moves.append(Counter())

    def _count(self) -> None:
        places = shapely.points(np.array([agent.position for agent in self._sim.agents()]).reshape(-1, 2))
        counts = {name: int(shapely.contains(zone, places).sum()) for name, zone in self._ground.zones.items()}
        if len(self.log.people) == len(self.log.moves):
            self.log.people.append(counts)
        else:
            self.log.people[-1] = counts

    def _look(self) -> None:
        """See who went from one zone into another."""
        agents = [agent for agent in self._sim.agents() if agent.id in self._who]  # without who is leaving just now
        places = shapely.points(np.array([agent.position for agent in agents]).reshape(-1, 2))
        inside = {name: np.atleast_1d(shapely.contains(zone, places)) for name, zone in self._ground.zones.items()}
        for index, agent in enumerate(agents):
            person = self._who[agent.id]
            zone = next((name for name, found in inside.items() if found[index]), person.zone)
            if person.zone and zone != person.zone:
                self.log.moves[-1][person.zone, zone] += 1
            person.zone = zone

    def _obey(self, order: Order) -> None:
        if order.stops is not None:
            self._coming[order.stops] = 1.0 - order.share
            return
        self._turned.append((order, [self._told_from(order, source) for source in self._ground.sources]))
        agents = [agent for agent in self._sim.agents() if agent.id in self._who]
        agents = [agent for agent in agents if self._who[agent.id].bound == order.away and self._may_turn(agent)]
        nearer = [self._nearer(order, agent.position) for agent in agents]
        for agent, by_m in zip(agents, nearer, strict=True):
            if by_m >= np.quantile(nearer, 1.0 - order.share):
                self._head_for(agent.id, str(order.towards))

    def _nearer(self, order: Order, spot: tuple[float, float]) -> float:
        """Return by how many metres the new exit is nearer than the old one: who is nearest to it is told first.

        By chance instead their ways would cross before the doors, where this model of people locks up for good.
        """
        away, towards = (self._ground.exits[str(name)].area for name in (order.away, order.towards))
        here = shapely.Point(spot)
        return float(here.distance(away) - here.distance(towards))

    def _told_from(self, order: Order, source: Source) -> float:
        """Return by how many metres the new exit must be nearer for the share of those of a source to be told it."""
        x0, y0, x1, y1 = source.area.bounds
        spots = [(x, y) for x in np.linspace(x0, x1, 12) for y in np.linspace(y0, y1, 12)]
        return float(np.quantile([self._nearer(order, spot) for spot in spots], 1.0 - order.share))

    def _may_turn(self, agent: Any) -> bool:
        return self._ground.fork is not None and bool(shapely.contains_xy(self._ground.fork, *agent.position))

    def _head_for(self, agent: int, exit_name: str) -> None:
        self._sim.switch_agent_journey(agent, self._journey[exit_name], self._stage[exit_name])
        self._who[agent].bound = exit_name

    def _arrive(self) -> None:
        for index, source in enumerate(self._ground.sources):
            mean = self._coming[index] * self._load * source.rate * TICK_S / 60.0
            self._waiting[index] += int(self._rng.poisson(mean))
            for _ in range(self._waiting[index]):
                if not self._place(index):
                    self.log.refused += 1
                    break
                self._waiting[index] -= 1
                self.log.moves[-1].update(source.moves)

    def _place(self, index: int) -> bool:
        source = self._ground.sources[index]
        chosen = str(self._rng.choice(list(source.shares), p=list(source.shares.values())))
        told = [(order, least[index]) for order, least in self._turned if order.away == chosen]
        speed = self._ground.speed_m_s * float(np.clip(self._rng.normal(1.0, SPEED_SD_SHARE), 0.45, 1.5))
        x0, y0, x1, y1 = source.area.bounds
        for _ in range(TRIES):
            spot = (float(self._rng.uniform(x0, x1)), float(self._rng.uniform(y0, y1)))
            turned = [order.towards for order, by_m in told if self._nearer(order, spot) >= by_m]
            bound = str(turned[0]) if turned else chosen
            made = self._jps.CollisionFreeSpeedModelAgentParameters(
                journey_id=self._journey[bound], stage_id=self._stage[bound], position=spot,
                desired_speed=speed, radius=RADIUS_M,
            )  # fmt: skip
            try:
                agent = self._sim.add_agent(made)
            except RuntimeError:  # somebody stands there
                continue
            self._who[agent] = _Person(bound)
            return True
        return False

    def _leave(self) -> None:
        for agent in self._sim.removed_agents():
            self.log.moves[-1].update(self._ground.exits[self._who.pop(agent).bound].moves)

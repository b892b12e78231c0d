"""A pedestrian simulation (JuPedSim) of a small scene: people arrive, head for an exit, some are told another one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
import shapely
from shapely import Polygon

STEP_S = 0.05
TICK_S = 1.0
RADIUS_M = 0.2
SPEED_M_S, SPEED_SD_M_S = 1.34, 0.26  # free walking, Weidmann 1993
TRIES = 10


@dataclass(frozen=True, slots=True)
class Source:
    """People who appear in an area, so many a minute and evenly, and head for exits by share."""

    area: Polygon
    rate: float
    shares: Mapping[str, float]


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
    """Where people walk, what is counted, where they come from and go."""

    walkable: Polygon
    zones: Mapping[str, Polygon]
    exits: Mapping[str, Polygon]
    sources: Sequence[Source]


@dataclass(slots=True)
class Log:
    """Minute by minute: people in each zone at its beginning, who arrived by source and left by exit during it."""

    people: list[dict[str, int]] = field(default_factory=list)
    arrived: list[list[int]] = field(default_factory=list)
    left: list[dict[str, int]] = field(default_factory=list)
    refused: int = 0


class Crowd:
    """One run; the same seed gives the same people until an order changes what they do."""

    def __init__(self, jps: ModuleType, ground: Ground, seed: int) -> None:
        self._jps, self._ground = jps, ground
        self._rng = np.random.default_rng(seed)
        self._sim: Any = jps.Simulation(model=jps.CollisionFreeSpeedModel(), geometry=ground.walkable, dt=STEP_S)
        self._stage = {name: self._sim.add_exit_stage(polygon) for name, polygon in ground.exits.items()}
        self._journey = {
            name: self._sim.add_journey(jps.JourneyDescription([stage])) for name, stage in self._stage.items()
        }
        self._bound: dict[int, str] = {}
        self._waiting = [0.0] * len(ground.sources)
        self._coming = [1.0] * len(ground.sources)
        self._turned: list[Order] = []
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
        self._count()

    def _open_minute(self) -> None:
        self._count()
        self.log.arrived.append([0] * len(self._waiting))
        self.log.left.append(dict.fromkeys(self._stage, 0))

    def _count(self) -> None:
        places = shapely.points(np.array([agent.position for agent in self._sim.agents()]).reshape(-1, 2))
        counts = {name: int(shapely.contains(zone, places).sum()) for name, zone in self._ground.zones.items()}
        if len(self.log.people) == len(self.log.arrived):
            self.log.people.append(counts)
        else:
            self.log.people[-1] = counts

    def _obey(self, order: Order) -> None:
        if order.stops is not None:
            self._coming[order.stops] = 1.0 - order.share
            return
        self._turned.append(order)
        for agent in list(self._sim.agents()):
            if self._bound.get(agent.id) == order.away and self._rng.random() < order.share and self._may_turn(agent):
                self._head_for(agent.id, str(order.towards))

    def _may_turn(self, agent: Any) -> bool:
        """Tell whether somebody has not passed the fork yet: only in the zone in which people arrive can they turn."""
        first = self._ground.zones.get("fork", self._ground.walkable)
        return bool(shapely.contains_xy(first, *agent.position))

    def _head_for(self, agent: int, exit_name: str) -> None:
        self._sim.switch_agent_journey(agent, self._journey[exit_name], self._stage[exit_name])
        self._bound[agent] = exit_name

    def _arrive(self) -> None:
        for index, source in enumerate(self._ground.sources):
            self._waiting[index] += self._coming[index] * source.rate * TICK_S / 60.0
            for _ in range(int(self._waiting[index])):
                if not self._place(source):
                    self.log.refused += 1
                    break
                self._waiting[index] -= 1.0
                self.log.arrived[-1][index] += 1

    def _place(self, source: Source) -> bool:
        exit_name = str(self._rng.choice(list(source.shares), p=list(source.shares.values())))
        for order in self._turned:
            if exit_name == order.away and self._rng.random() < order.share:
                exit_name = str(order.towards)
        speed = float(np.clip(self._rng.normal(SPEED_M_S, SPEED_SD_M_S), 0.6, 2.0))
        x0, y0, x1, y1 = source.area.bounds
        for _ in range(TRIES):
            spot = (float(self._rng.uniform(x0, x1)), float(self._rng.uniform(y0, y1)))
            made = self._jps.CollisionFreeSpeedModelAgentParameters(
                journey_id=self._journey[exit_name], stage_id=self._stage[exit_name], position=spot,
                desired_speed=speed, radius=RADIUS_M,
            )  # fmt: skip
            try:
                self._bound[self._sim.add_agent(made)] = exit_name
            except RuntimeError:  # somebody stands there
                continue
            return True
        return False

    def _leave(self) -> None:
        for agent in self._sim.removed_agents():
            self.log.left[-1][self._bound.pop(agent)] += 1

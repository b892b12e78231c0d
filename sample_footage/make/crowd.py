"""Simulate the crowd of both storeys with JuPedSim and write it as the recorded boxes of the virtual cameras.

Run: python sample_footage/make/crowd.py     (needs jupedsim, shapely and numpy; takes a few minutes)

Four minutes that may be shown in a loop, of a quiet day at lunch time: people come and go, some watch a show at the fountain,
and the food court is nearly full. Two whole rounds run unseen before the recorded one, so that the end of the recording
resembles its beginning.
"""

import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path

import jupedsim as jps
import numpy as np
import shapely
from cameras import PX_PER_M, VIEWS, View
from floorplan import east, east_box
from ground import Floor, read_floors

SITE = Path(__file__).resolve().parents[1]
SEED = 20261121
ROUND_S = 240.0
UNSEEN_ROUNDS = 2
TICK_S = 0.25  # one recorded frame
STEP_S = 0.025
FPS = 4
BODY_PX = 16, 40  # a recorded box: 0.64 m wide, 1.6 m tall, its bottom centre where the person stands
RADIUS_M = 0.25
ARRIVALS_PER_S = {"west": 0.17, "east": 0.17, "south": 0.16}
AUDIENCE = 40  # at most, at the fountain
DINERS, LUNCH_S = 98, 1800.0  # who sits in the food court at the beginning, and the longest they go on sitting
BOARDS_EVERY_S = 0.75
RIDE_MPS = 0.5
RIDE_Y = 53.0, 58.0
HALF_WAY_Y = 55.5
GATES = {"west": (1.0, 42.0), "east": east(32.2, 0), "south": (31.0, 27.3)}
UP_FOOT, UP_HEAD, DOWN_HEAD, DOWN_FOOT, SCREENS = (29.1, 52.6), (29.1, 58.6), (32.9, 58.4), (32.9, 52.5), (6.6, 41.5)
SHOPS = {"1f": {"s101": 2, "s102": 4, "s103": 4, "s104": 2, "s105": 2, "s106": 6, "s111": 4, "s112": 3, "s113": 2, "s114": 9, "pitch-1": 3,
                "pitch-2": 2, "conc-w": 3, "conc-e1": 2, "conc-e2": 3},
         "2f": {"food": 14, "s201": 3, "s202": 1, "s203": 2, "s204": 2, "s205": 2, "s211": 1, "s212": 2, "s213": 2, "gal-n": 3, "gal-s": 3, "gal-e": 2}}
STAY_S = {"food": (400, 900), "show": (60, 240), "s106": (80, 220), "conc-w": (10, 40), "conc-e1": (10, 40), "conc-e2": (10, 40)}

Point = tuple[float, float]
rng = np.random.default_rng(SEED)


@dataclass(eq=False)
class Person:
    """Somebody with a list of things to do: ("visit", zone), ("show",), ("up",), ("down",), ("screens",), ("leave", gate)."""

    errands: list[tuple[str, ...]]
    speed: float = field(default_factory=lambda: float(np.clip(rng.normal(1.0, 0.1), 0.75, 1.15)))
    level: str = "1f"
    agent: int = -1
    goal: Point = (0.0, 0.0)
    until: float | None = None  # stands until then
    ride_y: float | None = None
    beside: float = 0.0  # where across the escalator
    last: Point = (0.0, 0.0)
    stuck_s: float = 0.0


class Storey:
    """One level: its simulation and the people walking or standing on it."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.people: list[Person] = []
        model = jps.CollisionFreeSpeedModelV2()
        self.sim = jps.Simulation(model=model, geometry=floor.walkable, dt=STEP_S)
        self.routes = jps.RoutingEngine(floor.routable)
        self.ways_round = jps.RoutingEngine(floor.around)
        self.stage = self.sim.add_direct_steering_stage()
        self.journey = self.sim.add_journey(jps.JourneyDescription([self.stage]))

    def place(self, person: Person, at: Point) -> bool:
        """Put somebody on the floor, near ``at``; False where there is no room now."""
        for _ in range(4):
            spot = self.floor.near((at[0] + rng.uniform(-0.5, 0.5), at[1] + rng.uniform(-0.3, 0.3)))
            try:
                person.agent = self.sim.add_agent(jps.CollisionFreeSpeedModelV2AgentParameters(
                    position=spot, desired_speed=person.speed, radius=RADIUS_M, time_gap=0.6, journey_id=self.journey, stage_id=self.stage,
                    strength_neighbor_repulsion=6.0, range_neighbor_repulsion=0.12))
            except RuntimeError:
                continue
            person.level, person.last, person.goal = self.floor.level, spot, spot
            self.sim.agent(person.agent).target = spot
            self.people.append(person)
            return True
        return False

    def remove(self, person: Person) -> None:
        """Take somebody off the floor."""
        self.sim.mark_agent_for_removal(person.agent)
        self.people.remove(person)

    def steer(self, person: Person, at: Point) -> None:
        """Send somebody one leg further on the shortest way."""
        agent = self.sim.agent(person.agent)
        if person.stuck_s > 3.0:  # step aside, then try again
            turn = rng.uniform(0, 2 * math.pi)
            agent.target = self.floor.near((at[0] + 1.2 * math.cos(turn), at[1] + 1.2 * math.sin(turn)))
            person.stuck_s = 1.5
            return
        start = self.floor.near(at)
        free = all(shapely.contains_xy(self.floor.around, *p) for p in (start, person.goal))
        way = (self.ways_round if free else self.routes).compute_waypoints(start, person.goal)
        ahead = [p for p in way[1:-1] if math.dist(p, at) > 0.35]
        agent.target = ahead[0] if ahead else person.goal


class Mall:
    """Both storeys, the escalators between them, and the clock."""

    def __init__(self) -> None:
        self.storeys = {floor.level: Storey(floor) for floor in read_floors(SITE, aprons=[
            [(0, 39.8), (3.1, 39.8), (3.1, 44.2), (0, 44.2)], east_box(30.9, -2.2, 33.3, 2.2)])}
        self.riders: dict[str, list[Person]] = {"up": [], "down": []}
        self.waiting: list[tuple[Person, str, Point]] = []
        self.next_ride = {"up": -math.inf, "down": -math.inf}
        self.now = -UNSEEN_ROUNDS * ROUND_S
        self.audience = 0
        for _ in range(DINERS):
            self._seat()

    def tick(self) -> None:
        """Advance by one recorded frame."""
        self._arrive()
        self._ride()
        for storey in self.storeys.values():
            for person in list(storey.people):
                self._act(storey, person)
            storey.sim.iterate(round(TICK_S / STEP_S))
        self.now += TICK_S
        if self.now % 60 == 0:
            print(f"{self.now:6.0f} s", {level: len(s.people) for level, s in self.storeys.items()}, len(self.waiting), self.audience, flush=True)

    # ------------------------------------------------------------------ people come
    def _arrive(self) -> None:
        for gate, rate in ARRIVALS_PER_S.items():
            if rng.random() < rate * TICK_S:
                self.waiting.append((Person(self._errands(gate)), "1f", GATES[gate]))
        if rng.random() < 0.07 * TICK_S:
            self.waiting.append((Person([*self._visits("2f", rng.integers(0, 2)), ("down",), self._leave()]), "2f", SCREENS))
        self.waiting = [(p, level, at) for p, level, at in self.waiting if not self.storeys[level].place(p, at)]

    def _seat(self) -> None:
        """Put a diner at a free place of the food court."""
        storey = self.storeys["2f"]
        person = Person([("visit", "food"), ("down",), self._leave()])
        if storey.place(person, storey.floor.spot("food", rng, [p.last for p in storey.people])):
            self._stand(storey, person, person.last)
            person.until = self.now + rng.uniform(0.0, LUNCH_S)

    def _leave(self) -> tuple[str, ...]:
        return ("leave", str(rng.choice(["west", "east", "south"])))

    def _visits(self, level: str, count: int) -> list[tuple[str, ...]]:
        names, weights = zip(*SHOPS[level].items(), strict=True)
        chances = np.array(weights) / sum(weights)
        return [("visit", str(rng.choice(names, p=chances))) for _ in range(count)]

    def _errands(self, gate: str) -> list[tuple[str, ...]]:
        chance = rng.random()
        if self.audience < AUDIENCE and chance < 0.34:
            self.audience += 1
            return [("show",), *self._visits("1f", rng.integers(0, 2)), self._leave()]
        if chance < 0.60:
            return [("up",), *self._visits("2f", rng.integers(1, 3)), ("down",), self._leave()]
        if chance < 0.72:
            return [("leave", str(rng.choice([g for g in GATES if g != gate])))]
        return [*self._visits("1f", rng.integers(1, 3)), self._leave()]

    # ------------------------------------------------------------------ people act
    def _act(self, storey: Storey, person: Person) -> None:
        at = storey.sim.agent(person.agent).position
        if person.until is not None:
            if self.now < person.until:
                return
            self._next(storey, person)
            return
        if person.goal == person.last and person.stuck_s == 0.0:
            self._set_goal(storey, person)
        person.stuck_s = person.stuck_s + TICK_S if math.dist(at, person.last) < 0.12 * person.speed * TICK_S else max(0.0, person.stuck_s - TICK_S)
        person.last = at
        task = person.errands[0][0]
        reach = {"visit": 0.5, "show": 0.6, "up": 0.9, "down": 0.9}.get(task, 0.8)
        if math.dist(at, person.goal) < reach or (person.stuck_s > 2.5 and task in ("visit", "show") and math.dist(at, person.goal) < 2):
            self._reached(storey, person, task, at)
        elif round(self.now / TICK_S) % 2 == person.agent % 2:
            if task in ("up", "down") and math.dist(at, person.goal) < 4:
                person.stuck_s = 0.0  # a queue is no obstacle
            storey.steer(person, at)

    def _set_goal(self, storey: Storey, person: Person) -> None:
        task, *more = person.errands[0]
        fixed = {"up": UP_FOOT, "down": DOWN_HEAD, "screens": SCREENS}
        if task in fixed:
            person.goal = storey.floor.near(fixed[task])
        elif task == "leave":
            at = GATES[more[0]]
            person.goal = storey.floor.near((at[0], at[1] + (rng.uniform(-1.5, 1.5) if more[0] != "south" else 0)))
        else:
            taken = [p.goal for p in storey.people if p.until is not None or p.errands[0] == person.errands[0]]
            person.goal = storey.floor.spot("show" if task == "show" else more[0], rng, taken)
        storey.sim.agent(person.agent).model.desired_speed = person.speed

    def _reached(self, storey: Storey, person: Person, task: str, at: Point) -> None:
        if task in ("leave", "screens"):
            storey.remove(person)
        elif task in ("up", "down"):
            if self.now >= self.next_ride[task]:
                self.next_ride[task] = self.now + BOARDS_EVERY_S
                storey.remove(person)
                person.ride_y = RIDE_Y[0] if task == "up" else RIDE_Y[1]
                person.beside = float(np.clip(at[0] - (29.1 if task == "up" else 32.9), -0.35, 0.35))
                self.riders[task].append(person)
            else:
                storey.steer(person, at)
        else:
            self._stand(storey, person, at)
            person.until = self.now + rng.uniform(*STAY_S.get(person.errands[0][-1], (30, 110)))

    def _stand(self, storey: Storey, person: Person, at: Point) -> None:
        agent = storey.sim.agent(person.agent)
        agent.target = storey.floor.near(at)
        agent.model.desired_speed = 0.12
        person.goal = at

    def _next(self, storey: Storey, person: Person) -> None:
        person.until = None
        done = person.errands.pop(0)
        if done[0] == "show":
            self.audience -= 1
        person.stuck_s = 0.0
        self._set_goal(storey, person)

    # ------------------------------------------------------------------ escalators
    def _ride(self) -> None:
        for way, sign, end_y, level, exit_at in (("up", 1, RIDE_Y[1], "2f", UP_HEAD), ("down", -1, RIDE_Y[0], "1f", DOWN_FOOT)):
            ahead: float | None = None
            for person in list(self.riders[way]):
                wanted = person.ride_y + sign * RIDE_MPS * TICK_S
                if ahead is not None and sign * (ahead - wanted) < 0.35:
                    wanted = person.ride_y
                person.ride_y = min(wanted, end_y) if sign > 0 else max(wanted, end_y)
                ahead = person.ride_y
                if person.ride_y == end_y and self.storeys[level].place(person, (exit_at[0] + person.beside, exit_at[1])):
                    self.riders[way].remove(person)
                    person.ride_y, person.stuck_s = None, 0.0
                    person.errands.pop(0)
                    self._set_goal(self.storeys[level], person)

    def positions(self) -> dict[str, np.ndarray]:
        """Return the (N, 2) metres of everybody by level; a rider belongs to the storey whose half of the ride it is."""
        found = {level: [s.sim.agent(p.agent).position for p in s.people] for level, s in self.storeys.items()}
        for way, x in (("up", 29.1), ("down", 32.9)):
            for person in self.riders[way]:
                found["1f" if person.ride_y < HALF_WAY_Y else "2f"].append((x + person.beside, person.ride_y))
        return {level: np.array(rows, float).reshape(-1, 2) for level, rows in found.items()}


def boxes(view: View, metres: np.ndarray) -> list[list[float]]:
    """Return the boxes of the people whose feet a camera sees, cut at its frame, in whole pixels."""
    width, height = view.size
    feet = np.rint(view.to_image(metres)).astype(int)
    half, tall = BODY_PX[0] // 2, BODY_PX[1]
    rows = []
    for x, y in feet[(feet[:, 0] > 0) & (feet[:, 0] < width) & (feet[:, 1] > 2) & (feet[:, 1] < height)].tolist():
        side = min(half, x, width - x)  # cut alike on both sides, so that the bottom centre stays the foot
        rows.append([x - side, max(0, y - tall), x + side, y, 0.9])
    return rows


def record(mall: Mall) -> list[dict[str, np.ndarray]]:
    """Run the unseen rounds, then the recorded one, and return its positions by frame."""
    frames: list[dict[str, np.ndarray]] = []
    while mall.now < ROUND_S - 1e-9:
        if mall.now >= 0:
            frames.append(mall.positions())
        mall.tick()
    return frames


def write(frames: list[dict[str, np.ndarray]]) -> None:
    """Write mall-<level>.jsonl, a line a frame and camera."""
    for level in ("1f", "2f"):
        with (SITE / f"mall-{level}.jsonl").open("w", encoding="utf-8") as out:
            for index, frame in enumerate(frames):
                for view in VIEWS:
                    if view.level == level:
                        row = {"camera": view.id, "frame": index, "t": index / FPS, "boxes": boxes(view, frame[level])}
                        out.write(json.dumps(row, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    recorded = record(Mall())
    write(recorded)
    if len(sys.argv) > 1:  # positions too, to look at: an array of {level: (N, 2)}
        np.save(sys.argv[1], np.array(recorded, dtype=object), allow_pickle=True)
    print(f"{len(recorded)} frames of {len(VIEWS)} cameras at {PX_PER_M} px/m")

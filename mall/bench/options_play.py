"""One scene of ``bench options`` lived through in the simulation with and without the option, and predicted."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from gis.routes import WalkGraph
from mall.bench.options_crowd import Crowd, Order
from mall.bench.options_scenes import Scene, rates
from mall.options.building import MAKERS, build
from mall.options.case import Case, Draft
from mall.options.judging import predictions
from mall.options.network import Pair, network
from mall.options.predict import NOTHING, simulate
from mall.options.records import Band, Prediction

RUNS = ((1, 0.85), (2, 1.0), (3, 1.05))
"""Seed and load, share of the scene's arrivals: some runs jam with no action and some do not."""
WARM_UP_MIN = 4
NONE_MIN = (5,)  # with no action a place may jam, which takes the simulation long
OPTION_MIN = (5, 15)
LIMIT_P_M2 = 1.75


@dataclass(frozen=True, slots=True)
class Played:
    """One run: people and rates when the option is chosen, and the people of the place some minutes later.

    ``none``, ``option``: minutes after -> people; ``refused``: arrivals put off for want of room.
    """

    seed: int
    people: dict[str, float]
    rates: dict[Pair, float | None]
    none: dict[int, int]
    option: dict[int, int]
    refused: int


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: predicted band and simulated people of the place, its area in m²."""

    scene: str
    seed: int
    action: str
    after_min: int
    predicted: Band
    simulated: int
    area_m2: float

    @property
    def error(self) -> float:
        """Return predicted less simulated, p/m²."""
        return (self.predicted[1] - self.simulated) / self.area_m2

    @property
    def is_within(self) -> bool:
        """Tell whether the simulated figure lies in the predicted band, both in whole people."""
        return round(self.predicted[0]) <= self.simulated <= round(self.predicted[2])


def play(scene: Scene, seed: int, load: float) -> Played:
    """Let a scene happen twice, with no action and with the option; ImportError without the extra ``simulation``."""
    crowd = _warmed(scene, seed, load)
    people = {**scene.others, **{zone: float(count) for zone, count in crowd.log.people[-1].items()}}
    now = rates(crowd.log)
    none = _after(scene, crowd, NONE_MIN, ())
    other = _warmed(scene, seed, load)
    option = _after(scene, other, OPTION_MIN, (scene.order,))
    return Played(seed, people, now, none, option, crowd.log.refused + other.log.refused)


def _warmed(scene: Scene, seed: int, load: float) -> Crowd:
    crowd = Crowd(import_module("jupedsim"), scene.ground, seed, load)
    crowd.run(WARM_UP_MIN)
    return crowd


def _after(scene: Scene, crowd: Crowd, minutes: tuple[int, ...], orders: tuple[Order, ...]) -> dict[int, int]:
    crowd.run(minutes[-1], orders)
    return {after: crowd.log.people[WARM_UP_MIN + after][scene.place] for after in minutes}


def judged(scene: Scene, played: Played) -> Iterator[Row]:
    """Give predicted beside simulated people of one run, whether the option would be offered or not."""
    case = case_of(scene, played)
    draft = _draft(scene, case)
    assert case.net is not None
    assert draft.change is not None
    none, option = predictions(case.net, simulate(case.net, [NOTHING, draft.change]), case.limit)
    area = scene.plan.area_m2(scene.place)
    for action, told, simulated in (("none", none, played.none), (scene.kind, option, played.option)):
        for after, people in simulated.items():
            yield Row(scene.name, played.seed, action, after, _band(told, after), people, area)


def is_offered(scene: Scene, played: Played) -> bool:
    """Tell whether the option would be among those offered."""
    return scene.kind in {option.kind for option in build(case_of(scene, played), {}, 0.0).options}


def case_of(scene: Scene, played: Played) -> Case:
    """Return the situation at the minute in which the option is chosen."""
    graph = WalkGraph.of(scene.plan)
    people: dict[str, Band | None] = {zone: (count, count, count) for zone, count in played.people.items()}
    net = network(graph, scene.place, people, played.rates, scene.passages)
    densities = {zone: count / scene.plan.area_m2(zone) for zone, count in played.people.items()}
    return Case(
        "bench", "crowd", "density-walkway", "act", scene.place, LIMIT_P_M2, graph, net, scene.passages, densities
    )  # fmt: skip


def _draft(scene: Scene, case: Case) -> Draft:
    """Return the option that is tried; LookupError where the plan offers none."""
    found = [draft for draft in MAKERS[scene.kind](case) if scene.zone is None or scene.zone in draft.zones]
    if not found:
        raise LookupError(f"{scene.name}: {scene.kind} cannot be done there")
    return found[0]


def _band(told: Prediction, after: int) -> Band:
    return {5: told.people_5, 15: told.people_15}[after]

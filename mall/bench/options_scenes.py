"""The scenes on which predictions of options are checked: as a plan for the product, as ground for the simulation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import shapely
from shapely import LineString, Polygon

from gis.floorplan import FloorPlan, build_floorplan
from gis.passage import Passage, Passages
from gis.plan_file import RawFeature
from mall.bench.options_crowd import Ground, Log, Order, Source
from mall.options.kinds import KINDS
from mall.options.network import RATE_MIN, Pair

LIKELY = 1
Flows = Callable[[Log], dict[Pair, float | None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene: its place, the kind of option tried, and how what the simulation counts becomes rates of the plan."""

    name: str
    kind: str
    place: str
    plan: FloorPlan
    ground: Ground
    order: Order
    flows: Flows
    warm_up_min: int
    passages: Passages
    others: Mapping[str, float]


def scenes() -> tuple[Scene, ...]:
    """Return a bottleneck, a landing and a fork, and a crossing that no parameter was chosen by."""
    return bottleneck(), landing(), fork(), crossing()


def bottleneck() -> Scene:
    """Return a room into which more come than its door lets out, with a second door that is shut."""
    room, box = Polygon.from_bounds(0, 0, 6, 5), Polygon.from_bounds
    throats = [box(6, 0.8, 6.6, 1.8), box(6, 3.2, 6.6, 4.2)]
    ground = Ground(
        shapely.union_all([room, *throats]), {"room": room},  # type: ignore[arg-type]
        {"first": box(6.3, 0.8, 6.6, 1.8), "second": box(6.3, 3.2, 6.6, 4.2)},
        [Source(box(0.3, 0.3, 1.2, 4.7), 106.0, {"first": 1.0})],
    )  # fmt: skip
    plan = _plan(
        _zone("before", box(-20, 0, 0, 5)), _zone("room", room, "walkway"), _zone("beyond", box(6.6, -10, 26, 15)),
        _door("in", [(0, 0.5), (0, 4.5)], "before", "room"),
        _door("first", [(6, 0.8), (6, 1.8)], "room", "beyond"),
        _door("second", [(6, 3.2), (6, 4.2)], "room", "beyond"),
        _door("far", [(-20, 0.5), (-20, 4.5)], "before", None), _door("out", [(26, 0), (26, 5)], "beyond", None),
    )  # fmt: skip

    def flows(log: Log) -> dict[Pair, float | None]:
        come, go = _arrived(log, 0), _left(log, "first") + _left(log, "second")
        return _both({("before", "room"): come, ("room", "beyond"): go, ("", "before"): come, ("beyond", ""): go})

    return Scene(
        "bottleneck, a second door is opened", "open_opening", "room", plan, ground,
        Order(KINDS["open_opening"].ready_min, KINDS["open_opening"].share[LIKELY], "first", "second"), flows, 5,
        {"second": Passage("closed")}, {"before": 40.0, "beyond": 40.0},
    )  # fmt: skip


def landing() -> Scene:
    """Return a landing into which an escalator delivers more than its passage lets out, held."""
    box = Polygon.from_bounds
    floor, throat = box(0, 0, 6, 5), box(4.4, -0.6, 5.4, 0)
    ground = Ground(
        shapely.union_all([floor, throat]), {"landing": floor}, {"hall": box(4.4, -0.6, 5.4, -0.3)},  # type: ignore[arg-type]
        [Source(box(2.2, 3.6, 4.4, 4.7), 106.0, {"hall": 1.0})],
    )  # fmt: skip
    plan = _plan(
        _zone("landing", floor, "walkway"), _zone("hall", box(0, -20.6, 10, -0.6)),
        _zone("esc", box(2, 5, 3.4, 11), "escalator", connects="esc-2", direction="down", width_m=1.0),
        _zone("esc-2", box(2, 5, 3.4, 11), "escalator", level="2f"), _zone("upper", box(-10, 11, 10, 31), level="2f"),
        _door("hall-door", [(4.4, 0), (5.4, 0)], "landing", "hall"), _door("off", [(2, 5), (3.4, 5)], "esc", "landing"),
        _door("on", [(2, 11), (3.4, 11)], "upper", "esc-2", level="2f"),
        _door("hall-out", [(4, -20.6), (8, -20.6)], "hall", None),
        _door("upper-in", [(-10, 20), (-10, 24)], "upper", None, level="2f"),
    )  # fmt: skip

    def flows(log: Log) -> dict[Pair, float | None]:
        come, go = _arrived(log, 0), _left(log, "hall")
        onward: dict[Pair, float] = {("landing", "hall"): go, ("hall", ""): go}
        return _both({("esc", "landing"): come, ("upper", "esc-2"): come, ("", "upper"): come} | onward)

    # Whoever is on the escalator when it is held still arrives: half a minute of them.
    return Scene(
        "landing, the escalator that feeds it is held", "stop_escalator", "landing", plan, ground,
        Order(KINDS["stop_escalator"].ready_min + 0.5, 1.0, stops=0), flows, 5, {}, {"hall": 40.0, "upper": 60.0},
    )  # fmt: skip


def fork() -> Scene:
    """Return a fork of a narrow and a wide corridor to the same court, of which most take the narrow one."""
    box = Polygon.from_bounds
    parts = {"fork": box(-6, -1, 0, 11), "narrow": box(0.4, 0, 12, 2.4), "wide": box(0.4, 5, 12, 10)}
    throats = [box(0, 0.2, 0.4, 2.2), box(0, 5.5, 0.4, 9.5), box(12, 0.8, 12.6, 1.6), box(12, 6, 12.6, 9)]
    ground = Ground(
        shapely.union_all([*parts.values(), *throats]), parts,  # type: ignore[arg-type]
        {"narrow-end": box(12.3, 0.8, 12.6, 1.6), "wide-end": box(12.3, 6, 12.6, 9)},
        [Source(box(-5.5, -0.5, -3, 10.5), 100.0, {"narrow-end": 0.76, "wide-end": 0.24})],
    )  # fmt: skip
    plan = _plan(
        _zone("fork", parts["fork"]), _zone("narrow", parts["narrow"], "walkway"),
        _zone("wide", parts["wide"], "walkway"), _zone("court", box(12.6, -5, 32, 15)),
        _door("to-narrow", [(0.2, 0.2), (0.2, 2.2)], "fork", "narrow"),
        _door("to-wide", [(0.2, 5.5), (0.2, 9.5)], "fork", "wide"),
        _door("narrow-end", [(12.3, 0.8), (12.3, 1.6)], "narrow", "court"),
        _door("wide-end", [(12.3, 6), (12.3, 9)], "wide", "court"),
        _door("in", [(-6, 0), (-6, 6)], "fork", None), _door("out", [(32, 0), (32, 6)], "court", None),
    )  # fmt: skip

    def flows(log: Log) -> dict[Pair, float | None]:
        come, narrow, wide = _arrived(log, 0), _left(log, "narrow-end"), _left(log, "wide-end")
        # Who went into a corridor: who left it and how many more or fewer are in it than three minutes ago.
        entered = {zone: out + _grew(log, zone) for zone, out in (("narrow", narrow), ("wide", wide))}
        inward: dict[Pair, float] = {("fork", "narrow"): entered["narrow"], ("fork", "wide"): entered["wide"]}
        onward: dict[Pair, float] = {("narrow", "court"): narrow, ("wide", "court"): wide, ("court", ""): narrow + wide}
        return _both({("", "fork"): come} | inward | onward)

    return Scene(
        "corridor, people are guided another way", "guide_route", "narrow", plan, ground,
        Order(KINDS["guide_route"].ready_min, KINDS["guide_route"].share[LIKELY], "narrow-end", "wide-end"), flows, 5,
        {}, {"court": 60.0},
    )  # fmt: skip


def crossing() -> Scene:
    """Return a room with two ways in and one way out, of which one way in is barred; held out, run as first written.

    As many come for each metre of the door as in the bottleneck; there is room outside for those who are kept out.
    """
    box = Polygon.from_bounds
    room, throat = box(0, 0, 6, 6), box(6, 2.4, 6.6, 3.6)
    ground = Ground(
        shapely.union_all([room, throat]), {"room": room}, {"out": box(6.3, 2.4, 6.6, 3.6)},  # type: ignore[arg-type]
        [Source(box(0.3, 1.5, 1.2, 5.7), 75.0, {"out": 1.0}), Source(box(1.5, 0.3, 5.0, 1.2), 52.0, {"out": 1.0})],
    )  # fmt: skip
    plan = _plan(
        _zone("west", box(-60, -20, 0, 26)), _zone("south", box(0, -60, 46, 0)), _zone("room", room, "walkway"),
        _zone("beyond", box(6.6, -10, 26, 15)),
        _door("from-west", [(0, 1.5), (0, 5.7)], "west", "room"),
        _door("from-south", [(1.5, 0), (5, 0)], "south", "room"),
        _door("out", [(6, 2.4), (6, 3.6)], "room", "beyond"), _door("far", [(26, 0), (26, 6)], "beyond", None),
        _door("west-in", [(-60, 1), (-60, 5)], "west", None), _door("south-in", [(1, -60), (5, -60)], "south", None),
    )  # fmt: skip

    def flows(log: Log) -> dict[Pair, float | None]:
        west, south, go = _arrived(log, 0), _arrived(log, 1), _left(log, "out")
        inward: dict[Pair, float] = {("", "west"): west, ("", "south"): south, ("west", "room"): west}
        return _both({("south", "room"): south, ("room", "beyond"): go, ("beyond", ""): go} | inward)

    kind = KINDS["bar_entry"]
    return Scene(
        "crossing, one of two entries is barred", "bar_entry", "room", plan, ground,
        Order(kind.ready_min, kind.share[LIKELY], stops=1), flows, 5, {}, {"west": 40.0, "south": 40.0, "beyond": 40.0},
    )  # fmt: skip


def _arrived(log: Log, source: int) -> float:
    return sum(minute[source] for minute in log.arrived[-RATE_MIN:]) / RATE_MIN


def _left(log: Log, exit_name: str) -> float:
    return sum(minute[exit_name] for minute in log.left[-RATE_MIN:]) / RATE_MIN


def _grew(log: Log, zone: str) -> float:
    return (log.people[-1][zone] - log.people[-1 - RATE_MIN][zone]) / RATE_MIN


def _both(forth: Mapping[Pair, float]) -> dict[Pair, float | None]:
    """Return rates with nobody on the way back."""
    back: dict[Pair, float | None] = {(other, one): 0.0 for one, other in forth}
    return back | dict(forth)


def _plan(*features: RawFeature) -> FloorPlan:
    return build_floorplan(features, [("1f", "1F", 0.0), ("2f", "2F", 5.0)], {})


def _zone(name: str, area: Polygon, category: str = "concourse", *, level: str = "1f", **more: object) -> RawFeature:
    return RawFeature(f"zone {name!r}", name, "zone", level, area, {"category": category, **more})


def _door(name: str, ends: list[tuple[float, float]], one: str, other: str | None, *, level: str = "1f") -> RawFeature:
    return RawFeature(f"opening {name!r}", name, "opening", level, LineString(ends), {"from": one, "to": other})

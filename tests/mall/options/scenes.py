"""Three hand-built situations, with figures that can be reckoned with pencil and paper."""

from gis.routes import WalkGraph
from mall.options.case import Case
from mall.options.network import Rates, network
from mall.options.records import Band
from tests.gis.plans import box, door, plan_of, zone

Passages = dict


def landing() -> WalkGraph:
    """Return a landing of 40 m² that an escalator from above feeds, with a hall of 200 m² behind it."""
    return WalkGraph.of(
        plan_of(
            zone("landing", box(0, 0, 8, 5), category="walkway", label="Landing", label_ja="乗り場前"),
            zone("hall", box(0, -20, 10, 0), label="Hall", label_ja="ホール"),
            zone("esc", box(2, 5, 3.4, 11), category="escalator", connects="esc-2", direction="down", width_m=1.0),
            zone("esc-2", box(2, 5, 3.4, 11), "2f", category="escalator"),
            zone("upper", box(-10, 11, 10, 31), "2f"),
            door("landing-hall", [[2, 0], [4, 0]], "landing", "hall"),
            door("esc-landing", [[2, 5], [3.4, 5]], "esc", "landing"),
            door("upper-esc", [[2, 11], [3.4, 11]], "upper", "esc-2", "2f"),
            door("hall-out", [[4, -20], [6, -20]], "hall", None),
            door("upper-out", [[-10, 20], [-10, 22]], "upper", None, "2f"),
            levels=[("1f", "1F", 0.0), ("2f", "2F", 5.0)],
        )
    )


LANDING_RATES: Rates = {
    ("esc", "landing"): 40.0, ("landing", "esc"): 0.0, ("landing", "hall"): 30.0, ("hall", "landing"): 0.0,
    ("upper", "esc-2"): 40.0, ("esc-2", "upper"): 0.0, ("hall", ""): 30.0, ("", "hall"): 0.0,
    ("upper", ""): 0.0, ("", "upper"): 40.0,
}  # fmt: skip


def bottleneck() -> WalkGraph:
    """Return a room of 60 m² with a door in use and a second one that can be shut."""
    return WalkGraph.of(
        plan_of(
            zone("room", box(0, 0, 10, 6), category="walkway", label="Room", label_ja="前室"),
            zone("before", box(-20, 0, 0, 6), label="Before", label_ja="手前"),
            zone("beyond", box(10, -10, 30, 16), label="Beyond", label_ja="先の広場"),
            door("before-room", [[0, 1], [0, 5]], "before", "room"),
            door("first", [[10, 1], [10, 2]], "room", "beyond"),
            door("second", [[10, 4], [10, 5]], "room", "beyond"),
            door("beyond-out", [[30, 0], [30, 6]], "beyond", None),
            door("before-out", [[-20, 1], [-20, 5]], "before", None),
        )
    )


BOTTLENECK_RATES: Rates = {
    ("before", "room"): 60.0, ("room", "before"): 0.0, ("room", "beyond"): 40.0, ("beyond", "room"): 0.0,
    ("", "before"): 60.0, ("before", ""): 0.0, ("beyond", ""): 40.0, ("", "beyond"): 0.0,
}  # fmt: skip


def corridor() -> WalkGraph:
    """Return a fork from which a narrow and a wide corridor lead to the same court."""
    return WalkGraph.of(
        plan_of(
            zone("fork", box(-10, -5, 0, 15), label="Fork", label_ja="分岐"),
            zone("narrow", box(0, 0, 20, 3), category="walkway", label="Narrow corridor", label_ja="狭い通路"),
            zone("wide", box(0, 6, 20, 14), category="walkway", label="Wide corridor", label_ja="広い通路"),
            zone("court", box(20, -5, 40, 15), label="Court", label_ja="広場"),
            door("fork-narrow", [[0, 0.5], [0, 2.5]], "fork", "narrow"),
            door("fork-wide", [[0, 7], [0, 13]], "fork", "wide"),
            door("narrow-court", [[20, 0.5], [20, 2.5]], "narrow", "court"),
            door("wide-court", [[20, 7], [20, 13]], "wide", "court"),
            door("fork-out", [[-10, 0], [-10, 6]], "fork", None),
            door("court-out", [[40, 0], [40, 6]], "court", None),
        )
    )


CORRIDOR_RATES: Rates = {
    ("fork", "narrow"): 60.0, ("narrow", "fork"): 0.0, ("fork", "wide"): 20.0, ("wide", "fork"): 0.0,
    ("narrow", "court"): 50.0, ("court", "narrow"): 0.0, ("wide", "court"): 20.0, ("court", "wide"): 0.0,
    ("", "fork"): 80.0, ("fork", ""): 0.0, ("court", ""): 70.0, ("", "court"): 0.0,
}  # fmt: skip


def case_of(graph: WalkGraph, place: str, people: dict[str, float], rates: Rates, **more: object) -> Case:
    """Return the case of a place with people whose number is known exactly."""
    exact: dict[str, Band | None] = {zone: (count, count, count) for zone, count in people.items()}
    passages = more.pop("passages", {})
    net = network(graph, place, exact, rates, passages)  # type: ignore[arg-type]
    densities = {zone: count / graph.plan.area_m2(zone) for zone, count in people.items()}
    given = {"rule": "density-walkway", "family": "crowd", "severity": "act", "limit": 1.75} | more
    return Case(
        advisory="a", place=place, graph=graph, net=net, passages=passages, densities=densities, **given  # type: ignore[arg-type]
    )  # fmt: skip

"""Scenes that the model was fitted to: its parameters and the width of its ranges were chosen with these in view."""

from gis.passage import Passage
from mall.bench.options_crowd import Exit, Ground, Order, Source
from mall.bench.options_scenes import Scene, asked, box, door, open_floor, plan_of, zone
from mall.options.kinds import KINDS


def fitted() -> tuple[Scene, ...]:
    """Return the fitted scenes."""
    return bottleneck(), landing(), fork(), crossing(), two_exits()


def bottleneck() -> Scene:
    """Return a room into which about as many come as its door lets out, with a second door that is shut."""
    before, room = box(-8, 0, -0.4, 5), box(0, 0, 6, 5)
    throats = [box(-0.4, 0.5, 0, 4.5), box(6, 0.8, 6.6, 1.8), box(6, 3.2, 6.6, 4.2)]
    onward = [("room", "beyond"), ("beyond", "")]
    ground = Ground(
        open_floor(before, room, *throats),
        {"before": before, "room": room},
        {"first": Exit(box(6.3, 0.8, 6.6, 1.8), onward), "second": Exit(box(6.3, 3.2, 6.6, 4.2), onward)},
        [Source(box(-7.7, 0.3, -5, 4.7), 92.0, {"first": 1.0}, [("", "before")])],
        fork=box(-8, 0, 4, 5),
    )
    plan = plan_of(
        zone("before", before), zone("room", room, "walkway"), zone("beyond", box(6.6, -10, 26, 15)),
        door("in", [(0, 0.5), (0, 4.5)], "before", "room"),
        door("first", [(6, 0.8), (6, 1.8)], "room", "beyond"),
        door("second", [(6, 3.2), (6, 4.2)], "room", "beyond"),
        door("far", [(-8, 0.5), (-8, 4.5)], "before", None), door("out", [(26, 0), (26, 5)], "beyond", None),
    )  # fmt: skip
    return Scene(
        "bottleneck, a second door is opened", "open_opening", "room", plan, ground,
        asked("open_opening", away="first", towards="second"), {"beyond": 40.0}, {"second": Passage("closed")},
    )  # fmt: skip


def landing() -> Scene:
    """Return a landing into which an escalator delivers about what its passage lets out, held."""
    floor, throat = box(0, 0, 6, 5), box(4.4, -0.6, 5.4, 0)
    ground = Ground(
        open_floor(floor, throat), {"landing": floor},
        {"hall": Exit(box(4.4, -0.6, 5.4, -0.3), [("landing", "hall"), ("hall", "")])},
        [Source(box(2.2, 3.6, 4.4, 4.7), 96.0, {"hall": 1.0}, [("esc", "landing"), ("upper", "esc-2"), ("", "upper")])],
    )  # fmt: skip
    plan = plan_of(
        zone("landing", floor, "walkway"), zone("hall", box(0, -20.6, 10, -0.6)),
        zone("esc", box(2, 5, 3.4, 11), "escalator", connects="esc-2", direction="down", width_m=1.0),
        zone("esc-2", box(2, 5, 3.4, 11), "escalator", level="2f"), zone("upper", box(-10, 11, 10, 31), level="2f"),
        door("hall-door", [(4.4, 0), (5.4, 0)], "landing", "hall"), door("off", [(2, 5), (3.4, 5)], "esc", "landing"),
        door("on", [(2, 11), (3.4, 11)], "upper", "esc-2", level="2f"),
        door("hall-out", [(4, -20.6), (8, -20.6)], "hall", None),
        door("upper-in", [(-10, 20), (-10, 24)], "upper", None, level="2f"),
    )  # fmt: skip
    # Whoever is on the escalator when it is held still arrives: half a minute of them.
    order = Order(KINDS["stop_escalator"].ready_min + 0.5, 1.0, stops=0)
    return Scene(
        "landing, the escalator that feeds it is held", "stop_escalator", "landing", plan, ground, order,
        {"hall": 40.0, "upper": 60.0},
    )  # fmt: skip


def fork() -> Scene:
    """Return a fork of a narrow and a wide corridor to the same court, of which most take the narrow one."""
    parts = {"fork": box(-6, -1, 0, 11), "narrow": box(0.4, 0, 12, 2.4), "wide": box(0.4, 5, 12, 10)}
    throats = [box(0, 0.2, 0.4, 2.2), box(0, 5.5, 0.4, 9.5), box(12, 0.8, 12.6, 1.6), box(12, 6, 12.6, 9)]
    ground = Ground(
        open_floor(*parts.values(), *throats), parts,
        {"narrow-end": Exit(box(12.3, 0.8, 12.6, 1.6), [("narrow", "court"), ("court", "")]),
         "wide-end": Exit(box(12.3, 6, 12.6, 9), [("wide", "court"), ("court", "")])},
        [Source(box(-5.5, -0.5, -3, 10.5), 100.0, {"narrow-end": 0.76, "wide-end": 0.24}, [("", "fork")])],
        fork=parts["fork"],
    )  # fmt: skip
    plan = plan_of(
        zone("fork", parts["fork"]), zone("narrow", parts["narrow"], "walkway"),
        zone("wide", parts["wide"], "walkway"), zone("court", box(12.6, -5, 32, 15)),
        door("to-narrow", [(0.2, 0.2), (0.2, 2.2)], "fork", "narrow"),
        door("to-wide", [(0.2, 5.5), (0.2, 9.5)], "fork", "wide"),
        door("narrow-end", [(12.3, 0.8), (12.3, 1.6)], "narrow", "court"),
        door("wide-end", [(12.3, 6), (12.3, 9)], "wide", "court"),
        door("in", [(-6, 0), (-6, 6)], "fork", None), door("out", [(32, 0), (32, 6)], "court", None),
    )  # fmt: skip
    return Scene(
        "corridor, people are guided another way", "guide_route", "narrow", plan, ground,
        asked("guide_route", away="narrow-end", towards="wide-end"), {"court": 60.0},
    )  # fmt: skip


def crossing() -> Scene:
    """Return a room with two ways in and one way out, of which one way in is barred."""
    room, throat = box(0, 0, 6, 6), box(6, 2.4, 6.6, 3.6)
    west, south = [("", "west"), ("west", "room")], [("", "south"), ("south", "room")]
    ground = Ground(
        open_floor(room, throat), {"room": room},
        {"out": Exit(box(6.3, 2.4, 6.6, 3.6), [("room", "beyond"), ("beyond", "")])},
        [Source(box(0.3, 1.5, 1.2, 5.7), 68.0, {"out": 1.0}, west),
         Source(box(1.5, 0.3, 5.0, 1.2), 47.0, {"out": 1.0}, south)],
    )  # fmt: skip
    plan = plan_of(
        zone("west", box(-60, -20, 0, 26)), zone("south", box(0, -60, 46, 0)), zone("room", room, "walkway"),
        zone("beyond", box(6.6, -10, 26, 15)),
        door("from-west", [(0, 1.5), (0, 5.7)], "west", "room"),
        door("from-south", [(1.5, 0), (5, 0)], "south", "room"),
        door("out", [(6, 2.4), (6, 3.6)], "room", "beyond"), door("far", [(26, 0), (26, 6)], "beyond", None),
        door("west-in", [(-60, 1), (-60, 5)], "west", None), door("south-in", [(1, -60), (5, -60)], "south", None),
    )  # fmt: skip
    return Scene(
        "crossing, one of two entries is barred", "bar_entry", "room", plan, ground, asked("bar_entry", stops=1),
        {"west": 40.0, "south": 40.0, "beyond": 40.0}, zone="south",
    )  # fmt: skip


def two_exits() -> Scene:
    """Return a hall with two exits of which most people take the near one, some then told the other."""
    parts = {"west": box(-8, 1, -0.4, 7), "hall": box(0, 0, 10, 8)}
    throats = [box(-0.4, 2.5, 0, 5.5), box(10, 1, 10.6, 2.4), box(4, 8, 6, 8.6)]
    ground = Ground(
        open_floor(*parts.values(), *throats), parts,
        {"near": Exit(box(10.3, 1, 10.6, 2.4), [("hall", "east"), ("east", "")]),
         "far": Exit(box(4, 8.3, 6, 8.6), [("hall", "north"), ("north", "")])},
        [Source(box(-7.7, 1.3, -5, 6.7), 140.0, {"near": 0.85, "far": 0.15}, [("", "west")])],
        fork=box(-8, 0, 8, 6.5),
    )  # fmt: skip
    plan = plan_of(
        zone("west", parts["west"]), zone("hall", parts["hall"], "concourse"), zone("east", box(10.6, -10, 30, 15)),
        zone("north", box(-5, 8.6, 10, 25)),
        door("in", [(-0.2, 2.5), (-0.2, 5.5)], "west", "hall"), door("near", [(10.3, 1), (10.3, 2.4)], "hall", "east"),
        door("far", [(4, 8.3), (6, 8.3)], "hall", "north"), door("out", [(30, 0), (30, 6)], "east", None),
        door("north-out", [(0, 25), (5, 25)], "north", None), door("west-in", [(-8, 2), (-8, 6)], "west", None),
    )  # fmt: skip
    return Scene(
        "hall, people are guided to its other exit", "guide_out", "hall", plan, ground,
        asked("guide_out", away="near", towards="far"), {"east": 60.0, "north": 40.0}, zone="north",
    )  # fmt: skip

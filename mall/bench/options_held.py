"""Scenes held out: written before anything was tuned, run once when all was; nothing was chosen with these in view."""

from gis.passage import Passage
from mall.bench.options_crowd import Exit, Ground, Source
from mall.bench.options_scenes import Scene, asked, box, door, open_floor, plan_of, zone

STAIR_M_S = 0.65  # Weidmann 1993, mean of up and down


def held_out() -> tuple[Scene, ...]:
    """Return the scenes held out."""
    return stair(), junction(), both_ways(), wide_exit(), past()


def stair() -> Scene:
    """Return a stair with a narrow foot, at whose head people are kept back."""
    upper, steps = box(-8, -2, 0, 4.4), box(0.3, 0, 8.3, 2.4)
    throats = [box(0, 0.1, 0.3, 2.3), box(8.3, 0.5, 8.9, 1.9)]
    ground = Ground(
        open_floor(upper, steps, *throats), {"upper": upper, "stair": steps},
        {"foot": Exit(box(8.6, 0.5, 8.9, 1.9), [("stair", "hall"), ("hall", "")])},
        [Source(box(-7.7, -1.7, -4, 4.1), 85.0, {"foot": 1.0}, [("", "upper")])], speed_m_s=STAIR_M_S,
    )  # fmt: skip
    plan = plan_of(
        zone("upper", upper), zone("stair", steps, "stair", width_m=2.2), zone("hall", box(8.9, -10, 30, 15)),
        door("head", [(0.15, 0.1), (0.15, 2.3)], "upper", "stair"),
        door("foot", [(8.6, 0.5), (8.6, 1.9)], "stair", "hall"),
        door("in", [(-8, -1), (-8, 3)], "upper", None), door("out", [(30, 0), (30, 6)], "hall", None),
    )  # fmt: skip
    return Scene(
        "stair, people are kept back at its head", "bar_entry", "stair", plan, ground, asked("bar_entry", stops=0),
        {"hall": 60.0}, zone="upper",
    )  # fmt: skip


def junction() -> Scene:
    """Return a T junction where the crowd of an event joins a stream, and is let out later."""
    parts = {"west": box(-10, 1.5, -0.4, 4.5), "cinema": box(1, 6.4, 5, 16), "junction": box(0, 0, 6, 6)}
    throats = [box(-0.4, 1.8, 0, 4.2), box(1.5, 6, 4.5, 6.4), box(2.3, -0.6, 3.7, 0)]
    ground = Ground(
        open_floor(*parts.values(), *throats), parts,
        {"out": Exit(box(2.3, -0.6, 3.7, -0.3), [("junction", "south"), ("south", "")])},
        [Source(box(-9.7, 1.8, -7, 4.2), 60.0, {"out": 1.0}, [("", "west")]),
         Source(box(1.3, 12, 4.7, 15.7), 75.0, {"out": 1.0}, [("", "cinema")])],
    )  # fmt: skip
    plan = plan_of(
        zone("west", parts["west"]), zone("cinema", parts["cinema"], "event"),
        zone("junction", parts["junction"], "walkway"), zone("south", box(-10, -20, 15, -0.6)),
        door("from-west", [(-0.2, 1.8), (-0.2, 4.2)], "west", "junction"),
        door("from-cinema", [(1.5, 6.2), (4.5, 6.2)], "cinema", "junction"),
        door("out", [(2.3, -0.3), (3.7, -0.3)], "junction", "south"),
        door("west-in", [(-10, 1.8), (-10, 4.2)], "west", None), door("south-out", [(0, -20), (5, -20)], "south", None),
        door("screen", [(1.5, 16), (4.5, 16)], "cinema", None),
    )  # fmt: skip
    return Scene(
        "T junction, an event lets people out later", "delay_event", "junction", plan, ground,
        asked("delay_event", stops=1), {"south": 60.0},
    )  # fmt: skip


def both_ways() -> Scene:
    """Return a corridor that people walk both ways, made one way."""
    parts = {"west": box(-6, -1.5, -0.4, 4.5), "corridor": box(0, 0, 16, 3), "east": box(16.4, -1.5, 22.4, 4.5)}
    throats = [box(-0.4, 0, 0, 3), box(16, 0, 16.4, 3)]
    ground = Ground(
        open_floor(*parts.values(), *throats), parts,
        {"eastward": Exit(box(22.1, -1.5, 22.4, 1), [("east", "")]),
         "westward": Exit(box(-6, 2, -5.7, 4.5), [("west", "")])},
        [Source(box(-5.7, -1.2, -3.5, 1.5), 40.0, {"eastward": 1.0}, [("", "west")]),
         Source(box(19.5, 1.5, 22, 4.2), 55.0, {"westward": 1.0}, [("", "east")])],
    )  # fmt: skip
    plan = plan_of(
        zone("west", parts["west"]), zone("corridor", parts["corridor"], "walkway"), zone("east", parts["east"]),
        door("west-end", [(-0.2, 0), (-0.2, 3)], "west", "corridor"),
        door("east-end", [(16.2, 0), (16.2, 3)], "east", "corridor"),
        door("west-out", [(-6, -1), (-6, 4)], "west", None), door("east-out", [(22.4, -1), (22.4, 4)], "east", None),
    )  # fmt: skip
    return Scene(
        "corridor walked both ways, made one way", "bar_entry", "corridor", plan, ground, asked("bar_entry", stops=1),
        {}, zone="east",
    )  # fmt: skip


def wide_exit() -> Scene:
    """Return a hall with a wide exit, beside which a second one is opened."""
    before, hall = box(-8, 2, -0.4, 8), box(0, 0, 12, 10)
    throats = [box(-0.4, 3, 0, 7), box(12, 1, 12.6, 3), box(12, 6.5, 12.6, 8.5)]
    onward = [("hall", "street"), ("street", "")]
    ground = Ground(
        open_floor(before, hall, *throats),
        {"before": before, "hall": hall},
        {"first": Exit(box(12.3, 1, 12.6, 3), onward), "second": Exit(box(12.3, 6.5, 12.6, 8.5), onward)},
        [Source(box(-7.7, 2.3, -4, 7.7), 175.0, {"first": 1.0}, [("", "before")])],
        fork=box(-8, 0, 10, 10),
    )
    plan = plan_of(
        zone("before", before), zone("hall", hall, "entrance"), zone("street", box(12.6, -10, 40, 20)),
        door("in", [(-0.2, 3), (-0.2, 7)], "before", "hall"), door("first", [(12.3, 1), (12.3, 3)], "hall", "street"),
        door("second", [(12.3, 6.5), (12.3, 8.5)], "hall", "street"),
        door("far", [(-8, 3), (-8, 7)], "before", None), door("out", [(40, 0), (40, 10)], "street", None),
    )  # fmt: skip
    return Scene(
        "wide exit, a second one is opened", "open_opening", "hall", plan, ground,
        asked("open_opening", away="first", towards="second"), {"street": 80.0}, {"second": Passage("closed")},
    )  # fmt: skip


def past() -> Scene:
    """Return a hall with a narrow end, past which some are guided by a passage."""
    parts = {"fork": box(-8, -1, 0, 13), "hall": box(0.4, 0, 12.4, 8), "passage": box(0.4, 9, 12.4, 12)}
    throats = [box(0, 2, 0.4, 6), box(0, 9.5, 0.4, 11.5), box(12.4, 3.5, 13, 4.5), box(12.4, 9.5, 13, 11.5)]
    ground = Ground(
        open_floor(*parts.values(), *throats), parts,
        {"hall-end": Exit(box(12.7, 3.5, 13, 4.5), [("hall", "court"), ("court", "")]),
         "passage-end": Exit(box(12.7, 9.5, 13, 11.5), [("passage", "court"), ("court", "")])},
        [Source(box(-7.5, -0.5, -4, 12.5), 105.0, {"hall-end": 0.8, "passage-end": 0.2}, [("", "fork")])],
        fork=parts["fork"],
    )  # fmt: skip
    plan = plan_of(
        zone("fork", parts["fork"]), zone("hall", parts["hall"], "atrium"),
        zone("passage", parts["passage"], "walkway"), zone("court", box(13, -10, 35, 20)),
        door("to-hall", [(0.2, 2), (0.2, 6)], "fork", "hall"),
        door("to-passage", [(0.2, 9.5), (0.2, 11.5)], "fork", "passage"),
        door("hall-end", [(12.7, 3.5), (12.7, 4.5)], "hall", "court"),
        door("passage-end", [(12.7, 9.5), (12.7, 11.5)], "passage", "court"),
        door("in", [(-8, 0), (-8, 10)], "fork", None), door("out", [(35, 0), (35, 10)], "court", None),
    )  # fmt: skip
    return Scene(
        "hall with a narrow end, some are guided past", "guide_route", "hall", plan, ground,
        asked("guide_route", away="hall-end", towards="passage-end"), {"court": 60.0},
    )  # fmt: skip

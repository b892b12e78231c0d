"""The zone-flow model: nobody is lost or made, capacities hold, more compliance never means more people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mall.options.network import Network, network
from mall.options.predict import MINUTES, NOTHING, Change, Redirect, simulate
from tests.mall.options.scenes import (
    BOTTLENECK_RATES,
    CORRIDOR_RATES,
    LANDING_RATES,
    bottleneck,
    corridor,
    landing,
)

SCENES = [
    (landing(), "landing", LANDING_RATES),
    (bottleneck(), "room", BOTTLENECK_RATES),
    (corridor(), "narrow", CORRIDOR_RATES),
]
shares = st.tuples(*[st.floats(0.0, 1.0)] * 3).map(lambda row: tuple(sorted(row)))


def made(scene: int, people: float, factor: float) -> Network:
    graph, place, rates = SCENES[scene]
    count = {zone.id: (0.8 * people, people, 1.3 * people) for zone in graph.plan.zones}
    return network(graph, place, count, {pair: (rate or 0.0) * factor for pair, rate in rates.items()}, {})


@settings(max_examples=40, deadline=None)
@given(
    scene=st.integers(0, 2),
    people=st.floats(0.0, 400.0),
    factor=st.floats(0.0, 3.0),
    stop=shares,
    turn=shares,
    leave=shares,
    start=st.integers(0, 12),
)
def test_nobody_is_lost_or_made(scene: int, people: float, factor: float, stop, turn, leave, start: int) -> None:  # type: ignore[no-untyped-def]
    net = made(scene, people, factor)
    out = net.out_of(net.place)
    change = Change(
        start,
        stop=dict.fromkeys(net.into(net.place), stop),
        redirects=(Redirect(tuple(out[1:]), out[0], turn),),
        leave={0: leave},
    )
    runs = simulate(net, [NOTHING, change])
    total = runs.people.sum(axis=-1)
    np.testing.assert_allclose(total, total[..., :1] + runs.came - runs.left, atol=1e-6)
    assert (runs.people >= -1e-9).all()


def test_no_flow_no_change() -> None:
    net = made(0, 50.0, 0.0)
    runs = simulate(net, [NOTHING])
    np.testing.assert_allclose(runs.people, np.repeat(runs.people[:, :, :1], MINUTES + 1, axis=2), atol=1e-9)


def test_what_is_ready_later_changes_nothing_before() -> None:
    net = made(2, 60.0, 1.0)
    shut = Change(7, stop=dict.fromkeys(net.into(net.place), (1.0, 1.0, 1.0)))
    runs = simulate(net, [NOTHING, shut])
    np.testing.assert_allclose(runs.people[1, :, :8], runs.people[0, :, :8])
    assert (runs.people[1, :, 8, 0] < runs.people[0, :, 8, 0]).all()


@pytest.mark.parametrize("scene", [0, 1, 2])
def test_the_more_are_stopped_the_fewer_are_there(scene: int) -> None:
    net = made(scene, 60.0, 1.0)
    edges = [i for zone in net.nodes for i in net.into(zone.zone) if not net.edges[i].tail]
    changes = [Change(0, stop=dict.fromkeys(edges, (share,) * 3)) for share in (0.0, 0.3, 0.6, 1.0)]
    total = simulate(net, changes).people.sum(axis=-1)[:, 1, MINUTES]
    assert (np.diff(total) < 0.0).all()


def test_a_door_lets_through_no_more_than_it_can() -> None:
    """An open room with 300 people and a door that passes 60 a minute as planned: 5 minutes for 300."""
    graph, place, _ = SCENES[1]
    rates = {("room", "beyond"): 60.0, ("before", "room"): 0.0, ("room", "before"): 0.0, ("beyond", "room"): 0.0}
    net = network(graph, place, {"room": (300.0,) * 3}, rates, {})
    runs = simulate(net, [Change(0, leave={0: (1.0, 1.0, 1.0)}, freed=tuple(net.out_of("room")))])
    # Two doors of 1 m: 120 a minute at most.
    assert runs.people[0, 1, 1, 0] >= 300.0 - 120.0 - 1e-6


def test_zones_that_nobody_counts_are_assumed_and_told() -> None:
    graph, place, _ = SCENES[0]
    net = network(graph, place, {}, {}, {})
    assert not net.is_measured(place)
    assert not net.node(place).is_known
    assert net.node(place).people[0] == 0.0


def test_a_queue_before_a_barrier_does_not_leak() -> None:
    """60 a minute come, 85 % of them are kept out: 9 a minute get in, however many stand there: + 51 a minute."""
    net = made(1, 40.0, 1.0)
    entry = net.between("before", "room")
    runs = simulate(net, [NOTHING, Change(0, stop=dict.fromkeys(entry, (0.85, 0.85, 0.85)))])
    waiting = runs.people[1, 1, :, net.index["before"]]
    # Fewer than 60 fit in by the outer door of 4 m from 240 * (5.4 - k) / 3.65 = 60 on: k = 4.49, minute 9.8.
    np.testing.assert_allclose(np.diff(waiting)[:9], 51.0, rtol=1e-6)


def emptying(rates: dict[tuple[str, str], float], people: float) -> list[float]:
    """Return the people of a corridor of 20 m, 60 m² and a door of 2 m, minute by minute, once nobody comes in."""
    graph, place, _ = SCENES[2]
    back = {pair[::-1]: 0.0 for pair in rates}
    net = network(graph, place, {"narrow": (people,) * 3, "fork": (400.0,) * 3}, back | rates, {})
    shut = Change(0, stop=dict.fromkeys(net.into(place), (1.0, 1.0, 1.0)))
    found = simulate(net, [NOTHING, shut]).people[1, :, :, net.index[place]]
    return [float(count) for count in found[1]]


def test_a_crowd_before_a_door_leaves_at_the_pace_of_the_door() -> None:
    """120 wait, 110 a minute go by a door planned for 120: after half a minute 65 are left, after two nobody."""
    found = emptying({("fork", "narrow"): 110.0, ("narrow", "court"): 110.0}, 240.0)
    np.testing.assert_allclose(found[:3], [240.0, 130.0, 20.0], atol=1.0)
    assert found[4] < 1.0


def test_those_who_stand_of_their_own_will_go_on_standing() -> None:
    """30 people, 10 a minute leave: 3 min each, of which a fifth of a minute is walking: nearly 30 exp(-t / 3)."""
    found = emptying({("fork", "narrow"): 10.0, ("narrow", "court"): 10.0}, 30.0)
    np.testing.assert_allclose(found[1:7], 30.0 * np.exp(-np.arange(1, 7) / 3.0), rtol=0.12)


def test_who_walks_across_stays_shorter_where_it_is_emptier() -> None:
    """At 2 p/m² 20 m take 20 / 0.61 = 33 s: 218 a minute of 120 by a door of 4 m. At the free 1.34 m/s 15 s."""
    graph, place, rates = SCENES[0]
    walk_s = 20.0 / 1.34
    corridor_net = network(SCENES[2][0], "narrow", {"narrow": (60.0,) * 3}, CORRIDOR_RATES, {})
    assert corridor_net.node("narrow").walk_min * 60.0 == pytest.approx(walk_s, rel=0.02)
    assert network(graph, place, {}, rates, {}).node(place).walk_min > 0.0


@pytest.mark.parametrize(
    ("came", "left", "people", "fills"),
    [
        (94.0, 88.0, 26.0, False),  # 6 more a minute over 3 minutes: chance, sqrt(182 / 3) = 7.8
        (100.0, 88.0, 26.0, True),  # 12 more: sqrt(188 / 3) = 7.9
        (94.0, 110.0, 26.0, False),
        (116.0, 110.0, 150.0, True),  # at 2.5 p/m² before a loaded door what leaves is all that it lets through
    ],
)
def test_a_place_fills_where_more_come_than_chance_tells(came: float, left: float, people: float, fills: bool) -> None:
    rates = {("fork", "narrow"): came, ("narrow", "court"): left, ("narrow", "fork"): 0.0, ("court", "narrow"): 0.0}
    net = network(SCENES[2][0], "narrow", {"narrow": (people,) * 3}, rates, {})
    assert net.is_filling("narrow") is fills


@pytest.mark.parametrize(("there", "is_fed"), [(3.0, True), (14.0, True), (16.0, False), (200.0, False)])
def test_a_zone_that_passes_more_on_than_it_holds_does_not_run_dry(there: float, is_fed: bool) -> None:
    # 60 a minute leave "before" (20 m, 15 s at 1.34 m/s: 15 people on their way), and none are seen to come.
    graph, place, rates = SCENES[1]
    unseen = {**rates, ("", "before"): 0.0}
    net = network(graph, place, {"room": (40.0,) * 3, "before": (there,) * 3}, unseen, {})
    assert net.node("before").is_fed is is_fed
    if is_fed:
        low, likely, high = simulate(net, [NOTHING]).people[0, :, :, net.index[place]]
        assert low[3] <= 40.0 < likely[3] == pytest.approx(40.0 + 3 * 20.0, abs=1.0)
        assert likely[4] < likely[3]  # no longer than it was counted
        assert high[15] > high[3]
        barred = Change(stop=dict.fromkeys(net.into(place), (1.0,) * 3))
        before = simulate(net, [NOTHING, barred]).people[1, :, :, net.index["before"]]
        np.testing.assert_allclose(before, there, atol=1e-6)  # nor does it fill with those whom nobody saw


def test_flows_that_nobody_counted_yet_come_to_what_the_advisory_tells() -> None:
    graph, place, _ = SCENES[1]
    count = {"room": (40.0,) * 3, "before": (3.0,) * 3}
    net = network(graph, place, count, {}, {}, (30.0, 10.0))
    came, left = (sum(net.edges[i].rate for i in ways) for ways in (net.into(place), net.out_of(place)))
    assert (came, left) == (pytest.approx(30.0), pytest.approx(10.0))
    assert not net.is_measured(place)
    some = network(graph, place, count, {("before", "room"): 20.0, ("room", "before"): 0.0}, {}, (30.0, 10.0))
    assert sum(some.edges[i].rate for i in some.into(place)) == pytest.approx(30.0)

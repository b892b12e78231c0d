"""Readings: count, band, letter, coverage and age of a zone from what its cameras gave."""

from dataclasses import replace
from typing import Any

import pytest

from gis.density import STANDARDS
from mall.models import CameraStatus, PointFrame, ZoneReading
from mall.reading.coverage import Coverage
from mall.reading.readings import Sight, Trends, band_of, estimate, letter, live_cameras, read_zones, trend, widen
from mall.store import MemoryStore
from tests.mall.scene import Clock, Scene, crowd, plan

NOW = 1_800_000_000.0
WEST, EAST = [[0.0, 0.0], [5.0, 0.0], [5.0, 21.0], [0.0, 21.0]], [[5.0, 0.0], [10.0, 0.0], [10.0, 21.0], [5.0, 21.0]]


def published(camera: str = "c1", n: int = 0, **changes: Any) -> tuple[PointFrame, CameraStatus]:
    clock = Clock(NOW)
    store = MemoryStore(clock=clock)
    scene = Scene(store, clock)
    status = {key: changes.pop(key) for key in ("footprint", "fit", "recall", "precision", "source") if key in changes}
    scene.frame(crowd(n), camera, **changes)
    scene.status(camera, **status)
    return store.read_points("1f")[0][1], store.read_statuses()[camera]


def read(
    pairs: dict[str, tuple[PointFrame, CameraStatus]],
    counts: dict[str, int],
    *,
    now: float = NOW,
    previous: dict[str, ZoneReading] | None = None,
    **known: Any,
) -> dict[str, ZoneReading]:
    frames = {camera: pair[0] for camera, pair in pairs.items()}
    statuses = {camera: pair[1] for camera, pair in pairs.items()}
    coverage = Coverage(plan(), "1f")
    coverage.learn({camera: status.footprint for camera, status in statuses.items()})
    live = live_cameras(frames, statuses, now)
    sight = Sight(now, "e", 1, frames, live, statuses, counts, **known)
    return read_zones(coverage, sight, previous=previous or {}, trends=Trends())


def test_an_exact_camera_that_sees_all_gives_one_letter() -> None:
    row = read({"c1": published(n=50)}, {"plaza": 50, "shop": 0})["plaza"]
    assert (row.people, row.band, row.density, row.los, row.coverage) == (50, (49, 51), 0.5, "C", 1.0)
    assert (row.crowd, row.source, row.unproven, row.cameras) == ("free", "recorded", False, ("c1",))
    assert (row.received_at, row.lag_s, row.period_s) == (NOW, 0.1, 0.25)


def test_a_live_zone_with_nobody_is_zero() -> None:
    row = read({"c1": published()}, {"plaza": 0, "shop": 0})["plaza"]
    assert (row.people, row.band, row.los) == (0, (0, 0), "A")


def test_shops_have_no_letter() -> None:
    assert read({"c1": published(n=5)}, {"plaza": 0, "shop": 5})["shop"].los is None


@pytest.mark.parametrize(
    "pairs",
    [
        {},
        {"c1": published(n=5, footprint=None)},
        {"c1": published(n=5, footprint=[[90.0, 90.0], [91.0, 90.0], [91.0, 91.0]])},
        {"c1": published(n=5, footprint=[[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])},  # 4 % of the plaza
    ],
)
def test_a_zone_that_nobody_covers_is_unknown_not_zero(pairs: dict[str, Any]) -> None:
    row = read(pairs, {"plaza": 0, "shop": 0})["plaza"]
    assert (row.people, row.band, row.density, row.los, row.coverage, row.received_at) == (
        None,
        None,
        None,
        None,
        0.0,
        0.0,
    )


def test_a_zone_whose_cameras_are_all_lost_keeps_its_last_value_and_its_time() -> None:
    pair = published(n=50)
    first = read({"c1": pair}, {"plaza": 50, "shop": 0})
    later = read({"c1": pair}, {}, now=NOW + 60, previous=first)["plaza"]
    assert (later.people, later.received_at, later.coverage) == (50, NOW, 0.0)


def test_one_of_two_cameras_lost_widens_the_band() -> None:
    both = {"c1": published("c1", 20, footprint=WEST), "c2": published("c2", 20, footprint=EAST)}
    whole = read(both, {"plaza": 40, "shop": 0})["plaza"]
    assert (whole.coverage, whole.band) == (1.0, (39, 41))
    gone = replace(both["c2"][0], received_at=NOW - 10)
    half = read({**both, "c2": (gone, both["c2"][1])}, {"plaza": 20, "shop": 0})["plaza"]
    assert (half.coverage, half.band, half.cameras) == (0.5, (19, 42), ("c1",))
    assert half.received_at == NOW


def test_a_frozen_picture_is_not_live() -> None:
    frame, status = published(n=5)
    assert live_cameras({"c1": frame}, {"c1": replace(status, condition="suspect")}, NOW) == frozenset()
    assert live_cameras({"c1": frame}, {}, NOW) == {"c1"}
    assert live_cameras({}, {}, NOW) == frozenset()


def test_the_age_is_that_of_the_oldest_contributing_frame_and_the_source_the_least_real() -> None:
    one, two = published("c1", 5), published("c2", 5, source="simulated")
    old = (replace(two[0], received_at=NOW - 2.0), two[1])
    row = read({"c1": one, "c2": old}, {"plaza": 5, "shop": 0})["plaza"]
    assert (row.received_at, row.source) == (NOW - 2.0, "simulated")


def test_unproven_never_gets_a_single_letter() -> None:
    row = read({"c1": published(n=50, fit="unproven")}, {"plaza": 50, "shop": 0})["plaza"]
    assert (row.los, row.unproven) == ("C–D", True)


def test_saturated_is_open_upward() -> None:
    row = read({"c1": published(n=50, saturated=True)}, {"plaza": 50, "shop": 0})["plaza"]
    assert row.band == (49, None)
    assert row.saturated


def test_a_half_watched_crowd_is_as_dense_as_a_whole_one() -> None:
    """120 people on the western 50 m² of the plaza are 2.4 p/m², whatever stands in the east."""
    row = read({"c1": published("c1", 120, footprint=WEST)}, {"plaza": 120, "shop": 0})["plaza"]
    assert (row.people, row.coverage, row.density, row.los) == (120, 0.5, 2.4, "F")
    assert row.crowd == "critical"
    assert row.band == (117, 246), "what was seen, its upper end opened by what was not"


@pytest.mark.parametrize(
    ("people", "speed", "change", "state"),
    [
        (100, None, None, "dense"),  # 1.00 p/m²
        (110, None, -0.5, "critical"),  # 1.10 p/m² and the flow falls by half
        (110, None, -0.1, "dense"),
        (180, 1.0, None, "critical"),
        (220, 1.0, None, "critical"),  # 2.20 p/m², walking
        (220, 0.2, None, "stalled"),
        (220, None, None, "critical"),
    ],
)
def test_a_crowd_is_judged_by_density_speed_and_flow(
    people: int, speed: float | None, change: float | None, state: str
) -> None:
    known = {
        "speeds": {} if speed is None else {"plaza": speed},
        "flow_changes": {} if change is None else {"plaza": change},
    }
    assert read({"c1": published(n=people)}, {"plaza": people, "shop": 0}, **known)["plaza"].crowd == state


@pytest.mark.parametrize(
    ("people", "band"), [(0, (0, 0)), (1, (0, 2)), (50, (49, 51)), (51, (49, 53)), (200, (196, 204))]
)
def test_simulated_boxes_are_exact_but_placing_them_is_not(people: int, band: tuple[int, int]) -> None:
    assert read({"c1": published(n=people)}, {"plaza": people, "shop": 0})["plaza"].band == band


def test_a_card_sets_the_band() -> None:
    status = published(n=50, fit="proven", recall=0.8, precision=0.9)
    assert read({"c1": status}, {"plaza": 50, "shop": 0})["plaza"].band == (45, 63)


@pytest.mark.parametrize(
    ("counted", "people", "band", "parts", "expected"),
    [
        (10, 10, (8, 14), [1.0], (8, 14)),  # all of them are here
        (5, 10, (8, 14), [0.5], (4, 7)),  # half of them
        (0, 10, (8, 14), [0.5], (0, 2)),  # the missed ones may stand here
        (0, 0, (0, 0), [1.0], (0, 0)),
    ],
)
def test_a_zone_shares_its_cameras_band(
    counted: int, people: int, band: tuple[int, int], parts: list[float], expected: tuple[int, int]
) -> None:
    frame, status = published(n=people, band=band)
    assert band_of(counted, [frame], [replace(status, fit="proven")], parts=parts) == expected


def test_a_head_count_line_scales_the_estimate() -> None:
    frame, _ = published(n=10, people=15, band=(12, 18))
    assert estimate(10, [frame]) == 15
    assert estimate(0, [frame]) == 0
    assert estimate(3, []) == 3


@pytest.mark.parametrize(
    ("band", "coverage", "saturated", "expected"),
    [
        ((3, 5), 1.0, False, (3, 5)),
        ((3, 5), 0.5, False, (3, 10)),
        ((3, 5), 0.4, False, (3, None)),
        ((0, 0), 1.0, True, (0, None)),
    ],
)
def test_widen(band: tuple[int, int], coverage: float, saturated: bool, expected: tuple[int, int | None]) -> None:
    assert widen(band, coverage, saturated=saturated) == expected


@pytest.mark.parametrize(
    ("low", "high", "unproven", "expected"),
    [
        (0.1, 0.1, False, "A"), (0.1, 0.4, False, "A–B"), (0.1, 2.0, False, "unsure"), (0.1, None, False, "unsure"),
        (3.0, None, False, "F"), (0.1, 0.1, True, "A–B"), (3.0, 3.0, True, "E–F"), (0.1, 0.4, True, "A–B"),
    ],
)  # fmt: skip
def test_letter(low: float, high: float | None, unproven: bool, expected: str) -> None:
    assert letter(low, high, STANDARDS["walkway"], unproven=unproven) == expected


@pytest.mark.parametrize(("per_minute", "expected"), [(0.0, 0), (0.5, 0), (2.0, 1), (-2.0, -1), (20.0, 2), (-20.0, -2)])
def test_trend(per_minute: float, expected: int) -> None:
    assert trend([(t, 10 + per_minute * t / 60) for t in range(61)]) == expected  # type: ignore[list-item]


def test_no_trend_from_too_little() -> None:
    assert trend([]) == 0
    assert trend([(0.0, 1), (1.0, 50), (2.0, 99)]) == 0
    trends = Trends()
    assert [trends.add("a", NOW + t, t) for t in range(100)][-1] == 2
    trends.forget("a")
    assert trends.add("a", NOW + 100, 5) == 0
    assert trends.add("a", NOW - 100, 5) == 0

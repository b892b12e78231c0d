"""Public levels: words only, a minute's mean, nothing that gives one person away."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from gis.floorplan import FloorPlan, Level, Zone
from mall.models import ZoneReading, pack
from mall.public_levels import (
    MAX_ADVANTAGE,
    MIN_COMFORT_CAPACITY,
    WORDS,
    PublicLevels,
    attack_advantage,
    comfort_capacity,
    level_index,
    published,
    version_of,
)

HALL = Zone("hall", "Hall", "concourse", "1", box(0, 0, 20, 10))  # 200 m² x 0.72 = 144 people
COMFORT = 144.0


def plan(*zones: Zone) -> FloorPlan:
    return FloorPlan(levels=(Level("1", "1"),), zones=zones)


def reading(zone: str, people: int | None, *, at: float = 1000.0, coverage: float = 1.0) -> ZoneReading:
    return ZoneReading(
        zone=zone, people=people, band=None, density=None, los=None, crowd=None, trend=0, observed_at=at,
        received_at=at, lag_s=0.0, period_s=1.0, seq=1, epoch="e", coverage=coverage, source="camera",
    )  # fmt: skip


def run(levels: PublicLevels, people: int | None, seconds: int = 60, **changes: float) -> dict[str, object]:
    for _ in range(seconds):
        levels.add({"hall": reading("hall", people, **changes)}, 1.0, now=1000.0)
        levels.pass_time(1.0)
    assert levels.due() == (levels.elapsed >= 60 or levels.version == 0)
    return levels.publish(1000.0)


def test_comfort_capacity_is_the_c_d_boundary_times_area() -> None:
    assert comfort_capacity(plan(HALL), HALL) == pytest.approx(COMFORT)


@pytest.mark.parametrize(
    ("people", "word"),
    [
        (0, "quiet"),
        (35, "quiet"),
        (36, "moderate"),
        (71, "moderate"),
        (72, "busy"),
        (115, "busy"),
        (116, "very_busy"),
        (999, "very_busy"),
    ],
)
def test_levels_begin_at_25_50_and_80_percent(people: int, word: str) -> None:
    levels = PublicLevels(published(plan(HALL)))
    assert run(levels, people)["zones"] == {"hall": word}


def test_a_level_is_left_five_percent_below_and_at_least_one_person() -> None:
    assert level_index(35.9, COMFORT, 1) == 1
    assert level_index(34.0, COMFORT, 1) == 0  # 5 % of 36 is 1.8
    assert level_index(9.1, 40.0, 1) == 1
    assert level_index(8.9, 40.0, 1) == 0  # at least one person below 10


@given(st.floats(0, 1e4), st.floats(40, 1e4), st.none() | st.integers(0, 3))
def test_levels_are_monotone(people: float, comfort: float, before: int | None) -> None:
    assert level_index(people, comfort, before) <= level_index(people + 1.0, comfort, before)


@pytest.mark.parametrize(("people", "changes"), [(None, {}), (50, {"at": 900.0}), (50, {"coverage": 0.3})])
def test_unknown_stale_or_mostly_unseen_is_no_data_and_never_quiet(
    people: int | None, changes: dict[str, float]
) -> None:
    levels = PublicLevels(published(plan(HALL)))
    assert run(levels, people, **changes)["zones"] == {"hall": "no_data"}


def test_half_a_minute_of_silence_is_no_data() -> None:
    levels = PublicLevels(published(plan(HALL)))
    run(levels, 50, 29)
    levels.add({"hall": reading("hall", 50)}, 29.0, now=1000.0)
    levels.pass_time(60.0)
    assert levels.publish(1000.0)["zones"] == {"hall": "no_data"}


def test_a_parent_is_judged_by_the_part_that_is_seen_if_that_is_most_of_it() -> None:
    bay = Zone("bay", "Bay", "concourse", "1", box(30, 0, 35, 10), parent="hall")  # 36 of 180
    levels = PublicLevels(published(plan(HALL, bay)))
    assert run(levels, 60)["zones"] == {"hall": "moderate"}  # 60 of the 144 that are seen
    bays = [replace(bay, id=f"bay-{i}", polygon=box(30 + 6 * i, 0, 35 + 6 * i, 10)) for i in range(6)]
    levels = PublicLevels(published(plan(HALL, *bays)))
    assert run(levels, 60)["zones"] == {"hall": "no_data"}  # 144 of 360 are too little


@pytest.mark.parametrize(
    ("people", "coverage", "word"),
    [(40, 1.0, "moderate"), (40, 0.5, "busy"), (20, 0.5, "moderate"), (70, 0.6, "very_busy")],
)
def test_a_zone_seen_in_part_is_judged_by_the_ground_seen(people: int, coverage: float, word: str) -> None:
    levels = PublicLevels(published(plan(HALL)))
    assert run(levels, people, coverage=coverage)["zones"] == {"hall": word}  # 25, 50, 80 % of 144 x coverage


def test_a_part_so_small_that_one_person_would_tell_is_no_data() -> None:
    bay = Zone("bay", "Bay", "concourse", "1", box(0, 0, 10, 6))  # comfort 43: half of it fails the attack
    levels = PublicLevels(published(plan(bay)))
    assert attack_advantage(43.2 / 2) > MAX_ADVANTAGE >= attack_advantage(43.2)
    for _ in range(60):
        levels.add({"bay": reading("bay", 10, coverage=0.5)}, 1.0, now=1000.0)
        levels.pass_time(1.0)
    assert levels.publish(1000.0)["zones"] == {"bay": "no_data"}


def test_words_only_in_what_is_published() -> None:
    message = run(PublicLevels(published(plan(HALL)), version=11), 50)
    assert set(message) == {"version", "at", "zones"}
    assert message["version"] == 12
    assert set(message["zones"].values()) <= {*WORDS, "no_data"}  # type: ignore[attr-defined]
    assert version_of(pack(message)) == 12
    assert version_of(None) == 0
    assert json.loads(pack(message)) == message


def test_small_zones_stand_in_their_parent_and_hidden_ones_nowhere() -> None:
    zones = (
        HALL,
        Zone("bay", "Bay", "concourse", "1", box(0, 0, 5, 5), parent="hall"),
        Zone("nook", "Nook", "concourse", "1", box(30, 0, 35, 5)),
        Zone("office", "Office", "staff", "1", box(0, 20, 50, 40)),
        Zone("wc", "WC", "restroom", "1", box(0, 40, 50, 60), capacity=500),
        Zone("shop", "Shop", "shop", "1", box(50, 0, 90, 20)),
        Zone("back", "Back", "concourse", "1", box(50, 20, 90, 40), public=False),
    )
    shown = published(plan(*zones))
    assert [zone.id for zone in shown] == ["hall"]
    assert set(shown[0].members) == {"hall", "bay"}
    assert shown[0].comfort == pytest.approx(COMFORT)
    opted = published(plan(*zones), {"shop": {"public": 1.0}})
    assert [zone.id for zone in opted] == ["hall", "shop"]


@pytest.mark.parametrize("comfort", [40.0, 41.3, 57.0, 144.0, 1000.0])
def test_whoever_knows_everybody_else_still_guesses(comfort: float) -> None:
    """Count the counts at which one more person changes the word; an oracle without the code's own loop."""
    assert 0.0 < attack_advantage(comfort) <= MAX_ADVANTAGE
    changes = {level_index(n, comfort, None) for n in range(int(comfort) + 2)}
    assert attack_advantage(comfort) >= 0.5 * (len(changes) - 1) / (int(comfort) + 1) - 1e-12


def test_a_tiny_zone_would_fail_the_attack() -> None:
    assert attack_advantage(5.0) > MAX_ADVANTAGE
    assert MIN_COMFORT_CAPACITY == 40.0


def test_no_zones_is_no_levels() -> None:
    assert PublicLevels(()).publish(1.0)["zones"] == {}

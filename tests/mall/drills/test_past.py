"""An hour of the past, played again: as many people as there were, moves as they were counted, unknown is not zero."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from gis.routes import WalkGraph
from mall.drills.book import PAST, Run, ask, read_book
from mall.drills.cameras import views_of
from mall.drills.clock import DrillClock
from mall.drills.hour import Hour, known_hours, read_hour
from mall.drills.past import PastExercise
from mall.drills.past_crowd import PastCrowd
from mall.drills.running import Player
from mall.errors import SiteError
from mall.models import MinuteRow
from mall.store import MemoryStore
from tests.mall.drills.hall import plan, site
from tests.mall.store_samples import advisory

GRAPH = WalkGraph.of(plan())
START = 1_799_992_800.0  # a whole hour


def hour(hall: Sequence[float | None], moves: dict[tuple[str, str], int] | None = None) -> Hour:
    street = [0.0] * len(hall)
    return Hour(START, len(hall), {"hall": hall, "street": street}, [moves or {}] * len(hall))


def counted(crowd: PastCrowd, seconds: float) -> int:
    for _ in range(int(seconds * 2)):
        crowd.step(0.5)
    found = crowd.people().get("1f")
    return 0 if found is None else int((found[1][:, 0] < 20.0).sum())


@pytest.mark.parametrize(
    ("hall", "at_s", "people"),
    [
        ([10, 10], 60, 10), ([10, 30], 60, 20), ([10, 30], 30, 10), ([10, 30], 90, 30), ([10, 30], 119, 30),
        ([0, 0], 60, 0), ([None, 12], 30, 0), ([None, 12], 90, 12), ([12, None], 45, 12),
    ],
)  # fmt: skip
def test_there_are_as_many_as_there_were(hall: list[float | None], at_s: float, people: int) -> None:
    assert counted(PastCrowd(GRAPH, hour(hall)), at_s) == pytest.approx(people, abs=1)


def test_people_go_from_zone_to_zone_as_they_were_counted() -> None:
    crowd = PastCrowd(GRAPH, Hour(START, 2, {"hall": [10, 0], "street": [10, 20]}, [{("hall", "street"): 20}, {}]))
    counted(crowd, 2)
    first = set(crowd.people()["1f"][0].tolist())
    counted(crowd, 116)
    xy, numbers = crowd.people()["1f"][1], set(crowd.people()["1f"][0].tolist())
    assert (xy[:, 0] > 19.9).sum() == 20
    assert numbers == first, "they are the same: nobody appears or is gone"


def test_the_same_hour_is_the_same_crowd() -> None:
    one, other = (PastCrowd(GRAPH, hour([20, 30], {("", "street"): 3, ("street", "hall"): 3})) for _ in range(2))
    assert counted(one, 90) == counted(other, 90)
    assert (one.people()["1f"][1] == other.people()["1f"][1]).all()


def kept(minutes: range, rows: list[MinuteRow], now: float = START + 3 * 3600) -> MemoryStore:
    store = MemoryStore(clock=DrillClock(now))
    for minute in minutes:
        store.append_minute("1f", int(START) + 60 * minute, rows)
    return store


ROWS = [
    MinuteRow("hall", 30.0, 31, 1.0, 0, 0), MinuteRow("street", None, 0, 0.0, None, None),
    MinuteRow("move:hall>street", None, 0, 1.0, 2, 3), MinuteRow("move:>gone-zone", None, 0, 1.0, 2, 3),
    MinuteRow("line:gate-line", None, 0, 1.0, 7, 7),
]  # fmt: skip


def test_an_hour_is_read_from_minutes() -> None:
    found = read_hour(kept(range(60), ROWS), site(), {"hall": 0.5, "street": 1.0}, START, 15)
    assert found.minutes == 15
    assert found.people["hall"] == [60.0] * 15, "what is seen of half of it stands for all of it"
    assert found.people["street"] == [None] * 15, "unknown is not zero"
    assert found.moves[3] == {("hall", "street"): 2, ("street", "hall"): 3}


def test_what_hardly_anybody_saw_is_not_known() -> None:
    assert read_hour(kept(range(60), ROWS), site(), {"hall": 0.1}, START, 5).people["hall"] == [None] * 5


@pytest.mark.parametrize("minutes", [range(0), range(29)])
def test_an_hour_with_too_few_minutes_is_refused(minutes: range) -> None:
    with pytest.raises(SiteError, match="minutes of that time are known"):
        read_hour(kept(minutes, ROWS), site(), {"hall": 1.0}, START, 60)


def test_the_hours_that_are_kept() -> None:
    assert known_hours(kept(range(60), ROWS), site(), START + 3 * 3600 + 5) == [START]
    assert known_hours(kept(range(60), ROWS), site(), START + 3599) == [], "not over yet"
    assert known_hours(MemoryStore(), site(), START) == []


def test_unknown_people_are_a_silent_camera_and_no_empty_zone() -> None:
    clock = DrillClock(START)
    exercise = PastExercise(site(), views_of(site()), hour([None, 20]), MemoryStore(clock=clock))
    seen = []
    while not exercise.is_over:
        clock.now += 0.5
        exercise.step()
        reading = exercise.store.read_live("1f").get("hall")
        seen.append(None if reading is None else reading.people)
    exercise.close()
    assert set(seen[:100]) == {None}
    assert seen[-1] == 20


def test_a_past_hour_is_played_beside_the_mall_and_tells_what_was_raised_then(tmp_path: Path) -> None:
    clock = DrillClock()
    mall, exercise = kept(range(60), ROWS), MemoryStore(clock=clock)
    then = advisory(1).changed(raised_at=START + 20.0)
    mall.put_advisory(then, None)
    run = Run("r1", PAST, "console:mori", "look again", "asked", START, hour=START, minutes=1)
    assert ask(mall, run, mall.time()) is not None

    def pause(_: float) -> None:
        clock.now += 0.5

    Player(site(tmp_path), mall, exercise, run, pause=pause).play(threading.Event())
    [over] = read_book(mall).runs
    assert over.condition == "ended", over.reason
    assert over.debrief is not None
    assert [(row["advisory"], row["at_s"]) for row in over.debrief["then"]] == [(then.id, 20.0)]
    assert over.debrief["passed"] is None
    assert mall.advisories() == [then]
    assert exercise.read_live("1f")["hall"].people == pytest.approx(30, abs=1)

"""Lines: what was watched has counts, what was not has none, and flows out are compared minute by minute."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gis.flow import Crossing
from mall.models import LevelSnapshot, PointFrame
from mall.reading.coverage import Coverage
from mall.reading.line_book import LineBook
from mall.reading.minutes import MinuteClock
from mall.store import MemoryStore
from tests.mall.scene import T0, Clock, Scene, plan

WHOLE = [[0.0, 0.0], [10.0, 0.0], [10.0, 21.0], [0.0, 21.0]]


def frames_of(*cameras: str) -> dict[str, PointFrame]:
    clock = Clock(T0)
    scene = Scene(MemoryStore(clock=clock), clock)
    for camera in cameras:
        scene.frame([], camera)
    return {frame.camera: frame for _, frame in scene.store.read_points("1f")}


class Book:
    """A line book under one camera that may look away."""

    def __init__(self) -> None:
        self.lines = LineBook(plan(), "1f")
        self.coverage = Coverage(plan(), "1f")
        self.coverage.learn({"c1": WHOLE})
        self.frames = frames_of("c1")
        self.now = T0

    def pass_time(self, seconds: int, *, watched: bool = True, outs: int = 0, ins: int = 0) -> None:
        """Let seconds pass; ``outs`` and ``ins`` cross the shop's door in each."""
        for _ in range(seconds):
            self.now += 1.0
            crossings = [Crossing("shop-door", 1, "out")] * outs + [Crossing("shop-door", 1, "in")] * ins
            self.lines.book(crossings, self.now)
            self.lines.watch(self.coverage, ["c1"] if watched else [], self.frames, self.now)
            self.lines.roll({}, now=self.now, dated=self.now, elapsed_s=1.0)
            self.lines.fresh = {}


def minutes(first: int, last: int) -> list[int]:
    return list(range(first, last + 60, 60))


# Seconds after the start. 210 s are lived, three minutes and a half; then the clock steps, and 400 s more are lived.
@pytest.mark.parametrize(
    ("step_s", "kept", "crossed"),
    [
        (0, minutes(0, 540), 610),
        (5, minutes(0, 540), 610),
        (-5, minutes(0, 540), 610),
        (-90, minutes(0, 420), 610),  # one minute takes in what was lived twice
        (-300, minutes(0, 240), 610),
        (-305, minutes(-120, 240), 610 - 180),  # three minutes of a time to come give way
        (3600, minutes(0, 180) + minutes(3780, 4140), 610),
        (-3600, minutes(-3420, -3060), 610 - 180),
    ],
)
@pytest.mark.parametrize("start", [1_800_000_000, int(datetime(2026, 10, 25, 0, 58, tzinfo=UTC).timestamp())])
def test_minutes_are_right_soon_after_a_step_of_the_clock_and_none_is_there_twice(
    start: int, step_s: int, kept: list[int], crossed: int
) -> None:
    book, clock, wall = Book(), MinuteClock(), Clock()
    store = MemoryStore(clock=wall)
    for second in range(610):
        wall.now = float(start + second + (step_s if second >= 210 else 0))
        dated = clock.read(wall.now)
        late_s = -step_s if -300 <= step_s < 0 else 0
        assert dated == wall.now or 210 <= second < 210 + late_s, "it is right once a small step is waited out"
        book.lines.book([Crossing("shop-door", 1, "in")], float(second))
        book.lines.watch(book.coverage, ["c1"], book.frames, float(second))
        book.lines.roll({}, now=wall.now, dated=dated, elapsed_s=1.0)
        book.lines.fresh = {}
        for closed in book.lines.closed:
            store.append_minute("1f", *closed)
        book.lines.closed.clear()
    found = store.read_minutes("1f", 0, 2e9)
    assert [at - start for at, _ in found] == kept
    running = book.lines.running
    assert running is not None
    counts = [row.count_in or 0 for _, rows in found for row in rows if row.zone == "line:shop-door"]
    assert sum(counts) + running.lines["shop-door"][0] == crossed
    lately = book.lines.recent()["shop-door"][0]
    assert lately == (610 if step_s < 3600 else 400)


def test_recent_counts_need_a_watch_of_half_the_time() -> None:
    book = Book()
    book.pass_time(100, watched=False)
    assert book.lines.recent() == {}, "never watched"
    book.pass_time(90, ins=1)
    assert book.lines.recent() == {}, "90 of 190 s"
    book.pass_time(30, ins=1)
    assert book.lines.recent() == {"door": (0, 0), "shop-door": (120, 0)}


def test_the_stamp_is_of_the_oldest_camera_and_ages_when_nobody_watches() -> None:
    book = Book()
    book.coverage.learn({"c1": WHOLE, "c2": WHOLE})
    frames = frames_of("c1", "c2")
    frames["c2"] = replace(frames["c2"], received_at=T0 - 2.0)
    book.lines.watch(book.coverage, ["c1", "c2"], frames, T0)
    assert book.lines.watched["door"][0] == T0 - 2.0
    book.lines.watch(book.coverage, [], frames, T0 + 9.0)
    assert book.lines.watched["door"][0] == T0 - 2.0


def test_the_flow_out_is_compared_with_the_minute_before() -> None:
    book = Book()
    book.pass_time(60, outs=2)
    assert book.lines.flow_changes(book.now) == {}, "watched for one minute only"
    book.pass_time(60, outs=1)
    book.pass_time(1)
    assert book.lines.flow_changes(book.now)["shop"] == pytest.approx(-0.5, abs=0.03)


def test_no_flow_from_few_people_or_from_a_watch_with_a_gap() -> None:
    few, gap = Book(), Book()
    few.pass_time(9, outs=1)
    few.pass_time(120)
    assert few.lines.flow_changes(few.now) == {}
    gap.pass_time(60, outs=2)
    gap.pass_time(1, watched=False)
    gap.pass_time(61, outs=1)
    assert gap.lines.flow_changes(gap.now) == {}


def test_what_an_earlier_engine_wrote_goes_on() -> None:
    first, second = Book(), Book()
    first.pass_time(90, ins=1)
    last = LevelSnapshot("1f", "e", 1, first.now, {}, [], watched=first.lines.watched, minute=first.lines.running)
    last = LevelSnapshot.from_json(last.to_json())
    second.lines.resume(last, {"shop-door": (90, 0)}, [first.lines.closed[0]], dated=first.now)
    second.now = first.now
    assert second.lines.recent()["shop-door"] == (90, 0)
    second.pass_time(31, ins=1)
    (start, rows) = second.lines.closed[0]
    counted = {row.zone: row.count_in for row in rows}
    assert (start, counted["line:shop-door"], second.lines.totals["shop-door"]) == (T0 + 60, 60, (121, 0))


def test_a_minute_that_was_already_kept_is_not_taken_up_again() -> None:
    first, second = Book(), Book()
    first.pass_time(60, ins=1)
    first.pass_time(1)
    stale = LevelSnapshot("1f", "e", 1, first.now, {}, [], minute=replace(first.lines._recent[0]))
    second.lines.resume(stale, {}, [first.lines.closed[0]], dated=first.now)
    assert second.lines.running is None

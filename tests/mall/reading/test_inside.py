"""People inside: what may begin the figure anew, and that it never shows a part as the whole."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from mall.engine import Engine
from mall.reading.occupancy import SETTLE_S
from mall.store import MemoryStore
from mall.views.operator import read_operator_view
from tests.mall.scene import Clock, Scene, crowd, site

STEP = 0.25
WEST = [[0.0, 0.0], [5.0, 0.0], [5.0, 21.0], [0.0, 21.0]]
EAST = [[5.0, 0.0], [10.0, 0.0], [10.0, 21.0], [5.0, 21.0]]
STREET = [[0.0, -20.0], [10.0, -20.0], [10.0, 0.9], [0.0, 0.9]]  # before the door: in no zone
VIEWS = {"west": WEST, "east": EAST, "street": STREET}
PICTURE = [[0, 200], [100, 200], [100, 0], [0, 0]]
NOBODY = np.empty((0, 2))


def in_west(n: int) -> np.ndarray:
    return crowd(n, area=(0.5, 2.0, 4.5, 10.0))


def in_east(n: int) -> np.ndarray:
    return crowd(n, area=(5.5, 2.0, 9.5, 10.0))


class Mall:
    """Two cameras of the plaza's halves, perhaps a third of the street."""

    def __init__(self, cameras: Sequence[str] = ("west", "east"), *, loop: bool = True) -> None:
        self.clock = Clock()
        self.store = MemoryStore(clock=self.clock)
        rows = [
            {"id": name, "source": f"{name}.mp4", "level": "1f", "loop": loop, "size": [100, 200]}
            | {"calibration": {"image_points": PICTURE, "plan_points": VIEWS[name]}}
            for name in cameras
        ]
        self.site = site({"camera": rows})
        self.scene = Scene(self.store, self.clock)
        self.engine = Engine(self.site, self.store)

    def run(self, seconds: float, *, cut: Sequence[str] = (), epoch: str = "w", **seen: np.ndarray) -> list[Any]:
        """Let cameras see people for a while; return the people inside as shown after each tick."""
        shown = []
        for step in range(round(seconds / STEP)):
            self.clock.now += STEP
            for name, points in seen.items():
                self.scene.frame(points, name, cut=step == 0 and name in cut, epoch=epoch)
                self.scene.status(name, footprint=VIEWS[name])
            self.engine.tick()
            shown.append(self.inside)
        return shown

    @property
    def inside(self) -> int | None:
        totals = read_operator_view(self.site, self.store)["totals"]
        return None if totals["inside"] is None else int(totals["inside"])


def test_inside_is_unknown_until_every_indoor_camera_is_live() -> None:
    mall = Mall()
    assert set(mall.run(20.0, west=in_west(12))) == {None}, "half of the mall is not the mall"
    shown = mall.run(2.0, west=in_west(12), east=NOBODY)  # its tracker has confirmed nobody yet
    shown += mall.run(2.0, west=in_west(12), east=in_east(8))
    assert shown[-1] == 20
    assert set(shown) <= {None, 20}


def test_at_the_first_start_no_partial_figure_is_shown() -> None:
    mall = Mall()
    shown = mall.run(SETTLE_S + 1.0, west=in_west(12), east=in_east(8))
    assert set(shown) == {None, 20}
    assert shown[-1] == 20


@pytest.mark.parametrize(
    ("loop", "epoch"), [(False, "w"), (False, "w2"), (True, "w2")], ids=["reconnect", "restart", "restart of a loop"]
)
def test_a_camera_that_comes_back_re_bases_nothing(loop: bool, epoch: str) -> None:
    mall = Mall(loop=loop)
    mall.run(5.0, west=in_west(36), east=in_east(5))
    assert mall.inside == 41
    shown = mall.run(5.0, east=in_east(5))  # west is lost
    shown += mall.run(1.0, cut=["west"], epoch=epoch, west=NOBODY, east=in_east(5))  # back, nobody confirmed yet
    shown += mall.run(10.0, epoch=epoch, west=in_west(1), east=in_east(5))
    assert set(shown) == {41}


def test_ten_wraps_of_all_cameras_at_once_never_collapse() -> None:
    """The end of the recording has 20 + 12 people, its begin 9 + 8; after a wrap trackers confirm nobody at first."""
    mall = Mall()
    mall.run(5.0, west=in_west(9), east=in_east(8))
    for _ in range(10):
        both = ["west", "east"]
        assert mall.inside == 17
        assert set(mall.run(3.0, west=in_west(9), east=in_east(8))) == {17}
        shown = mall.run(0.75, cut=both, west=NOBODY, east=NOBODY)
        shown += mall.run(4.0, west=in_west(20), east=in_east(12))
        assert set(shown) == {17, 32}
        assert sorted(shown) == shown, "one step from the old total to the new one"
        shown = mall.run(0.75, cut=both, west=NOBODY, east=NOBODY)
        shown += mall.run(4.0, west=in_west(9), east=in_east(8))
        assert set(shown) == {17, 32}
        assert sorted(shown, reverse=True) == shown


def test_a_wrap_while_a_camera_is_lost_waits_for_it() -> None:
    mall = Mall()
    mall.run(5.0, west=in_west(12), east=in_east(8))
    shown = mall.run(5.0, west=in_west(12))
    shown += mall.run(20.0, cut=["west"], west=in_west(3))
    assert set(shown) == {20}
    assert mall.run(SETTLE_S + 1.0, west=in_west(3), east=in_east(8))[-1] == 11


def test_a_film_of_the_street_has_no_say() -> None:
    mall = Mall(("west", "east", "street"))
    assert mall.run(5.0, west=in_west(12), east=in_east(8))[-1] == 20, "a street camera need not be live"
    crowd_outside = crowd(30, area=(1.0, -15.0, 9.0, -2.0))
    mall.run(3.0, west=in_west(12), east=in_east(8), street=crowd_outside)
    shown = mall.run(6.0, cut=["street"], west=in_west(2), east=in_east(1), street=crowd_outside)
    assert set(shown) == {20}


def test_an_engine_that_was_away_for_minutes_does_not_know_who_is_inside() -> None:
    mall = Mall()
    mall.run(5.0, west=in_west(12), east=in_east(8))
    mall.engine = Engine(mall.site, mall.store)
    assert set(mall.run(1.0, west=in_west(12), east=in_east(8))) == {20}
    mall.clock.now += 300.0
    mall.engine = Engine(mall.site, mall.store)
    assert set(mall.run(1.0, west=in_west(12))) == {None}
    assert mall.run(5.0, west=in_west(12), east=in_east(3))[-1] == 15

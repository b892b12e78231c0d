"""R15 through the whole engine: 200 zones flap at 1 Hz, a danger comes among them, then their floor goes dark.

Here for a minute and a half, so that it is quick; ``scripts/flapping_mall.py`` plays the ten minutes.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from shapely import box

from gis.floorplan import FloorPlan, Level, Zone
from mall.models import SEVERITIES
from tests.mall.reading.played import Play, Turn

ACROSS, CAMERAS = 20, 4
DANGER_AT, DARK_AT, END = 50.0, 90.0, 125.0
ON_DELAY_S = 1.0 + 5.0  # a speed is known after a second, then the on-delay of `stalled`


def mall_plan() -> FloorPlan:
    """Return 200 zones of 2 x 2 m, a metre apart."""
    spots = [(3.0 * (n % ACROSS), 3.0 * (n // ACROSS)) for n in range(200)]
    zones = tuple(Zone(f"z{n}", f"Z{n}", "concourse", "1f", box(x, y, x + 2, y + 2)) for n, (x, y) in enumerate(spots))
    return FloorPlan((Level("1f", "1F"),), zones)


class Flapping(Play):
    """Four cameras, each of a strip of the hall; somebody comes and goes in every zone, each second somebody else.

    Args:
        above_s: for so many of ten seconds they are there, in each zone beginning at another one.
        danger_at: second from which ten people stand on the 4 m² of the last zone.

    """

    def __init__(self, above_s: int, danger_at: float = DANGER_AT) -> None:
        hook = {"id": "hook", "kind": "webhook", "url": "https://nobody.invalid/", "secret_env": "NO_SECRET"}
        # 0.25 p/m² are one person
        limits = {"density-walkway": {"watch": 0.2}}
        super().__init__(mall_plan(), {"limits": limits, "notify": [hook]}, cameras=CAMERAS)
        self.above_s, self.danger_at = above_s, danger_at
        self.crowd = [(58.0 + 0.3 * (n % 4), 28.0 + 0.4 * (n // 4)) for n in range(10)]  # in z199

    def places(self) -> Iterator[tuple[int, float, float]]:
        second = round(self.t)
        for n in range(199):
            if (second + n) % 10 < self.above_s:
                x, y = 3.0 * (n % ACROSS), 3.0 * (n // ACROSS)
                yield 1000 * (second % 3) + n, x + 1.0, y + 1.0
        if self.t >= self.danger_at:
            yield from ((10_000 + n, x, y) for n, (x, y) in enumerate(self.crowd))

    def _see(self, _people: Any) -> None:
        rows = list(self.places())
        for index, camera in enumerate(self.site.cameras):
            x0, x1 = 15.0 * index - 0.5, 15.0 * index + 14.5
            mine = [row for row in rows if x0 <= row[1] < x1]
            xy = np.array([row[1:] for row in mine]).reshape(-1, 2)
            self.scene.frame(xy, camera.id, tracks=[row[0] for row in mine], period_s=1.0)
            footprint = [[x0, -1.0], [x1, -1.0], [x1, 30.0], [x0, 30.0]]
            self.scene.status(camera.id, footprint=footprint, period_s=1.0)


def calls(turns: dict[tuple[str, str], list[Turn]]) -> list[tuple[float, str]]:
    """Return when somebody was called: something was raised or became worse."""
    found = []
    for (rule, _), each in turns.items():
        before = -1
        for at, severity in each:
            now = -1 if severity is None else SEVERITIES.index(severity)
            if now > before:
                found.append((at, rule))
            before = now
    return sorted(found)


def most_calls(turns: dict[tuple[str, str], list[Turn]], within_s: float = 600.0) -> int:
    """Return how often somebody was called in the worst ten minutes."""
    called = calls(turns)
    return max((sum(0.0 <= at - start < within_s for at, _ in called) for start, _ in called), default=0)


@pytest.mark.parametrize(("above_s", "leads"), [(5, ("stalled", "z199")), (9, ("level-crowded", "1f"))])
def test_two_hundred_zones_flap_then_their_floor_goes_dark(above_s: int, leads: tuple[str, str]) -> None:
    """Five of ten seconds never raise; nine of ten do, as one advisory of the level, which the danger then leads."""
    mall = Flapping(above_s).run(END, is_seen=lambda t: t < DARK_AT)
    told = next(at for at, severity in mall.turns[leads] if severity == "act")
    assert 0.0 <= told - DANGER_AT - ON_DELAY_S <= 2.0
    assert most_calls(mall.turns) <= 10
    raised = [(a.rule, a.place) for a in mall.store.advisories()]
    assert len(raised) == len(set(raised)), "each at most once"
    # the dark floor is one advisory, and clears no danger
    assert [rule for at, rule in calls(mall.turns) if at > DARK_AT and rule != "channel-failed"] == ["level-dark"]
    active = {(a.rule, a.place): a.severity for a in mall.store.advisories(active_only=True)}
    assert active == {leads: "act", ("level-dark", "1f"): "act", ("channel-failed", "hook"): "warn"}
    # what is told outside is no more than that: a message for each, taken by nobody here
    assert len(mall.store.queued_messages()) == 3
    mall.engine.close()

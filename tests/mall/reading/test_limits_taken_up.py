"""Other limits while the engine runs: open advisories, what people did and delays under way go on."""

import threading
from typing import Any

import pytest

from mall.advisories.acting import act
from mall.advisories.life import Order
from mall.config import Site
from mall.engine import run_engine
from mall.errors import SiteError
from mall.site_limits import RunningSite
from mall.store import MemoryStore
from tests.mall.reading.test_crowds_live import STEP, Live
from tests.mall.reading.test_forecast_watch import pass_minutes, told, write
from tests.mall.scene import crowd, plan
from tests.mall.scene import site as scene_site
from tests.stack_process import wait_for

# The plaza has 100 m²; a standing crowd of 120 is 1.2 p/m², watch (1.08); its card says so after 10 s.
CROWD = crowd(120)


def with_limits_of(live: Live, limits: dict[str, Any]) -> Site:
    file = live.site.file.model_copy(update={"limits": limits})
    return Site(live.site.folder, file, live.site.plan, "other")


def run(live: Live, seconds: float, people: Any = CROWD) -> None:
    for _ in range(round(seconds / STEP)):
        live.tick(people)


def test_a_delay_under_way_runs_on() -> None:
    """Stands since 7 s when the limit falls from 1.08 to 1.0: at 1.2 p/m² it was at 1.0 for all of them."""
    live = Live(plan())
    run(live, 7.0)
    live.engine.take_limits(with_limits_of(live, {"density-walkway": {"watch": 1.0}}))
    run(live, 2.5)
    assert live.open("density-walkway") == []
    run(live, 1.5)
    (found,) = live.open("density-walkway")
    assert (found.severity, found.facts["limit"]) == ("watch", 1.0)


def test_a_limit_that_is_reached_later_must_be_reached_anew() -> None:
    """240 people are 2.4 p/m², act (2.17) since 7 s; the limit of act rises to 2.3, which takes its own 10 s."""
    live = Live(plan(), {"limits": {"stalled": {"act": 9.0, "clear": 10.0}}})
    own = {"stalled": {"act": 9.0, "clear": 10.0}, "density-walkway": {"act": 2.3}}
    run(live, 7.0, crowd(240))
    live.engine.take_limits(with_limits_of(live, own))
    run(live, 4.0, crowd(240))
    assert [a.severity for a in live.open("density-walkway")] == ["warn"], "watch and warn ran on"
    run(live, 6.5, crowd(240))
    assert [a.severity for a in live.open("density-walkway")] == ["act"]


def test_an_open_advisory_stays_with_what_people_did_and_tells_the_new_limit() -> None:
    live = Live(plan())
    run(live, 12.0)
    (before,) = live.open("density-walkway")
    act(live.store, before.id, Order("acknowledge", "console:mori"), now=live.clock.now)
    live.engine.take_limits(with_limits_of(live, {"density-walkway": {"watch": 1.1}}))
    run(live, 3.0)
    (after,) = live.open()
    assert (after.id, after.status, after.acknowledged_by) == (before.id, "acknowledged", "console:mori")
    assert (after.facts["limit"], after.facts["source"]) == (1.1, "site profile, [limits.density-walkway]")
    run(live, 30.0)
    assert [a.version for a in live.open()] == [after.version], "said once"


def test_one_that_the_new_limit_no_longer_reaches_ends_by_its_off_delay() -> None:
    live = Live(plan())
    run(live, 12.0)
    live.engine.take_limits(with_limits_of(live, {"density-walkway": {"watch": 1.5}}))  # 1.2 is below 1.35
    run(live, 59.0)
    assert len(live.open("density-walkway")) == 1
    run(live, 3.0)
    assert live.open() == []
    assert [a.status for a in live.store.advisories()] == ["resolved"]


def test_a_lost_camera_and_a_reported_matter_go_on() -> None:
    """A camera is lost 20 s after its last frame, told 5 s later: those five seconds run on."""
    live = Live(plan())
    run(live, 2.0, crowd(3))
    while live.clock.now < 1_800_000_000 + 2.0 + 23.0:
        live.clock.now += STEP
        live.engine.tick()
    assert live.open("camera-lost") == []
    live.engine.take_limits(with_limits_of(live, {"utilisation": {"watch": 0.7}}))
    for _ in range(12):
        live.clock.now += STEP
        live.engine.tick()
    (found,) = live.open("camera-lost")
    live.engine.take_limits(with_limits_of(live, {}))
    live.clock.now += STEP
    live.engine.tick()
    assert [(a.id, a.version) for a in live.open()] == [(found.id, found.version)]


def test_a_place_that_is_judged_no_more_expires() -> None:
    """forecast-full judges places for at least ``least_people``: 72 on the plaza are fewer than 100."""
    live = Live(plan())
    write(live, told())
    pass_minutes(live, 4)
    assert len(live.open("forecast-full")) == 1
    live.engine.take_limits(with_limits_of(live, {"forecast-full": {"least_people": 100.0}}))
    live.tick(crowd(3))
    assert live.open() == []
    assert [a.status for a in live.store.advisories()] == ["expired"]


def test_limits_that_make_no_ladder_leave_the_engine_as_it_is() -> None:
    live = Live(plan())
    run(live, 12.0)
    with pytest.raises(SiteError, match=r"limits.density-walkway"):
        live.engine.take_limits(with_limits_of(live, {"density-walkway": {"watch": 9.0}}))
    live.tick(CROWD)
    assert [a.severity for a in live.open()] == ["watch"]


def test_the_running_loop_takes_them_up_without_another_epoch() -> None:
    """An engine in its loop, by the wall clock: the lead, the epoch and the sequence go on."""
    store, stop = MemoryStore(), threading.Event()
    running = RunningSite(scene_site())
    fresh = Site(running.site.folder, running.site.file, running.site.plan, "other")
    looked: list[bool] = []

    def look() -> bool:
        looked.append(store.read_snapshot("1f") is not None and not any(looked))
        running.site = fresh if looked[-1] else running.site
        return looked[-1]

    running.look = look  # type: ignore[method-assign]
    loop = threading.Thread(target=run_engine, args=(running.site, store, stop), kwargs={"running": running})
    loop.start()
    wait_for(lambda: any(looked))
    first = store.read_snapshot("1f")
    assert first is not None
    wait_for(lambda: (now := store.read_snapshot("1f")) is not None and now.seq > first.seq + 1)
    now = store.read_snapshot("1f")
    stop.set()
    loop.join(5.0)
    assert now is not None
    assert now.epoch == first.epoch

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mall.errors import StoreError
from mall.web.feed import Feed, aged, changes, hold_now


def zone(people: int | None = 3, **more: Any) -> dict[str, Any]:
    row = {"people": people, "band": [2, 4], "density": 0.02, "los": "A", "state": "live", "age_s": 0.4}
    return row | {"observed_at": 100.0, "seq": 1, "epoch": "e", "trend": 0} | more


def view(**more: Any) -> dict[str, Any]:
    whole = {"full": True, "at": 100.0, "zones": {"hall": zone(), "plaza": zone(0)}, "dots": {"1f": [[1.0, 2.0]]}}
    whole |= {
        "cameras": {"c1": {"state": "live", "rate": 5.0, "age_s": 0.3}},
        "totals": {"in": 1, "out": 0, "inside": 1},
    }
    return whole | {"lines": {"door": [1, 0]}, "advisories": [], "popups": {}} | more


def apply(page: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Do by hand what a page does with a message."""
    if part["full"]:
        return {key: value for key, value in part.items() if key != "store"}
    merged = json.loads(json.dumps(page))
    for what in ("zones", "cameras"):
        for key, fields in part[what].items():
            merged[what][key] |= fields
        for key, age in zip(merged[what], part[f"{what}_age"], strict=True):
            merged[what][key]["age_s"] = age
    for what in ("dots", "totals", "lines", "advisories", "popups", "at"):
        if what in part:
            merged[what] = part[what]
    return merged


def clockless(page: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a page does not show, and may therefore not be told."""
    hidden = {"observed_at", "seq", "epoch"}
    zones = {key: {n: v for n, v in row.items() if n not in hidden} for key, row in page["zones"].items()}
    return page | {"zones": zones}


@pytest.mark.parametrize(
    "after",
    [
        view(),  # nothing at all
        view(at=101.0, zones={"hall": zone(4, age_s=0.1, seq=2), "plaza": zone(0, age_s=0.6)}),
        view(zones={"hall": zone(None, state="offline", los=None, age_s=46.0), "plaza": zone(0)}),
        view(zones={"hall": zone(state="unknown", age_s=None), "plaza": zone(0)}),
        view(dots={"1f": []}, totals={"in": 2, "out": 1, "inside": 1}, lines={"door": [2, 1]}),
        view(cameras={"c1": {"state": "offline", "rate": None, "age_s": 30.0}}, advisories=[{"id": "a", "version": 1}]),
        view(popups={"p": {"sensors": {"co2": {"value": 900, "age_s": 1.0, "state": "live"}}}}),
    ],
)
def test_a_page_that_applies_the_changes_holds_the_new_view(after: dict[str, Any]) -> None:
    assert clockless(apply(view(), changes(view(), after))) == clockless(after)


def test_only_changed_zones_are_sent_and_only_their_changed_fields() -> None:
    after = view(zones={"hall": zone(4, observed_at=101.0), "plaza": zone(0, observed_at=101.0, age_s=0.2, seq=9)})
    assert changes(view(), after)["zones"] == {"hall": {"people": 4, "observed_at": 101.0}}


def test_a_quiet_tick_of_300_zones_stays_small() -> None:
    before = view(zones={f"zone-{i}": zone() for i in range(300)}, dots={"1f": [[12.34, 56.78]] * 200})
    moved = {f"zone-{i}": zone(4 if i % 10 == 0 else 3, age_s=0.7) for i in range(300)}
    part = changes(before, view(zones=moved, dots=before["dots"]))
    assert len(json.dumps(part, separators=(",", ":"))) <= 10_000


@pytest.mark.parametrize(
    ("age", "is_sent"),
    [(2.0, False), (0.5, True)],
    ids=["the same reading grows older by itself", "a younger one of the same value is news"],
)
def test_sensors_are_sent_when_they_reported_again(age: float, is_sent: bool) -> None:
    def popups(age_s: float) -> dict[str, Any]:
        return {"p": {"sensors": {"co2": {"value": 900, "age_s": age_s, "state": "live"}}}}

    assert ("popups" in changes(view(popups=popups(1.0)), view(popups=popups(age)))) is is_sent


@pytest.mark.parametrize(
    ("by_s", "state", "people"),
    [(0.0, "live", 3), (4.0, "stale", 3), (30.0, "offline", None)],
)
def test_an_aged_view_never_looks_fresh(by_s: float, state: str, people: int | None) -> None:
    row = aged(view(), by_s)["zones"]["hall"]
    assert (row["state"], row["people"]) == (state, people)
    assert row["age_s"] == pytest.approx(0.4 + by_s)


@pytest.mark.parametrize(("by_s", "people"), [(0.0, 0), (4.0, None), (30.0, None)])
def test_an_aged_zero_is_no_longer_known(by_s: float, people: int | None) -> None:
    row = aged(view(zones={"hall": zone(0)}), by_s)["zones"]["hall"]
    assert row["people"] == people


@pytest.mark.parametrize(
    ("period_s", "by_s", "state"),
    [(1.0, 9.0, "stale"), (4.0, 9.0, "live"), (4.0, 39.0, "stale"), (4.0, 41.0, "offline")],
)
def test_a_slow_camera_ages_by_its_own_period(period_s: float, by_s: float, state: str) -> None:
    """live <= max(3 s, 2.5 p) < stale <= max(20 s, 10 p): the contract by hand."""
    assert aged(view(zones={"hall": zone(period_s=period_s)}), by_s)["zones"]["hall"]["state"] == state


def test_whatever_is_told_of_now_goes_with_its_age() -> None:
    hall = zone(crowd="dense", utilisation=0.5, trend=2, period_s=1.0)
    totals = {"in": 5, "out": 2, "inside": 3, "state": "live", "age_s": 0.2, "period_s": 0.2}
    advisory = {"id": "a", "version": 1, "rule": "density-walkway", "place": "hall"}
    camera = {"state": "live", "rate": 5.0, "people": 3, "age_s": 0.3, "period_s": 0.2}
    whole = view(zones={"hall": hall}, totals=totals, cameras={"c1": camera}, advisories=[advisory])
    stale, offline = aged(whole, 5.0), aged(whole, 30.0)
    assert (stale["zones"]["hall"]["trend"], stale["zones"]["hall"]["crowd"]) == (0, "dense")
    assert (stale["cameras"]["c1"]["rate"], stale["dots"]) == (None, {"1f": []})
    assert (stale["totals"]["state"], stale["totals"]["inside"]) == ("stale", 3)
    assert stale["advisories"][0]["now"]["state"] == "stale"
    gone = offline["zones"]["hall"]
    figures = ("people", "band", "density", "los", "crowd", "utilisation")
    assert ({gone[key] for key in figures}, gone["trend"]) == ({None}, 0)
    assert (offline["cameras"]["c1"]["people"], offline["cameras"]["c1"]["rate"]) == (None, None)
    assert {offline["totals"][key] for key in ("in", "out", "inside")} == {None}
    assert offline["advisories"][0]["now"] == {"value": None, "people": None, "band": None, "state": "offline"}
    assert offline["lines"] == {}


@pytest.mark.parametrize(
    ("change", "value"),
    [({}, 2.0), ({"state": "stale"}, 2.1), ({"version": 2}, 2.1)],
    ids=["noise waits", "a state is told at once", "a change is told at once"],
)
def test_what_is_now_beside_an_advisory_is_told_every_five_seconds(change: dict[str, Any], value: float) -> None:
    def told(value: float, version: int = 1, state: str = "live") -> dict[str, Any]:
        return view(advisories=[{"id": "a", "version": version, "now": {"value": value, "state": state}}])

    assert hold_now(told(2.0), told(2.1, **change))["advisories"][0]["now"]["value"] == value
    assert hold_now(None, told(2.1))["advisories"][0]["now"]["value"] == 2.1


def test_what_was_never_seen_stays_unknown_however_long_the_store_is_silent() -> None:
    unseen = view(zones={"hall": zone(None, state="unknown", age_s=None)})
    assert aged(unseen, 60.0)["zones"]["hall"] == unseen["zones"]["hall"]


def played(script: Iterator[Any]) -> Callable[[], Any]:
    def read() -> Any:
        step = next(script)
        if isinstance(step, Exception):
            raise step
        return step

    return read


def run(scene: Callable[[Feed], Any], script: list[Any]) -> Any:
    async def play() -> Any:
        return await scene(Feed(played(iter(script)), lambda _wait: True, min_interval_s=0.0))

    return asyncio.run(play())


def test_the_first_message_is_whole_then_come_changes() -> None:
    async def scene(feed: Feed) -> list[bool]:
        await feed._beat()
        async with feed.subscribe() as page:
            first = json.loads(await page.next() or b"")
            await feed._beat()
            return [first["full"], json.loads(await page.next() or b"")["full"]]

    assert run(scene, [view(), view(at=101.0)]) == [True, False]


def test_a_page_that_fell_behind_gets_the_whole_state_and_only_the_latest() -> None:
    async def scene(feed: Feed) -> dict[str, Any]:
        await feed._beat()
        async with feed.subscribe() as page:
            await page.next()
            for _ in range(3):
                await feed._beat()
            return json.loads(await page.next() or b"")

    seen = run(scene, [view(at=100.0 + i, zones={"hall": zone(i), "plaza": zone(i)}) for i in range(4)])
    assert (seen["full"], seen["at"], seen["zones"]["hall"]["people"]) == (True, 103.0, 3)


def test_a_new_zone_makes_the_next_message_whole() -> None:
    async def scene(feed: Feed) -> bool:
        await feed._beat()
        async with feed.subscribe() as page:
            await page.next()
            await feed._beat()
            return bool(json.loads(await page.next() or b"")["full"])

    assert run(scene, [view(), view(zones={"hall": zone()})])


def test_a_silent_store_is_said_and_its_return_too() -> None:
    async def scene(feed: Feed) -> list[Any]:
        await feed._beat()
        async with feed.subscribe() as page:
            await page.next()
            await feed._beat()
            down = json.loads(await page.next() or b"")
            await feed._beat()
            return [down["store"]["state"], json.loads(await page.next() or b"")["store"], feed.down_since]

    assert run(scene, [view(), StoreError("no answer"), view()]) == ["down", None, None]


def test_before_the_first_answer_nothing_is_invented() -> None:
    async def scene(feed: Feed) -> None:
        await feed._beat()
        feed.current()

    with pytest.raises(StoreError):
        run(scene, [StoreError("no answer")])


def test_the_end_of_the_feed_ends_every_stream() -> None:
    async def scene(feed: Feed) -> Any:
        task = asyncio.create_task(feed.run())
        async with feed.subscribe() as page:
            await page.next()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            while (message := await page.next()) is not None:
                pass
            return message

    assert run(scene, [view() for _ in range(10_000)]) is None


def test_a_view_that_cannot_be_made_is_said_and_survived() -> None:
    outcomes: Iterator[Any] = iter([view(), TypeError("unexpected keyword"), view(at=102.0)])

    def read() -> dict[str, Any]:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return dict(outcome)

    async def scene() -> list[Any]:
        feed = Feed(read, lambda _wait: True)
        downs = []
        async with feed.subscribe():
            for _ in range(3):
                await feed._beat()
                downs.append(feed.down_since is not None)
        return downs

    assert asyncio.run(scene()) == [False, True, False]


def test_a_page_that_opens_while_the_store_is_silent_gets_ages_of_now() -> None:
    feed = Feed(view, lambda _wait: True)

    async def scene() -> dict[str, Any]:
        feed.publish(view())
        feed.read_at -= 60.0
        async with feed.subscribe() as page:
            return dict(json.loads(await page.next() or b""))

    hall = asyncio.run(scene())["zones"]["hall"]
    assert (hall["state"], hall["people"]) == ("offline", None)
    assert hall["age_s"] >= 60


def test_a_page_that_opened_while_the_store_was_silent_holds_what_the_others_hold_once_it_answers() -> None:
    async def scene(feed: Feed) -> list[dict[str, Any]]:
        await feed._beat()
        async with feed.subscribe() as early:
            pages = [json.loads(await early.next() or b"")]
            feed.read_at -= 60.0
            async with feed.subscribe() as late:
                pages.append(json.loads(await late.next() or b""))
                for _ in range(2):
                    await feed._beat()
                    messages = [json.loads(await page.next() or b"") for page in (early, late)]
                    pages = [apply(page, message) for page, message in zip(pages, messages, strict=True)]
                assert not messages[1]["full"], "changes are enough again"
        return [clockless(page) for page in pages]

    early, late = run(scene, [view(), view(at=161.0), view(at=162.0)])
    assert late["zones"] == early["zones"]
    assert late["zones"]["hall"]["state"] == "live"
    assert (late["totals"], late["lines"], late["cameras"]) == (early["totals"], early["lines"], early["cameras"])

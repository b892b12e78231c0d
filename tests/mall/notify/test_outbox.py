"""The outbox: nothing is lost in a crash, what waits is bounded, and one that hangs holds up nobody."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mall.advisories.acting import act
from mall.advisories.desk import Desk
from mall.advisories.life import Order
from mall.advisories.places import labels_of
from mall.advisories.wording import text
from mall.config import Site
from mall.errors import NotifyError
from mall.models import Advisory
from mall.notify.channel_watch import problem_of
from mall.notify.notices import Message
from mall.notify.outbox import GIVE_UP_S, MOST_QUEUED, ChannelState, Outbox
from mall.notify.rounds import Rounds
from mall.notify.sending import Send
from mall.notify.trouble import channel_rows, channel_trouble
from mall.site_alarms import NotifySection
from mall.store import MemoryStore, Store
from tests.mall.notify.receivers import ALARMS, http_receiver, site_with, until, webhook
from tests.mall.web.test_api import ADVISORY
from tests.store_kinds import store_of

T0 = ADVISORY.raised_at


@pytest.fixture(params=["memory", "server"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from store_of(request)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "geheim")


def hook(channel: str = "desk", **more: Any) -> NotifySection:
    return NotifySection(id=channel, kind="webhook", url="http://127.0.0.1/", secret_env="S", **more)


def opened(store: Store, *channels: NotifySection) -> Outbox:
    outbox = Outbox(store, channels or (hook(),))
    outbox.load()
    return outbox


def raised(store: Store, number: int = 1, **changes: Any) -> Advisory:
    found = replace(ADVISORY, id=f"density-walkway:hall:{number}", **changes)
    assert store.put_advisory(found, None)
    return found


def active(store: Store) -> list[Advisory]:
    return store.advisories(active_only=True)


def test_what_waits_outlives_the_leader_and_keeps_its_id(store: Store) -> None:
    raised(store)
    first = opened(store)
    first.look(active(store), T0)
    (message,) = first.due("desk", T0)
    # The leader dies here, with the message perhaps sent, perhaps not.
    second = opened(store)
    second.look(active(store), T0 + 30)
    assert [m.id for m in second.due("desk", T0 + 30)] == [message.id]
    second.taken(message, T0 + 31)
    third = opened(store)
    third.look(active(store), T0 + 60)
    assert third.due("desk", T0 + 60) == []
    assert store.queued_messages() == {}


def test_a_leader_that_dies_between_raise_and_look_has_lost_nothing(store: Store) -> None:
    found = raised(store)
    opened(store).look(active(store), T0)
    act(store, found.id, Order("resolve", "console:mori", text="over"), T0 + 5)  # nobody looked when it ended
    outbox = opened(store)
    outbox.look(active(store), T0 + 90)
    assert [m.kind for m in outbox.due("desk", T0 + 90)] == ["alert"], "the end waits for the beginning"
    outbox.taken(outbox.due("desk", T0 + 90)[0], T0 + 91)
    assert [m.kind for m in outbox.due("desk", T0 + 91)] == ["end"]


def test_pauses_grow_and_end_after_a_day(store: Store) -> None:
    raised(store)
    outbox, now = opened(store), T0
    outbox.look(active(store), now)
    pauses = []
    while message := next(iter(outbox.due("desk", now)), None):
        outbox.refused(message, "answered 500", now)
        waiting = [Message.from_json(text) for text in store.queued_messages().values()]
        if not waiting:
            break
        pauses.append(waiting[0].next_at - now)
        now = waiting[0].next_at
    assert pauses[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert GIVE_UP_S <= now - T0 <= GIVE_UP_S + 300
    state = ChannelState.from_json(store.read_channels()["desk"])
    assert (state.lost, state.failures, state.error) == (1, len(pauses) + 1, "answered 500")


def test_a_queue_that_grows_too_long_leaves_out_the_oldest() -> None:
    store = MemoryStore()
    outbox = opened(store)
    found = [raised(store, number) for number in range(MOST_QUEUED + 5)]
    for number in range(len(found)):
        outbox.look(found[: number + 1], T0 + number)
    waiting = sorted(Message.from_json(text).queued_at for text in store.queued_messages().values())
    assert waiting == [T0 + number for number in range(5, MOST_QUEUED + 5)]
    assert outbox.states["desk"].lost == 5


def test_messages_of_a_channel_that_is_gone_are_dropped(store: Store) -> None:
    raised(store)
    opened(store, hook("old"), hook("desk")).look(active(store), T0)
    assert len(store.queued_messages()) == 2
    opened(store, hook("desk"))
    assert [Message.from_json(text).channel for text in store.queued_messages().values()] == ["desk"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b'{"id": 1}', b"\xff", b'{"advisory": 5}'])
def test_a_damaged_record_stops_nobody(store: Store, damage: bytes) -> None:
    found = raised(store)
    opened(store).look(active(store), T0)
    store.put_message("odd", damage)
    store.write_channel("desk", damage)
    store.queue_notices("gone", damage, {})
    outbox = opened(store)
    outbox.look(active(store), T0 + 1)
    assert [m.advisory["id"] for m in outbox.due("desk", T0 + 1)] == [found.id]
    assert "odd" not in store.queued_messages()
    assert outbox.states["desk"] == ChannelState()


def test_what_was_told_is_forgotten_with_the_advisory(store: Store) -> None:
    found = raised(store)
    outbox = opened(store)
    outbox.look(active(store), T0)
    act(store, found.id, Order("resolve", "console:mori", text="over"), T0 + 5)
    outbox.look(active(store), T0 + 6)
    assert list(store.notice_marks()) == [found.id]
    store.drop_resolved(T0 + 1e6)
    outbox.look([], T0 + 3700)
    assert store.notice_marks() == {}


def rounds_of(site: Site, store: Store, **more: Any) -> Rounds:
    return Rounds(site, store, Desk(store), **more)


def test_a_channel_that_hangs_holds_up_neither_the_rounds_nor_the_others(tmp_path: Path) -> None:
    store, ended, took = MemoryStore(), threading.Event(), []
    site = site_with(
        tmp_path, ALARMS + webhook("slow", "http://127.0.0.1:9/") + webhook("quick", "http://127.0.0.1:9/")
    )

    def sender(_site: Site, channel: NotifySection) -> Send:
        def send(message: Message) -> None:
            if channel.id == "slow":
                ended.wait(20)
                raise NotifyError("away")
            took.append(message.id)

        return send

    rounds = rounds_of(site, store, sender=sender)
    raised(store, 1)
    longest = 0.0
    for second in range(6):
        began = time.monotonic()
        rounds.go(T0 + second)
        longest = max(longest, time.monotonic() - began)
        if second == 2:
            raised(store, 2)
        time.sleep(0.02)
    ended.set()
    rounds.close()
    assert len(took) == 2
    assert longest < 0.5
    assert {Message.from_json(text).channel for text in store.queued_messages().values()} == {"slow"}


class Walk:
    """Lets time pass a second a round until something is there."""

    def __init__(self, rounds: Rounds, now: float) -> None:
        self.rounds, self.now = rounds, now

    def until(self, found: Callable[[], Any]) -> None:
        def step() -> Any:
            self.now += 1.0
            self.rounds.go(self.now)
            return found()

        until(step)


def test_told_once_from_raise_to_end_through_a_real_server(tmp_path: Path, store: Store) -> None:
    with http_receiver() as receiver:
        site = site_with(tmp_path, ALARMS + webhook("desk", receiver.url))
        walk, found = Walk(rounds_of(site, store), T0), raised(store)
        walk.until(lambda: receiver.got and not store.queued_messages())
        receiver.mode = 503  # it is away, and comes back
        act(store, found.id, Order("acknowledge", "console:mori"), walk.now)
        walk.until(lambda: channel_trouble(site, store, walk.now))
        assert channel_trouble(site, store, walk.now) == ["notify desk: 127.0.0.1: answered 503"]
        receiver.mode = 204
        walk.until(lambda: not store.queued_messages())
        act(store, found.id, Order("resolve", "console:mori", text="over"), walk.now)
        walk.until(lambda: receiver.got[-1].headers["X-Mall-Id"].endswith(":3:desk") and not store.queued_messages())
        walk.rounds.close()
    ids = [got.headers["X-Mall-Id"].split(":")[-2] for got in receiver.got]
    assert list(dict.fromkeys(ids)) == ["1", "2", "3"]
    assert ids.count("1") == ids.count("3") == 1
    assert ids.count("2") >= 2, "the one that was refused comes again under its own id"
    (row,) = channel_rows(site, store)
    assert (row["failures"], row["waiting"], row["error"]) == (0, 0, "")
    assert channel_trouble(site, store, walk.now) == []
    assert receiver.url not in str(channel_rows(site, store))


def test_the_daily_self_test_goes_the_whole_way(tmp_path: Path, store: Store) -> None:
    with http_receiver() as receiver:
        toml = '\n[alarms]\nhosts = ["127.0.0.1"]\nself_test_at = "05:30"\n'
        site = site_with(tmp_path, toml + webhook("desk", receiver.url, 'severities = ["clear"]'))
        due = 1_000_000.0
        rounds = rounds_of(site, store, last_due=lambda now: due if now >= due else due - 86_400)
        rounds.go(due - 10_000)
        assert store.advisories() == []
        rounds.go(due + 1)
        (test,) = store.advisories()
        assert (test.rule, test.status, test.severity) == ("self-test", "new", "watch")
        until(lambda: receiver.got)
        Walk(rounds, due + 1).until(lambda: store.advisories()[0].is_over)
        Walk(rounds, due + 70).until(lambda: not store.queued_messages())
        rounds.go(due + 5000)
        rounds.close()
    assert len(store.advisories()) == 1, "once a day"
    assert store.advisories()[0].facts == {"passed": ["desk"], "failed": {}}
    assert b'"status":"Test"' in receiver.got[0].body
    whats = [entry["what"] for entry in store.read_audit(9)]
    assert whats == ["advisory raised", "advisory self-test passed"]
    (row,) = channel_rows(site, store)
    assert row["test_error"] == ""
    assert channel_trouble(site, store, due + 3600) == []
    assert "27 h ago" in channel_trouble(site, store, row["tested_at"] + 27 * 3600.0)[0]


def test_a_self_test_that_does_not_arrive_has_failed(tmp_path: Path) -> None:
    store, due = MemoryStore(), 1_000_000.0
    toml = '\n[alarms]\nhosts = ["127.0.0.1"]\nself_test_at = "05:30"\n'
    site = site_with(tmp_path, toml + webhook("desk", "http://127.0.0.1:9/"))

    def sender(_site: Site, _channel: NotifySection) -> Send:
        def send(_message: Message) -> None:
            raise NotifyError("127.0.0.1: answered 500")

        return send

    rounds = rounds_of(site, store, last_due=lambda _now: due, sender=sender)
    for second in range(1, 70):
        rounds.go(due + second)
        time.sleep(0.002)
    rounds.close()
    test, failed = sorted(store.advisories(), key=lambda found: found.raised_at)
    assert (failed.rule, failed.place, failed.is_over) == ("channel-failed", "desk", False)
    assert test.facts == {"passed": [], "failed": {"desk": "127.0.0.1: answered 500"}}
    assert "alarm self-test: desk: 127.0.0.1: answered 500" in channel_trouble(site, store, due + 70)
    assert "advisory self-test failed" in [entry["what"] for entry in store.read_audit(9)]


def test_a_failed_self_test_is_seen_and_told_by_the_others(tmp_path: Path, store: Store) -> None:
    due = 1_000_000.0
    with http_receiver() as well, http_receiver() as ill:
        toml = '\n[alarms]\nhosts = ["127.0.0.1"]\nself_test_at = "05:30"\n'
        site = site_with(tmp_path, toml + webhook("desk", well.url) + webhook("brigade", ill.url))
        ill.mode = 500
        desk = Desk(store)
        walk = Walk(Rounds(site, store, desk, last_due=lambda _now: due), due)

        def failed() -> list[Advisory]:
            return [a for a in store.advisories(active_only=True) if a.rule == "channel-failed"]

        walk.until(failed)
        (seen,) = failed()
        assert (seen.place, seen.severity, seen.facts["code"]) == ("brigade", "warn", "test")
        words = text(seen, labels_of(site))
        assert words["title"] == {"en": "Channel brigade: does not tell", "ja": "通知経路 brigade：通知不可"}
        assert "self-test did not arrive" in words["why"]["en"]
        assert "127.0.0.1" not in str(words) + str(seen.facts), "other receivers read it"
        walk.until(lambda: any(b"channel-failed" in got.body for got in well.got))
        trouble = channel_trouble(site, store, walk.now)
        assert "alarm self-test: brigade: 127.0.0.1: answered 500" in trouble
        ill.mode = 204  # it takes what waits, such as the end of the test
        walk.until(lambda: not failed())
        walk.rounds.close()
    (over,) = [a for a in store.advisories() if a.rule == "channel-failed"]
    assert (over.status, over.ended_by or over.changed_by) == ("resolved", "engine")


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (ChannelState(), ""),
        (ChannelState(ok_at=5.0, tested_at=9.0), ""),
        (ChannelState(tested_at=9.0, test_error="away"), "test"),
        (ChannelState(ok_at=5.0, tested_at=9.0, test_error="away"), "test"),
        (ChannelState(ok_at=10.0, tested_at=9.0, test_error="away"), ""),
        (ChannelState(failures=6, error="away"), ""),
        (ChannelState(failures=7, error="away"), "messages"),
        (ChannelState(ok_at=10.0, tested_at=9.0, test_error="away", failures=7), "messages"),
    ],
)
def test_when_a_channel_does_not_work(state: ChannelState, code: str) -> None:
    assert problem_of(state) == code

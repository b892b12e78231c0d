"""Whole chains through a real receiver: CAP from alert to cancel, an hour of 500, two leaders at once."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mall.advisories.acting import act
from mall.advisories.desk import Desk
from mall.advisories.life import Order
from mall.models import Advisory
from mall.notify.rounds import Rounds
from mall.store import MemoryStore, Store
from tests.mall.interop.test_cap import ORIGIN, valid
from tests.mall.notify.receivers import ALARMS, Receiver, http_receiver, until, webhook
from tests.mall.web.small_site import SITE, write_site
from tests.mall.web.test_api import ADVISORY

T0 = ADVISORY.raised_at
LOUD = 'severities = ["act", "clear"]'


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "geheim")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as running:
        yield running


class Chain:
    """A leader over a store, and time that passes a second a round."""

    def __init__(self, folder: Path, tables: str, store: Store | None = None) -> None:
        self.store = store or MemoryStore()
        site = write_site(folder, toml=SITE.replace('[[level]]\nid = "1f"', ORIGIN, 1) + ALARMS + tables)
        self.rounds = Rounds(site, self.store, Desk(self.store))
        self.now = T0

    def change(self, **changes: Any) -> Advisory:
        """Change the advisory as the engine would, and let it be told."""
        found = self.store.read_advisory(ADVISORY.id)
        after = ADVISORY if found is None else found.changed(updated_at=self.now, **changes)
        assert self.store.put_advisory(after, None if found is None else found.version)
        self.settle()
        return after

    def settle(self) -> None:
        """Let time pass until nothing waits."""
        until(lambda: [self.go(), not self.store.queued_messages()][1])

    def go(self, seconds: float = 1.0) -> None:
        self.now += seconds
        self.rounds.go(self.now)


def is_idle(chain: Chain) -> bool:
    """Tell whether nothing is on its way."""
    return all(courier.is_free for courier in chain.rounds._couriers.values())


def test_cap_from_alert_to_cancel(tmp_path: Path, receiver: Receiver) -> None:
    chain = Chain(tmp_path, webhook("brigade", receiver.url, 'languages = ["en", "ja"]', kind="cap"))
    chain.change()
    assert act(chain.store, ADVISORY.id, Order("acknowledge", "console:Mori"), chain.now).outcome == "done"
    chain.settle()
    steps = [{"en": "Open gate 2.", "ja": "ゲート 2 を開放。"}]
    chain.change(status="in_progress", chosen={"option": "A", "by": "console:Mori", "steps": steps})
    chain.change(severity="act", status="new")
    chain.change(status="resolved", resolved_at=chain.now, ended_by="engine")
    chain.rounds.close()
    told = [valid(got.body.decode()) for got in receiver.got]
    assert [m["msgType"] for m in told] == ["Alert", "Update", "Update", "Update", "Cancel"]
    assert {(m["status"], m["scope"]) for m in told} == {("Actual", "Restricted")}
    for number, message in enumerate(told):
        before = [f"{m['sender']},{m['identifier']},{m['sent']}" for m in told[:number]]
        assert message.get("references", "").split() == before
        assert message["restriction"]
        assert [info["language"] for info in message["info"]] == ["en-GB", "ja-JP"]
        assert message["sent"].endswith("+09:00")
        for info in message["info"]:
            ring = info["area"][0]["polygon"][0].split()
            assert len(ring) >= 4
            assert ring[0] == ring[-1]
            assert all(35.6 < float(lat) < 35.8 and 139.7 < float(lon) < 139.9 for lat, lon in map(pair, ring))
    assert len({m["identifier"] for m in told}) == 5
    infos = [m["info"][0] for m in told]
    assert [info["severity"] for info in infos] == ["Moderate", "Moderate", "Moderate", "Severe", "Minor"]
    assert infos[2]["instruction"] == "Open gate 2."
    assert told[2]["info"][1]["instruction"] == "ゲート 2 を開放。"
    assert (infos[4]["urgency"], infos[4]["responseType"]) == ("Past", ["AllClear"])
    assert "Mori" not in str([got.body.decode() for got in receiver.got])


def pair(text: str) -> list[str]:
    return text.split(",")


def test_who_hears_only_of_worse_things_begins_with_an_alert(tmp_path: Path, receiver: Receiver) -> None:
    chain = Chain(tmp_path, webhook("all", receiver.url, kind="cap") + webhook("loud", receiver.url, LOUD, kind="cap"))
    chain.change()
    chain.change(severity="act")
    chain.change(status="resolved", resolved_at=chain.now)
    chain.rounds.close()
    told: dict[str, list[Any]] = {"all": [], "loud": []}
    for got in receiver.got:
        told[got.headers["X-Mall-Id"].rpartition(":")[2]].append(valid(got.body.decode()))
    assert [m["msgType"] for m in told["all"]] == ["Alert", "Update", "Cancel"]
    assert [m["msgType"] for m in told["loud"]] == ["Alert", "Cancel"]
    (first, last) = told["loud"]
    assert last["references"] == f"{first['sender']},{first['identifier']},{first['sent']}"


def test_an_hour_of_500_loses_nothing_and_keeps_the_order(tmp_path: Path, receiver: Receiver) -> None:
    chain = Chain(tmp_path, webhook("desk", receiver.url))
    receiver.mode = 500
    assert chain.store.put_advisory(ADVISORY, None)
    other = replace(ADVISORY, id="density-walkway:corner:1", place="corner")
    assert chain.store.put_advisory(other, None)
    tried = 0
    for minute in range(60):
        chain.go(60.0)
        if minute == 20:
            act(chain.store, ADVISORY.id, Order("acknowledge", "console:Mori"), chain.now)
        if minute == 40:
            act(chain.store, ADVISORY.id, Order("resolve", "console:Mori", text="over"), chain.now)
        until(lambda: is_idle(chain))
        tried = len(receiver.got)
    ids = {got.headers["X-Mall-Id"] for got in receiver.got}
    assert {one for one in ids if not one.startswith("channel-failed")} == {f"{a.id}:1:desk" for a in (ADVISORY, other)}
    assert 8 <= tried <= 60, "1, 2, 4 … 300 s apart"
    receiver.mode = 204
    until(lambda: [chain.go(301.0), until(lambda: is_idle(chain)), not chain.store.queued_messages()][2])
    chain.rounds.close()
    taken = [got.headers["X-Mall-Id"] for got in receiver.got[tried:]]
    for advisory, versions in ((ADVISORY, 4), (other, 2)):  # raised, escalated, acknowledged, resolved
        mine = [message for message in taken if message.startswith(advisory.id)]
        assert mine == [f"{advisory.id}:{n}:desk" for n in range(1, versions + 1)]


def test_of_two_leaders_at_once_a_receiver_that_knows_ids_takes_every_message_once(
    tmp_path: Path, receiver: Receiver
) -> None:
    first = Chain(tmp_path, webhook("desk", receiver.url))
    assert first.store.put_advisory(ADVISORY, None)
    first.go()
    # The first has sent and not booked it when the lead goes to a second, which finds it waiting; then both go on.
    second = Chain(tmp_path, webhook("desk", receiver.url), first.store)
    second.go(2.0)
    until(lambda: len(receiver.got) >= 2)
    act(first.store, ADVISORY.id, Order("resolve", "console:Mori", text="over"), T0 + 3.0)
    for _ in range(3):
        second.go()
        first.go()
        until(lambda: is_idle(first) and is_idle(second))
    second.settle()
    first.rounds.close()
    second.rounds.close()
    keys = [got.headers["Idempotency-Key"] for got in receiver.got]
    assert list(dict.fromkeys(keys)) == [f'"{ADVISORY.id}:{n}:desk"' for n in (1, 2)]
    told = {got.headers["Idempotency-Key"]: json.loads(got.body) | {"queued_at": None} for got in receiver.got}
    for got in receiver.got:
        same = told[got.headers["Idempotency-Key"]]
        assert json.loads(got.body) | {"queued_at": None} == same, "the same id is the same message"
    assert all(a <= b for a, b in pairwise(keys)), "no second one before a repeated first"

"""The engine and an advisory's life: raised in the scene, told outside, answered, ended by hand, raised anew."""

from typing import Any

import pytest

from mall.advisories.acting import act
from mall.advisories.life import Order
from tests.mall.notify.receivers import http_receiver, until
from tests.mall.scene import crowd
from tests.mall.test_engine import Mall

LIMITS = {"utilisation": {"on_delay_s": 4.0, "off_delay_s": 6.0}}
SHOP = (0.0, 11.2, 10.0, 21.0)
FULL, CALM = crowd(8, area=SHOP), crowd(1, area=SHOP)  # the shop may hold four


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "geheim")


def site_tables(url: str) -> dict[str, Any]:
    hook = {"id": "desk", "kind": "webhook", "url": url, "secret_env": "HOOK_SECRET"}
    alarms = {"hosts": ["127.0.0.1"], "escalate_after_min": {"warn": 0.1}}
    return {"limits": LIMITS, "alarms": alarms, "notify": [hook]}


def test_from_the_crowd_to_the_webhook_and_back() -> None:
    with http_receiver() as receiver:
        mall = Mall(site_tables(receiver.url))
        mall.run(6.0, FULL)
        first = mall.advisory("utilisation")
        assert first is not None
        mall.run(1.25, FULL)
        until(lambda: len(receiver.got) == 1)
        mall.run(8.0, FULL)  # nobody answers for 6 s
        found = mall.store.read_advisory(first.id)
        assert found is not None
        assert found.escalated_at == pytest.approx(first.raised_at + 6.0, abs=1.3)
        until(lambda: len(receiver.got) == 2)

        done = act(mall.store, first.id, Order("resolve", "console:mori", text="looked"), mall.clock.now)
        assert done.outcome == "done"
        mall.run(2.0, FULL)
        assert mall.advisory("utilisation") == done.advisory, "not before its on-delay"
        mall.run(5.0, FULL)
        again = mall.advisory("utilisation")
        assert again is not None
        assert (again.id != first.id, again.status, again.raised_count) == (True, "new", 2)
        mall.run(14.0, CALM)
        ended = mall.advisory("utilisation")
        assert ended is not None
        assert (ended.status, ended.ended_by) == ("resolved", "engine")
        until(lambda: [mall.run(1.25, CALM), not mall.store.queued_messages()][1])
        mall.engine.close()
    entries = [entry for entry in mall.store.read_audit(99) if entry.get("rule") == "utilisation"]
    whats = [entry["what"].removeprefix("advisory ") for entry in entries]
    assert whats == ["raised", "escalated", "resolved", "raised", "escalated", "resolved"]
    assert mall.store.audit_break() is None


def test_an_exercise_never_says_actual() -> None:
    from mall.advisories.desk import Desk, Place
    from mall.advisories.rules import DENSITY_WALKWAY
    from mall.advisories.situations import Evidence
    from mall.store import MemoryStore

    store = MemoryStore()
    desk = Desk(store, is_exercise=True)
    for second in range(12):
        desk.judge(DENSITY_WALKWAY, Place("p", "1f"), Evidence(2.5, 2.5), now=float(second), facts=lambda _: {})
    assert store.advisories()[0].exercise
    assert store.read_audit(1)[0]["exercise"] is True

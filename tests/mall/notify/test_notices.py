"""Who is told what and when: a table of an advisory's steps, and who hears each."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from mall.models import Advisory
from mall.notify.notices import Mark, Message, notices_of
from mall.site_alarms import NotifySection

NOW = 5000.0
FIRST = Advisory("r:p:1", "r", "p", "1f", "warn", "new", 100.0, 100.0, {"value": 1.0})


def channel(channel_id: str, kind: str = "webhook", **more: Any) -> NotifySection:
    needs = {"to": ("a@example.com",)} if kind == "email" else {"url": "http://127.0.0.1/", "secret_env": "S"}
    return NotifySection(id=channel_id, kind=kind, **(needs | more))  # type: ignore[arg-type]


HOOK, MAIL, BOSS = channel("hook"), channel("mail", "email"), channel("boss", "email", escalation=True)
LOUD = channel("loud", severities=("act", "clear"))
ALL = (HOOK, MAIL, BOSS, LOUD)

# what happened: the changes, the kind, who hears (by hand from the description in mall/notify/notices.py)
STORY: list[tuple[dict[str, Any], str | None, list[str]]] = [
    ({}, "alert", ["hook", "mail"]),
    ({"notes": ({"at": 1.0, "by": "x", "text": "y"},)}, None, []),
    ({"escalated_at": 400.0}, "escalation", ["boss"]),
    ({"status": "acknowledged"}, "update", ["hook"]),
    ({"severity": "act", "status": "new", "escalated_at": None}, "worse", ["hook", "mail", "boss", "loud"]),
    ({"silenced_until": NOW + 60}, None, []),
    ({"severity": "warn"}, None, []),  # silenced: told when the silence is over
    ({"silenced_until": NOW - 1}, "update", ["hook", "loud"]),
    ({"status": "in_progress"}, "update", ["hook", "loud"]),
    ({"status": "resolved"}, "end", ["hook", "mail", "boss", "loud"]),
    ({"notes": ()}, None, []),
]


def test_a_whole_story() -> None:
    advisory, mark = FIRST, None
    heard: dict[str, list[tuple[int, float]]] = {}
    for number, (changes, kind, hear) in enumerate(STORY):
        advisory = replace(advisory, version=number + 1, updated_at=100.0 + number, **changes)
        found = notices_of(advisory, mark, ALL, NOW)
        if kind is None:
            assert found is None, changes
            continue
        assert found is not None, changes
        mark, messages = found
        assert [(m.channel, m.kind) for m in messages] == [(name, kind) for name in hear], changes
        assert {m.id for m in messages} == {f"r:p:1:{number + 1}:{name}" for name in hear}
        for message in messages:  # each channel is referred to what it was told itself, and to nothing else
            before = heard.setdefault(message.channel, [])
            assert list(message.sent) == before, changes
            before.append((advisory.version, advisory.updated_at))
        assert notices_of(advisory, mark, ALL, NOW) is None, "the same is told once"
        assert Mark.from_json(mark.to_json()) == mark


def test_what_has_come_back_is_told_as_new() -> None:
    """To whom it may concern now, without reference to messages that a receiver has cancelled."""
    mark = Mark("act", "resolved", ("hook", "loud"), ((1, 100.0), (2, 160.0)), is_over=True)
    back = replace(FIRST, version=3, raised_count=2)
    found = notices_of(back, mark, ALL, NOW)
    assert found is not None
    assert [(m.channel, m.kind, m.sent) for m in found[1]] == [("hook", "alert", ()), ("mail", "alert", ())]
    assert (found[0].told, found[0].is_over) == (("hook", "mail"), False)
    assert notices_of(replace(back, silenced_until=NOW + 60), mark, ALL, NOW) is None
    over = notices_of(replace(back, version=4, status="resolved"), found[0], ALL, NOW)
    assert over is not None
    assert [(m.channel, m.kind, len(m.sent)) for m in over[1]] == [("hook", "end", 1), ("mail", "end", 1)]


def test_without_a_next_contact_an_escalation_is_told_to_those_who_know() -> None:
    found = notices_of(FIRST, None, (HOOK, MAIL), NOW)
    assert found is not None
    escalated = replace(FIRST, version=2, escalated_at=400.0)
    again = notices_of(escalated, found[0], (HOOK, MAIL), NOW)
    assert again is not None
    assert [m.channel for m in again[1]] == ["hook", "mail"]


@pytest.mark.parametrize(
    ("advisory", "mark"),
    [
        (replace(FIRST, status="resolved"), None),
        (replace(FIRST, status="expired"), Mark("warn", "resolved", is_over=True)),
    ],
)
def test_what_was_over_before_anybody_knew_is_not_told(advisory: Advisory, mark: Mark | None) -> None:
    assert notices_of(advisory, mark, ALL, NOW) is None


def test_the_end_is_told_to_those_who_heard_of_it_only() -> None:
    found = notices_of(replace(FIRST, severity="watch"), None, ALL, NOW)
    assert found is not None
    assert found[1] == []
    over = notices_of(replace(FIRST, severity="watch", status="resolved"), found[0], ALL, NOW)
    assert over is not None
    assert over[1] == []


def test_the_self_test_goes_every_way_whatever_its_severity() -> None:
    test = replace(FIRST, rule="self-test", severity="watch")
    found = notices_of(test, None, ALL, NOW)
    assert found is not None
    assert [m.channel for m in found[1]] == ["hook", "mail", "boss", "loud"]
    over = notices_of(replace(test, status="resolved"), found[0], ALL, NOW)
    assert over is not None
    assert [m.channel for m in over[1]] == ["hook", "loud"]


def test_a_message_keeps_the_advisory_as_it_was() -> None:
    message = Message("i", "hook", "alert", asdict(FIRST), 5.0, ((1, 2.0),), 3, 9.0, "away")
    assert Message.from_json(message.to_json()) == replace(
        message, advisory={**asdict(FIRST), "notes": [], "effects": []}
    )
    assert Message.from_json(message.to_json()).of == FIRST

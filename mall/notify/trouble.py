"""How the ways to tell do, for the interface and for health."""

from dataclasses import asdict
from typing import Any

from mall.config import Site
from mall.notify.outbox import ChannelState, read_messages, read_states
from mall.store import Store

TEST_EVERY_S = 24 * 3600.0
LATE_S = 7200.0


def channel_rows(site: Site, store: Store) -> list[dict[str, Any]]:
    """Return every way to tell with how it does; its address stays here, for it may hold a secret."""
    if not site.file.notify:
        return []
    states, waiting = read_states(store), read_messages(store).values()
    rows = []
    for channel in site.file.notify:
        state = states.get(channel.id, ChannelState())
        named = {"id": channel.id, "kind": channel.kind, "severities": list(channel.severities), "names": channel.names}
        waits = sum(message.channel == channel.id for message in waiting)
        rows.append(asdict(state) | named | {"escalation": channel.escalation, "waiting": waits})
    return rows


def channel_trouble(site: Site, store: Store, now: float) -> list[str]:
    """Return what is wrong with the ways to tell, one line each."""
    rows = channel_rows(site, store)
    found = [f"notify {row['id']}: {row['error']}" for row in rows if row["failures"]]
    found += [f"alarm self-test: {row['id']}: {row['test_error']}" for row in rows if row["test_error"]]
    tested = [row["tested_at"] for row in rows if row["tested_at"] is not None]
    if site.file.alarms.self_test_at is not None and tested and now - max(tested) > TEST_EVERY_S + LATE_S:
        found.append(f"alarm self-test: the last one was {(now - max(tested)) / 3600:.0f} h ago")
    return found

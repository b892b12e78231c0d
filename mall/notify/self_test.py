"""The daily self-test: an advisory marked Test that goes the way of every other: raised, told, resolved."""

from collections.abc import Callable
from typing import Any

import structlog

from mall.advisories.acting import ENGINE, Ledger, entry
from mall.advisories.desk import SELF_TEST
from mall.advisories.life import stepped
from mall.models import Advisory
from mall.notify.outbox import Outbox

LATEST_S = 3600.0  # an engine that was away at the time set does not test hours later
LONGEST_S = 60.0  # a channel that has not taken the test by then has not passed it

_log = structlog.get_logger(__name__)


class SelfTest:
    """Starts the test when it is due and ends it when every channel has taken it, or a minute later.

    Args:
        site_id: the place of the test.
        store: where its advisory stands.
        outbox: which tells it.
        last_due: returns the latest time at or before now (UTC seconds) at which a test is due; None never tests.

    """

    def __init__(self, site_id: str, store: Ledger, outbox: Outbox, last_due: Callable[[float], float] | None) -> None:
        self._site_id = site_id
        self._store = store
        self._outbox = outbox
        self._last_due = last_due

    def start(self, active: list[Advisory], now: float) -> Advisory | None:
        """Raise the test where it is due; None where it is not, or still runs."""
        if self._last_due is None or any(advisory.rule == SELF_TEST for advisory in active):
            return None
        due = self._last_due(now)
        tested_at = max((state.tested_at or 0.0 for state in self._outbox.states.values()), default=0.0)
        if tested_at >= due or now - due >= LATEST_S:
            return None
        test = Advisory(
            id=f"{SELF_TEST}:{self._site_id}:{round(now * 1000)}", rule=SELF_TEST, place=self._site_id, level="",
            severity="watch", status="new", raised_at=now, updated_at=now, facts={}, changed_by=ENGINE,
            changed_what="raised",
        )  # fmt: skip
        return test if self._store.put_advisory(test, None, audit=entry(test, ENGINE, "raised")) else None

    def finish(self, active: list[Advisory], now: float) -> None:
        """End a test that every channel has taken, or that has run for a minute, and book what it found."""
        for test in active:
            waits = self._outbox.waits_for(test.id) if test.rule == SELF_TEST else {}
            is_told = test.rule == SELF_TEST and self._outbox.has_told(test.id)
            if is_told and (not waits or not 0.0 <= now - test.raised_at < LONGEST_S):
                self._end(test, {key: error or "not taken within a minute" for key, error in waits.items()}, now)

    def _end(self, test: Advisory, errors: dict[str, str], now: float) -> None:
        facts: dict[str, Any] = {"passed": sorted(set(self._outbox.states) - set(errors)), "failed": errors}
        done = stepped(test, "end", ENGINE, now, status="resolved", resolved_at=now, ended_by=ENGINE, facts=facts)
        outcome = "self-test failed" if errors else "self-test passed"
        if self._store.put_advisory(done, test.version, audit=entry(done, ENGINE, outcome, **facts)):
            self._outbox.cancel(test.id)
            self._outbox.book_test(errors, now)
            if errors:
                _log.warning("alarm self-test failed", channels=errors)

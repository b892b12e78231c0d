"""What the leader does once a second about open advisories: takes up people's steps, escalates, tests, tells."""

from collections.abc import Callable

from mall.advisories.desk import Desk
from mall.advisories.escalation import escalate
from mall.advisories.policy import policy_of
from mall.config import Site
from mall.models import Advisory
from mall.notify import channel_watch
from mall.notify.courier import Courier
from mall.notify.outbox import Outbox
from mall.notify.self_test import SelfTest
from mall.notify.sending import Send, sender_of
from mall.site_alarms import NotifySection
from mall.store import Store

EVERY_S = 1.0


class Rounds:
    """Keeps the advisories of one site while its engine leads.

    Args:
        site: the site.
        store: its store.
        desk: which judges situations; it learns here what people did.
        last_due: returns when the latest self-test was due, at or before now; None never tests.
        sender: makes what sends a channel's messages.

    """

    def __init__(
        self, site: Site, store: Store, desk: Desk, *, last_due: Callable[[float], float] | None = None,
        sender: Callable[[Site, NotifySection], Send] = sender_of,
    ) -> None:  # fmt: skip
        self._store = store
        self._desk = desk
        self._level = site.plan.levels[0].id
        self._policy = policy_of(site.file.alarms)
        self._outbox = Outbox(store, site.file.notify)
        self._test = SelfTest(site.id, store, self._outbox, last_due if site.file.notify else None)
        self._couriers = {channel.id: Courier(channel.id, sender(site, channel)) for channel in site.file.notify}
        self._loaded = False
        self._went_at: float | None = None

    def go(self, now: float) -> None:
        """Do a round where the last one is a second ago; StoreError where the store does not answer."""
        if self._went_at is not None and 0.0 <= now - self._went_at < EVERY_S:
            return
        if not self._loaded:
            self._outbox.load()
            self._loaded = True
        active = self._store.advisories(active_only=True)
        self._desk.refresh(active)
        escalate(self._store, active, now, self._policy)
        if self._couriers:
            self._tell(active, now)
        self._went_at = now

    def close(self) -> None:
        """End the couriers; what waits stays in the outbox."""
        for courier in self._couriers.values():
            courier.close()

    def _tell(self, active: list[Advisory], now: float) -> None:
        test = self._test.start(active, now)
        self._outbox.look(active if test is None else [*active, test], now)
        for channel, courier in self._couriers.items():
            # Asked first: all that a free courier has done is then among what it brought.
            is_free = courier.is_free
            for delivery in courier.brought():
                if delivery.error:
                    self._outbox.refused(delivery.message, delivery.error, now)
                else:
                    self._outbox.taken(delivery.message, now)
            if is_free:
                courier.give(self._outbox.due(channel, now))
        self._test.finish(active, now)
        channel_watch.look(self._desk, self._outbox.states, self._level, now)

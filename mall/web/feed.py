"""One task per process reads the store, builds the operator's view, packs it once and hands it to every open page."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog

from mall.errors import StoreError
from mall.freshness import state_of
from mall.models import pack
from mall.states import USUAL_PERIOD_S
from mall.views.egress import older_egress
from mall.views.rows import older, situation_now

FULL_EVERY_S = 60.0
IDLE_TICK_S = 1.0
NOTICEABLE_S = 1.5
NOW_EVERY_S = 5.0  # how often the figures of now beside an advisory change
CLOCKWORK = frozenset({"age_s", "observed_at", "seq", "epoch"})

View = dict[str, Any]
_log = structlog.get_logger(__name__)


class Subscription:
    """One page's place in the fan-out: a single slot, the latest message wins, a page that fell behind gets it all.

    Attributes:
        was_aged: what it was given last was older than what others hold, so that a mere change is of no use to it.

    """

    def __init__(self) -> None:
        self.was_aged = False
        self._ready = asyncio.Event()
        self._message: bytes | None = None
        self._closed = False

    @property
    def is_behind(self) -> bool:
        """Tell whether the last message was not fetched yet, so that a mere change would be lost on it."""
        return self._message is not None

    def offer(self, message: bytes) -> None:
        """Put a message into the slot in place of one that was not fetched."""
        self._message = message
        self._ready.set()

    def close(self) -> None:
        """End the stream of this page."""
        self._closed = True
        self._ready.set()

    async def next(self) -> bytes | None:
        """Wait for the next message; None once the feed has closed."""
        await self._ready.wait()
        self._ready.clear()
        message, self._message = self._message, None
        return None if self._closed else message


class Feed:
    """The latest operator view and its subscribers.

    Args:
        read_view: reads the store and returns a full operator view; runs in a thread.
        wait_tick: waits up to that many seconds for the engine's hint; runs in a thread.
        min_interval_s: never send more often than this.

    """

    def __init__(
        self, read_view: Callable[[], View], wait_tick: Callable[[float], bool], *, min_interval_s: float = 0.4
    ) -> None:
        self._read_view = read_view
        self._wait_tick = wait_tick
        self._min_interval_s = min_interval_s
        self._subscribers: set[Subscription] = set()
        self._full_due = 0.0
        self._now_told_at = float("-inf")
        self.view: View | None = None
        self.read_at = 0.0
        self.down_since: float | None = None

    def current(self) -> View:
        """Return the operator's view with ages and states as of now, so that a silent store never looks fresh.

        Raises:
            StoreError: where the store never answered yet.

        """
        if self.view is None:
            raise StoreError("the store has not answered yet")
        return aged(self.view, time.monotonic() - self.read_at)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Subscription]:
        """Open a subscription; the full state is in its slot at once where there is one."""
        subscription = Subscription()
        if self.view is not None:
            current = self.current()
            subscription.was_aged = current is not self.view
            subscription.offer(pack(self._whole(current)))
        self._subscribers.add(subscription)
        try:
            yield subscription
        finally:
            self._subscribers.discard(subscription)

    async def run(self) -> None:
        """Read and send until cancelled; whatever goes wrong with reading is said, never raised."""
        try:
            while True:
                started = time.monotonic()
                await self._beat()
                rest = self._min_interval_s - (time.monotonic() - started)
                await asyncio.sleep(max(rest, 0.0))
                await self._hint()
        finally:
            for subscription in self._subscribers:
                subscription.close()

    async def _hint(self) -> None:
        if self.down_since is not None:
            await asyncio.sleep(IDLE_TICK_S)
            return
        try:
            await asyncio.to_thread(self._wait_tick, IDLE_TICK_S)
        except StoreError:
            await asyncio.sleep(IDLE_TICK_S)

    async def _beat(self) -> None:
        try:
            view = await asyncio.to_thread(self._read_view)
        except StoreError as exc:
            self._mark_down("store does not answer", str(exc))
            return
        except Exception as exc:  # a record that nobody can read must not end every page
            self._mark_down("state cannot be read", f"{type(exc).__name__}: {exc}")
            return
        if self.down_since is not None:
            _log.info("store answers again", silent_s=round(time.time() - self.down_since, 1))
            self.down_since = None
        self.publish(view)

    def _mark_down(self, what: str, reason: str) -> None:
        if self.down_since is None:
            self.down_since = time.time()
            _log.warning(what, reason=reason)
        message = pack({"full": False, "store": {"state": "down", "since": self.down_since}})
        for subscription in self._subscribers:
            if not subscription.is_behind:
                subscription.offer(message)

    def publish(self, view: View) -> None:
        """Send a view: whole where it is due, the zone list changed or the page fell behind, else only what changed."""
        now = time.monotonic()
        previous = self.view
        if now - self._now_told_at < NOW_EVERY_S:
            view = hold_now(previous, view)
        else:
            self._now_told_at = now
        self.view, self.read_at = view, now
        whole_due = previous is None or now >= self._full_due or list(previous["zones"]) != list(view["zones"])
        if whole_due:
            self._full_due = now + FULL_EVERY_S
        if not self._subscribers:
            return
        whole: bytes | None = None
        part = None if whole_due or previous is None else pack(changes(previous, view))
        for subscription in self._subscribers:
            if part is None or subscription.is_behind or subscription.was_aged:
                whole = whole or pack(self._whole(view))
                subscription.was_aged = False
                subscription.offer(whole)
            else:
                subscription.offer(part)

    def _whole(self, view: View) -> View:
        down = None if self.down_since is None else {"state": "down", "since": self.down_since}
        return {**view, "full": True, "store": down}


def aged(view: View, by_s: float) -> View:
    """Return a view whose ages are ``by_s`` seconds older, with what its rows may still show at that age."""
    if by_s < NOTICEABLE_S:
        return view
    later = {**view, "at": view["at"] + by_s}
    for what in ("zones", "cameras"):
        later[what] = {key: older(row, by_s) for key, row in view.get(what, {}).items()}
    later["popups"] = {
        key: {**popup, "sensors": {name: older(row, by_s) for name, row in popup.get("sensors", {}).items()}}
        for key, popup in view.get("popups", {}).items()
    }
    later["totals"] = older(view.get("totals", {}), by_s)
    later["advisories"] = [{**row, "now": situation_now(row, later)} for row in view.get("advisories", [])]
    state = state_of(by_s, USUAL_PERIOD_S)
    if "egress" in view:
        later["egress"] = older_egress(view["egress"], by_s, state)
    if state != "live":
        later["dots"] = {level: [] for level in view.get("dots", {})}
    if state == "offline":
        later["lines"] = {}
    return later


def hold_now(previous: View | None, current: View) -> View:
    """Return a view whose advisories tell of now what they told before, unless its state or they changed."""
    told = {(row["id"], row["version"]): row.get("now") for row in (previous or {}).get("advisories", [])}
    rows = []
    for row in current.get("advisories", []):
        before = told.get((row["id"], row["version"]))
        same = before is not None and before.get("state") == row.get("now", {}).get("state")
        rows.append({**row, "now": before} if same else row)
    return {**current, "advisories": rows}


def changes(previous: View, current: View) -> View:
    """Return what a page that holds ``previous`` needs to hold ``current``.

    Ages come as a column in the order of the zones (cameras), because they move at every tick; every other field of a
    zone comes only if it changed. Positions of people are always whole: they carry no number to refer to.

    """
    part: View = {"full": False, "at": current["at"], "store": None, "dots": current.get("dots", {})}
    for what in ("zones", "cameras"):
        now, before = current.get(what, {}), previous.get(what, {})
        part[f"{what}_age"] = [row.get("age_s") for row in now.values()]
        part[what] = _changed_rows(before, now)
    for what in ("totals", "lines", "advisories", "plan"):
        if current.get(what) != previous.get(what):
            part[what] = current.get(what)
    if _without_ages(current.get("egress")) != _without_ages(previous.get("egress")):
        part["egress"] = current.get("egress")
    if _popups_moved(previous.get("popups", {}), current.get("popups", {})):
        part["popups"] = current.get("popups", {})
    return part


def _without_ages(egress: View | None) -> Any:
    return egress and [{**place, "age_s": None} for place in egress["places"]]


def _changed_rows(before: dict[str, View], now: dict[str, View]) -> dict[str, View]:
    changed = {}
    for key, row in now.items():
        old = before.get(key, {})
        fields = {name: value for name, value in row.items() if name not in CLOCKWORK and old.get(name, ...) != value}
        if fields:
            # said with every change, so that a reader can tell how old the change was when it arrived
            changed[key] = fields | ({"observed_at": row["observed_at"]} if "observed_at" in row else {})
    return changed


def _popups_moved(before: dict[str, View], now: dict[str, View]) -> bool:
    """Tell whether any sensor has a new value, state, or a younger reading of the same value."""
    if before.keys() != now.keys():
        return True
    for key, popup in now.items():
        olds = before[key].get("sensors", {})
        for name, sensor in popup.get("sensors", {}).items():
            old = olds.get(name)
            if old is None or any(old.get(f) != v for f, v in sensor.items() if f not in CLOCKWORK):
                return True
            if (sensor.get("age_s") or 0.0) < (old.get("age_s") or 0.0):
                return True
    return False

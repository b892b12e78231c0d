"""What people of a drill do of what an option asks of them: a share of them goes another way, stays out or leaves.

The shares are those of ``mall.options.kinds``, the likely ones, and begin when the option is ready. Who heeds whom is
fixed by the script's seed, so the same choices in the same drill lead to the same crowd. What an option changes on
the plan is heeded as people confirm it there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gis.portals import OUTSIDE
from mall.drills.crowd import Crowd, Walker
from mall.drills.detours import Detours, Steps
from mall.drills.ways import Gate
from mall.models import Advisory
from mall.options.kinds import KINDS

LEAVING_S = 15.0 * 60.0  # in which the share of those who leave has left, as predicted
KEEP_OUT = frozenset({"bar_entry", "cordon", "message", "send_staff", "guide_route", "clear_area"})
BARRING = frozenset({"bar_entry", "cordon", "clear_area"})  # who finds no way round waits
LET_OUT = frozenset({"clear_area", "pause_popup", "move_popup"})
LEAD_OUT = frozenset({"guide_out", "open_opening", "reverse_escalator"})


@dataclass(frozen=True, slots=True)
class Order:
    """A chosen option as people meet it.

    Attributes:
        id: of the advisory and the instant of the choice.
        place: zone id; items, zones: those of the option.
        share: 0…1 of those concerned who do as they are asked.
        works_at: UTC seconds.

    """

    id: str
    kind: str
    place: str
    items: tuple[str, ...]
    zones: tuple[str, ...]
    share: float
    works_at: float


def orders_of(advisories: Iterable[Advisory], now: float) -> tuple[Order, ...]:
    """Return the options that were chosen and work by now, the first first; those of advisories that ended too."""
    found = [_order(advisory) for advisory in advisories if advisory.chosen is not None]
    working = [order for order in found if order is not None and order.works_at <= now]
    return tuple(sorted(working, key=lambda order: (order.works_at, order.id)))


def _order(advisory: Advisory) -> Order | None:
    chosen = advisory.chosen or {}
    kind = KINDS.get(str(chosen.get("kind")))
    if kind is None or not chosen.get("place"):
        return None
    at = float(chosen.get("at", advisory.raised_at))
    items, zones = (tuple(chosen.get(key) or ()) for key in ("items", "zones"))
    return Order(
        f"{advisory.id}@{at:.3f}", str(chosen["kind"]), str(chosen["place"]), items, zones, kind.share[1],
        at + 60.0 * kind.ready_min,
    )  # fmt: skip


class Heeding:
    """Has a crowd heed orders; everybody decides once about each."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._decided: set[tuple[str, int]] = set()

    def heed(self, orders: Iterable[Order], detours: Detours, now: float, seconds: float) -> None:
        """Have everybody who is there do what the orders ask of them; ``seconds`` passed since the last time."""
        eased: dict[str, float] = {}
        for order in orders:
            if order.kind == "send_staff":
                eased[order.place] = 1.0 + order.share
            for walker in list(self._crowd.here()):
                self._meet(order, walker, detours, now, seconds)
        self._crowd.eased = eased

    def _meet(self, order: Order, walker: Walker, detours: Detours, now: float, seconds: float) -> None:
        if order.kind in KEEP_OUT and walker.zone != order.place and _is_kept_out(order, walker):
            if self._does(order, walker):
                self._keep_out(order, walker, detours)
        elif order.kind in LET_OUT and walker.zone == order.place and walker.until is not None:
            asked = order.share * min(1.0, (now - order.works_at) / LEAVING_S)
            if walker.heeds < asked and (steps := detours.out(order.place)) is not None:
                self._send(walker, steps)
        elif order.kind in LEAD_OUT and walker.zone == order.place and _leaves_otherwise(order, walker):
            if self._does(order, walker):
                self._lead_out(order, walker, detours)
        elif order.kind == "delay_event" and walker.zone in order.zones and self._does(order, walker):
            self._crowd.hold(walker)
        elif order.kind == "add_service" and walker.room == order.place and walker.until is not None:
            walker.until -= order.share * seconds

    def _does(self, order: Order, walker: Walker) -> bool:
        """Tell whether a walker does as asked, once; nobody is asked between two zones."""
        key = (order.id, walker.number)
        if key in self._decided or not self._crowd.is_inside(walker, walker.zone):
            return False
        self._decided.add(key)
        share = KINDS["cordon"].share[1] if order.kind == "clear_area" else order.share
        return walker.heeds < share

    def _keep_out(self, order: Order, walker: Walker, detours: Detours) -> None:
        avoid = frozenset({order.place})
        if walker.goal == order.place:
            last = order.zones[-1] if order.kind == "guide_route" and order.zones else None
            if last is not None and (steps := detours.between(walker.zone, last, avoid)):
                self._crowd.turn(walker, steps, replace(walker.plan, stands_in=last, then_in=None))
            elif (steps := detours.out(walker.zone, avoid)) is not None:
                self._send(walker, steps)
            elif order.kind in BARRING:
                self._crowd.hold(walker)
            return
        steps = _round(walker, detours, avoid)
        if steps is not None:
            self._crowd.turn(walker, steps)
        elif order.kind in BARRING:
            self._crowd.hold(walker)

    def _lead_out(self, order: Order, walker: Walker, detours: Detours) -> None:
        head = order.zones[0] if order.zones else OUTSIDE
        begun = detours.through(order.place, order.items, head)
        if begun is None or any(step.gate is not None and detours.bars(step.gate) for step in begun):
            return
        if head == OUTSIDE:
            self._send(walker, begun)
            return
        avoid = frozenset({order.place})
        goal = walker.goal
        onward = detours.out(head, avoid) if goal is None else detours.between(head, goal, avoid)
        if onward is not None:
            self._crowd.turn(walker, (*begun, *onward))

    def _send(self, walker: Walker, steps: Steps) -> None:
        """Send a walker outside for good."""
        self._crowd.turn(walker, steps, replace(walker.plan, stands_in=None, then_in=None, after=(), leaves=True))


def _round(walker: Walker, detours: Detours, avoid: frozenset[str]) -> Steps | None:
    return detours.out(walker.zone, avoid) if walker.goal is None else detours.between(walker.zone, walker.goal, avoid)


def _is_kept_out(order: Order, walker: Walker) -> bool:
    """Tell whether a walker is about to come into the place, by a way that the order is about."""
    if order.kind == "guide_route" and order.zones[:1] != (walker.zone,):
        return False
    entering = [step.gate for step in walker.steps if step.gate is not None and step.gate.towards == order.place]
    if order.kind == "bar_entry":
        return any(_is_of(order, gate) for gate in entering)
    return bool(entering) or walker.goal == order.place or any(step.zone == order.place for step in walker.steps)


def _leaves_otherwise(order: Order, walker: Walker) -> bool:
    """Tell whether a walker is leaving the place by another way than the one that people are led to."""
    gate = next((step.gate for step in walker.steps if step.gate is not None), None)
    return walker.until is None and gate is not None and not _is_of(order, gate)


def _is_of(order: Order, gate: Gate) -> bool:
    return not set(order.items).isdisjoint(gate.items)

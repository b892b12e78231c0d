"""How one may pass an opening, a stair, an escalator or a lift now, and which of them a plan has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from gis.floorplan import FloorPlan

Mode = Literal["open", "closed", "one_way", "stopped"]
ItemKind = Literal["opening", "stair", "escalator", "lift"]
MODES: tuple[Mode, ...] = get_args(Mode)
OUTSIDE = "outside"  # what the missing side of an exit is called where people name it

SENSIBLE: Mapping[ItemKind, tuple[Mode, ...]] = {
    "opening": ("open", "closed", "one_way"),
    "stair": ("open", "closed", "one_way"),
    "escalator": ("open", "stopped", "closed", "one_way"),
    "lift": ("open", "stopped", "closed"),
}
"""The modes that make sense: a door does not stop, and an escalator that is ``one_way`` may be reversed."""


@dataclass(frozen=True, slots=True)
class Passage:
    """How an item may be passed; ``towards``: with ``one_way`` the zone one may still enter, None the outside."""

    mode: Mode = "open"
    towards: str | None = None


Passages: TypeAlias = Mapping[str, Passage]
"""By id of an opening or of a stair, escalator or lift zone; what is absent is open."""
OPEN = Passage()


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be opened and closed: ``sides`` are the zones it joins, None the outside."""

    id: str
    kind: ItemKind
    level: str
    sides: tuple[str | None, ...]

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Return the modes that make sense for it: what joins no two sides that are known has no one way."""
        sensible = SENSIBLE[self.kind]
        return sensible if len(self.sides) > 1 else tuple(mode for mode in sensible if mode != "one_way")


def items_of(plan: FloorPlan) -> dict[str, Item]:
    """Return the items of a plan by id; an opening goes before a zone of the same id."""
    found = {
        zone.id: Item(zone.id, kind, zone.level, (zone.id, *linked(plan, zone.id)))
        for zone in plan.zones
        if (kind := _kind(zone.category)) is not None
    }
    return found | {o.id: Item(o.id, "opening", o.level, (o.from_zone, o.to_zone)) for o in plan.openings}


def _kind(category: str) -> ItemKind | None:
    return {"stair": "stair", "escalator": "escalator", "lift": "lift"}.get(category)  # type: ignore[return-value]


def linked(plan: FloorPlan, zone_id: str) -> tuple[str, ...]:
    """Return the zones of other levels that a stair, escalator or lift zone leads to, in plan order."""
    level = plan.zone(zone_id).level
    pairs = [(opening.from_zone, opening.to_zone) for opening in plan.openings]
    pairs += [(zone.id, other) for zone in plan.zones for other in zone.connects]
    joined = {other for ends in pairs for here, other in (ends, ends[::-1]) if here == zone_id}
    return tuple(zone.id for zone in plan.zones if zone.id in joined and zone.level != level)


def other_ends(plan: FloorPlan, item_id: str) -> tuple[str, ...]:
    """Return what an escalator or lift is on other levels: one machine, whichever end is stopped or started.

    A stair has none: its flights may be closed one by one.
    """
    is_machine = item_id in plan and plan.zone(item_id).category in ("escalator", "lift")
    return linked(plan, item_id) if is_machine else ()


def whole(plan: FloorPlan, passages: Passages) -> dict[str, Passage]:
    """Return passages in which both ends of a stair, escalator or lift have the state that one of them was given."""
    found = dict(passages)
    for item_id, passage in passages.items():
        if item_id in plan:
            for other in linked(plan, item_id):
                found.setdefault(other, passage)
    return found


def leads(passage: Passage, towards: str | None) -> bool:
    """Tell whether one may pass towards a zone (None: the outside)."""
    if passage.mode == "one_way":
        return passage.towards == towards
    return passage.mode == "open"

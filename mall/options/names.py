"""What places are called in an option's text: zones by their label, doors by the zones on both sides."""

from gis.floorplan import FloorPlan, Zone
from gis.portals import OUTSIDE, Portal
from mall.options.records import Text

_OUTSIDE: Text = {"en": "the outside", "ja": "屋外"}
_FLOOR = {"en": "{label} ({level})", "ja": "{label}（{level}）"}


def zone_name(plan: FloorPlan, zone: str) -> Text:
    """Return what a zone is called by language; with its level where another zone has the same label."""
    if zone == OUTSIDE:
        return _OUTSIDE
    return {language: _label(plan, plan.zone(zone), language) for language in ("en", "ja")}


def portal_name(plan: FloorPlan, portal: Portal) -> Text:
    """Return what a way is called: a stair, escalator or lift by its label, an opening by its two sides."""
    if portal.kind == "link":
        return zone_name(plan, portal.zones[0])
    one, other = (zone_name(plan, zone) for zone in portal.zones)
    return {"en": f"the way between {one['en']} and {other['en']}", "ja": f"{one['ja']}と{other['ja']}の間の通路口"}


def listed(names: list[Text]) -> Text:
    """Return names in a row."""
    return {"en": ", ".join(name["en"] for name in names), "ja": "、".join(name["ja"] for name in names)}


def _label(plan: FloorPlan, zone: Zone, language: str) -> str:
    label = zone.labels.get(language) or zone.label
    twins = [other for other in plan.zones if (other.labels.get(language) or other.label) == label]
    levels = {level.id: level.label for level in plan.levels}
    return label if len(twins) < 2 else _FLOOR[language].format(label=label, level=levels[zone.level])

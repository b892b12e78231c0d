"""What a row may show at its age: one function for a view as it is read and as it grows older in a page's feed."""

from collections.abc import Mapping
from typing import Any

from mall.freshness import state_of
from mall.states import SAID, USUAL_PERIOD_S

Row = dict[str, Any]

SHOWN = frozenset({"live", "saturated", "stale"})
LIVE = frozenset({"live", "saturated"})
FIGURES = frozenset(
    {"people", "band", "density", "los", "crowd", "utilisation", "value", "beyond", "in", "out", "inside"}
)
DENSITY_UNIT = "p/m²"
_ONLY_LIVE = {"trend": 0, "rate": None, "rate_wanted": None, "behind": None, "idle": None}
COUNTS = frozenset({"people", "in", "out", "inside"})


def row_at(row: Mapping[str, Any], age_s: float | None) -> Row:
    """Return a row of a zone, camera, sensor or of the totals as it may be shown at an age.

    Figures are null unless live, saturated or stale; a count of zero, a rate and a trend are told only while live:
    an empty zone whose source stopped is not known to be empty.

    Args:
        row: with its ``period_s`` and the ``state`` it had: "saturated" while live, or a word of its worker, stays.
        age_s: seconds since capture; None where it was never seen.

    """
    before = row.get("state")
    state = state_of(age_s, row.get("period_s") or USUAL_PERIOD_S, saturated=before == "saturated")
    shown: Row = {**row, "state": before if before in SAID else state}
    shown["age_s"] = None if age_s is None else round(age_s, 1)
    if shown["state"] not in SHOWN or (state == "stale" and row.get("people") == 0):
        shown |= dict.fromkeys(FIGURES & row.keys())
    elif state == "stale":
        shown |= {key: None for key in COUNTS & row.keys() if row[key] == 0}
    if shown["state"] not in LIVE:
        shown |= {key: gone for key, gone in _ONLY_LIVE.items() if key in row}
    return shown


def older(row: Mapping[str, Any], by_s: float) -> Row:
    """Return a row as it may be shown ``by_s`` seconds later; what it did not show it shows no more then."""
    return dict(row) if row.get("age_s") is None else row_at(row, row["age_s"] + by_s)


def situation_now(advisory: Mapping[str, Any], view: Mapping[str, Any]) -> Row:
    """Return what is at an advisory's place now: its facts tell how it was when it was raised or changed.

    Args:
        advisory: its row.
        view: the zones, cameras and popups of the operator's view.

    Returns:
        value (in the rule's unit), people, band, state; None where that is not known or does not apply.

    """
    rule, place = advisory["rule"], advisory["place"]
    of_density = rule.startswith("density-") or advisory.get("facts", {}).get("unit") == DENSITY_UNIT
    now: Row = {"value": None, "people": None, "band": None, "state": "unknown"}
    if rule.startswith("sensor-"):
        popup, _, sensor = place.partition("/")
        row = view.get("popups", {}).get(popup, {}).get("sensors", {}).get(sensor, {})
        return now | {key: row[key] for key in ("value", "state") if key in row}
    if rule == "camera-lost":
        return now | {"state": view["cameras"].get(place, {}).get("state", "unknown")}
    row = view["zones"].get(place, {})
    value = row.get("utilisation") if rule == "utilisation" else row.get("density") if of_density else None
    return now | {key: row[key] for key in ("people", "band", "state") if key in row} | {
        "value": None if value is None else round(value, 2),
    }  # fmt: skip

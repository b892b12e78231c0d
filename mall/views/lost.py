"""What gives nothing now: cameras and sensors, for the hand-over."""

from collections.abc import Mapping
from typing import Any

WELL = frozenset({"live", "saturated"})


def lost_now(view: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the cameras and the sensors of open pop-ups that are not live, as {kind, id, state}."""
    cameras = [
        {"kind": "camera", "id": key, "state": row["state"]}
        for key, row in view["cameras"].items()
        if row["state"] not in WELL
    ]
    sensors = [
        {"kind": "sensor", "id": f"{popup}/{key}", "state": row["state"]}
        for popup, found in view["popups"].items()
        if found["phase"] == "open"
        for key, row in found["sensors"].items()
        if row["state"] not in WELL
    ]
    return cameras + sensors

"""What zones are for a crowd: which escalators feed a landing."""

from typing import Any

import pytest

from mall.advisories.roles import roles_of
from tests.gis.plans import box, door, plan_of, zone


@pytest.mark.parametrize(
    ("running", "feeds"),
    [({"direction": "down"}, True), ({"direction": "up"}, False), ({"direction": "both"}, True), ({}, True)],
)
@pytest.mark.parametrize("drawn", [("esc", "foot"), ("foot", "esc")])
def test_an_escalator_feeds_the_landing_towards_which_it_runs(
    running: dict[str, Any], feeds: bool, drawn: tuple[str, str]
) -> None:
    """Which way it runs its direction says; where it has none, the side from which its opening is drawn."""
    plan = plan_of(
        zone("foot", box(0, 0, 8, 5)),
        zone("esc", box(2, 5, 3.4, 11), category="escalator", connects="esc-2", **running),
        zone("esc-2", box(2, 5, 3.4, 11), "2f", category="escalator"),
        door("esc-foot", [[2, 5], [3.4, 5]], *drawn),
        levels=[("1f", "1F", 0.0), ("2f", "2F", 5.0)],
    )
    is_told = running.get("direction") in ("up", "down")
    assert ("esc" in roles_of(plan).feeding.get("foot", ())) is (feeds if is_told else drawn == ("esc", "foot"))

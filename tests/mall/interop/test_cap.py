"""CAP 1.2: valid by the standard's own schema in an independent validator, and what each severity becomes.

``cap-1.2-oasis.xsd`` is the schema of CAP-V1.2 §3.4, unchanged, Copyright OASIS Open 2010, copied under the notices of
the specification. ``cap-1.2.xsd`` is ours: stricter where the text of §3.2 says more than that schema.
"""

import json
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import xmlschema
from pyproj import Geod

from mall.config import Site
from mall.interop.cap import CapSender
from mall.models import Advisory
from mall.notify.rendering import as_cap, place_name, rings_of
from tests.mall.web.small_site import SITE, write_site
from tests.mall.web.test_api import ADVISORY, NOW

ORIGIN = '[plan]\norigin = [139.7671, 35.6812]\nrotation_deg = 30.0\n[[level]]\nid = "1f"'
SITE_WITH_ORIGIN = SITE.replace('[[level]]\nid = "1f"', ORIGIN, 1)
DENSE = replace(ADVISORY, version=2, updated_at=NOW)


@cache
def schemas() -> tuple[xmlschema.XMLSchema11, ...]:
    """Return the standard's own schema, and one of ours that holds what its text demands besides."""
    names = ("cap-1.2-oasis.xsd", "cap-1.2.xsd")
    return tuple(xmlschema.XMLSchema11(Path(__file__).with_name(name)) for name in names)


def valid(text: str) -> dict[str, Any]:
    """Return a message as it is read, once both schemas took it."""
    for schema in schemas():
        schema.validate(text)
    return tree(ET.fromstring(text))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return write_site(tmp_path, toml=SITE_WITH_ORIGIN)


def read(site: Site, advisory: Advisory, sent: tuple[tuple[int, float], ...] = ()) -> dict[str, Any]:
    """Return a message as the validator reads it; the first info is English."""
    return valid(as_cap(site, advisory, sent, ("en", "ja")).body.decode())


MANY = {"info", "responseType", "category", "area", "polygon"}


def tree(node: ET.Element) -> dict[str, Any]:
    """Return an element's children by name, those of which there may be several as lists."""
    found: dict[str, Any] = {}
    for child in node:
        name = child.tag.partition("}")[2]
        value = tree(child) if len(child) else child.text
        if name in MANY:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


@pytest.mark.parametrize(
    ("severity", "severity_cap", "urgency", "response"),
    [
        ("watch", "Minor", "Future", "Monitor"), ("warn", "Moderate", "Expected", "Prepare"),
        ("act", "Severe", "Immediate", "Execute"), ("clear", "Extreme", "Immediate", "Evacuate"),
    ],
)  # fmt: skip
def test_severities(site: Site, severity: Any, severity_cap: str, urgency: str, response: str) -> None:
    message = read(site, replace(DENSE, severity=severity))
    for info in message["info"]:
        assert (info["severity"], info["urgency"]) == (severity_cap, urgency)
        assert (info["responseType"], info["category"]) == ([response], ["Safety"])
        assert info["instruction"]


@pytest.mark.parametrize(
    ("changes", "sent", "status", "kind"),
    [
        ({}, (), "Actual", "Alert"),
        ({}, ((1, NOW - 60),), "Actual", "Update"),
        ({"status": "resolved"}, ((1, NOW - 60),), "Actual", "Cancel"),
        ({"exercise": True}, (), "Exercise", "Alert"),
        ({"rule": "self-test", "place": "small"}, (), "Test", "Alert"),
        ({}, ((2, NOW),), "Actual", "Alert"),  # told again in the same version: no reference to itself
    ],
)
def test_status_and_type(
    site: Site, changes: dict[str, Any], sent: tuple[tuple[int, float], ...], status: str, kind: str
) -> None:
    message = read(site, replace(DENSE, **changes), sent)
    assert (message["status"], message["msgType"], "references" in message) == (status, kind, kind != "Alert")
    assert ("note" in message) == (status != "Actual")


def test_references_name_the_messages_before(site: Site) -> None:
    first = read(site, replace(DENSE, version=1, updated_at=NOW - 60))
    second = read(site, replace(DENSE, version=4, updated_at=NOW - 30), ((1, NOW - 60),))
    third = read(site, replace(DENSE, version=5), ((1, NOW - 60), (4, NOW - 30)))
    told = [f"{m['sender']},{m['identifier']},{m['sent']}" for m in (first, second)]
    assert second["references"] == told[0]
    assert third["references"] == " ".join(told)


def test_the_area_is_the_zone_on_the_earth(site: Site) -> None:
    (area,) = read(site, DENSE)["info"][0]["area"]
    assert area["areaDesc"] == "Hall, 1F"
    (polygon,) = area["polygon"]
    ring = [tuple(map(float, pair.split(","))) for pair in polygon.split(" ")]
    assert ring[0] == ring[-1]
    # by an independent geodesic: the hall is 30 m along the plan's x axis, which points 120° from north
    (lat0, lon0), (lat1, lon1) = next(p for p in pairwise(ring) if abs(length(*p) - 30.0) < 0.01)
    azimuth, _, _ = Geod(ellps="WGS84").inv(lon0, lat0, lon1, lat1)
    assert azimuth % 180 == pytest.approx(120.0, abs=0.01)
    assert min(length(corner, (35.6812, 139.7671)) for corner in ring) < 0.02  # one corner is the plan's origin


def length(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return float(Geod(ellps="WGS84").inv(a[1], a[0], b[1], b[0])[2])


def test_without_an_origin_the_place_is_told_in_words_only(tmp_path: Path) -> None:
    (area,) = read(write_site(tmp_path), DENSE)["info"][1]["area"]
    assert area == {"areaDesc": "ホール, 1F"}


@pytest.mark.parametrize(
    ("facts", "certainty"),
    [
        ({}, "Observed"), ({"value": 1.7}, "Likely"), ({"unproven": True}, "Likely"), ({"saturated": True}, "Likely"),
        ({"value": None}, "Observed"),
    ],
)  # fmt: skip
def test_certainty(site: Site, facts: dict[str, Any], certainty: str) -> None:
    advisory = replace(DENSE, facts=DENSE.facts | facts)
    if facts.get("value", 0.0) is None:
        advisory = replace(
            advisory, rule="camera-lost", place="hall-cam", facts={"state": "offline", "zones": ["hall"]}
        )
    assert {info["certainty"] for info in read(site, advisory)["info"]} == {certainty}


def test_the_chosen_options_steps_are_the_instruction(site: Site) -> None:
    steps = [{"en": "Open gate 2.", "ja": "ゲート 2 を開放。"}, {"en": "Send two guards.", "ja": "係員 2 名を派遣。"}]
    english, japanese = read(site, replace(DENSE, chosen={"key": "A", "steps": steps}))["info"]
    assert english["instruction"] == "Open gate 2. Send two guards."
    assert japanese["instruction"] == "ゲート 2 を開放。 係員 2 名を派遣。"


def test_what_is_over_asks_for_nothing(site: Site) -> None:
    info = read(site, replace(DENSE, status="expired"), ((1, NOW - 60),))["info"][0]
    assert (info["urgency"], info["responseType"]) == ("Past", ["AllClear"])


@pytest.mark.parametrize("name", ["<script>", "a&b", "]]>", "\x00\x0b\ud800", "森 愛, 地下"])
def test_no_name_breaks_the_message(tmp_path: Path, name: str) -> None:
    site = write_site(tmp_path, toml=SITE_WITH_ORIGIN)
    odd = replace(DENSE, place=name, id=f"density-walkway:{name.encode('utf-8', 'replace').decode()}:1")
    assert read(site, odd)["msgType"] == "Alert"
    json.dumps(odd.id)


@pytest.mark.parametrize(
    ("zone", "text"), [("UTC", "-00:00"), ("Asia/Tokyo", "+09:00"), ("America/New_York", "-05:00")]
)
def test_times_have_an_offset_and_no_fraction(zone: str, text: str) -> None:
    told = CapSender("s", "S", "", ZoneInfo(zone)).time(NOW + 0.75)
    assert told.endswith(text)
    assert "." not in told
    assert datetime.fromisoformat(told.replace("-00:00", "+00:00")).timestamp() == int(NOW)


@pytest.mark.parametrize(
    ("changes", "place", "outlines"),
    [
        ({"facts": {"zones": ["hall", "corner"]}}, "Hall, Corner, 1F", 2),
        ({"place": "spill-1", "facts": {"zone": "hall"}}, "Hall, 1F", 1),
        ({"place": "matcha/co2", "facts": {"popup": "matcha"}}, "Hall, 1F", 1),
        ({"rule": "level-dark", "place": "2f", "level": "2f"}, "Upper, 2F", 1),
        ({"place": "gone", "facts": {}}, "1F", 0),
        ({"rule": "self-test", "place": "small", "level": "", "facts": {}}, "Small Mall", 0),
    ],
)
def test_which_zones_an_advisory_is_about(tmp_path: Path, changes: dict[str, Any], place: str, outlines: int) -> None:
    site, found = write_site(tmp_path, toml=SITE_WITH_ORIGIN), replace(DENSE, **changes)
    assert (place_name(site, found, "en"), len(rings_of(site, found))) == (place, outlines)

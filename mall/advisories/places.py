"""Where an advisory is: what its place is called, and which zones it is about."""

from functools import lru_cache

from mall.advisories.channel_rule import CHANNEL
from mall.advisories.memory_rule import LABELS, MEMORY
from mall.advisories.wording import SENSOR_KINDS, lower_first
from mall.config import Site
from mall.models import Advisory
from mall.site_base import Sensor
from mall.site_file import Popup


@lru_cache(maxsize=8)
def labels_of(site: Site) -> dict[str, dict[str, dict[str, str]]]:
    """Return kind of place -> id -> label by language; "" is the default. A zone and a camera may share an id."""
    return {
        "site": {site.id: {"": site.file.site.name}},
        "zone": {zone.id: {"": zone.label, **zone.labels} for zone in site.plan.zones},
        "line": {line.id: {"": line.label, **line.labels} for line in site.plan.lines},
        "level": {level.id: {"": level.label} for level in site.plan.levels},
        "contact": {c.id: _labels(c.label or c.id, c.label_ja) for c in site.file.contact},
        MEMORY: {MEMORY: dict(LABELS)},
        CHANNEL: {c.id: {"": f"Channel {c.id}", "ja": f"通知経路 {c.id}"} for c in site.file.notify},
        "camera": {camera.id: _labels(camera.label or camera.id, camera.label_ja) for camera in site.cameras},
        "sensor": {
            f"{popup.id}/{sensor.id}": _sensor_labels(popup, sensor) for popup in site.popups for sensor in popup.sensor
        },
    }


def zones_of(advisory: Advisory, site: Site) -> list[str]:
    """Return the zones that an advisory is about: its own, those a lost camera leaves unseen, the pitch of a kit."""
    known = {zone.id for zone in site.plan.zones}
    if advisory.rule == "level-dark":
        return [zone.id for zone in site.plan.zones_on(advisory.level)]
    pitches = [popup.pitch for popup in site.popups if popup.id == advisory.facts.get("popup")]
    named = advisory.facts.get("zones") or pitches or [advisory.facts.get("zone") or advisory.place]
    return [zone for zone in named if zone in known]


def _labels(label: str, label_ja: str) -> dict[str, str]:
    return {"": label} | ({"ja": label_ja} if label_ja else {})


def _sensor_labels(popup: Popup, sensor: Sensor) -> dict[str, str]:
    kind_en, kind_ja = SENSOR_KINDS[sensor.kind]
    name = popup.label or popup.id
    en, ja = sensor.label or kind_en, sensor.label_ja or sensor.label or kind_ja
    return {"en": f"{name}, {lower_first(en)}", "ja": f"{popup.label_ja or name} {ja}"}

"""Every key of the store, built by one function, with how long its value lives.

``mall:{site}:name`` belongs to the mall, ``mall:{site:level}:name`` to one level. What stands in braces is the
hash tag: everything with one tag lies in one cluster slot, so a script may touch it atomically.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

POINTS_TRIM_S = 5.0
"""A new points frame removes those older than this, and the stream ends this long after its last frame:
a frame is readable for at least 5 s and exists for at most 5 + 5 = 10 s, whoever stops writing and when."""
POINTS_LIFE_S = 10.0
SNAPSHOT_TTL_S = 24 * 3600
STATUS_TTL_S = 24 * 3600
HEAT_TTL_S = 30
FLOW_TTL_S = 60
FORECAST_TTL_S = 1800
MINUTES_KEPT_S = 48 * 3600
MINUTE_AHEAD_S = 120.0  # of a minute that may stand in the store before its time; further on a clock was ahead
SENSOR_TTL_S = 24 * 3600
TRAIL_KEPT_S = 3600
PUBLIC_TTL_S = 180
OPTIONS_TTL_S = 180
HISTORY_TTL_S = 24 * 3600

PERSISTENT_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "levels": "the levels ever written, so that totals and marks are found without scanning",
        "marks": "sequence mark of every camera: an old frame is refused after any restart",
        "engine": "epoch and sequence of the last snapshot and the last reset: totals grow once",
        "lines": "in and out of every line since the last scheduled reset",
        "order": "zone order of the packed minutes",
        "totals": "counts over the entrances since the last scheduled reset",
        "option-record": "how chosen options did, by kind and place: what worked ranks higher",
        "plan": "what is closed, one-way or stopped, incidents and contacts: said by people and doors, not measured",
        "adv": "advisories that are not over",
        "adv-resolved": "advisories that are resolved or expired",
        "notices": "what was told outside of every advisory: nothing twice, and no end untold",
        "outbox": "messages that wait to be told: none is lost in a crash",
        "channels": "how every way to tell does, and what the last self-test found",
        "drills": "the drill that runs and the last ones, with what they brought",
        "audit": "who did what, chained by hashes",
        "audit-head": "id and hash of the entry written last: an end that was cut off or forged shows",
        "device-seq": "sequence mark of every pop-up device: a replayed message is refused",
        "refusals": "sensor messages refused, by reason",
    }
)
"""Names of the keys without an end, and why. Every other key is a measurement or a lock and ends by itself."""


EXERCISE_SUFFIX = "!drill"
"""Ends the name under which a mall's exercise is kept; no site id has such a letter."""


def exercise_of(site: str) -> str:
    """Return the name under which the exercise of a mall is kept, apart from all that is real."""
    return site + EXERCISE_SUFFIX


def tag_of(*parts: str) -> str:
    """Return what stands in the braces of a key."""
    return ":".join(quote(part, safe="") for part in parts)


def key(site: str, level: str | None, name: str, *parts: str) -> str:
    """Build a key; parts that could be mistaken for its punctuation are percent-encoded."""
    tag = tag_of(*(part for part in (site, level) if part is not None))
    return ":".join([f"mall:{{{tag}}}", name, *(quote(part, safe="") for part in parts)])


def is_persistent(key_text: str) -> bool:
    """Tell whether this key stands in ``PERSISTENT_KEYS``."""
    return key_text.partition("}:")[2].partition(":")[0] in PERSISTENT_KEYS


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one mall."""

    site: str

    def of_level(self, level: str, name: str) -> str:
        """Return a level's key ``name``: pts, marks, snap, engine, lines, heat, flow, forecast, min, order or lead."""
        return key(self.site, level, name)

    def of_site(self, name: str, *parts: str) -> str:
        """Return the key ``name`` of the mall: levels, totals, adv, plan, audit, sensors, popup, public, lead, …"""
        return key(self.site, None, name, *parts)

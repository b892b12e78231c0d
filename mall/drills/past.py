"""An exercise on an hour of the past: as many people as there were, seen by the cameras that saw them."""

from collections.abc import Mapping, Sequence
from typing import Any

from gis.routes import WalkGraph
from mall.config import Site
from mall.drills.cameras import PERIOD_S, Views
from mall.drills.debrief import told
from mall.drills.hour import Hour
from mall.drills.past_crowd import PastCrowd
from mall.drills.playing import Playing
from mall.models import MINUTE_S, Advisory
from mall.store import Store


class PastExercise(Playing):
    """One run of minutes of the past; ``step`` does half a second of it.

    What was, was: nobody heeds what is ordered or chosen now. A camera is silent while nobody knows how many were in
    the zone of which it sees most.

    Args:
        site: the mall.
        views: what its cameras see.
        hour: what is played.
        store: of the exercise, never that of the mall.
        real: advisories of the mall, of which those of that time are told beside what is raised now.

    """

    def __init__(self, site: Site, views: Views, hour: Hour, store: Store, real: Sequence[Advisory] = ()) -> None:
        self._crowd = PastCrowd(WalkGraph.of(site.plan), hour)  # first: it says whether the hour can be played
        super().__init__(site, views, store, (), {})
        self.places: Mapping[str, str] = {}
        self._hour = hour
        self._main = _main_zones(site, views)
        self._then = [_then(each, hour) for each in real if 0.0 <= each.raised_at - hour.start < self.lasts_s]

    @property
    def people(self) -> int:
        """Return how many there are at most in any minute, of those that are known."""
        minutes = range(self._hour.minutes)
        return max((round(sum(row[i] or 0.0 for row in self._hour.people.values())) for i in minutes), default=0)

    @property
    def lasts_s(self) -> float:
        """Return when it ends, in seconds from its beginning."""
        return float(self._hour.minutes * MINUTE_S)

    def _play(self, now: float) -> None:
        self._crowd.step(PERIOD_S)
        silent = frozenset(c for c, zone in self._main.items() if not self._hour.is_known(zone, self.at_s))
        self._cameras.publish(self._crowd.people(), now, silent)

    def debrief(self) -> dict[str, Any]:
        """Return what it has brought so far; ``then``: what the mall itself raised in that time."""
        return {
            "lasted_s": round(self.at_s, 1), "expected": [], "raised": told(self.minutes, set()), "then": self._then,
            "passed": None,
        }  # fmt: skip


def _main_zones(site: Site, views: Views) -> dict[str, str]:
    """Return camera -> the zone of which it sees most."""
    found = {}
    for camera in site.cameras:
        ground = views.grounds.get(camera.id)
        if ground is not None:
            seen = {z.id: float(ground.intersection(z.polygon).area) for z in site.plan.zones_on(camera.level)}
            found[camera.id] = max(seen, key=lambda zone: (seen[zone], zone))
    return found


def _then(advisory: Advisory, hour: Hour) -> dict[str, Any]:
    return {
        "advisory": advisory.id, "rule": advisory.rule, "place": advisory.place, "level": advisory.level,
        "severity": advisory.severity, "at_s": round(advisory.raised_at - hour.start, 1),
    }  # fmt: skip

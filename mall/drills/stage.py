"""A script in one mall: its places found, its people given their ways."""

from collections.abc import Mapping
from dataclasses import dataclass

from gis.floorplan import FloorPlan
from gis.routes import WalkGraph
from mall.config import Site
from mall.drills.cameras import Views, views_of
from mall.drills.casting import cast, shut_by
from mall.drills.crowd import Plan
from mall.drills.places import Finder, UnfitError
from mall.drills.script import Script


@dataclass(frozen=True, slots=True)
class Staged:
    """A script in one mall: its places as zones, and what everybody does."""

    script: Script
    places: Mapping[str, str]
    plans: tuple[Plan, ...]
    shut: tuple[frozenset[str], ...]
    silent: tuple[frozenset[str], ...]

    @property
    def people(self) -> int:
        """Return how many people the script counts."""
        return sum(plan.is_counted for plan in self.plans)

    def shut_at(self, at_s: float) -> frozenset[str]:
        """Return what nobody can pass this long after the beginning."""
        on = (i.is_on(at_s) for i in self.script.incident)
        return frozenset().union(*(items for items, is_on in zip(self.shut, on, strict=True) if is_on))

    def silent_at(self, at_s: float) -> frozenset[str]:
        """Return the cameras that say nothing this long after the beginning."""
        on = (i.is_on(at_s) for i in self.script.incident)
        return frozenset().union(*(cameras for cameras, is_on in zip(self.silent, on, strict=True) if is_on))


class Stage:
    """A mall in which drills can be played; made once, for the graph of a plan takes a while."""

    def __init__(self, site: Site, views: Views | None = None) -> None:
        self.site = site
        self.views = views or views_of(site)
        self.graph = WalkGraph.of(site.plan)
        self._finder = Finder(self.graph, self.views.shares(site.plan))

    def put(self, script: Script) -> Staged:
        """Return a script as it is played here; UnfitError, with the place, where it cannot be."""
        places = self._finder.find(script)
        self._has_inputs(script)
        plans = cast(script, self._finder, self.graph, places)
        shut = tuple(shut_by(incident, self._finder, places) for incident in script.incident)
        silent = tuple(
            _most_seeing(self.site.plan, self.views, places[i.place]) if i.kind == "camera-silent" else frozenset()
            for i in script.incident
        )
        return Staged(script, places, tuple(plans), shut, silent)

    def _has_inputs(self, script: Script) -> None:
        wanted = next((incident.place for incident in script.incident if incident.kind == "fire-alarm"), None)
        if wanted is not None and not any(contact.kind == "fire_alarm" for contact in self.site.contacts):
            raise UnfitError("no-input", wanted)


def _most_seeing(plan: FloorPlan, views: Views, zone: str) -> frozenset[str]:
    """Return the camera that sees the largest part of a zone."""
    walkable = plan.walkable(zone)
    parts = {camera: float(ground.intersection(walkable).area) for camera, ground in views.grounds.items()}
    best = max(parts, key=lambda camera: (parts[camera], camera), default=None)
    return frozenset() if best is None else frozenset({best})


def exercised(site: Site) -> Site:
    """Return the site as an exercise has it: no message goes to anybody, and there are no pop-up kits."""
    alarms = site.file.alarms.model_copy(update={"self_test_at": None})
    file = site.file.model_copy(update={"notify": (), "popup": (), "alarms": alarms})
    return Site(site.folder, file, site.plan)

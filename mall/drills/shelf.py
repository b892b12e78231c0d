"""What this mall can play: each drill with its places here, or why it cannot be played, and hours of its past."""

import threading
from collections.abc import Mapping
from typing import Any

from mall.config import Site
from mall.drills.cameras import Views, views_of
from mall.drills.hour import known_hours
from mall.drills.places import UnfitError
from mall.drills.reasons import why_not
from mall.drills.script import library
from mall.drills.stage import Stage
from mall.models import CameraStatus
from mall.store import Store

Row = dict[str, Any]
LOOK_EVERY_S = 60.0


class LibraryShelf:
    """Tells the library; the plan is looked at once, and again only when cameras see other ground."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._rings: Mapping[str, Any] | None = None
        self._rows: list[Row] = []

    def rows(self, heard: Mapping[str, CameraStatus]) -> list[Row]:
        """Return one row a drill; SiteError where a file of the site's own drills is wrong."""
        views = views_of(self._site, heard)
        with self._lock:
            if views.rings != self._rings:
                self._rows = self._made(views)
                self._rings = views.rings
            return self._rows

    def _made(self, views: Views) -> list[Row]:
        stage = Stage(self._site, views)
        rows = []
        for script in library(self._site.folder).values():
            row: Row = {
                "id": script.id, "title": script.title.model_dump(), "teaches": script.teaches.model_dump(),
                "asks": script.asks.model_dump(), "lasts_s": script.lasts_s, "answers_s": script.answers_s,
                "places": {}, "people": None,
                "why_not": None, "expects": [],
            }  # fmt: skip
            try:
                staged = stage.put(script)
            except UnfitError as exc:
                row["why_not"] = why_not(exc.code, exc.place)
            else:
                row |= {"places": dict(staged.places), "people": staged.people}
                row["expects"] = [
                    {"rules": list(e.rules), "place": staged.places[e.place], "severity": e.severity}
                    | {"by_s": e.by_s, "absent": e.absent}
                    for e in script.expect
                ]
            rows.append(row)
        return rows


class HourShelf:
    """The hours of the past that can be played again, looked for once a minute."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._hours: list[float] = []

    def hours(self, store: Store, now: float) -> list[float]:
        """Return their starts in UTC seconds, the latest first; StoreError where the store does not answer."""
        with self._lock:
            if not 0.0 <= now - self._at < LOOK_EVERY_S:
                self._hours = known_hours(store, self._site, now)
                self._at = now
            return self._hours

"""Notice that a site folder has changed, and take the change up once the site is right with it."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from mall.cameras.eyesight import Sight
from mall.cameras.trial import tried_sight
from mall.config import Site
from mall.errors import MallError
from mall.setup.files import files_of, version_of
from mall.validation import load_valid_site

LOOK_EVERY_S = 0.7

log = structlog.get_logger()


def tried_sights(site: Site) -> dict[str, Sight]:
    """Return what each camera will be looked at with, once all of them were tried; SiteError or WeightsError if not."""
    return {camera.id: tried_sight(site, camera) for camera in site.cameras}


class SiteWatch:
    """Looks at the files of a site; one that changes is read again as at the start, when it has come to rest.

    Args:
        site: as it runs.
        take_up: called with a changed and valid site.
        clock: seconds that never go back.

    """

    def __init__(
        self, site: Site, take_up: Callable[[Site], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._site, self._take_up, self._clock = site, take_up, clock
        self._version = version_of(site)
        self._seen = self._moving = stamps_of(site)
        self._due = clock() + LOOK_EVERY_S

    def look(self) -> None:
        """Take a change up if there is one, it is whole and the site is valid; said once where it is not."""
        if self._clock() < self._due:
            return
        self._due = self._clock() + LOOK_EVERY_S
        stamps = stamps_of(self._site)
        if stamps == self._seen:
            return
        if stamps != self._moving:
            self._moving = stamps  # an editor may still be writing, or the second of two files be missing
            return
        self._seen = stamps
        try:
            self._read()
        except MallError as exc:
            log.error("site changed, not taken up", reason=str(exc))
        except OSError as exc:
            log.error("site changed, not taken up", reason=f"{exc.filename}: {exc.strerror}")

    def _read(self) -> None:
        site = load_valid_site(self._site.folder)
        if site.id != self._site.id:
            log.error("site changed, not taken up", reason=f"its id is {site.id!r} now: stop and start the stack")
            return
        stamps, version = stamps_of(site), version_of(site)
        if version == self._version:
            return
        before = {camera.id: camera for camera in self._site.cameras}
        for camera in site.cameras:
            if camera != before.get(camera.id):
                tried_sight(site, camera)  # which may take seconds
        if stamps_of(self._site) != self._seen or stamps_of(site) != stamps:
            self._seen = {}  # written again meanwhile: the next look sees a change, and waits for it to come to rest
            return
        self._take_up(site)
        self._site, self._version, self._seen, self._moving = site, version, stamps, stamps


def stamps_of(site: Site) -> dict[Path, tuple[int, int, int] | None]:
    """Return for each file of a site what changes when it is written; None where it is not there."""
    return {path: _stamp(path) for path in files_of(site)}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino

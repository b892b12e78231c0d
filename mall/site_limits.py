"""Limits of rules are data: a process that runs takes other ones up by itself, for everything else it starts anew."""

import json
from pathlib import Path

from mall.config import Site, read_site_file
from mall.errors import MallError
from mall.site_copy import copied_files, index_of_copies
from mall.site_file import SiteFile

PUBLIC = "public"  # `[limits.<zone>] public` is no limit: it says what the public is shown


def without_limits(file: SiteFile) -> str:
    """Return everything a site file says besides the limits of its rules, as text that can be compared."""
    shown = {zone: own[PUBLIC] for zone, own in sorted(file.limits.items()) if PUBLIC in own}
    return file.model_dump_json(exclude={"limits"}, by_alias=True) + json.dumps(shown)


class RunningSite:
    """The site of a process, with the limits that its stack runs on now.

    Args:
        site: as the process read it. Where no stack started the process, it stays as it is.

    Attributes:
        site: as it is now.

    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self._index = index_of_copies()
        self._other = without_limits(site.file)
        self._seen: tuple[int, int] | None = None

    def look(self) -> bool:
        """Take other limits up where the stack has; True where it did so now."""
        stamp = None if self._index is None else _stamp(self._index)
        if stamp is None or stamp == self._seen:
            return False
        self._seen = stamp
        try:
            file, version = read_site_file(self.site.folder / "site.toml", copied_files())
        except MallError:
            return False  # the stack copies only what is valid: the next version is on its way
        if version == self.site.version or without_limits(file) != self._other:
            return False  # the same, or more than limits: then the stack starts this process anew
        self.site = Site(self.site.folder, file, self.site.plan, version)
        return True


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino

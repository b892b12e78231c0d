"""The site as it runs, kept beside the folder that people change.

A process that has to be started again while a file of the site is half written or wrong reads what the others run on:
the stack copies the files of each version it takes up, and children read the copies in their place.
"""

import json
import os
import shutil
from pathlib import Path

from gis.imdf import is_imdf
from mall.config import Drafts, Site

COPY_VARIABLE = "MALL_SITE_COPY"
INDEX = "index.json"
KEPT = 2  # versions: a process may be reading the one before


class SiteCopy:
    """Holds the files of the version that runs.

    Args:
        folder: in the state folder, which one stack holds; what it held before goes. A site file may hold passwords.

    """

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        self._folder, self._number = folder, 0
        self.environment = {COPY_VARIABLE: str(folder)}

    def take(self, site: Site) -> None:
        """Copy a version that was found valid; children that start from now on read it."""
        self._number += 1
        place = self._folder / str(self._number)
        place.mkdir()
        index = {}
        for number, path in enumerate(_files(site)):
            copy = place / f"{number}{path.suffix}"
            shutil.copyfile(path, copy)
            index[str(path)] = str(copy)
        fresh = self._folder / "index.new"
        fresh.write_text(json.dumps(index), encoding="utf-8")
        fresh.replace(self._folder / INDEX)
        shutil.rmtree(self._folder / str(self._number - KEPT), ignore_errors=True)


def _files(site: Site) -> list[Path]:
    """Return the files that are read when a site is loaded; an IMDF archive is replaced whole by whoever changes it."""
    plan = site.file.plan
    named = [site.folder / name for name in ("site.toml", plan.file, plan.lines) if name]
    return [path for path in named if not is_imdf(path)]


def index_of_copies() -> Path | None:
    """Return the file that is replaced with every version that runs; None for a process that no stack started."""
    folder = os.environ.get(COPY_VARIABLE)
    return Path(folder) / INDEX if folder else None


def copied_files() -> Drafts:
    """Return file of the site -> copy of it that this stack runs on; empty for a process that no stack started."""
    path = index_of_copies()
    if path is None:
        return {}
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {Path(path): Path(copy) for path, copy in index.items()}

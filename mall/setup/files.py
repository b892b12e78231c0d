"""The files of a site that setup reads and writes, their common version, and how they are written whole."""

import hashlib
import os
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

from mall.cameras.accuracy_card import calibration_path
from mall.config import Site, load_site
from mall.site_base import SiteWarning

SITE_FILE = "site.toml"


def read_quietly(folder: Path) -> Site:
    """Read a site as it is now; what is odd but harmless about it was said when the stack started."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SiteWarning)
        return load_site(folder)


def files_of(site: Site) -> list[Path]:
    """Return the paths of everything that says how a site is set up; head-count lines may not be there."""
    plan = site.file.plan
    names = [SITE_FILE, plan.file, *([plan.lines] if plan.lines else [])]
    return [*(site.folder / name for name in names), *(calibration_path(site, camera.id) for camera in site.cameras)]


def version_of(site: Site) -> str:
    """Return a digest of what these files hold, first 16 digits."""
    whole = hashlib.sha256()
    for path in files_of(site):
        whole.update(f"{path.name}\0".encode())
        whole.update(digest_of_file(path).encode())
    return whole.hexdigest()[:16]


def digest_of_file(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal, "" where it is not there."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def write_files(files: Mapping[Path, bytes | None]) -> None:
    """Write each file whole, or take it away (None); everything is on the disk before the first is put in place.

    Raises:
        OSError: if one cannot be written; those before it are in place then.

    """
    ready: dict[Path, Path | None] = {}
    try:
        for path, content in files.items():
            ready[path] = None if content is None else _beside(path.resolve(), content)
        for path, fresh in ready.items():
            if fresh is None:
                path.unlink(missing_ok=True)
            else:
                fresh.replace(path.resolve())
            ready[path] = None
            _sync_folder(path.resolve().parent)
    finally:
        for fresh in ready.values():
            if fresh is not None:
                fresh.unlink(missing_ok=True)


def _beside(path: Path, content: bytes) -> Path:
    """Return a new file with this content beside a path, as readable as the one it will replace."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".new", delete=False) as file:
        fresh = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            fresh.chmod(mode)
        except BaseException:
            fresh.unlink()
            raise
    return fresh


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

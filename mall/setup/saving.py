"""Save drafts into the site folder: judged first, written whole, and only over the version they were made from."""

import fcntl
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gis.imdf import is_imdf
from mall.config import Site
from mall.errors import MallError
from mall.setup.drafts import CameraDraft, draft_of, rows_of
from mall.setup.files import SITE_FILE, read_quietly, version_of
from mall.setup.pairs import camera_problems
from mall.setup.plan_edit import plan_text
from mall.setup.plans import drafted_plan
from mall.setup.toml_edit import with_cameras
from mall.setup.versions import Step, Versions
from mall.setup.words import Problem, SetupError, first_error
from mall.site_base import SiteWarning
from mall.validation import load_valid_site


@dataclass(frozen=True, slots=True)
class CameraChange:
    """What to change of a camera: any of calibration, planes, masks, label, label_ja, size; the rest stays."""

    camera: str
    values: Mapping[str, Any]

    def table(self) -> dict[str, Any]:
        """Return the values as those of the camera's table in the site file, None to take a key away."""
        found: dict[str, Any] = {}
        for key, value in self.values.items():
            if key == "planes":
                found["plane"] = [plane.table() for plane in value] or None
            elif key == "calibration":
                found[key] = None if value is None else value.table()
            elif key == "masks":
                found[key] = [rows_of(mask) for mask in value] or None
            else:
                found[key] = list(value) if isinstance(value, tuple) else value or None
        return found

    def applied(self, draft: CameraDraft) -> CameraDraft:
        """Return a camera as it would be with this change."""
        known = {key: self.values[key] for key in ("calibration", "planes", "masks", "size") if key in self.values}
        return replace(draft, **{key: value for key, value in known.items() if key != "size" or value is not None})


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another text of the site file; ``what`` and ``more`` go into the audit, ``told`` names the step."""

    text: str
    what: str
    told: str
    more: Mapping[str, object]


class Saver:
    """Writes one site.

    Args:
        folder: of the site; state: the state folder's ``setup``.
        note: called with who and what (and more, by name) right before it is written; where it fails, nothing is.

    """

    def __init__(self, folder: Path, state: Path, note: Callable[..., object] | None = None) -> None:
        self._folder, self._state, self._note = folder.resolve(), state, note or _told_nobody
        self._versions = Versions(state / "versions")

    def save(
        self, version: str, changes: Sequence[CameraChange], plan: Mapping[str, Any] | None, *, who: str
    ) -> list[Problem]:
        """Write changes; return what is odd about them.

        Raises:
            SetupError: ``changed``, ``unknown``, ``invalid`` with the problems, or ``read-only``; nothing was written.

        """
        with self._locked(version) as site:
            problems = self._judge(site, changes, plan)
            wrong = first_error(problems)
            if wrong is not None:
                raise SetupError("invalid", problems, reason=wrong.text["en"])
            files = self._files(site, changes, plan)
            self._refuse_invalid(files)
            if files:
                cameras = [change.camera for change in changes]
                self._note(who, "setup saved", cameras=cameras, plan=plan is not None)
                self._replace(files, what=_told(changes, plan), who=who)
            return problems

    def write(self, files: Mapping[Path, bytes], *, what: str, who: str) -> None:
        """Write other files of the site, as one step that can be taken back."""
        with self._locked(None):
            self._replace(files, what=what, who=who)

    def rewrite(self, change: Callable[[Site, str], Rewrite | None], *, who: str) -> None:
        """Write another text of the site file, as one step that can be taken back.

        Args:
            change: called with the site and the text of its file; None where the text stays as it is.
            who: writes.

        Raises:
            SetupError: of ``change``, ``invalid`` or ``read-only``; nothing was written.

        """
        with self._locked(None) as site:
            path = self._folder / SITE_FILE
            made = change(site, path.read_bytes().decode())
            if made is None:
                return
            files: dict[Path, bytes | None] = {path: made.text.encode()}
            self._refuse_invalid(files)
            if not os.access(path.resolve().parent, os.W_OK):
                raise SetupError("read-only", reason=f"{path.resolve().parent}: no right to write")
            self._note(who, made.what, **made.more)
            try:
                self._replace(files, what=made.told, who=who)
            except SetupError:
                self._note(who, f"not done: {made.what}", **made.more)
                raise

    def undo(self, version: str, *, who: str) -> Step:
        """Put back what the last step replaced and return the step.

        Raises:
            SetupError: ``none``, ``changed``, or ``invalid`` where other files need by now what it would take away.

        """
        with self._locked(version):
            steps = self._versions.steps()
            if not steps:
                raise SetupError("none")
            if not steps[-1].is_untouched():
                raise SetupError("changed")
            self._refuse_invalid(self._versions.before(steps[-1]))
            self._note(who, "setup taken back", step=steps[-1].what)
            with _writing():
                self._versions.undo(steps[-1])
            return steps[-1]

    def next_undo(self) -> dict[str, Any] | None:
        """Return what could be taken back now, None where nothing can."""
        steps = self._versions.steps()
        if not steps or not steps[-1].is_untouched():
            return None
        last = steps[-1]
        return {"available": len(steps), "what": last.what, "at": last.at, "who": last.who}

    @contextmanager
    def _locked(self, version: str | None) -> Iterator[Site]:
        """Hold the site for one writer and yield it as it is on disk; SetupError where it has another version."""
        self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._state / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                site = read_quietly(self._folder)
            except MallError as exc:
                raise SetupError("invalid", reason=str(exc)) from exc
            if version is not None and version_of(site) != version:
                raise SetupError("changed")
            yield site

    def _judge(self, site: Site, changes: Sequence[CameraChange], plan: Mapping[str, Any] | None) -> list[Problem]:
        drawn, found = drafted_plan(site, plan)
        known = {camera.id: camera for camera in site.cameras}
        for change in changes:
            if change.camera not in known:
                raise SetupError("unknown", what=f"camera {change.camera}")
            camera = known[change.camera]
            found += camera_problems(change.applied(draft_of(camera)), drawn or site.plan, camera.level)
        return found

    def _files(
        self, site: Site, changes: Sequence[CameraChange], plan: Mapping[str, Any] | None
    ) -> dict[Path, bytes | None]:
        """Return what the files that change shall hold."""
        files: dict[Path, bytes | None] = {}
        path = self._folder / SITE_FILE
        before = path.read_bytes()
        try:
            after = with_cameras(before.decode(), {change.camera: change.table() for change in changes}).encode()
            if after != before:
                files[path] = after
            if plan is not None:
                path = editable_plan(site)
                held = path.read_bytes()
                drawn = plan_text(held.decode("utf-8-sig"), plan).encode()
                if json.loads(drawn) != json.loads(held.decode("utf-8-sig")):
                    files[path] = drawn
        except (MallError, ValueError) as exc:
            raise exc if isinstance(exc, SetupError) else SetupError("invalid", reason=str(exc)) from exc
        return files

    def _refuse_invalid(self, files: Mapping[Path, bytes | None]) -> None:
        """Read the site as it would be with the function that every command reads it with."""
        with tempfile.TemporaryDirectory(dir=self._state) as folder:
            drafts = {}
            for number, (path, content) in enumerate(files.items()):
                drafts[path] = Path(folder) / f"{number}{path.suffix}"
                drafts[path].write_bytes(content or b"")
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", SiteWarning)
                    load_valid_site(self._folder, drafts=drafts)
            except MallError as exc:
                raise SetupError("invalid", reason=str(exc)) from exc

    def _replace(self, files: Mapping[Path, bytes | None], *, what: str, who: str) -> None:
        with _writing():
            at = datetime.now(UTC).isoformat(timespec="seconds")
            self._versions.replace(files, what=what, who=who, at=at)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise SetupError("read-only", reason=exc.strerror or str(exc)) from exc


def editable_plan(site: Site) -> Path:
    """Return the plan file where it can be changed here: GeoJSON, in the site folder, writable; else SetupError."""
    path = site.folder / site.file.plan.file
    reason = ""
    if is_imdf(path):
        reason = "an IMDF archive"
    elif not path.resolve().is_relative_to(site.folder.resolve()):
        reason = "outside the site folder"
    elif not os.access(path.parent, os.W_OK):
        reason = "no right to write"
    if reason:
        raise SetupError("read-only", reason=f"{site.file.plan.file}: {reason}")
    return path


def _told_nobody(*_who_and_what: str, **_more: object) -> None:
    return


def _told(changes: Sequence[CameraChange], plan: Mapping[str, Any] | None) -> str:
    """Say in a line what is changed."""
    words = [f"{change.camera}: {', '.join(change.values)}" for change in changes if change.values]
    return "; ".join([*words, *(["plan"] if plan is not None else [])]) or "nothing"

"""Everything the setup page can ask for, in one place: the web gives it words, the disk and the workers do the rest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from gis.floorplan import to_geojson
from gis.imdf import is_imdf
from mall.cameras.accuracy_card import CameraCalibration, HeadCount, calibration_path
from mall.config import Site
from mall.errors import MallError
from mall.setup.counts import HeadCountBook, Stills, StillSeen, fit_row
from mall.setup.door import Door
from mall.setup.drafts import CameraDraft
from mall.setup.files import files_of, read_quietly, version_of
from mall.setup.saving import CameraChange, Saver, editable_plan
from mall.setup.trying import try_draft
from mall.setup.words import SetupError
from mall.setup_link import Answer, NoAnswerError, ask
from mall.site_file import Camera

STILL_PATIENCE_S = 90.0  # the first loads detectors, then the next picture and a thorough look, on a busy machine
BOXES_PATIENCE_S = 0.5


class Audit(Protocol):
    """Where it is written down what was done."""

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append what happened."""
        ...


@dataclass(frozen=True, slots=True)
class Still:
    """A pixelated still as PNG bytes, its id and what the worker saw on it."""

    body: bytes
    id: str
    seen: StillSeen


class SetupDesk:
    """One site's setup.

    Args:
        folder: of the site.
        state: the state folder.
        link: folder of the workers' setup sockets and of the door.
        audit: the store.

    """

    def __init__(self, folder: Path, state: Path, link: Path, audit: Audit) -> None:
        self.door = Door(link)
        self._folder, self._link, self._audit = folder.resolve(), link, audit
        self._saver = Saver(folder, state / "setup", self.note)
        self._book = HeadCountBook(state / "setup" / "head_counts")
        self._stills = Stills()
        self._read: tuple[object, Site] | None = None

    def note(self, who: str, what: str, **more: object) -> None:
        """Write down who did what; StoreError where it cannot be: then it must not be done either."""
        self._audit.append_audit({"who": who, "what": what, **more})

    # -- the site ------------------------------------------------------------------------------------------------------

    def site(self) -> dict[str, Any]:
        """Return the site as it is on disk, as the interface tells it."""
        site = self._site()
        return {
            "version": version_of(site),
            "site": {"id": site.id, "name": site.file.site.name},
            "levels": [{"id": level.id, "label": level.label} for level in site.plan.levels],
            "cameras": [self._camera(site, camera) for camera in site.cameras],
            **_plan_rows(site),
            "undo": self._saver.next_undo(),
        }

    def _site(self) -> Site:
        """Return the site as it is on disk, read again only where a file has changed."""
        if self._read is not None and self._read[0] == _stamps(self._read[1]):
            return self._read[1]
        try:
            site = read_quietly(self._folder)
        except MallError as exc:
            raise SetupError("invalid", reason=str(exc)) from exc
        self._read = (_stamps(site), site)
        return site

    def _known(self, camera_id: str) -> tuple[Site, Camera]:
        site = self._site()
        for camera in site.cameras:
            if camera.id == camera_id:
                return site, camera
        raise SetupError("unknown", what=f"camera {camera_id}")

    def _camera(self, site: Site, camera: Camera) -> dict[str, Any]:
        keys = ("id", "label", "label_ja", "level", "size", "fps", "rate", "masks", "tiling", "confidence", "iou")
        line = _line_of(site, camera.id)
        return {key: getattr(camera, key) for key in keys} | {
            "source_kind": _source_kind(site, camera),
            "calibration": None if camera.calibration is None else _pairs(camera.calibration),
            "planes": [_pairs(plane) | {"region": plane.region} for plane in camera.plane],
            "card": None if line is None else line.card.shown(),
        }

    # -- stills and drafts ---------------------------------------------------------------------------------------------

    def still(self, camera: str, *, who: str, why: str) -> Still:
        """Return a pixelated still, once it is written down who wanted it and why.

        Raises:
            SetupError: ``unknown``, ``no-answer``, ``no-picture``, ``no-detector`` or ``lost``.
            StoreError: it cannot be written down.

        """
        self._known(camera)
        self.note(who, "setup still", camera=camera, why=why)
        answer = self._ask(camera, "still", STILL_PATIENCE_S)
        row = answer.row
        if not row.get("ok"):
            raise SetupError(str(row.get("code", "no-answer")), reason=row.get("reason", ""))
        at = datetime.fromtimestamp(float(row["captured_at"]), UTC).isoformat(timespec="milliseconds")
        seen = StillSeen(camera, at, int(row["people"]), dict(row["zones"]), str(row["recipe"]), str(row["weights"]))
        return Still(answer.body, self._stills.remember(seen), seen)

    def _ask(self, camera: str, op: str, patience_s: float) -> Answer:
        try:
            return ask(self._link, camera, {"op": op}, patience_s=patience_s)
        except NoAnswerError as exc:
            raise SetupError("no-answer") from exc

    def try_draft(self, draft: CameraDraft, plan: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return what becomes of a draft, with the people of now where the worker answers."""
        site, _ = self._known(draft.camera)
        try:
            boxes = self._ask(draft.camera, "boxes", BOXES_PATIENCE_S).row.get("boxes")
        except SetupError:
            boxes = None
        return try_draft(site, draft, plan, boxes)

    # -- saving --------------------------------------------------------------------------------------------------------

    def save(
        self, version: str, changes: Sequence[CameraChange], plan: Mapping[str, Any] | None, *, who: str
    ) -> dict[str, Any]:
        """Save drafts over the version they were made from."""
        problems = self._saver.save(version, changes, plan, who=who)
        return self._now() | {"problems": [problem.row() for problem in problems]}

    def undo(self, version: str, *, who: str) -> dict[str, Any]:
        """Take the last save back."""
        step = self._saver.undo(version, who=who)
        return self._now() | {"undone": step.what}

    def _now(self) -> dict[str, Any]:
        return {"version": version_of(self._site()), "undo": self._saver.next_undo()}

    # -- head counts ---------------------------------------------------------------------------------------------------

    def head_counts(self, camera: str) -> dict[str, Any]:
        """Return a camera's head counts, and what a fit would give."""
        self._known(camera)
        try:
            line = self._fitted(camera).overall
        except SetupError:
            line = None
        return {"counts": self._book.rows(camera), "fit": None if line is None else fit_row(line)}

    def count_heads(self, camera: str, still: str, people: int, zones: Mapping[str, int]) -> dict[str, Any]:
        """Keep what a person counted on a still."""
        self._known(camera)
        self._book.add(self._stills.recall(still, camera), people, zones)
        return self.head_counts(camera)

    def drop_head_count(self, camera: str, count: str) -> None:
        """Take a head count away."""
        self._known(camera)
        self._book.drop(camera, count)

    def fit_head_counts(self, camera: str, *, who: str) -> dict[str, Any]:
        """Fit the line and write ``calibration/<camera>.json`` as ``calibrate`` does."""
        site, _ = self._known(camera)
        calibration = self._fitted(camera)
        if calibration.overall is None:
            raise SetupError("few-counts", least=1, n=0)
        content = {calibration_path(site, camera): calibration.to_json().encode()}
        self.note(who, "setup head counts fitted", camera=camera, n=calibration.overall.card.n)
        self._saver.write(content, what=f"{camera}: head counts", who=who)
        return fit_row(calibration.overall)

    def _fitted(self, camera: str) -> CameraCalibration:
        return self._book.fit(camera, day=datetime.now().astimezone().date())


def _stamps(site: Site) -> object:
    return tuple((s.st_mtime_ns, s.st_size, s.st_ino) if (s := _stat(path)) else None for path in files_of(site))


def _stat(path: Path) -> Any:
    try:
        return path.stat()
    except OSError:
        return None


def _pairs(table: Any) -> dict[str, Any]:
    return {key: getattr(table, key) for key in ("image_points", "plan_points", "camera_matrix", "distortion")}


def _source_kind(site: Site, camera: Camera) -> str:
    if camera.is_address:
        return "address"
    return "boxes" if camera.is_boxes else "folder" if site.source_path(camera).is_dir() else "file"


def _line_of(site: Site, camera: str) -> HeadCount | None:
    try:
        return CameraCalibration.from_json(calibration_path(site, camera).read_text(encoding="utf-8")).overall
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None


def _plan_rows(site: Site) -> dict[str, Any]:
    """Return the plan as its file has it; one of another form as our own would, and not to be changed."""
    path = site.folder / site.file.plan.file
    if is_imdf(path):
        return {"plan": to_geojson(site.plan), "plan_editable": False}
    try:
        is_editable = bool(editable_plan(site))
    except SetupError:
        is_editable = False
    return {"plan": json.loads(path.read_text(encoding="utf-8-sig")), "plan_editable": is_editable}

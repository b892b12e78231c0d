"""What a distillation was asked to do, checked before a picture is taken."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from mall.cameras.eyesight import weights_of
from mall.config import PROJECT_DIR, SAMPLE_SITE, Site
from mall.errors import SiteError
from mall.site_file import Camera, parse_tiling
from vision.detector import WeightsRefusedError
from vision.distill.labelling import Viewpoint
from vision.distill.sampling import FEWEST
from vision.distill.training import Lesson, Student, open_student
from vision.embedded import embedded_folder, embedded_student
from vision.weights_file import digest_of_weights, inspect_weights

TEACHER = "yolo11x.pt"
MIX_SHARE = 0.2
HELD_OF_CHECKED = 0.25


@dataclass(frozen=True, slots=True)
class Request:
    """The command line.

    Attributes:
        cameras: learnt from; checks: only compared on.
        teacher, student: weights, None for the usual ones.
        frames: pictures in all of the learnt cameras; mix: whether pictures of the sample mall are mixed in.
        epochs: at most; minutes: of training, at most; watch_minutes: how long a live camera is watched.
        size: longer side of the pictures, px, None for what the student was trained at.
        freeze: leave the backbone as it is; out: folder for the result; who, why: for the audit.

    """

    site_dir: Path
    cameras: tuple[str, ...]
    checks: tuple[str, ...] = ()
    teacher: str | None = None
    student: str | None = None
    frames: int = 300
    mix: bool = True
    epochs: int = 20
    minutes: float | None = None
    watch_minutes: float = 30.0
    size: int | None = None
    freeze: bool = False
    out: Path | None = None
    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A request that can be carried out.

    Attributes:
        views: camera -> how it is looked at; old: camera -> the weights it uses now.
        mixed: name -> recording of the sample mall that is mixed in.
        student, trained: its weights and what they say of themselves.

    """

    request: Request
    site: Site
    views: dict[str, Viewpoint]
    old: dict[str, str | Path]
    mixed: dict[str, Path]
    teacher: str
    student: Path
    trained: Student

    @property
    def size(self) -> int:
        """Return the longer side of the pictures trained on, px."""
        return self.request.size or self.trained.size

    @property
    def lesson(self) -> Lesson:
        """Return how to train."""
        asked = self.request
        limit_s = None if asked.minutes is None else asked.minutes * 60
        return Lesson(asked.epochs, self.size, freeze=asked.freeze, limit_s=limit_s)

    def pictures_of(self, camera: str) -> int:
        """Return how many pictures are taken of a camera or mixed in from a recording."""
        each = self.request.frames // len(self.request.cameras)
        if camera in self.mixed:
            return max(FEWEST, round(self.request.frames * MIX_SHARE / len(self.mixed)))
        return max(FEWEST, round(each * HELD_OF_CHECKED)) if camera in self.request.checks else each

    @property
    def key(self) -> str:
        """Return the same text for the same order, so that one that was killed is found again."""
        asked, cameras = self.request, [camera for camera in self.views if camera not in self.mixed]
        parts = [
            self.site.id, [self.site.camera(camera).model_dump(mode="json") for camera in cameras], sorted(self.mixed),
            asked.cameras, asked.checks, asked.frames, asked.epochs, asked.freeze, self.size, self.teacher,
            digest_of_weights(self.student), asked.watch_minutes,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def checked(request: Request, site: Site) -> Order:
    """Check a request against the site.

    Raises:
        SiteError: a camera that is not there, is named twice or has no pictures, or too few pictures asked for.
        WeightsRefusedError: weights that cannot be used, or no student that could be trained.

    """
    cameras = _cameras(request, site)
    if request.frames < FEWEST * len(request.cameras):
        least = FEWEST * len(request.cameras)
        raise SiteError(f"--frames {request.frames}: expected at least {least}, {FEWEST} a camera")
    for name, text in (("--who", request.who), ("--why", request.why)):
        if not text.strip():
            raise SiteError(f"{name}: missing; pictures are kept only with a name and a reason, which go to the audit")
    old = {camera.id: weights_of(site, camera) or embedded_folder() for camera in cameras}
    student = _student(request, old)
    teacher = request.teacher or TEACHER
    inspect_weights(teacher)
    mixed = _mixed(request, site, cameras)
    views = {camera.id: viewpoint(camera) for camera in cameras} | {name: Viewpoint(name, "off") for name in mixed}
    return Order(request, site, views, old, mixed, teacher, student, open_student(student))


def viewpoint(camera: Camera) -> Viewpoint:
    """Return how a camera is looked at."""
    size = camera.input_size if "input_size" in camera.model_fields_set else None
    tiling = parse_tiling(camera.tiling)
    return Viewpoint(camera.id, tiling, camera.masks, camera.confidence, camera.iou, size)


def _cameras(request: Request, site: Site) -> list[Camera]:
    asked = [*request.cameras, *request.checks]
    for camera_id in asked:
        if asked.count(camera_id) > 1:
            raise SiteError(f"camera {camera_id!r} is named twice; one that is learnt from is compared on anyway")
        if site.camera(camera_id).is_boxes:
            raise SiteError(
                f"{site.place(site.camera(camera_id), 'source')}: recorded boxes have no pictures to learn from"
            )
    return [site.camera(camera_id) for camera_id in asked]


def _student(request: Request, old: dict[str, str | Path]) -> Path:
    if request.student is not None:
        return Path(request.student)
    used = {str(old[camera]) for camera in request.cameras}
    if len(used) > 1:
        raise WeightsRefusedError(f"--student: missing; the cameras use different weights ({', '.join(sorted(used))})")
    only = Path(used.pop())
    return embedded_student() if only == embedded_folder() else only


def _mixed(request: Request, site: Site, cameras: list[Camera]) -> dict[str, Path]:
    """Return the recordings to mix in; none where a camera shows that very place, for its held-out part would leak."""
    films = sorted(SAMPLE_SITE.glob("*.mp4"))
    sources = {site.source_path(camera) for camera in cameras if not camera.is_address}
    if not request.mix or any(source.is_relative_to(PROJECT_DIR / "sample_footage") for source in sources):
        return {}
    return {f"_{film.stem}": film for film in films}

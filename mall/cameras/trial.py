"""Whether a camera can work, found by trying: its source is opened, its calibration and its detector are looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gis.homography import CalibrationError
from mall.cameras.camera_path import Size
from mall.cameras.eyesight import Sight, foreseen_sight
from mall.config import Site
from mall.errors import SiteError, WeightsError
from mall.ground import PlaneError, ground_of
from mall.site_file import Camera
from vision.boxes import BoxRecording
from vision.detections import Detections
from vision.detector import WeightsRefusedError
from vision.live import refuse_address
from vision.source import SourceRefusedError, open_recording


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a camera.

    Attributes:
        faults: key of the camera's table -> what is wrong there.
        sight: what it will be looked at with, None where the weights are at fault.
        size: (width, height) px of its picture, None where that is not known.

    """

    faults: dict[str, str]
    sight: Sight | None
    size: Size | None


@contextmanager
def naming(site: Site, camera: Camera) -> Iterator[None]:
    """Name file, camera and key in what is wrong with a camera's calibration or weights.

    Raises:
        SiteError, WeightsError: in place of CalibrationError and WeightsRefusedError.

    """
    try:
        yield
    except PlaneError as exc:
        raise SiteError(f"{site.place(camera, exc.key)}: {exc.reason}") from exc
    except CalibrationError as exc:
        raise SiteError(f"{site.place(camera, 'calibration')}: {exc}") from exc
    except WeightsRefusedError as exc:
        raise WeightsError(f"{site.place(camera, 'weights')}: {exc}") from exc


def tried_sight(site: Site, camera: Camera) -> Sight:
    """Return what a camera will be looked at with, once all that can be tried before it is read has worked.

    Raises:
        SiteError, WeightsError: naming file, camera and key.

    """
    tried = try_camera(site, camera)
    for key, text in tried.faults.items():
        kind = WeightsError if key == "weights" else SiteError
        raise kind(f"{site.place(camera, key)}: {text}")
    if tried.sight is None:
        raise WeightsError(f"{site.place(camera, 'weights')}: none")
    return tried.sight


def try_camera(site: Site, camera: Camera) -> Trial:
    """Open a camera's source, unless it is on the network, and look at its calibration and its weights.

    A network camera that does not answer is no fault: it may be switched on later.
    """
    faults: dict[str, str] = {}
    size, sight = None, None
    try:
        size = _size_of_source(site, camera)
    except (ValueError, OSError) as exc:
        faults["source"] = str(exc)
    try:
        ground_of(camera)
    except PlaneError as exc:
        faults[exc.key] = exc.reason
    except CalibrationError as exc:
        faults["calibration"] = str(exc)
    try:
        sight = foreseen_sight(site, camera)
    except WeightsRefusedError as exc:
        faults["weights"] = str(exc)
    return Trial(faults, sight, camera.size or size)


def _size_of_source(site: Site, camera: Camera) -> Size | None:
    """Return the picture size of a source that is a file or folder, after reading its first frame."""
    if camera.is_address:
        refuse_address(camera.source)
        return None
    path = site.source_path(camera)
    if not path.exists():
        raise SourceRefusedError(f"no such file: {path}")
    recording = open_recording(path, fps=camera.fps, camera=camera.id)
    try:
        first = recording.read(0)
    finally:
        recording.close()
    if first is None:
        raise SourceRefusedError(f"{path}: no frame can be read")
    if isinstance(first, Detections):
        return recording.extent if isinstance(recording, BoxRecording) else None
    return first.shape[1], first.shape[0]

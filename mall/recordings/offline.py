"""Commands that read a recording and write lines: count, fuse, measure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from mall.config import Site
from mall.errors import SiteError, WeightsError
from mall.logs import configure_logs
from mall.recordings.writing import writing
from mall.validation import load_valid_site


def count_recording(  # noqa: PLR0913 - the command's own options
    video: Path, *, site: Path, camera: str, weights: str | None, still: bool, out: Path | None
) -> None:
    """Count a recording through the live path; one line a frame."""
    configure_logs("count")
    loaded = load_valid_site(site)
    loaded.camera(camera)
    with vendor_errors():
        from mall.cameras.accuracy_card import calibration_path
        from mall.recordings.counting import run_count

        inputs = [video, *_files_of(loaded), calibration_path(loaded, camera), *([Path(weights)] if weights else [])]
        with writing(out, inputs=inputs) as file:
            run_count(video, loaded, camera, weights=weights, still=still, out=file)


def fuse_boxes(boxes: Sequence[Path], *, site: Path, out: Path | None) -> None:
    """Fuse recorded boxes of a site's cameras; one line an instant."""
    configure_logs("fuse")
    loaded = load_valid_site(site)
    with vendor_errors():
        from mall.recordings.fuse_recorded import fuse_lines, read_lines

        with writing(out, inputs=[*boxes, *_files_of(loaded)]) as file:
            _write(fuse_lines(read_lines(boxes, loaded), loaded), file)


def measure_trajectories(trajectories: Path, *, site: Path, fps: float | None, out: Path | None) -> None:
    """Measure trajectories on the first level of a site; one line a frame."""
    from mall.recordings.measuring import measure, read_trajectories

    configure_logs("measure")
    loaded = load_valid_site(site)
    plan = loaded.plan
    with writing(out, inputs=[trajectories, *_files_of(loaded)]) as file:
        _write(measure(plan, plan.levels[0].id, read_trajectories(trajectories, fps)), file)


def _files_of(site: Site) -> list[Path]:
    """Return every file that tells of a site: its own, its plan's, whole folders of them, and weights."""
    named = [site.file.plan.file, site.file.plan.lines, site.file.weights, *(camera.weights for camera in site.cameras)]
    paths = [site.folder / "site.toml", *(site.folder / name for name in named if name)]
    return [file for path in paths for file in (path.iterdir() if path.is_dir() else [path])]


def _write(rows: Iterable[Mapping[str, Any]], file: TextIO) -> None:
    for row in rows:
        file.write(json.dumps(row, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n")


@contextmanager
def vendor_errors() -> Iterator[None]:
    """Turn refused weights, sources and calibrations into this project's errors."""
    from gis.homography import CalibrationError
    from vision.detector import WeightsRefusedError
    from vision.frames import SourceRefusedError

    try:
        yield
    except WeightsRefusedError as exc:
        raise WeightsError(str(exc)) from exc
    except (SourceRefusedError, CalibrationError) as exc:
        raise SiteError(str(exc)) from exc

"""Commands that read a recording and write lines: count, fuse, measure."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from mall.errors import SiteError, WeightsError
from mall.logs import configure_logs
from mall.validation import load_valid_site


def count_recording(  # noqa: PLR0913 - the command's own options
    video: Path, *, site: Path, camera: str, weights: str | None, still: bool, out: Path | None
) -> None:
    """Count a recording through the live path; one line a frame."""
    configure_logs("count")
    loaded = load_valid_site(site)
    loaded.camera(camera)
    with vendor_errors():
        from mall.recordings.counting import run_count

        with writing(out) as file:
            run_count(video, loaded, camera, weights=weights, still=still, out=file)


def fuse_boxes(boxes: Sequence[Path], *, site: Path, out: Path | None) -> None:
    """Fuse recorded boxes of a site's cameras; one line an instant."""
    configure_logs("fuse")
    loaded = load_valid_site(site)
    with vendor_errors():
        from mall.recordings.fuse_recorded import fuse_lines, read_lines

        _write(fuse_lines(read_lines(boxes, loaded), loaded), out)


def measure_trajectories(trajectories: Path, *, site: Path, fps: float | None, out: Path | None) -> None:
    """Measure trajectories on the first level of a site; one line a frame."""
    from mall.recordings.measuring import measure, read_trajectories

    configure_logs("measure")
    plan = load_valid_site(site).plan
    walked = read_trajectories(trajectories, fps)
    _write(measure(plan, plan.levels[0].id, walked), out)


def _write(rows: Iterable[Mapping[str, Any]], out: Path | None) -> None:
    with writing(out) as file:
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


@contextmanager
def writing(out: Path | None) -> Iterator[TextIO]:
    """Yield the file to write lines to, or standard output."""
    if out is None:
        yield sys.stdout
        return
    try:
        with out.open("w", encoding="utf-8") as file:
            yield file
    except OSError as exc:
        raise SiteError(f"{out}: {exc.strerror}") from exc

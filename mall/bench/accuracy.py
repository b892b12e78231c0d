"""Measure what ``count`` is worth on real footage: ``python -m mall.bench.accuracy pets|agree …``.

``pets`` compares with hand-made boxes and ids (PETS2009 S2.L1 view 1, MOTChallenge columns) and the scene's own Tsai
calibration. ``agree`` compares with the boxes of a stronger detector, where no hand-made truth exists. docs/accuracy.md
holds the figures and the commands.
"""

import argparse
import itertools
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.flow import LineCounter
from gis.zones import count_by_zone
from mall.bench.tsai import TsaiCamera
from mall.cameras.eyesight import detector_of
from mall.config import Site, load_site
from mall.recordings.counting import count_rows
from vision.agreement import MATCH_IOU, Agreement, agreement, matched
from vision.nms import iou_matrix
from vision.source import open_recording

FPS = 7.0
LAST_TRUTH = 398
PARTS = ((0, 199), (199, LAST_TRUTH), (0, LAST_TRUTH))
"""Frames that choices were made on, frames that were left to report on, all."""
ANNOTATED = ((-20.9, 8.0), (-17.3, 8.4))
"""Metres of x and y where the truth has people, and one more."""
SQUARE = [(-9.0, -9.0), (-1.0, -9.0), (-1.0, -1.0), (-9.0, -1.0)]
LINE = [(-5.0, -16.0), (-5.0, 8.0)]
TEACHER_CONFIDENCE = 0.35

Truth = dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]
Row = dict[str, Any]


def read_truth(path: Path) -> Truth:
    """Return frame (from 0) -> ids (N,) and boxes x1 y1 x2 y2 (N, 4) of a file in MOTChallenge columns."""
    table = np.loadtxt(path, delimiter=",")
    frames = {}
    for frame in range(int(table[:, 0].max())):
        rows = table[table[:, 0] == frame + 1]
        frames[frame] = rows[:, 1].astype(np.int64), np.column_stack([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]])
    return frames


def boxes_of(row: Row) -> NDArray[np.float64]:
    """Return (N, 4) the boxes of one line of ``count``."""
    return np.array([track["box"] for track in row["tracks"]], dtype=np.float64).reshape(-1, 4)


def score_boxes(found: Iterable[NDArray[np.float64]], truth: Iterable[NDArray[np.float64]]) -> Agreement:
    """Return recall, precision and mean absolute count error over frames."""
    return agreement((boxes.astype(np.float32) for boxes in found), (boxes.astype(np.float32) for boxes in truth))


def score_tracks(rows: Sequence[Row], truth: Truth) -> tuple[float, float, int]:
    """Return MOTA, IDF1 and the number of identity switches at IoU 0.5 (motmetrics)."""
    import motmetrics

    book = motmetrics.MOTAccumulator(auto_id=True)
    for row in rows:
        ids, real = truth[row["frame"]]
        distance = 1 - iou_matrix(real.astype(np.float32), boxes_of(row).astype(np.float32))
        book.update(ids, [t["id"] for t in row["tracks"]], np.where(distance > 1 - MATCH_IOU, np.nan, distance))
    found = motmetrics.metrics.create().compute(book, metrics=["mota", "idf1", "num_switches"], name="all").iloc[0]
    return float(found.mota), float(found.idf1), int(found.num_switches)


def ground_errors(rows: Sequence[Row], truth: Truth, camera: TsaiCamera) -> NDArray[np.float64]:
    """Return (M,) metres between the places of matched people and those of the truth's boxes by Tsai's own model."""
    errors = []
    for row in rows:
        real = truth[row["frame"]][1]
        for i, j in zip(*matched(boxes_of(row).astype(np.float32), real.astype(np.float32)), strict=True):
            if row["tracks"][i]["ground"] is not None:
                foot = np.array([[(real[j, 0] + real[j, 2]) / 2, real[j, 3]]])
                errors.append(np.linalg.norm(camera.to_plan(foot)[0] - row["tracks"][i]["ground"]))
    return np.array(errors)


def true_flows(truth: Truth, camera: TsaiCamera, site: Site) -> tuple[int, int, int]:
    """Return crossings in and out of the line and person-frames in the square, from the truth's boxes."""
    counter, inside = LineCounter(site.plan.lines), 0
    directions: list[str] = []
    for ids, real in truth.values():
        ground = camera.to_plan(np.column_stack([(real[:, 0] + real[:, 2]) / 2, real[:, 3]]))
        directions += [c.direction for c in counter.update(ids, ground, np.ones(len(ids), np.bool_))]
        inside += count_by_zone(ground, site.plan.zones)["square"]
    return directions.count("in"), directions.count("out"), inside


def pets_site(folder: Path, camera: TsaiCamera) -> Site:
    """Write and load a site of one calibrated camera, one square and one line."""
    picture = np.array([[x, y] for x in (60, 250, 440, 700) for y in (140, 250, 400, 540)], dtype=np.float64)
    ground = camera.to_plan(picture)
    lens = ", ".join(f"{k:.9g}" for k in camera.distortion())
    (folder / "site.toml").write_text(
        '[site]\nid = "pets"\nname = "PETS2009"\n[[camera]]\nid = "view1"\nsource = "video"\nlevel = "0"\n'
        f"fps = {FPS}\n"
        f"size = {list(camera.size)}\n[camera.calibration]\nimage_points = {picture.tolist()}\n"
        f"plan_points = {ground.tolist()}\ncamera_matrix = {camera.camera_matrix().tolist()}\ndistortion = [{lens}]\n",
        encoding="utf-8",
    )
    features = [
        _feature(
            {"id": "square", "label": "Square", "category": "concourse", "level": "0"}, "Polygon", [*SQUARE, SQUARE[0]]
        ),
        _feature({"id": "line", "label": "Line", "kind": "line", "level": "0"}, "LineString", LINE),
    ]
    plan = {"type": "FeatureCollection", "features": features}
    (folder / "floorplan.geojson").write_text(json.dumps(plan), encoding="utf-8")
    return load_site(folder)


def _feature(properties: Mapping[str, str], kind: str, points: Sequence[tuple[float, float]]) -> Row:
    coordinates = [points] if kind == "Polygon" else points
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def counted(video: Path, site: Site, weights: str | None, frames: slice) -> list[Row]:
    """Return the lines of ``count`` for some frames of a recording; the tracker starts at the first of the file."""
    camera = site.cameras[0]
    recording = open_recording(video, fps=camera.fps)
    detector = detector_of(site, camera, weights=weights)
    try:
        rows = count_rows(recording, site, camera, detector=detector)
        return list(itertools.islice(rows, frames.start, frames.stop))
    finally:
        recording.close()
        detector.close()


def measure_pets(video: Path, data: Path, weights: str | None) -> str:
    """Return tables of everything that the hand-made truth allows to measure, for its parts and the whole of it."""
    camera = TsaiCamera.read(data / "View_001.xml")
    truth = read_truth(next(iter(sorted(data.glob("gt_frames_*.txt")))))
    with tempfile.TemporaryDirectory() as folder:
        site = pets_site(Path(folder), camera)
        rows = counted(video, site, weights, slice(0, LAST_TRUTH))
        return "\n".join(
            f"frames {first}-{last - 1}\n"
            + pets_table(
                rows[first:last], {row["frame"]: truth[row["frame"]] for row in rows[first:last]}, camera, site
            )
            for first, last in PARTS
        )


def pets_table(rows: Sequence[Row], truth: Truth, camera: TsaiCamera, site: Site) -> str:
    """Return a table for some frames."""
    real_in, real_out, real_inside = true_flows(truth, camera, site)
    off = ground_errors(rows, truth, camera)
    ways = [crossing["direction"] for row in rows for crossing in row["crossings"]]
    inside = sum(row["zones"]["square"] for row in rows)
    return "\n".join([
        _pets_scores("everywhere", rows, truth),
        _pets_scores("annotated floor", [within_annotated(row) for row in rows], truth),
        f"  ground error           median {np.median(off):.3f} m, p95 {np.quantile(off, 0.95):.3f} m",
        f"  line in, out           {ways.count('in')} {ways.count('out')} (truth {real_in} {real_out})",
        f"  person-seconds, square {inside / FPS:.1f} (truth {real_inside / FPS:.1f}, {inside / real_inside - 1:+.1%})",
    ])  # fmt: skip


def _pets_scores(where: str, rows: Sequence[Row], truth: Truth) -> str:
    boxes = score_boxes((boxes_of(row) for row in rows), (truth[row["frame"]][1] for row in rows))
    mota, idf1, switches = score_tracks(rows, truth)
    return (
        f"  {where:<22} MAE {boxes.mae:.3f}  recall {boxes.recall:.3f}  precision {boxes.precision:.3f}  "
        f"MOTA {mota:.3f}  IDF1 {idf1:.3f}  switches {switches}"
    )


def within_annotated(row: Row) -> Row:
    """Return a line of ``count`` without whoever stands where nobody was annotated, such as a walker on the lawn."""
    (left, right), (low, high) = ANNOTATED
    kept = [t for t in row["tracks"] if t["ground"] is None or
            (left <= t["ground"][0] <= right and low <= t["ground"][1] <= high)]  # fmt: skip
    return {**row, "tracks": kept}


def measure_agreement(video: Path, teacher: str, weights: str | None, first: int) -> str:
    """Return how far ``count`` agrees with a stronger detector's boxes from frame ``first`` on."""
    from vision.detector import Thresholds
    from vision.loading import load_detector

    with tempfile.TemporaryDirectory() as folder:
        site = _plain_site(Path(folder))
        rows = counted(video, site, weights, slice(first, None))
    stronger = load_detector(teacher, Thresholds(TEACHER_CONFIDENCE, 0.6))
    recording = open_recording(video)
    frames = (recording.read(row["frame"]) for row in rows)
    truth = [stronger.detect([frame])[0].xyxy.astype(np.float64) for frame in frames if isinstance(frame, np.ndarray)]
    stronger.close()
    score = score_boxes((boxes_of(row) for row in rows), truth)
    people = np.mean([len(boxes) for boxes in truth])
    return (
        f"frames {rows[0]['frame']}-{rows[-1]['frame']}, {people:.1f} people a frame by the teacher\n"
        f"people per frame MAE   {score.mae:.3f}\nrecall, precision      {score.recall:.3f} {score.precision:.3f}"
    )


def _plain_site(folder: Path) -> Site:
    (folder / "site.toml").write_text(
        '[site]\nid = "clip"\nname = "Clip"\n[[camera]]\nid = "clip"\nsource = "video"\nlevel = "0"\n', encoding="utf-8"
    )
    square = _feature({"id": "square", "category": "concourse", "level": "0"}, "Polygon", [*SQUARE, SQUARE[0]])
    plan = {"type": "FeatureCollection", "features": [square]}
    (folder / "floorplan.geojson").write_text(json.dumps(plan), encoding="utf-8")
    return load_site(folder)


def main() -> None:
    """Measure as the command line says and print."""
    parser = argparse.ArgumentParser(prog="python -m mall.bench.accuracy")
    parts = parser.add_subparsers(dest="part", required=True)
    pets = parts.add_parser("pets", help="against hand-made boxes of PETS2009 S2.L1 view 1")
    pets.add_argument("--truth", type=Path, required=True, help="folder with gt_frames_*.txt and View_001.xml")
    agree = parts.add_parser("agree", help="against the boxes of a stronger detector")
    agree.add_argument("--teacher", required=True)
    agree.add_argument("--first", type=int, default=0, help="first frame compared")
    for part in (pets, agree):
        part.add_argument("video", type=Path)
        part.add_argument("--weights")
    given = parser.parse_args()
    if given.part == "pets":
        text = measure_pets(given.video, given.truth, given.weights)
    else:
        text = measure_agreement(given.video, given.teacher, given.weights, given.first)
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()

"""Measure counting in a crowd: ``python -m mall.bench.accuracy_crowd FRAMES --heads FILE [--weights FOLDER]``.

FRAMES is a folder of unrelated pictures of one camera, FILE a JSON of head points by picture name
(``{"heads_xy_px": {"a.jpg": [[x, y], …]}}``). Every picture goes through ``count --still`` as a camera of its own site
would; then a head-count line is fitted to ten pictures, drawn at random from the quiet, the middling and the busy
third, and tested on all the others, many times over. docs/accuracy.md holds the figures.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mall.cameras.eyesight import detector_of
from mall.cameras.head_counts import fit_head_counts
from mall.config import load_site
from mall.recordings.counting import count_rows
from vision.source import open_recording

CALIBRATED_WITH = 10
DRAWS = 500

Counts = NDArray[np.int64]


def true_counts(heads: Path) -> Counts:
    """Return (N,) people by picture, in name order."""
    points = json.loads(heads.read_text(encoding="utf-8"))["heads_xy_px"]
    return np.array([len(points[name]) for name in sorted(points)], dtype=np.int64)


def seen_counts(frames: Path, weights: str | None, *, tiling: str, masks: str) -> Counts:
    """Return (N,) people by picture as ``count --still`` sees them."""
    with tempfile.TemporaryDirectory() as name:
        site = load_site(_write_site(Path(name), tiling, masks))
        camera = site.cameras[0]
        recording, detector = open_recording(frames), detector_of(site, camera, weights=weights, still=True)
        try:
            rows = count_rows(recording, site, camera, detector=detector, still=True)
            return np.array([row["people_raw"] for row in rows], dtype=np.int64)
        finally:
            recording.close()
            detector.close()


def _write_site(folder: Path, tiling: str, masks: str) -> Path:
    (folder / "site.toml").write_text(
        '[site]\nid = "crowd"\nname = "Crowd"\n[[camera]]\nid = "crowd"\nsource = "frames"\nlevel = "0"\n'
        f'tiling = "{tiling}"\nmasks = {masks}\n',
        encoding="utf-8",
    )
    ring = "[[[0,0],[10,0],[10,10],[0,10],[0,0]]]"
    (folder / "floorplan.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"hall","category":"concourse",'
        f'"level":"0"}},"geometry":{{"type":"Polygon","coordinates":{ring}}}}}]}}',
        encoding="utf-8",
    )
    return folder


def stratified(seen: Counts, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return ``n`` indices, as evenly as possible from the lowest, middle and highest third of what was seen."""
    order = rng.permutation(len(seen))
    order = order[np.argsort(seen[order], kind="stable")]
    thirds = np.array_split(order, 3)
    share = [n // 3 + (index < n % 3) for index in range(3)]
    return np.concatenate([rng.choice(third, k, replace=False) for third, k in zip(thirds, share, strict=True)])


def calibrated_errors(seen: Counts, true: Counts, *, draws: int = DRAWS) -> NDArray[np.float64]:
    """Return (draws, 4) of figures on the pictures not calibrated with.

    The columns are mean absolute error, share within one person, bias, and share of truths inside the band.
    """
    rng = np.random.default_rng(0)
    found = []
    for _ in range(draws):
        chosen = stratified(seen, CALIBRATED_WITH, rng)
        line = fit_head_counts(seen[chosen].tolist(), true[chosen].tolist(), day=date(2026, 1, 1))
        rest = np.setdiff1d(np.arange(len(seen)), chosen)
        off = np.array([line.estimate(int(n)) for n in seen[rest]]) - true[rest]
        bands = np.array([line.band(int(n)) for n in seen[rest]])
        held = (bands[:, 0] <= true[rest]) & (true[rest] <= bands[:, 1])
        found.append((np.abs(off).mean(), np.mean(np.abs(off) <= 1), off.mean(), np.mean(held)))
    return np.array(found)


def told(seen: Counts, true: Counts) -> str:
    """Return the figures in words."""
    off = np.abs(seen - true)
    halves = f"even pictures {off[::2].mean():.2f}, odd {off[1::2].mean():.2f}"
    lines = calibrated_errors(seen, true)
    low, high = np.quantile(lines[:, 0], [0.025, 0.975])
    return (
        f"{len(true)} pictures of {true.min()} to {true.max()} people, {true.mean():.1f} on average\n"
        f"as seen: mean absolute error {off.mean():.2f} ({halves}), bias {np.mean(seen - true):+.2f}, "
        f"within 1 person {np.mean(off <= 1):.0%}\n"
        f"after {CALIBRATED_WITH} head counts, {len(lines)} draws, tested on the other pictures: mean absolute error "
        f"{lines[:, 0].mean():.2f}, 95 % interval {low:.2f} to {high:.2f}; within 1 person {lines[:, 1].mean():.0%}; "
        f"bias {lines[:, 2].mean():+.2f}; truth in the band {lines[:, 3].mean():.0%}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure as the command line says and print."""
    parser = argparse.ArgumentParser(prog="python -m mall.bench.accuracy_crowd")
    parser.add_argument("frames", type=Path, help="folder of unrelated pictures")
    parser.add_argument("--heads", type=Path, required=True, help="JSON with head points by picture name")
    parser.add_argument("--weights")
    parser.add_argument("--tiling", default="auto")
    parser.add_argument("--masks", default="[]", help="as in site.toml")
    given = parser.parse_args(arguments)
    seen = seen_counts(given.frames, given.weights, tiling=given.tiling, masks=given.masks)
    sys.stdout.write(told(seen, true_counts(given.heads)) + "\n")


if __name__ == "__main__":
    main()

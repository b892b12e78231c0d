"""``bench idle``: what the motion gate saves on a film, and whether it ever misses anybody.

Every frame is looked at by the detector first: that is the truth. Then the same frames pass the gate, which is told
only of those it wanted. ``missed`` are frames left out in which the detector found somebody, ``left_out`` the share of
all frames, ``empty`` those in which it found nobody. Film and weights: MALL_BENCH_VIDEO, MALL_BENCH_WEIGHTS.
"""

import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from mall.bench.worker import bench_site
from mall.cameras.camera_path import CameraPath
from mall.config import SAMPLE_SITE, Site
from mall.errors import SiteError
from mall.recordings.counting import loaded_detector
from vision.detections import Detections
from vision.embedded import embedded_folder
from vision.motion_gate import MotionGate
from vision.source import Frame, every_frame, open_recording

IDLE_RATE = 1.0
USUAL_RATE = 5.0


@dataclass(frozen=True, slots=True)
class Looked:
    """What the detector found in every frame, and what a frame cost it in seconds of processor time."""

    found: list[Detections]
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Gated:
    """Frames in all, with nobody, left out, left out although somebody was there; the gate's mean seconds a frame."""

    frames: int
    empty: int
    left_out: int
    missed: int
    gate_s: float


def run() -> None:
    """Print a table; its last line is ``missed N left_out X gate_ms Y saved_s Z``."""
    weights = Path(os.environ.get("MALL_BENCH_WEIGHTS") or embedded_folder())
    video = Path(os.environ.get("MALL_BENCH_VIDEO") or SAMPLE_SITE / "plaza-west.mp4").resolve()
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as name:
        site = bench_site(Path(name), weights, video, USUAL_RATE)
        looked = _every_frame_looked_at(site, video)
        gated = pass_gate(site, video, looked.found)
    hour = USUAL_RATE * 3600
    saved_s = hour * (gated.left_out / gated.frames * looked.cpu_s - gated.gate_s)
    print(f"{video.name}, {weights.name}: {gated.frames} frames, {gated.empty} of them with nobody")
    print(f"{'left out':<34}{gated.left_out:>8}   {gated.left_out / max(gated.empty, 1):.0%} of those with nobody")
    print(f"{'left out with somebody there':<34}{gated.missed:>8}   target 0")
    print(f"{'gate, CPU ms a frame':<34}{gated.gate_s * 1000:>8.3f}")
    print(f"{'detection, CPU ms a frame':<34}{looked.cpu_s * 1000:>8.1f}")
    print(f"{'CPU s a camera-hour, without gate':<34}{hour * looked.cpu_s:>8.0f}   at {USUAL_RATE:.0f} frames a second")
    print(f"{'CPU s a camera-hour, saved':<34}{saved_s:>8.0f}")
    share = gated.left_out / gated.frames
    print(f"missed {gated.missed} left_out {share:.3f} gate_ms {gated.gate_s * 1000:.3f} saved_s {saved_s:.0f}")


def _every_frame_looked_at(site: Site, video: Path) -> Looked:
    recording, detector = open_recording(video), loaded_detector(site, site.cameras[0], weights=None, still=False)
    found: list[Detections] = []
    spent = 0.0
    for frame in every_frame(recording):
        if isinstance(frame.image, Detections):
            raise SiteError(f"{video}: expected a recording of pictures")
        before = time.process_time()
        found.append(detector.submit(frame.image).result())
        spent += time.process_time() - before
    detector.close()
    recording.close()
    return Looked(found, spent / max(len(found), 1))


def pass_gate(site: Site, video: Path, found: list[Detections]) -> Gated:
    """Send a film through the gate of a camera; ``found`` is what the detector would find in each frame."""
    camera, recording = site.cameras[0], open_recording(video)
    gate, path = MotionGate(1.0 / IDLE_RATE), CameraPath(camera, rate=recording.count / recording.duration_s)
    empty = left_out = missed = 0
    spent: list[float] = []
    for frame, seen in zip(every_frame(recording), found, strict=True):
        nobody = not (seen.confidence >= camera.confidence).any()
        wanted, seconds = _passed(gate, path, frame, seen)
        empty, left_out = empty + nobody, left_out + (not wanted)
        missed += not wanted and not nobody
        spent.append(seconds)
    recording.close()
    return Gated(len(found), empty, left_out, missed, statistics.mean(spent))


def _passed(gate: MotionGate, path: CameraPath, frame: Frame, seen: Detections) -> tuple[bool, float]:
    """Return whether a frame was wanted and the processor time in seconds that the gate took over it."""
    if isinstance(frame.image, Detections):
        raise TypeError("expected a picture")
    size = (frame.image.shape[1], frame.image.shape[0])
    before = time.thread_time()
    wanted = gate.wants(frame.image, frame.t)
    spent = time.thread_time() - before
    path.follow(seen if wanted else Detections.empty(), frame.t, size)
    if wanted:
        anybody = path.is_anybody_there(seen)
        before = time.thread_time()
        gate.found(size, seen.xyxy, anybody=anybody)
        spent += time.thread_time() - before
    return wanted, spent

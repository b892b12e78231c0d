"""``bench idle`` on a made film: what is left out, and what would count as missed, is known frame by frame."""

import cv2
import numpy as np

from mall.bench.idle import pass_gate
from mall.bench.worker import bench_site
from vision.detections import Detections
from vision.embedded import embedded_folder

NOBODY = Detections.empty()
SOMEBODY = Detections(np.array([[100, 60, 120, 110]], np.float32), np.array([0.9], np.float32))
FRAMES, FPS = 120, 10.0


def film(tmp_path, shows):
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (320, 240))
    for frame in range(FRAMES):
        picture = np.full((240, 320, 3), 120, np.uint8)
        if shows(frame):
            picture[60:110, 100:120] = 60
        writer.write(picture)
    writer.release()
    return path


def gated(tmp_path, shows, finds):
    path = film(tmp_path, shows)
    site = bench_site(tmp_path, embedded_folder(), path, 5.0)
    return pass_gate(site, path, [SOMEBODY if finds(frame) else NOBODY for frame in range(FRAMES)])


def test_somebody_who_comes_is_never_left_out(tmp_path):
    found = gated(tmp_path, lambda n: 50 <= n < 70, lambda n: 50 <= n < 70)
    assert (found.frames, found.empty, found.missed) == (FRAMES, 100, 0)
    # 5 s before them and, once their track has ended after 2 s, about 3 s: of each second nine frames of ten.
    assert 40 <= found.left_out <= 45 + 30


def test_whom_the_gate_cannot_see_is_told_as_missed(tmp_path):
    """The detector finds somebody in pictures that never change: frames 55 to 59 lie between two that are due."""
    found = gated(tmp_path, lambda n: False, lambda n: 55 <= n < 60)
    assert (found.empty, found.missed) == (115, 5)


def test_nobody_at_all_leaves_out_nine_of_ten(tmp_path):
    found = gated(tmp_path, lambda n: False, lambda n: False)
    assert (found.empty, found.missed) == (FRAMES, 0)
    assert 0.85 * FRAMES <= found.left_out <= 0.95 * FRAMES

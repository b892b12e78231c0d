"""Small recordings made on the spot, and the places of shared measurements where they exist."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.capture import open_file

SHARED = Path(__file__).parents[2].parent / "shared"
REFERENCE = SHARED / "models" / "yolo11n_int8_openvino_model"
FILM = Path(__file__).parents[2] / "sample_footage" / "plaza-west.mp4"


@pytest.fixture
def counting_video(tmp_path):
    """A video of 10 frames at 20 fps whose brightness tells the frame: 0, 25, 50, ..."""
    path = tmp_path / "ten.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (64, 48))
    for index in range(10):
        writer.write(np.full((48, 64, 3), index * 25, np.uint8))
    writer.release()
    return path


def shade(frame):
    """Which frame of ``counting_video`` this is."""
    return round(float(frame.image.mean()) / 25)


@pytest.fixture(scope="session")
def film_frames():
    """Six frames of the sample film, far apart."""
    reader = open_file(FILM)
    frames = []
    while (grabbed := reader.read())[0]:
        frames.append(grabbed[1])
    reader.release()
    return frames[:: len(frames) // 6][:6]

"""Make the embedded detector: ``python -m vision.export WEIGHTS.pt RECORDING[:FIRST-LAST] … --out FOLDER``.

Ultralytics writes the OpenVINO twin for pictures of any size, NNCF makes it int8 with ranges taken from the recordings'
frames. The sums printed at the end belong into ``vision/embedded.py`` and ``embedded.json``.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from vision.detector import Image
from vision.embedded import sha256_of
from vision.quantise import quantise
from vision.ultralytics_detector import export_openvino


def frames_of(spec: str, count: int) -> list[Image]:
    """Return up to ``count`` frames spread evenly over a recording, ``file`` or ``file:first-last``."""
    path, _, span = spec.partition(":")
    reader = cv2.VideoCapture(path)
    frames: list[Image] = []
    while (grabbed := reader.read())[0]:
        frames.append(np.asarray(grabbed[1], dtype=np.uint8))
    reader.release()
    if not frames:
        raise ValueError(f"{path}: no frame could be read")
    first, last = (int(end) for end in span.split("-")) if span else (0, len(frames) - 1)
    chosen = frames[first : last + 1]
    return [chosen[i] for i in np.linspace(0, len(chosen) - 1, min(count, len(chosen))).astype(int)]


def main() -> None:
    """Export, quantise and print the sums."""
    parser = argparse.ArgumentParser(prog="python -m vision.export", description="Make the embedded detector.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("recordings", nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=640, help="longer side of the pictures to quantise for, px")
    parser.add_argument("--frames", type=int, default=60, help="frames taken of each recording")
    options = parser.parse_args()
    exact = export_openvino(options.weights, options.size)
    pictures = [frame for spec in options.recordings for frame in frames_of(spec, options.frames)]
    quantise(exact, pictures, options.out)
    for path in sorted(options.out.glob("*.[xby]*")):
        sys.stdout.write(f"{sha256_of(path)}  {path.name}\n")


if __name__ == "__main__":
    main()

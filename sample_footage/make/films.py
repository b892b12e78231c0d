"""Cut the two plaza films out of vtest.avi: two overlapping views of one square, 7 frames a second, H.264.

Run: python sample_footage/make/films.py PATH/vtest.avi   (needs ffmpeg on PATH; only the films need it, the system does not)
"""

import shutil
import subprocess
import sys
from pathlib import Path

SITE = Path(__file__).resolve().parents[1]
TRUE_FPS = 7  # the container says 10; the scene was taken at about 7
HEIGHT = 576
# film -> (left edge, width) in pixels of the 768 x 576 original; the camera looks south-west, so its left is the east
CROPS = {"plaza-east": (0, 460), "plaza-west": (308, 460)}


def cut(source: Path, name: str) -> Path:
    """Write one film from one crop, frame for frame, and return its path."""
    left, width = CROPS[name]
    target = SITE / f"{name}.mp4"
    timing = f"setpts=N/{TRUE_FPS}/TB,crop={width}:{HEIGHT}:{left}:0"
    command = [shutil.which("ffmpeg") or "ffmpeg", "-y", "-loglevel", "error", "-i", str(source), "-an", "-vf", timing]
    command += ["-r", str(TRUE_FPS), "-c:v", "libx264", "-preset", "slow", "-crf", "28", "-pix_fmt", "yuv420p"]
    command += ["-g", "35", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart", str(target)]
    subprocess.run(command, check=True)
    return target


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: films.py PATH/vtest.avi")
    for film in CROPS:
        path = cut(Path(sys.argv[1]), film)
        print(f"{path.name} {path.stat().st_size / 1e6:.2f} MB")

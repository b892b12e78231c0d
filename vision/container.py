"""What the first bytes of a video file tell of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")


def counts_frames(path: Path) -> bool:
    """Tell whether the container counts its frames; else what is said of them is a duration times a rate.

    AVI and MP4 do, but for MP4 written in fragments; Matroska, WebM, MPEG and FLV do not.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head[:4] == b"RIFF":
            return True
        if head[4:] not in _FIRST_BOXES:
            return False
        file.seek(0)
        return b"moof" not in _boxes(file)


def _boxes(file: BinaryIO) -> Iterator[bytes]:
    """Yield the types of the outermost boxes of an MP4 file (ISO/IEC 14496-12, 4.2)."""
    while len(head := file.read(8)) == 8:
        size, used = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, used = int.from_bytes(file.read(8), "big"), 16
        yield head[4:]
        if size < used:
            return  # it reaches to the end of the file, or is damaged
        file.seek(size - used, 1)

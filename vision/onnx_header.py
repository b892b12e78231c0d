"""Read what an ONNX file says of itself without loading it; the format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto."""

from collections.abc import Iterator
from pathlib import Path

METADATA_FIELD = 14  # ModelProto.metadata_props, each an entry of a key (1) and a value (2)
IR_VERSION_FIELD = 1
GRAPH_FIELD = 7
OPSETS_FIELD = 8
LONGEST_TEXT = 1 << 20  # bytes; no sensible entry is longer

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class NotOnnxError(ValueError):
    """The bytes are not a whole ONNX model."""


def read_onnx_metadata(path: Path) -> dict[str, str]:
    """Return the metadata properties of an ONNX file, after checking that it is whole.

    Raises:
        NotOnnxError: it is no ONNX model, or ends too early.

    """
    size = path.stat().st_size
    with path.open("rb") as file:
        found: dict[str, str] = {}
        fields = set()
        while file.tell() < size:
            head = file.read(20)
            number, kind, value, used = _field(head)
            start = file.tell() - len(head) + used
            end = start + (value if kind == _BYTES else 0)
            if end > size:
                raise NotOnnxError("it ends too early")
            fields.add(number)
            if number == METADATA_FIELD and kind == _BYTES and value <= LONGEST_TEXT:
                file.seek(start)
                found.update([_entry(file.read(value))])
            file.seek(end)
    if not {IR_VERSION_FIELD, GRAPH_FIELD, OPSETS_FIELD} <= fields:
        raise NotOnnxError("no ONNX model, or it ends too early")
    return found


def _entry(content: bytes) -> tuple[str, str]:
    texts = {1: b"", 2: b""}
    for number, kind, start, end in _fields(content):
        if kind == _BYTES and number in texts:
            texts[number] = content[start:end]
    return texts[1].decode("utf-8", "replace"), texts[2].decode("utf-8", "replace")


def _fields(content: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, kind, start and end of every field of a message."""
    place = 0
    while place < len(content):
        number, kind, value, used = _field(content[place : place + 20])
        start = place + used
        place = start + (value if kind == _BYTES else 0)
        yield number, kind, start, place


def _field(head: bytes) -> tuple[int, int, int, int]:
    """Return number and kind of a field, its value or length, and the bytes used up to its content's start."""
    tag, used = _varint(head, 0)
    number, kind = tag >> 3, tag & 7
    if number == 0 or kind not in (_VARINT, _FIXED64, _BYTES, _FIXED32):
        raise NotOnnxError("not an ONNX model")
    if kind in (_FIXED64, _FIXED32):
        return number, kind, 0, used + (8 if kind == _FIXED64 else 4)
    value, used = _varint(head, used)
    return number, kind, value, used


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if place >= len(content):
            raise NotOnnxError("it ends too early")
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise NotOnnxError("not an ONNX model")

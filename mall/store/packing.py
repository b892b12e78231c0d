"""Minutes in 8 bytes a zone: mean 16 bits, highest 16, coverage 8, in 12, out 12, big-endian.

The mean counts tenths up to 6553.4; all its bits set mean "nothing live was seen", which is not zero, and so do all
bits of in and out. Numbers beyond their bits stop at the highest value: a read 4094 in or out means "4094 or more".
"""

import hashlib
import json
import math
from collections.abc import Iterator, Sequence

from mall.models import MinuteRow, pack

ROW_BYTES = 8
NO_MEAN = 0xFFFF
HIGHEST_MEAN = 0xFFFE
HIGHEST_MAX = 0xFFFF
NO_CROSSINGS = 0xFFF
HIGHEST_CROSSINGS = 0xFFE


def pack_rows(rows: Sequence[MinuteRow]) -> tuple[str, bytes, bytes]:
    """Pack a minute.

    Returns:
        digest of the zone order (16 hex digits), the order as a JSON list, and the rows in that order.

    Raises:
        ValueError: a negative or non-finite number, a coverage above 1, or a zone that comes twice.

    """
    ordered = sorted(rows, key=lambda row: row.zone)
    zones = [row.zone for row in ordered]
    if len(set(zones)) < len(zones):
        raise ValueError("a zone comes twice in one minute")
    order = pack(zones)
    return hashlib.sha256(order).hexdigest()[:16], order, b"".join(map(_pack_row, ordered))


def unpack_rows(order: bytes, packed: bytes) -> list[MinuteRow]:
    """Return the rows of a minute that ``pack_rows`` packed."""
    zones: list[str] = json.loads(order)
    return [_unpack_row(zone, word) for zone, word in zip(zones, _words(packed), strict=True)]


def _words(packed: bytes) -> Iterator[int]:
    return (int.from_bytes(packed[at : at + ROW_BYTES], "big") for at in range(0, len(packed), ROW_BYTES))


def _pack_row(row: MinuteRow) -> bytes:
    numbers = (row.people_mean or 0.0, row.people_max, row.coverage, row.count_in or 0, row.count_out or 0)
    if not all(math.isfinite(number) and number >= 0 for number in numbers) or row.coverage > 1:
        raise ValueError(f"a minute of zone {row.zone!r} has a number out of range: {numbers}")
    mean = NO_MEAN if row.people_mean is None else min(round(row.people_mean * 10), HIGHEST_MEAN)
    word = mean << 48 | min(row.people_max, HIGHEST_MAX) << 32 | _coverage_byte(row.coverage) << 24
    word |= _crossings_bits(row.count_in) << 12 | _crossings_bits(row.count_out)
    return word.to_bytes(ROW_BYTES, "big")


def _crossings_bits(count: int | None) -> int:
    return NO_CROSSINGS if count is None else min(count, HIGHEST_CROSSINGS)


def _crossings(bits: int) -> int | None:
    return None if bits == NO_CROSSINGS else bits


def _coverage_byte(coverage: float) -> int:
    # Only nothing is 0 and only everything is 1: a sliver must not read as "nobody looked".
    if coverage in (0.0, 1.0):
        return int(coverage * 255)
    return min(max(round(coverage * 255), 1), 254)


def _unpack_row(zone: str, word: int) -> MinuteRow:
    mean = word >> 48
    return MinuteRow(
        zone=zone,
        people_mean=None if mean == NO_MEAN else mean / 10,
        people_max=word >> 32 & HIGHEST_MAX,
        coverage=(word >> 24 & 0xFF) / 255,
        count_in=_crossings(word >> 12 & NO_CROSSINGS),
        count_out=_crossings(word & NO_CROSSINGS),
    )

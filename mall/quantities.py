"""Numbers with a unit as people write them, "1.5 p/m²" or "2 min", in the units that the system counts in."""

import math
import re
from collections.abc import Mapping

# Digits 0 to 9 only: of 1.５ or ١.٥ nobody in the file would see which number is meant.
_WRITTEN = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*?)\s*")
YES_NO = "true/false"
_UNITS: Mapping[str, tuple[str, float]] = {
    "s": ("s", 1.0), "sec": ("s", 1.0), "min": ("s", 60.0), "h": ("s", 3600.0), "秒": ("s", 1.0), "分": ("s", 60.0),
    "p/m²": ("p/m²", 1.0), "p/m2": ("p/m²", 1.0), "people/m²": ("p/m²", 1.0), "persons/m²": ("p/m²", 1.0),
    "人/m²": ("p/m²", 1.0),
    "p/m/min": ("p/m/min", 1.0), "人/m/分": ("p/m/min", 1.0), "p/min": ("p/min", 1.0), "人/分": ("p/min", 1.0),
    "m/s": ("m/s", 1.0), "km/h": ("m/s", 1.0 / 3.6), "%": ("", 0.01),
}  # fmt: skip


class Quantity(float):
    """A number; ``unit`` is the one it was written with, as the system counts, None where none was written."""

    unit: str | None

    def __new__(cls, value: float, unit: str | None = None) -> "Quantity":
        """Make one."""
        made = super().__new__(cls, value)
        made.unit = unit
        return made


def quantity(written: object) -> Quantity:
    """Return what a number or a text such as "80 %" says.

    Raises:
        ValueError: it is neither, or its unit is not known.

    """
    if isinstance(written, Quantity):
        return written
    if isinstance(written, bool):
        return Quantity(float(written), YES_NO)
    if isinstance(written, int | float):
        return Quantity(float(written))
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) and len(written) <= 40 else None
    if found is None:
        raise ValueError(f'expected a number, or one with its unit as in "1.5 p/m²", got {written!r:.60}')
    number, unit = found.groups()
    if not unit:
        return Quantity(float(number))
    if unit not in _UNITS:
        raise ValueError(f"unknown unit {unit!r:.40} (units: {', '.join(dict.fromkeys(_UNITS))})")
    base, factor = _UNITS[unit]
    value = float(number) * factor
    return Quantity(float(f"{value:.12g}") if math.isfinite(value) else value, base)

"""The flow of a level as it passes from the engine to the pages: counts and estimates, nothing of any one person."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from mall.models import known_fields, pack

Shape = TypeVar("Shape")
MOVES_MIN = 15


@dataclass(frozen=True, slots=True)
class Median:
    """The median stay in seconds.

    Attributes:
        value: None where more than half last longer than anything that was seen, which is ``over`` seconds.
        low, high: 95 % interval; high None is open.
        n: stays; censored: of them, those not seen to end.

    """

    value: float | None
    over: float | None
    low: float
    high: float | None
    n: int
    censored: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds of waiting; value None where nobody left: then it is at least ``low``. high None is open."""

    value: float | None
    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Residual:
    """What in - out less the change of the people in a zone leaves over; positive where leaving was missed."""

    value: int
    tolerance: float
    minutes: int
    passages: int

    @property
    def is_beyond(self) -> bool:
        """Tell whether chance does not explain it."""
        return abs(self.value) > self.tolerance


@dataclass(frozen=True, slots=True)
class ZoneFlow:
    """The flow of one zone; None is not known: not watched for long enough.

    Attributes:
        in_per_min, out_per_min: people a minute over its edges, mean of the last five.
        dwell: of the visits that began in the last hour; wait: of a queue; residual: of the last five minutes.

    """

    in_per_min: float | None = None
    out_per_min: float | None = None
    dwell: Median | None = None
    wait: Wait | None = None
    residual: Residual | None = None


@dataclass(frozen=True, slots=True)
class LevelFlow:
    """The flow of one level.

    Attributes:
        at: UTC seconds of the store's clock.
        lines: line id -> (in, out) people a minute, mean of the last five; only lines that were watched.
        moves: (from zone, to zone, people) over the last 15 minutes; an empty name is outside of every zone.

    """

    level: str
    at: float
    zones: dict[str, ZoneFlow] = field(default_factory=dict)
    lines: dict[str, tuple[float, float]] = field(default_factory=dict)
    moves: tuple[tuple[str, str, int], ...] = ()

    def to_json(self) -> bytes:
        """Pack."""
        return pack(asdict(self))

    @classmethod
    def from_json(cls, text: bytes | str) -> "LevelFlow":
        """Unpack what ``to_json`` wrote."""
        row = json.loads(text)
        row["zones"] = {zone: _zone(found) for zone, found in row.get("zones", {}).items()}
        row["lines"] = {line: (pair[0], pair[1]) for line, pair in row.get("lines", {}).items()}
        row["moves"] = tuple((a, b, count) for a, b, count in row.get("moves", ()))
        return cls(**known_fields(cls, row))


def _zone(row: Mapping[str, Any]) -> ZoneFlow:
    parts: dict[str, Callable[..., Any]] = {"dwell": Median, "wait": Wait, "residual": Residual}
    built = {name: _part(shape, row.get(name)) for name, shape in parts.items()}
    return ZoneFlow(**known_fields(ZoneFlow, {**row, **built}))


def _part(shape: Callable[..., Shape], row: dict[str, Any] | None) -> Shape | None:
    return None if row is None else shape(**known_fields(shape, row))  # type: ignore[arg-type]

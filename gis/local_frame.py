"""Between degrees on the earth and a plan's own metres around its origin."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

FARTHEST_M = 20_000.0  # no mall reaches further; there the scale is off by 5 in a million


@dataclass(frozen=True)
class LocalFrame:
    """The metres of one plan: a transverse Mercator projection of WGS 84, true to scale at the origin, then turned.

    Attributes:
        origin: longitude, latitude in degrees of the plan's (0, 0).
        rotation_deg: the plan's y axis against north, clockwise.

    """

    origin: tuple[float, float]
    rotation_deg: float = 0.0

    def __post_init__(self) -> None:
        lon, lat = self.origin
        if not (abs(lon) <= 180 and abs(lat) < 90 and np.isfinite(self.rotation_deg)):
            raise ValueError(f"expected [longitude, latitude] in degrees and a finite rotation, got [{lon}, {lat}]")

    @cached_property
    def _projection(self) -> Any:
        from pyproj import Proj

        lon, lat = self.origin
        return Proj(proj="tmerc", lon_0=lon, lat_0=lat, k_0=1.0, ellps="WGS84")

    @cached_property
    def _turn(self) -> Floats:
        """The (2, 2) matrix of plan axes in east and north."""
        turn = np.radians(self.rotation_deg)
        return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def to_metres(self, degrees: Floats) -> Floats:
        """Return (N, 2) metres, x right, y up, of (N, 2) longitude, latitude; not finite where there is no answer."""
        east, north = self._projection(degrees[:, 0], degrees[:, 1])
        with np.errstate(invalid="ignore"):
            return np.column_stack([east, north]) @ self._turn.T

    def to_degrees(self, metres: Floats) -> Floats:
        """Return (N, 2) longitude, latitude of (N, 2) metres of the plan."""
        east, north = (metres @ self._turn).T
        return np.column_stack(self._projection(east, north, inverse=True))

"""Simulated people who come over the edges of a square, wander, stand in pairs and go."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEP_S = 0.1
STANDING = 0.25  # share of people
SLOWEST_M_S, FASTEST_M_S = 0.5, 1.5
TURNING = 0.25  # rad/√s by which a walker's way wanders
SWAY_M = 0.01  # that somebody who stands moves in a step


@dataclass(frozen=True, eq=False, slots=True)
class Walks:
    """Where everybody is, every STEP_S: xy (T, N, 2) m, NaN while not in the square; heights (N,) m."""

    xy: Floats
    heights: Floats

    def at(self, t: float) -> Floats:
        """Return (N, 2) places between the steps."""
        place = min(max(t / STEP_S, 0.0), len(self.xy) - 1.001)
        k = int(place)
        return np.asarray(self.xy[k] * (1 - place + k) + self.xy[k + 1] * (place - k), dtype=np.float64)

    def velocity(self, t: float) -> Floats:
        """Return (N, 2) m/s."""
        return (self.at(t + STEP_S) - self.at(t - STEP_S)) / (2 * STEP_S)


def walk(area: tuple[float, float], people: int, seconds: float, rng: np.random.Generator) -> Walks:
    """Return the walks of so many at any instant; whoever leaves is followed by somebody else over another edge."""
    steps, size = int(seconds / STEP_S) + 20, np.array(area)
    place, heading = rng.uniform(0.5, size - 0.5, (people, 2)), rng.uniform(0, 2 * np.pi, people)
    standing = np.arange(people) < people * STANDING
    speed = np.where(standing, 0.0, rng.uniform(SLOWEST_M_S, FASTEST_M_S, people))
    _pair(place, speed, rng)
    tracks = [np.full((steps, 2), np.nan) for _ in range(people)]
    owner = list(range(people))
    for k in range(steps):
        place = place + speed[:, None] * STEP_S * np.column_stack([np.cos(heading), np.sin(heading)])
        place += standing[:, None] * rng.normal(0, SWAY_M, (people, 2))
        heading = heading + rng.normal(0, TURNING * np.sqrt(STEP_S), people)
        for i in np.flatnonzero(((place < 0) | (place > size)).any(axis=1)):
            place[i], heading[i] = _enter(size, rng)
            tracks.append(np.full((steps, 2), np.nan))
            owner[i] = len(tracks) - 1
        for row, at in zip(owner, place, strict=True):
            tracks[row][k] = at
    xy = np.stack(tracks, axis=1)
    return Walks(xy, np.clip(rng.normal(1.7, 0.08, xy.shape[1]), 1.5, 1.92))


def _pair(place: Floats, speed: Floats, rng: np.random.Generator) -> None:
    """Put those who stand together in twos, half a metre to a metre apart."""
    still = np.flatnonzero(speed == 0)
    for i, j in zip(still[::2], still[1::2], strict=False):
        angle, apart = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.0)
        place[j] = place[i] + apart * np.array([np.cos(angle), np.sin(angle)])


def _enter(size: Floats, rng: np.random.Generator) -> tuple[Floats, float]:
    """Return a place on one of the edges and a way inwards."""
    side, along = int(rng.integers(4)), float(rng.uniform(0.1, 0.9))
    at = [(0.01, along), (0.99, along), (along, 0.01), (along, 0.99)][side]
    inward = (0.0, np.pi, np.pi / 2, -np.pi / 2)[side]
    return np.array(at) * size, float(inward + rng.uniform(-0.8, 0.8))

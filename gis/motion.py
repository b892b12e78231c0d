"""Kalman filters of people who walk on at their pace, for many people at once."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

ACCELERATION_M2_S3 = 0.25  # spectral density of what changes a walker's velocity
FIRST_SPEED_M_S = 1.0  # standard deviation of the velocity of someone just seen


@dataclass(eq=False, slots=True)
class Walkers:
    """States of N people, each at its own time.

    Attributes:
        mean: (N, 4) x, y, vx, vy in m and m/s; cov: (N, 4, 4); at: (N,) s.

    """

    mean: Floats
    cov: Floats
    at: Floats

    @classmethod
    def none(cls) -> "Walkers":
        """Return nobody."""
        return cls(np.empty((0, 4)), np.empty((0, 4, 4)), np.empty(0))

    def added(self, xy: Floats, noise: Floats, t: float) -> "Walkers":
        """Return these and new people first seen at (M, 2) with noise (M, 2, 2)."""
        mean, cov = np.zeros((len(xy), 4)), np.zeros((len(xy), 4, 4))
        mean[:, :2], cov[:, :2, :2] = xy, noise
        cov[:, [2, 3], [2, 3]] = FIRST_SPEED_M_S**2
        return Walkers(
            np.concatenate([self.mean, mean]),
            np.concatenate([self.cov, cov]),
            np.concatenate([self.at, np.full(len(xy), t)]),
        )

    def kept(self, rows: NDArray[np.intp]) -> "Walkers":
        """Return the people of these rows."""
        return Walkers(self.mean[rows], self.cov[rows], self.at[rows])

    def position(self, t: float, *, at_most_s: float = np.inf) -> tuple[Floats, Floats]:
        """Return (N, 2) positions and (N, 2, 2) covariances at a time, before or after the states' own."""
        dt = np.clip(t - self.at, -at_most_s, at_most_s)
        xy = self.mean[:, :2] + self.mean[:, 2:] * dt[:, None]
        across, speed, step = self.cov[:, :2, 2:], self.cov[:, 2:, 2:], dt[:, None, None]
        cov = self.cov[:, :2, :2] + step * (across + across.transpose(0, 2, 1)) + step**2 * speed
        return xy, cov + ACCELERATION_M2_S3 * np.abs(step) ** 3 / 3 * np.eye(2)

    def see(self, rows: NDArray[np.intp], t: float, xy: Floats, noise: Floats) -> None:
        """Take in positions (M, 2) with noise (M, 2, 2) seen at ``t`` of these different people.

        A sight that is older than the state is carried forward at the person's velocity, with what that adds in noise.
        """
        late = np.maximum(self.at[rows] - t, 0.0)
        self._predict(rows, np.maximum(t - self.at[rows], 0.0))
        mean, cov, step = self.mean[rows], self.cov[rows], late[:, None, None]
        here = xy + mean[:, 2:] * late[:, None]
        blur = noise + step**2 * cov[:, 2:, 2:] + ACCELERATION_M2_S3 * step**3 / 3 * np.eye(2)
        inner = np.linalg.inv(cov[:, :2, :2] + blur)
        gain = cov[:, :, :2] @ inner
        self.mean[rows] = mean + (gain @ (here - mean[:, :2])[:, :, None])[:, :, 0]
        updated = cov - gain @ cov[:, :2, :]
        self.cov[rows] = (updated + updated.transpose(0, 2, 1)) / 2

    def _predict(self, rows: NDArray[np.intp], dt: Floats) -> None:
        self.mean[rows], self.cov[rows] = moved(self.mean[rows], self.cov[rows], dt)
        self.at[rows] += dt


def moved(mean: Floats, cov: Floats, dt: Floats) -> tuple[Floats, Floats]:
    """Return (N, 4) states and (N, 4, 4) covariances after each its own time, (N,) s."""
    move, noise = wander(dt)
    return (move @ mean[:, :, None])[:, :, 0], move @ cov @ move.transpose(0, 2, 1) + noise


def wander(dt: Floats) -> tuple[Floats, Floats]:
    """Return (N, 4, 4) each: what (N,) seconds do to a state, and what covariance they add (white acceleration)."""
    move, noise = np.tile(np.eye(4), (len(dt), 1, 1)), np.zeros((len(dt), 4, 4))
    move[:, 0, 2] = move[:, 1, 3] = dt
    for axis in (0, 1):
        noise[:, axis, axis] = ACCELERATION_M2_S3 * dt**3 / 3
        noise[:, axis, axis + 2] = noise[:, axis + 2, axis] = ACCELERATION_M2_S3 * dt**2 / 2
        noise[:, axis + 2, axis + 2] = ACCELERATION_M2_S3 * dt
    return move, noise

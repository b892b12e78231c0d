"""Kalman filters of people who walk on at their pace, for many people at once."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

ACCELERATION_M2_S3 = 0.25  # spectral density of what changes a walker's velocity
FIRST_SPEED_M_S = 1.0  # standard deviation of the velocity of someone just seen
_SAME = np.eye(2)


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
        step = np.clip(t - self.at, -at_most_s, at_most_s)[:, None, None]
        across, speed = self.cov[:, :2, 2:], self.cov[:, 2:, 2:]
        cov = self.cov[:, :2, :2] + step * (across + across.transpose(0, 2, 1)) + step**2 * speed
        return self.place(t, at_most_s=at_most_s), cov + ACCELERATION_M2_S3 * np.abs(step) ** 3 / 3 * _SAME

    def place(self, t: float, *, at_most_s: float = np.inf) -> Floats:
        """Return (N, 2) positions at a time, as ``position`` does."""
        dt = np.minimum(np.maximum(t - self.at, -at_most_s), at_most_s)
        return np.asarray(self.mean[:, :2] + self.mean[:, 2:] * dt[:, None], dtype=np.float64)

    def see(self, rows: NDArray[np.intp], t: float, xy: Floats, noise: Floats) -> None:
        """Take in positions (M, 2) with noise (M, 2, 2) seen at ``t`` of these different people.

        A sight that is older than the state is carried forward at the person's velocity, with what that adds in noise.
        """
        late = np.maximum(self.at[rows] - t, 0.0)
        self._predict(rows, np.maximum(t - self.at[rows], 0.0))
        mean, cov, step = self.mean[rows], self.cov[rows], late[:, None, None]
        here = xy + mean[:, 2:] * late[:, None]
        blur = noise + step**2 * cov[:, 2:, 2:] + ACCELERATION_M2_S3 * step**3 / 3 * _SAME
        inner = inverse(cov[:, :2, :2] + blur)
        gain = cov[:, :, :2] @ inner
        self.mean[rows] = mean + (gain @ (here - mean[:, :2])[:, :, None])[:, :, 0]
        updated = cov - gain @ cov[:, :2, :]
        self.cov[rows] = (updated + updated.transpose(0, 2, 1)) / 2

    def _predict(self, rows: NDArray[np.intp], dt: Floats) -> None:
        self.mean[rows], self.cov[rows] = moved(self.mean[rows], self.cov[rows], dt)
        self.at[rows] += dt


def moved(mean: Floats, cov: Floats, dt: Floats) -> tuple[Floats, Floats]:
    """Return (N, 4) states and (N, 4, 4) covariances after each its own time, (N,) s, of white acceleration."""
    step = dt[:, None, None]
    ahead = mean.copy()
    ahead[:, :2] += mean[:, 2:] * dt[:, None]
    spread = cov.copy()
    carried = carry(cov, dt)
    spread[:, :2, :2] = carried[:, :2, :2] + step * carried[:, :2, 2:] + ACCELERATION_M2_S3 * step**3 / 3 * _SAME
    spread[:, :2, 2:] = carried[:, :2, 2:] + ACCELERATION_M2_S3 * step**2 / 2 * _SAME
    spread[:, 2:, :2] = spread[:, :2, 2:].transpose(0, 2, 1)
    spread[:, 2:, 2:] += ACCELERATION_M2_S3 * step * _SAME
    return ahead, spread


def carry(cov: Floats, dt: Floats) -> Floats:
    """Return (N, 4, 4) covariances between the states after (N,) s and the states of now."""
    carried = cov.copy()
    carried[:, :2] += dt[:, None, None] * cov[:, 2:]
    return carried


def inverse(cov: Floats) -> Floats:
    """Return the inverses of (N, 2, 2) covariances."""
    xx, xy, yx, yy = cov[:, 0, 0], cov[:, 0, 1], cov[:, 1, 0], cov[:, 1, 1]
    inner = np.empty_like(cov)
    det = xx * yy - xy * yx
    inner[:, 0, 0], inner[:, 0, 1], inner[:, 1, 0], inner[:, 1, 1] = yy / det, -xy / det, -yx / det, xx / det
    return inner

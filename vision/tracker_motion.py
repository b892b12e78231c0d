"""How a person's box moves: the motion model that the tracker's filter runs on, for ``trackers``' own extension point.

Everything is measured in body heights (the box's height), so it holds near and far and at any picture size. Walkers
change their speed by little and the box around them hardly changes its shape; a box that is suddenly shorter or
narrower than the person mostly shows a part of them, so it tells less about the edges that it lacks.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from trackers.utils.kalman_filter import KalmanFilter
from trackers.utils.state_representations import BaseStateEstimator

Floats = NDArray[np.float64]

EDGE_SIGMA = 0.05  # of a detected edge, in body heights
WIDTH_SIGMA = 0.10
ACCELERATION = 0.2  # body heights a second per root second: a third of a metre
FORESHORTENING = 0.5  # of ways towards the camera, which looks down at a slant
GROWTH = 0.3  # of a box's height, as a share of the acceleration
GROWTH_LASTS_S = 0.5  # a box does not go on growing or shrinking by itself
FIRST_SPEED = 0.8  # body heights a second: a walk, for somebody just seen
WIDTH_DRIFT = 0.05
USUAL_WIDTH = 0.4  # of a standing person's box, in heights
WIDTH_RETURN_S = 2.0  # in which a width that is not seen returns to the usual one
TOLERANCE = 0.1  # in body heights: smaller differences of size are not taken for a part of the person
LEAST_HEIGHT_PX = 4.0
DEFAULT_RATE = 30.0

_ACROSS, _FOOT, _HEIGHT, _WIDTH, _V_ACROSS, _V_FOOT, _V_HEIGHT = range(7)
_MOVING = ((_ACROSS, _V_ACROSS, 1.0), (_FOOT, _V_FOOT, FORESHORTENING), (_HEIGHT, _V_HEIGHT, GROWTH))


class BodyMotion(BaseStateEstimator):
    """A constant-velocity Kalman filter on the foot point and the height of a box; the width is nearly constant.

    State: x of the middle, y of the foot, height, width, and the speeds of the first three; px and px a second.
    """

    def __init__(self, bbox: Floats) -> None:
        """Start at a box x1 y1 x2 y2 (4,)."""
        self.kf = self._create_filter(bbox)

    def _create_filter(self, bbox: Floats) -> KalmanFilter:
        kf = KalmanFilter(dim_x=7, dim_z=4)
        kf.observation_mtx = np.eye(4, 7)
        kf.state[:4, 0] = self.bbox_to_measurement(bbox)
        speeds = FIRST_SPEED * np.array([1.0, FORESHORTENING, GROWTH])
        sigma = np.concatenate([[EDGE_SIGMA] * 3, [WIDTH_SIGMA], speeds]) * self._height(kf)
        kf.state_covariance = np.diag(sigma**2)
        return kf

    @staticmethod
    def _height(kf: KalmanFilter) -> float:
        return max(float(kf.state[_HEIGHT, 0]), LEAST_HEIGHT_PX)

    def bbox_to_measurement(self, bbox: Floats) -> Floats:
        """Return (4,) middle, foot, height and width of a box x1 y1 x2 y2."""
        x1, y1, x2, y2 = np.asarray(bbox, dtype=np.float64).tolist()
        return np.array([(x1 + x2) / 2, y2, max(y2 - y1, 1.0), max(x2 - x1, 1.0)])

    def state_to_bbox(self) -> Floats:
        """Return the box x1 y1 x2 y2 (4,)."""
        across, foot, height, width = self.kf.state[:4, 0].tolist()
        height, half = max(height, 1.0), max(width, 1.0) / 2
        return np.array([across - half, foot - height, across + half, foot])

    def clamp_velocity(self, frame_step: float = 1.0) -> None:
        """Do nothing: ``predict`` keeps the height positive."""

    def set_kf_covariances(
        self,
        measurement_noise: NDArray[Any] | None = None,
        process_noise: NDArray[Any] | None = None,
        state_covariance: NDArray[Any] | None = None,
    ) -> None:
        """Leave noise given in pixels aside: the model's own is in body heights."""

    def predict(self, frame_step: float = 1.0, frame_rate: float | None = None) -> None:
        """Go on by ``frame_step`` frames of ``frame_rate`` a second."""
        kf, height = self.kf, self._height(self.kf)
        moves, noise = _step(frame_step / (frame_rate or DEFAULT_RATE))
        kf.state = moves @ kf.state
        kf.state_covariance = moves @ kf.state_covariance @ moves.T + noise * height**2
        kf.state[_HEIGHT, 0] = self._height(kf)

    def update(self, bbox: Floats | None) -> None:
        """Take a detected box; where it lacks a part of the person, it counts for the edges that it shows.

        The usual update, with the observation matrix (the first four of the state) taken as the slice that it is.
        """
        if bbox is None:
            return
        kf, measured = self.kf, self.bbox_to_measurement(bbox)
        state, covariance = kf.state, kf.state_covariance
        kf.measurement_noise = self._noise(measured.tolist(), state[:4, 0].tolist())
        gain = covariance[:, :4] @ np.linalg.inv(covariance[:4, :4] + kf.measurement_noise)
        kf.state = state + gain @ (measured[:, None] - state[:4])
        covariance = covariance - gain @ covariance[:4]
        kf.state_covariance = (covariance + covariance.T) / 2

    def _noise(self, measured: list[float], expected: list[float]) -> Floats:
        height = max(expected[_HEIGHT], LEAST_HEIGHT_PX)
        edge, wide = (EDGE_SIGMA * height) ** 2, (WIDTH_SIGMA * height) ** 2
        shorter, narrower = measured[_HEIGHT] - expected[_HEIGHT], measured[_WIDTH] - expected[_WIDTH]
        taller = EDGE_SIGMA * height * max(abs(shorter) - TOLERANCE * height, 0.0)
        wider = EDGE_SIGMA * height * max(abs(narrower) - TOLERANCE * height, 0.0)  # Huber's weight: no more than so
        off_foot = measured[_FOOT] - expected[_FOOT]
        # The head is where it should be: foot and height miss by the same.
        both = taller if abs(off_foot - shorter) < abs(off_foot) else 0.0
        return np.array([
            [edge + wider / 4, 0.0, 0.0, 0.0],
            [0.0, edge + both, both, 0.0],
            [0.0, both, edge + taller, 0.0],
            [0.0, 0.0, 0.0, wide + wider],
        ])  # fmt: skip


@lru_cache(maxsize=64)
def _step(dt: float) -> tuple[Floats, Floats]:
    """Return how a state moves in ``dt`` seconds, and what is then uncertain of it for a body of 1 px."""
    moves, noise = np.eye(7), np.zeros((7, 7))
    for place, speed, share in _MOVING:
        q = (ACCELERATION * share) ** 2
        moves[place, speed] = dt
        noise[place, place], noise[speed, speed] = q * dt**3 / 3, q * dt
        noise[place, speed] = noise[speed, place] = q * dt**2 / 2
    moves[_V_HEIGHT, _V_HEIGHT] = np.exp(-dt / GROWTH_LASTS_S)
    back = -np.expm1(-dt / WIDTH_RETURN_S)
    moves[_WIDTH, _WIDTH], moves[_WIDTH, _HEIGHT] = 1 - back, back * USUAL_WIDTH
    noise[_WIDTH, _WIDTH] = WIDTH_DRIFT**2 * dt
    return moves, noise

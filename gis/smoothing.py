"""Where walkers were, judged from everything seen of them before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gis.motion import FIRST_SPEED_M_S, Floats, carry, inverse, moved

TOGETHER = 32  # paths smoothed at once


@dataclass(frozen=True, eq=False, slots=True)
class Path:
    """Places of one person that were measured: t (K,) s rising, xy (K, 2) m, noise (K, 2, 2) m²."""

    t: Floats
    xy: Floats
    noise: Floats


def smooth(paths: Sequence[Path]) -> list[Floats]:
    """Return for every path (K, 4) x, y, vx, vy in m and m/s at its measurements.

    Kalman filter forwards and Rauch-Tung-Striebel backwards (1965, doi:10.2514/3.3166) with the motion of ``Walkers``.
    """
    order = sorted(range(len(paths)), key=lambda i: len(paths[i].t))
    found: list[Floats] = [np.empty((0, 4))] * len(paths)
    for start in range(0, len(order), TOGETHER):
        chosen = order[start : start + TOGETHER]
        states = _smooth_together([paths[i] for i in chosen])
        for i, state in zip(chosen, states, strict=True):
            found[i] = state[: len(paths[i].t)]
    return found


def _smooth_together(paths: Sequence[Path]) -> Floats:
    """Return (P, K, 4); shorter paths rest at their last place."""
    longest = max(len(path.t) for path in paths)
    t, xy, noise = (_padded([getattr(path, name) for path in paths], longest) for name in ("t", "xy", "noise"))
    new = np.arange(longest)[None] < np.array([len(path.t) for path in paths])[:, None]
    dt = np.diff(t, axis=1, prepend=t[:, :1])
    count = len(paths)
    means, covs = np.empty((longest, count, 4)), np.empty((longest, count, 4, 4))
    mean, cov = np.zeros((count, 4)), np.zeros((count, 4, 4))
    mean[:, :2], cov[:, :2, :2] = xy[:, 0], noise[:, 0]
    cov[:, [2, 3], [2, 3]] = FIRST_SPEED_M_S**2
    means[0], covs[0] = mean, cov
    for k in range(1, longest):
        mean, cov = moved(mean, cov, dt[:, k])
        gain = cov[:, :, :2] @ inverse(cov[:, :2, :2] + noise[:, k]) * new[:, k, None, None]
        mean = mean + (gain @ (xy[:, k] - mean[:, :2])[:, :, None])[:, :, 0]
        cov = cov - gain @ cov[:, :2, :]
        means[k], covs[k] = mean, cov
    for k in range(longest - 2, -1, -1):
        ahead, spread = moved(means[k], covs[k], dt[:, k + 1])
        back = np.linalg.solve(spread, carry(covs[k], dt[:, k + 1])).transpose(0, 2, 1)
        means[k] += (back @ (means[k + 1] - ahead)[:, :, None])[:, :, 0]
    return means.transpose(1, 0, 2)


def _padded(rows: Sequence[Floats], length: int) -> Floats:
    return np.stack([np.concatenate([row, np.repeat(row[-1:], length - len(row), axis=0)]) for row in rows])


def between(t: Floats, states: Floats, at: Floats) -> Floats:
    """Return (M, 4) states at times within a path's own, by cubic Hermite interpolation.

    Args:
        t: (K,) s rising, equal times allowed; states: (K, 4) x, y, vx, vy.
        at: (M,) s; before the first or after the last the person walks straight on.

    """
    keep = np.append(np.diff(t) > 0, True)
    t, states = t[keep], states[keep]
    if len(t) == 1:
        return np.hstack(
            [states[:, :2] + states[:, 2:] * (at - t[0])[:, None], np.repeat(states[:, 2:], len(at), axis=0)]
        )
    k = np.clip(np.searchsorted(t, at, side="right") - 1, 0, len(t) - 2)
    step = (t[k + 1] - t[k])[:, None]
    s = np.clip((at - t[k])[:, None] / step, 0.0, 1.0)
    first, last = states[k], states[k + 1]
    bend = (1 + 2 * s) * (1 - s) ** 2
    xy = bend * first[:, :2] + (1 - bend) * last[:, :2]
    xy += step * (s * (1 - s) ** 2 * first[:, 2:] - s * s * (1 - s) * last[:, 2:])
    velocity = (1 - s) * first[:, 2:] + s * last[:, 2:]
    beyond = (at - np.clip(at, t[0], t[-1]))[:, None]
    return np.hstack([xy + velocity * beyond, velocity])

"""Made-up histories of which the answer is known."""

import numpy as np

from mall.forecast.series import Series

DAY, WEEK = 86_400, 7 * 86_400
MONDAY = 1_767_571_200.0  # 2026-01-05 00:00 UTC


def weekly_shape(t: np.ndarray) -> np.ndarray:
    """Return people by UTC time: nobody at night, a hump by day, twice the people at weekends."""
    hour = t % DAY / 3600
    weekend = (t - MONDAY) % WEEK >= 5 * DAY
    return np.where((hour >= 8) & (hour < 22), 40 * np.sin(np.pi * (hour - 8) / 14), 0.0) * np.where(weekend, 2.0, 1.0)


def history(weeks: float, step_s: int = 3600, *, factor: float = 1.0, **how: object) -> Series:
    """Return the shape without any noise, from MONDAY on."""
    t = MONDAY + np.arange(0, weeks * WEEK, step_s)
    return Series("plaza", t, factor * weekly_shape(t), step_s=step_s, **how)


def noisy(weeks: float, seed: int, *, factor: float = 1.0, step_s: int = 3600) -> Series:
    """Return Poisson counts about the shape, at least 4 an hour."""
    t = MONDAY + np.arange(0, weeks * WEEK, step_s)
    return Series("plaza", t, factor * np.random.default_rng(seed).poisson(4 + weekly_shape(t)), step_s=step_s)

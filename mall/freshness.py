"""The freshness contract: one function tells every page, view and interface how old is too old."""

from typing import Literal

State = Literal["live", "stale", "offline", "unknown", "saturated"]

LIVE_FLOOR_S = 3.0
STALE_FLOOR_S = 20.0
LIVE_PERIODS = 2.5
STALE_PERIODS = 10.0


def live_limit_s(period_s: float) -> float:
    """Return the age in seconds up to which a value of a source with this period is live."""
    return max(LIVE_FLOOR_S, LIVE_PERIODS * period_s)


def stale_limit_s(period_s: float) -> float:
    """Return the age in seconds up to which a value of a source with this period is stale, not offline."""
    return max(STALE_FLOOR_S, STALE_PERIODS * period_s)


def state_of(age_s: float | None, period_s: float, *, saturated: bool = False) -> State:
    """Return the state of a value: live ≤ max(3 s, 2.5 p) < stale ≤ max(20 s, 10 p) < offline; never seen is unknown.

    Args:
        age_s: seconds since the value was captured, or None where nothing was ever seen.
        period_s: the declared period of its source in seconds.
        saturated: the source is beyond its reliable range; only a live value can be saturated.

    """
    if age_s is None:
        return "unknown"
    if age_s <= live_limit_s(period_s):
        return "saturated" if saturated else "live"
    return "stale" if age_s <= stale_limit_s(period_s) else "offline"


def age_s(now: float, received_at: float, lag_s: float) -> float | None:
    """Return the age in seconds of a value: (store now - received_at) + lag; None where nothing was ever received.

    A stamp from the future was made before the store's clock stepped back: it counts as old by as much, so that no
    old value looks fresh.
    """
    if received_at <= 0.0:
        return None
    return abs(now - received_at) + lag_s

"""From runs to predictions: densities with a range, when the limit is kept, what it does to neighbours."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gis.density import LETTERS, level_of_service, standard_for
from mall.options.network import CARRIED, Network
from mall.options.predict import MINUTES, Runs
from mall.options.records import Band, Prediction, SideEffect

Floats = NDArray[np.float64]

LOW, LIKELY, HIGH = 0, 1, 2
NONE = 0  # index of the run without any action
MODEL_P_M2, MODEL_MIN = 0.3, 5.0  # the model's own error, and after how long it is that: `bench options`
TOUCHED_P = 2.0  # people more or less in a zone, below which it is not touched
OVER_P_M2 = {"walkway": 1.75, "queue": 3.33, "stair": 1.54}  # warning limits of the density rules
OVER_ELSEWHERE_P_M2 = 1.75


def predictions(net: Network, runs: Runs, limit: float) -> list[Prediction]:
    """Return what becomes of the place under each change, the first being none."""
    place = net.index[net.place]
    people = runs.people[..., place]
    first = _prediction(people[NONE], runs.area_m2[NONE, :, place], limit)
    basis = "measured" if net.is_measured(net.place) else "assumed"
    found = [replace(first, basis=basis)]
    for index in range(1, len(people)):
        each = _prediction(people[index], runs.area_m2[index, :, place], limit)
        fewer = people[NONE, :, MINUTES] - people[index, :, MINUTES]
        gained = sum(a >= limit > b for a, b in zip(first.likely[1:], each.likely[1:], strict=True))
        lost = sum(b >= limit > a for a, b in zip(first.likely[1:], each.likely[1:], strict=True))
        found.append(
            replace(
                each,
                basis=basis,
                moved=_band(np.array([fewer.min(), fewer[LIKELY], fewer.max()]), 1),
                minutes_gained=gained - lost,
            )
        )
    return found


def _prediction(people: Floats, area_m2: Floats, limit: float) -> Prediction:
    """Return the prediction of people (3, M + 1) on an area (3,)."""
    each = people / area_m2[:, None]
    own = MODEL_P_M2 * np.minimum(np.arange(MINUTES + 1) / MODEL_MIN, 1.0)
    ordered = np.stack([np.maximum(each.min(axis=0) - own, 0.0), each[LIKELY], each.max(axis=0) + own])
    heads = ordered * area_m2[LIKELY]
    return Prediction(
        minutes=tuple(range(MINUTES + 1)),
        low=_row(ordered[LOW]),
        likely=_row(ordered[LIKELY]),
        high=_row(ordered[HIGH]),
        after_5=_band(ordered[:, 5], 3),
        after_15=_band(ordered[:, MINUTES], 3),
        people_5=_band(heads[:, 5], 1),
        people_15=_band(heads[:, MINUTES], 1),
        below_limit_min=_below(ordered, limit),
    )


def _below(density: Floats, limit: float) -> tuple[int, int | None] | None:
    """Return the first minutes from which the low and the high run stay below the limit."""
    since = [_stays(row < limit) for row in (density[LOW], density[HIGH])]
    return None if since[0] is None else (since[0], since[1])


def eases_after(density: Sequence[float], limit: float) -> int | None:
    """Return the minute from which a density by minutes stays below a limit; None where it does not."""
    return _stays(np.array(density) < limit)


def _stays(below: NDArray[np.bool_]) -> int | None:
    over = np.flatnonzero(~below)
    since = 0 if len(over) == 0 else int(over[-1]) + 1
    return since if since < len(below) else None


def danger(prediction: Prediction, limit: float) -> float:
    """Return how much danger the 15 minutes hold: density beyond the limit, and a tenth of density as such.

    Danger is judged by the upper end, so the mean of the likely and the high run counts.
    """
    density = (np.array(prediction.likely[1:]) + np.array(prediction.high[1:])) / 2.0
    return float(np.maximum(density - limit, 0.0).sum() + 0.1 * density.sum())


def spill(net: Network, runs: Runs, index: int) -> float:
    """Return the danger that a change makes in other zones, against their own warning limits and no action."""
    added = 0.0
    for z, node in enumerate(net.nodes):
        if node.zone != net.place and node.category not in CARRIED:
            beyond = [
                np.maximum(runs.people[i, LIKELY, 1:, z] / runs.area_m2[i, LIKELY, z] - _over(node.category), 0.0).sum()
                for i in (index, NONE)
            ]
            added += max(0.0, float(beyond[0] - beyond[1]))
    return added


def _over(category: str) -> float:
    standard = standard_for(category)
    return OVER_P_M2[standard.name] if standard else OVER_ELSEWHERE_P_M2


def side_effects(net: Network, runs: Runs, index: int) -> tuple[SideEffect, ...]:
    """Return what a change does to the other zones against no action, the worst first."""
    found = []
    for z, node in enumerate(net.nodes):
        with_it, without = runs.people[index, LIKELY, :, z], runs.people[NONE, LIKELY, :, z]
        differs = np.abs(with_it - without)
        at = int(differs.argmax())
        if node.zone == net.place or differs[at] < TOUCHED_P:
            continue
        density = float(with_it[at] / runs.area_m2[index, LIKELY, z])
        other = float(without[at] / runs.area_m2[NONE, LIKELY, z])
        found.append(_effect(net, z, (density, other), float(with_it[at]), at))
    return tuple(sorted(found, key=lambda effect: (-effect.is_over, -effect.worse_by, -effect.density_after)))


def _effect(net: Network, z: int, densities: tuple[float, float], people: float, at: int) -> SideEffect:
    node = net.nodes[z]
    standard = standard_for(node.category)
    after, without = ((level_of_service(each, standard) if standard else None) for each in densities)
    before = level_of_service(node.people[LIKELY] / node.area_m2, standard) if standard and node.is_known else None
    over = _over(node.category)
    worse = max(0, LETTERS.index(after) - LETTERS.index(without)) if after and without else 0
    return SideEffect(
        zone=node.zone,
        people_before=round(node.people[LIKELY], 1) if node.is_known else None,
        people_after=round(people, 1),
        density_after=round(densities[0], 3),
        los_before=before,
        los_after=after,
        at_min=at,
        worse_by=worse,
        is_over=densities[0] >= over > densities[1],
    )


def _row(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in values)


def _band(values: Floats, digits: int) -> Band:
    low, likely, high = (round(float(value), digits) for value in values)
    return low, likely, high

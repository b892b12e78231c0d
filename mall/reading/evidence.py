"""From what is seen of a zone to the evidence for or against its rules. Pure.

Where a rule needs a flow or a speed that is not known, it is not judged, unless the density alone tells that it is
not the case.
"""

import math
from collections.abc import Mapping
from typing import Any

from mall.advisories.rule import Rule
from mall.advisories.situations import STALE, Evidence
from mall.flows import Residual, Wait
from mall.reading.filling import Filling

NOT_SO = Evidence(0.0, 0.0)
"""Fresh, and the case is not given."""
Crossings = Mapping[str, tuple[int, int] | None]


def per(people: Evidence, scale: float) -> Evidence:
    """Return the evidence on people / ``scale`` (m² or capacity) of evidence on people."""
    return Evidence(people.value / scale, people.high / scale, people.fresh, people.can_clear)


def _is_below(rule: Rule, density: Evidence) -> bool:
    return density.fresh and rule.is_clear_of(density.high, rule.limits[0])


def critical(rule: Rule, density: Evidence, change: float | None, *, must_rise: bool, is_rising: bool) -> Evidence:
    """Return density where the flow out falls, and people become more where they must; ``change`` is a share."""
    if not density.fresh or _is_below(rule, density):
        return density
    if must_rise and not is_rising:
        return NOT_SO
    if change is None:
        return STALE
    return density if change < -rule["falling_share"] else NOT_SO


def stalled(rule: Rule, density: Evidence, speed_m_s: float | None) -> Evidence:
    """Return density where nobody walks."""
    if not density.fresh or _is_below(rule, density):
        return density
    if speed_m_s is None:
        return STALE
    return density if speed_m_s < rule["standstill_m_s"] else NOT_SO


def blocked(rule: Rule, density: Evidence, exits: Crossings, speed_m_s: float | None) -> Evidence:
    """Return the density before exits that nobody passes, though those before them stand; crossings are of 60 s."""
    if not density.fresh or _is_below(rule, density):
        return density
    pairs = [pair for pair in exits.values() if pair is not None]
    if len(pairs) < len(exits):
        return STALE
    passing = sum(sum(pair) for pair in pairs)
    walks = speed_m_s is not None and speed_m_s >= rule["standstill_m_s"]
    return NOT_SO if walks or passing > rule["flow"] else density


def shut_in(rule: Rule, density: Evidence, speed_m_s: float | None, *, is_shut: bool) -> Evidence:
    """Return the density before exits that nobody counts, if all of them are closed; of open ones nothing is known."""
    return blocked(rule, density, {}, speed_m_s) if is_shut or not density.fresh or _is_below(rule, density) else NOT_SO


def counter_flow(rule: Rule, lines: Crossings, widths: Mapping[str, float]) -> tuple[Evidence, dict[str, Any]]:
    """Return the greatest specific flow in p/m/min of lines that many cross both ways, and what tells of it.

    Args:
        rule: what share must walk against the others.
        lines: line -> who crossed in and out over the last 60 s, None where that is not known.
        widths: line -> clear width in m.

    """
    known = {line: pair for line, pair in lines.items() if pair is not None}
    if not known:
        return STALE, {}
    flows = {line: _both_ways(rule, pair) / widths[line] for line, pair in known.items()}
    worst = max(flows, key=lambda line: flows[line])
    inward, outward = known[worst]
    told = {"line": worst, "line_in": inward, "line_out": outward, "clear_width_m": round(widths[worst], 2)}
    is_known = flows[worst] > 0.0 or len(known) == len(lines)
    return Evidence(flows[worst], flows[worst], fresh=is_known), told


def _both_ways(rule: Rule, pair: tuple[int, int]) -> int:
    total = sum(pair)
    return total if total and min(pair) >= rule["minority_share"] * total else 0


def filling(found: Filling | None, full: Filling | None, *, can_clear: bool) -> Evidence:
    """Return the seconds left: as likely, and by the upper end of the band of the people there."""
    if found is None or full is None:
        return STALE
    return Evidence(found.seconds, full.seconds, can_clear=can_clear)


def waiting(wait: Wait | None) -> Evidence:
    """Return the seconds of a queue; where nobody left it is at least so long."""
    if wait is None:
        return STALE
    seconds = wait.low if wait.value is None else wait.value
    return Evidence(seconds, seconds)


def unbalanced(residual: Residual | None) -> Evidence:
    """Return how many times what chance explains is left over of a zone's people."""
    if residual is None:
        return NOT_SO
    share = abs(residual.value) / residual.tolerance if residual.tolerance > 0.0 else math.inf
    return Evidence(share, share)

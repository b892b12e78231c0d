"""What a rule measures, worked out from kept minutes: people, moves over borders and crossings of lines. Pure.

A minute's flow is that of its own 60 s, where the engine looks back over the last 30 or 60 s at any second.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gis.borders import Border
from mall.advisories.rule import Measure, Rule
from mall.advisories.situations import SEEN_FROM
from mall.models import LINE_PREFIX, MINUTE_S, MOVE_PREFIX, MinuteRow

FEWEST_FOR_FLOW = 10  # people who left in a minute: with fewer a fall by a fifth is chance
WAIT_MIN = (5, 10)  # minutes over which a wait is read, at least and at most

Rows = Mapping[str, MinuteRow]
Minutes = Sequence[tuple[float, Rows]]
"""UTC start of each minute, in order, and its rows by name; no row, or one without a figure: not known."""
Values = list[tuple[float, float | None]]
Flow = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spot:
    """A zone as its minutes are read.

    Attributes:
        scale: what people are divided by: walkable m², for utilisation the capacity.
        most: people at the density at which somebody must act.
        borders: those of the zone; widths: clear width in m of the lines that counter-flow is judged at.
        waits: people wait or sit there, so that they must become more.

    """

    zone: str
    scale: float
    most: float = math.inf
    borders: Sequence[Border] = ()
    widths: Mapping[str, float] = field(default_factory=dict)
    waits: bool = False


def values_of(rule: Rule, spot: Spot, minutes: Minutes) -> Values:
    """Return (start, what the rule measures) of every minute, None where it is not known.

    Raises:
        ValueError: of a rule that is judged by more than minutes tell.

    """
    measure = TRIED.get(rule.measure) if rule.id not in TOO_FAST else None
    if measure is None:
        raise ValueError(f"rule {rule.id!r} is judged by more than minutes tell of; no dry run of it")
    return [(start, measure(rule, spot, minutes, at)) for at, (start, _) in enumerate(minutes)]


def can_be_tried(rule: Rule) -> bool:
    """Tell whether minutes tell what a rule measures."""
    return rule.measure in TRIED and rule.id not in TOO_FAST


def people_of(spot: Spot, rows: Rows) -> float | None:
    """Return the mean of the people on the whole ground of a zone."""
    row = rows.get(spot.zone)
    if row is None or row.people_mean is None or row.coverage < SEEN_FROM:
        return None
    return row.people_mean / row.coverage


def flow_of(spot: Spot, rows: Rows) -> Flow | None:
    """Return who came and who left in a minute: over lines that count a whole border, else by moves."""
    came = left = 0
    for border in spot.borders:
        for name, sign in _names(border):
            row = rows.get(name)
            if row is None or row.count_in is None or row.count_out is None:
                return None
            there, back = (row.count_in, row.count_out) if sign > 0 else (row.count_out, row.count_in)
            inward, outward = (there, back) if border.zones[1] == spot.zone else (back, there)
            came, left = came + inward, left + outward
    return came, left


def _names(border: Border) -> list[tuple[str, int]]:
    """Return the rows that tell of a border, +1 where "in" leads from its first zone to its second."""
    if border.lines:
        return [(f"{LINE_PREFIX}{line}", sign) for line, sign in border.lines.items()]
    return [(f"{MOVE_PREFIX}{border.zones[0]}>{border.zones[1]}", 1)]


# -- one function a measure ----------------------------------------------------------------------------------------


def _use(_rule: Rule, spot: Spot, minutes: Minutes, at: int) -> float | None:
    people = people_of(spot, minutes[at][1])
    return None if people is None else people / spot.scale


def _critical(rule: Rule, spot: Spot, minutes: Minutes, at: int) -> float | None:
    """Return the density where the flow out fell against the minute before, and people became more where they must."""
    density = _use(rule, spot, minutes, at)
    if density is None or density < rule.limits[0].value * (1.0 - rule.hysteresis):
        return density
    if not _follows(minutes, at):
        return None
    before, now = (flow_of(spot, minutes[n][1]) for n in (at - 1, at))
    people_before = people_of(spot, minutes[at - 1][1])
    if before is None or now is None or people_before is None or before[1] < FEWEST_FOR_FLOW:
        return None
    if spot.waits and people_before >= density * spot.scale:
        return 0.0
    return density if now[1] / before[1] - 1.0 < -rule["falling_share"] else 0.0


def _filling(rule: Rule, spot: Spot, minutes: Minutes, at: int) -> float | None:
    people, flow = people_of(spot, minutes[at][1]), flow_of(spot, minutes[at][1])
    if people is None or flow is None:
        return None
    net, room = flow[0] - flow[1], spot.most - people
    if net <= rule["net_deviations"] * math.sqrt(sum(flow)):
        return math.inf
    return max(0.0, room) * MINUTE_S / net


def _counter_flow(rule: Rule, spot: Spot, minutes: Minutes, at: int) -> float | None:
    found = []
    for line, width in spot.widths.items():
        row = minutes[at][1].get(f"{LINE_PREFIX}{line}")
        if row is None or row.count_in is None or row.count_out is None:
            continue
        total = row.count_in + row.count_out
        both = total > 0 and min(row.count_in, row.count_out) >= rule["minority_share"] * total
        found.append(total / width if both else 0.0)
    is_known = len(found) == len(spot.widths) or any(found)
    return max(found) if found and is_known else None


def _waiting(_rule: Rule, spot: Spot, minutes: Minutes, at: int) -> float | None:
    """Return the wait in s by Little's law over the unbroken minutes up to this one, ten at most."""
    people, departures, n = 0.0, 0, 0
    while n < WAIT_MIN[1] and at - n >= 0:
        here, flow = people_of(spot, minutes[at - n][1]), flow_of(spot, minutes[at - n][1])
        if here is None or flow is None:
            break
        people, departures, n = people + here, departures + flow[1], n + 1
        if not _follows(minutes, at - n + 1):
            break
    if n < WAIT_MIN[0]:
        return None
    if people == 0.0:
        return 0.0
    return people * MINUTE_S / departures if departures else None


def _follows(minutes: Minutes, at: int) -> bool:
    return at > 0 and minutes[at][0] - minutes[at - 1][0] == MINUTE_S


TRIED: Mapping[Measure, Callable[[Rule, Spot, Minutes, int], float | None]] = {
    "density": _use, "utilisation": _use, "critical": _critical, "time-to-limit": _filling,
    "counter-flow": _counter_flow, "queue-wait": _waiting,
}  # fmt: skip
TOO_FAST = frozenset({"escalator-landing", "level-capacity"})
"""Rules of such a measure of which minutes tell nothing all the same."""
_CAMERAS = (
    "Kept minutes tell how much of a zone was seen, not which camera was lost.",
    "保存された分値はゾーンの可視率のみ。どのカメラが停止したかは残らない。",
)
_KITS = ("Readings of kits are not kept.", "キットの測定値は保存していない。")
_WHY_NOT: Mapping[str, tuple[str, str]] = {
    "escalator-landing": (
        "A landing fills in seconds; the mean of a minute would tell it too late.",
        "乗降口は数秒で埋まる。分平均では遅すぎる。",
    ),
    "level-capacity": (
        "Which exits were open then is not kept with the minutes.",
        "当時どの出口が開いていたかは分値に残らない。",
    ),
    "stalled": ("Walking speeds are not kept.", "歩行速度は保存していない。"),
    "blocked-exit": ("Walking speeds are not kept.", "歩行速度は保存していない。"),
    "residual": (
        "The people at the end of a minute are not kept, only their mean.",
        "分末の人数は残らず、平均のみ保存している。",
    ),
    "forecast": ("Forecasts of the past are not kept.", "過去の予測は保存していない。"),
    "sensor": _KITS,
    "sensor-silent": _KITS,
    "camera-lost": _CAMERAS,
    "zones": (
        "It counts zones that raise at the same second; try the rules of the zones.",
        "同時に発報したゾーンの数を見る規則。各ゾーンの規則で試算を。",
    ),
}


def why_not(rule: Rule) -> dict[str, str] | None:
    """Return in both languages why minutes do not tell of a rule; None where they do."""
    if can_be_tried(rule):
        return None
    en, ja = _WHY_NOT[rule.id if rule.id in TOO_FAST else rule.measure]
    return {"en": en, "ja": ja}

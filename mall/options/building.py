"""The options of one situation: drafts of its family, predicted at once, ranked, told in words."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from mall.options import connectors, devices, guiding, openings, venue
from mall.options.case import Case, Draft
from mall.options.judging import danger, eases_after, predictions, side_effects, spill
from mall.options.kinds import ALWAYS, FAMILIES, KINDS
from mall.options.network import Network
from mall.options.predict import NOTHING, simulate
from mall.options.records import Option, OptionSet, Prediction, Record, SideEffect
from mall.options.wording import NO_OPTIONS, NOT_SEEN, NOTHING_ENOUGH, NOTHING_HELPS, STOP_FIRST, eases, told

Records = Mapping[tuple[str, str], Record]
"""(kind, place family) -> how such options did."""

MOST = 4
LAST_RESORT = "clear_area"
MERE_NOTICE = "watch"  # a severity at which nobody is led out: it is for comfort, or to have an eye on
STOP = "stop_escalator"
ABOUT_DEVICES = frozenset({"sensor", "device"})  # families in which the density is no danger
HELPS_FROM = 0.05  # share of the danger that an option must take away to be offered
FEWEST, HELPS_A_LITTLE = 2, 0.01  # where fewer are offered, those that take away this much are
CLEAR_P_M2 = 3.5  # density from which clearing the area is always among the options
PER_CLASS, PER_OVER, PER_MINUTE, PER_STAFF, PER_RECORD = 5.0, 40.0, 0.5, 1.0, 20.0
"""Points of a score that is 100 where all danger is taken away: what side effects, time and staff cost. Our choice."""

MAKERS: Mapping[str, Callable[[Case], Iterator[Draft]]] = {
    "stop_escalator": connectors.stop_escalator, "reverse_escalator": connectors.reverse_escalator,
    "open_opening": openings.open_opening, "bar_entry": openings.bar_entry,
    "guide_route": guiding.guide_route, "guide_out": guiding.guide_out,
    "pause_popup": venue.pause_popup, "move_popup": venue.move_popup, "delay_event": venue.delay_event,
    "send_staff": venue.send_staff, "add_service": venue.add_service, "message": venue.message,
    "cordon": venue.cordon, "clear_area": venue.clear_area,
    "look": devices.look, "repair": devices.repair, "air": devices.air,
}  # fmt: skip


def build(case: Case, records: Records, at: float) -> OptionSet:
    """Return the ranked options of a situation at ``at`` UTC seconds; pure but for the time it took."""
    began = time.perf_counter()
    if case.family in NO_OPTIONS:
        return OptionSet(case.advisory, at, case.place or "", None, (), NO_OPTIONS[case.family])
    drafts = [draft for kind in FAMILIES[case.family] for draft in MAKERS[kind](case)]
    fixed = [_option(case, draft, None, (), records) for draft in drafts if draft.change is None]
    if case.net is None:
        found = OptionSet(case.advisory, at, case.place or "", None, _ranked(case, fixed))
        return _timed(found if case.place is None else replace(found, none_reason=NOT_SEEN), began)
    drafts = [draft for draft in drafts if draft.change is not None] + list(venue.clear_area(case))
    runs = simulate(case.net, [NOTHING, *(draft.change for draft in drafts if draft.change is not None)])
    told_of = predictions(case.net, runs, case.limit)
    options = [
        (_option(case, draft, told_of[i], side_effects(case.net, runs, i), records), spill(case.net, runs, i))
        for i, draft in enumerate(drafts, 1)
    ]
    helping = _helping(case, told_of[0], options)
    best = _ranked(case, helping + fixed)
    found = OptionSet(case.advisory, at, case.place or "", told_of[0], best, None, round(case.limit, 3))
    return _timed(
        found
        if case.family in ABOUT_DEVICES
        else _summed_up(found, case.limit, case.net, is_notice=case.severity == MERE_NOTICE),
        began,
    )


def _summed_up(found: OptionSet, limit: float, net: Network, *, is_notice: bool) -> OptionSet:
    """Return the set with what is to be said of the whole: it eases by itself, or nothing but clearing it helps."""
    none = found.no_action
    assert none is not None
    eases_min = eases_after(none.likely, limit)
    if eases_min is not None:
        told_of = eases(eases_min, is_sure=none.high[-1] < limit, is_emptying=net.is_emptying(net.place))
        return replace(found, none_reason=told_of, eases_min=eases_min) if eases_min > 0 else found
    is_kept = any(_keeps(option, limit) for option in found.options if option.kind != LAST_RESORT)
    if is_kept:
        return found
    is_cleared = any(option.kind == LAST_RESORT for option in found.options)
    return replace(found, none_reason=NOTHING_HELPS if is_cleared or not is_notice else NOTHING_ENOUGH)


def _timed(found: OptionSet, began: float) -> OptionSet:
    return replace(found, duration_ms=round((time.perf_counter() - began) * 1000.0, 1))


def _option(
    case: Case, draft: Draft, prediction: Prediction | None, effects: tuple[SideEffect, ...], records: Records
) -> Option:
    kind = KINDS[draft.kind]
    title, steps, who = told(draft.kind, draft.names)
    if case.is_stop_first and draft.kind == STOP:
        steps = (STOP_FIRST, *steps)
    return Option(
        key="", kind=draft.kind, items=draft.items, zones=draft.zones, title=title, steps=steps, who=who,
        staff=kind.staff, ready_min=kind.ready_min, prediction=prediction, side_effects=effects, drawing=draft.drawing,
        plan_changes=draft.plan_changes, worked_before=records.get((draft.kind, place_family(case)), Record()),
        source=kind.source,
    )  # fmt: skip


def place_family(case: Case) -> str:
    """Return the family of places that experience is shared over: the category of the zone."""
    return case.graph.plan.zone(case.place).category if case.place is not None else "device"


def _helping(case: Case, none: Prediction, options: list[tuple[Option, float]]) -> list[Option]:
    """Return the options that take danger away, scored; clearing the area only where nothing milder is enough.

    Danger that an option makes in other zones counts like that which it leaves in the place.
    """
    scored = _scored(case, none, options)
    helping = [
        option
        for option, relief in scored
        if (case.is_stop_first and option.kind == STOP)
        or (relief >= HELPS_FROM and (option.score > 0.0 or option.kind == LAST_RESORT))
    ]
    milder = [option for option in helping if option.kind != LAST_RESORT]
    milder += _of_little_help(scored, {option.kind for option in milder})
    is_enough = any(_keeps(option, case.limit) for option in milder)
    is_enough = is_enough or eases_after(none.likely, case.limit) is not None
    is_danger = case.severity != MERE_NOTICE and not is_enough
    last_resort = case.severity == "clear" or max(none.likely) >= CLEAR_P_M2 or is_danger
    return milder + [option for option in helping if last_resort and option.kind == LAST_RESORT]


def _scored(case: Case, none: Prediction, options: list[tuple[Option, float]]) -> list[tuple[Option, float]]:
    """Return each option with its score, and the share of the danger that it takes away."""
    before = danger(none, case.limit)
    found = []
    for option, elsewhere in options:
        assert option.prediction is not None
        left = danger(option.prediction, case.limit) + elsewhere
        relief = 1.0 - left / before if before > 0.0 else 0.0
        found.append((replace(option, score=round(_score(option, relief), 1)), relief))
    return found


def _of_little_help(scored: list[tuple[Option, float]], kinds: set[str]) -> list[Option]:
    """Return the best of other kinds that help a little and harm nobody, as many as are wanting for a choice of two."""
    little: dict[str, Option] = {}
    for option, relief in sorted(scored, key=lambda each: -each[1]):
        harms = any(effect.is_over for effect in option.side_effects)
        if relief >= HELPS_A_LITTLE and not harms and option.kind not in kinds | {LAST_RESORT}:
            little.setdefault(option.kind, option)
    return list(little.values())[: max(0, FEWEST - len(kinds))]


def _score(option: Option, relief: float) -> float:
    """Return the points of an option: danger first, then side effects, time, staff and how it did before."""
    cost = sum(PER_CLASS * effect.worse_by + PER_OVER * effect.is_over for effect in option.side_effects)
    cost += PER_MINUTE * option.ready_min + PER_STAFF * option.staff
    past = option.worked_before
    chance = (past.worked + 1.0) / (past.n + 2.0)  # Beta(1, 1) before anything is known
    return 100.0 * relief - cost + PER_RECORD * (chance - 0.5)


def _keeps(option: Option, limit: float) -> bool:
    """Tell whether the likely run is below the limit after 15 minutes."""
    return option.kind in ALWAYS or (option.prediction is not None and option.prediction.likely[-1] < limit)


def _ranked(case: Case, options: list[Option]) -> tuple[Option, ...]:
    """Return the best of each kind, at most four, with their keys; clearing the area is the last unless it is grave.

    A landing that is about to reach its limit has the stop of its escalator first, whatever is predicted.
    """
    is_grave, first = case.severity == "clear", STOP if case.is_stop_first else None
    ordered = sorted(
        options,
        key=lambda o: (o.kind != first, o.kind == LAST_RESORT and not is_grave, -o.score, o.kind, o.items, o.zones),
    )
    kinds: dict[str, Option] = {}
    for option in ordered:
        kinds.setdefault(option.kind, option)
    chosen = list(kinds.values())
    if len(chosen) > MOST and chosen[-1].kind == LAST_RESORT:
        chosen[MOST - 1] = chosen[-1]
    return tuple(replace(option, key="ABCD"[rank], rank=rank + 1) for rank, option in enumerate(chosen[:MOST]))

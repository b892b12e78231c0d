"""Rules on crowds: density alone, density with flow and speed, and how soon a limit will be reached."""

from mall.advisories.rule import METRES_S, OWN, PER_M2, SECONDS, SHARE, Condition, Limit, Rule

CROWD = "crowd"
_ACT_DENSITY = "Fruin LoS E/F boundary, 2.17 p/m²; HSG195: 2 p/m²"
_CRITICAL = "Weidmann: flow peaks at about 1.75 p/m²"
_CONTACT = "Fruin: involuntary contact from 3.57 p/m²; moving crowd"
_STANDING = "Still: unstable above 4 p/m²; standing crowd"
_FALLING = Condition("falling_share", 0.2, SHARE, f"specific flow falls by more than 20 % over 60 s; {OWN}")

DENSITY_WALKWAY = Rule(
    "density-walkway", "density", PER_M2, (
        Limit("watch", 1.08, "Fruin walkway LoS D/E boundary"),
        Limit("warn", 1.75, _CRITICAL),
        Limit("act", 2.17, _ACT_DENSITY),
        Limit("clear", 3.5, _CONTACT),
    ), on_delay_s=10.0, off_delay_s=60.0, family=CROWD,
)  # fmt: skip
DENSITY_QUEUE = Rule(
    "density-queue", "density", PER_M2, (
        Limit("warn", 3.33, "HCM 2000 queue LoS D/E boundary"),
        Limit("act", 3.57, "Fruin: involuntary contact"),
        Limit("clear", 4.0, _STANDING),
    ), on_delay_s=10.0, off_delay_s=60.0, family=CROWD,
)  # fmt: skip
DENSITY_STAIR = Rule(
    "density-stair", "density", PER_M2, (
        Limit("watch", 1.08, "Fruin stair LoS C/D boundary"),
        Limit("warn", 1.54, "Fruin stair LoS D/E boundary"),
        Limit("act", 2.69, "Fruin stair LoS E/F boundary"),
        Limit("clear", 3.5, _CONTACT),
    ), on_delay_s=10.0, off_delay_s=60.0, family=CROWD,
)  # fmt: skip
# Riders stand close and are carried on, so the limits of stairs say nothing of them, nor does a flow that falls.
DENSITY_ESCALATOR = Rule(
    "density-escalator", "density", PER_M2, (
        Limit("warn", 3.33, "EN 115-1: at most 6000 riders/h at 0.5 m/s on steps of 1 m, 3.33 p/m²"),
        Limit("act", 4.0, _STANDING),
    ), on_delay_s=10.0, off_delay_s=60.0, family=CROWD,
)  # fmt: skip
# Judged by density, but only while the flow out falls: more people and less flow is the way into a jam.
CRITICAL = Rule(
    "critical", "critical", PER_M2, (
        Limit("warn", 1.08, "Fruin walkway LoS D/E boundary, with falling flow"),
        Limit("act", 1.75, "Weidmann: beyond the peak of flow at 1.75 p/m² less flow is a jam"),
    ), on_delay_s=10.0, off_delay_s=60.0, family=CROWD, conditions=(_FALLING,),
)  # fmt: skip
CRITICAL_WAITING = Rule(
    "critical-waiting", "critical", PER_M2, (
        Limit("warn", 1.67, "HCM 2000 queue LoS C/D boundary, ever more people and falling flow"),
    ), on_delay_s=10.0, off_delay_s=60.0, family=CROWD, conditions=(_FALLING,),
)  # fmt: skip
STALLED = Rule(
    "stalled", "stalled", PER_M2, (
        Limit("act", 2.17, "Fruin LoS E/F boundary, and nobody walks"),
        Limit("clear", 4.0, _STANDING),
    ), on_delay_s=5.0, off_delay_s=60.0, family=CROWD,
    conditions=(Condition("standstill_m_s", 0.3, METRES_S, f"mean speed below 0.3 m/s; {OWN}"),),
)  # fmt: skip
# Of a net inflow that chance explains nobody can say when it fills a place: one-sided 95 % of the count's deviation.
_SURELY = Condition("net_deviations", 1.645, SHARE, "one-sided 95 % of a Poisson difference")
TIME_TO_LIMIT = Rule(
    "time-to-limit", "time-to-limit", SECONDS, (
        Limit("watch", 180.0, f"time for staff to get there; {OWN}"),
        Limit("warn", 60.0, f"time to close an opening; {OWN}"),
    ), on_delay_s=10.0, off_delay_s=60.0, family=CROWD, is_falling=True, conditions=(_SURELY,),
)  # fmt: skip
ESCALATOR_LANDING = Rule(
    "escalator-landing", "time-to-limit", SECONDS, (
        Limit("warn", 60.0, f"escalator landing: 60 s to its limit; {OWN}"),
        Limit("act", 20.0, f"escalator landing: 20 s to its limit; {OWN}"),
    ), on_delay_s=2.0, off_delay_s=30.0, family=CROWD, is_falling=True, conditions=(_SURELY,),
)  # fmt: skip

CROWD_RULES = (
    STALLED, CRITICAL, CRITICAL_WAITING, ESCALATOR_LANDING, DENSITY_WALKWAY, DENSITY_QUEUE, DENSITY_STAIR,
    DENSITY_ESCALATOR, TIME_TO_LIMIT,
)  # fmt: skip
"""The more telling first: of two that are equally severe at a place, the first leads."""

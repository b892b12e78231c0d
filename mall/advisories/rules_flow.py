"""Rules on use and flow: capacity, exits, counter-flow, queues and counts that do not add up."""

from gis.capacity import CAPACITY_SOURCE
from mall.advisories.rule import METRES_S, OWN, PER_M2, PER_M_MIN, PER_MIN, SECONDS, SHARE, Condition, Limit, Rule

UTILISATION = Rule(
    "utilisation", "utilisation", SHARE, (
        Limit("watch", 0.8, f"80 % of capacity; {OWN}"),
        Limit("warn", 1.0, f"capacity of the plan, else {CAPACITY_SOURCE}"),
    ), on_delay_s=30.0, off_delay_s=120.0, hysteresis=0.05, is_comfort=True,
)  # fmt: skip
# People on a level over those for whom there is room and who leave in time with its largest exit blocked.
LEVEL_CAPACITY = Rule(
    "level-capacity", "utilisation", SHARE, (
        Limit("watch", 0.8, f"80 % of the safe capacity; {OWN}"),
        Limit("warn", 1.0, "Green Guide: smaller of holding and exit capacity, largest exit blocked"),
    ), on_delay_s=30.0, off_delay_s=120.0, hysteresis=0.05,
)  # fmt: skip
# Judged by the density before the exit, but only while hardly anybody passes it and those before it stand.
BLOCKED_EXIT = Rule(
    "blocked-exit", "blocked-exit", PER_M2, (
        Limit("warn", 0.72, "Fruin walkway LoS C/D boundary before an exit that nobody passes"),
        Limit("act", 1.75, "Weidmann: flow peaks at about 1.75 p/m²; before an exit that nobody passes"),
    ), on_delay_s=20.0, off_delay_s=60.0, conditions=(
        Condition("flow", 2.0, PER_MIN, f"at most 2 people a minute pass, both ways; {OWN}"),
        Condition("standstill_m_s", 0.3, METRES_S, f"mean speed below 0.3 m/s; {OWN}"),
    ),
)  # fmt: skip
_AGAINST = Condition("minority_share", 0.3, SHARE, f"at least 30 % walk against the others; {OWN}")
COUNTER_FLOW = Rule(
    "counter-flow", "counter-flow", PER_M_MIN, (
        Limit("watch", 33.0, "Fruin walkway LoS B/C boundary, 33 p/m/min"),
        Limit("warn", 49.0, "Fruin walkway LoS C/D boundary, 49 p/m/min: counter-flow is hard"),
    ), on_delay_s=20.0, off_delay_s=60.0, conditions=(_AGAINST,),
)  # fmt: skip
COUNTER_FLOW_STAIR = Rule(
    "counter-flow-stair", "counter-flow", PER_M_MIN, (
        Limit("watch", 23.0, "Fruin stair LoS B/C boundary, 23 p/m/min"),
        Limit("warn", 33.0, "Fruin stair LoS C/D boundary, 33 p/m/min: counter-flow is hard"),
    ), on_delay_s=20.0, off_delay_s=60.0, conditions=(_AGAINST,),
)  # fmt: skip
QUEUE_WAIT = Rule(
    "queue-wait", "queue-wait", SECONDS, (
        Limit("watch", 300.0, f"5 minutes in a queue; {OWN}"),
        Limit("warn", 600.0, f"10 minutes in a queue; {OWN}"),
    ), on_delay_s=60.0, off_delay_s=120.0, is_comfort=True,
)  # fmt: skip
# In multiples of what chance explains; the balance itself has waited for five minutes in a row.
BALANCE = Rule(
    "balance", "residual", SHARE, (Limit("watch", 1.0, "in less out less the change of people, three deviations"),),
    on_delay_s=0.0, off_delay_s=0.0, hysteresis=0.0, is_comfort=True,
)  # fmt: skip

FLOW_RULES = (UTILISATION, LEVEL_CAPACITY, BLOCKED_EXIT, COUNTER_FLOW, COUNTER_FLOW_STAIR, QUEUE_WAIT, BALANCE)

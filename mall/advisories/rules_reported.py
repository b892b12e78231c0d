"""Rules on what people and contacts report: there from the first instant, and over with its cause.

How severe an incident of a kind is stands with the incidents; a site sets no limits for these.
"""

from mall.advisories.rule import OWN, SHARE, Limit, Rule

INCIDENT = Rule("incident", "incident", SHARE, (Limit("watch", 1.0, f"an operator's report; {OWN}"),), 0.0, 0.0)
FIRE_ALARM = Rule(
    "fire-alarm", "fire-alarm", SHARE, (Limit("clear", 1.0, "fire alarm input of the building"),), 0.0, 0.0
)
EXIT_CLOSED = Rule(
    "exit-closed", "blocked-exit", SHARE, (Limit("warn", 1.0, f"a contact tells a closed exit; {OWN}"),), 0.0, 0.0
)
REPORTED_RULES = (INCIDENT, FIRE_ALARM, EXIT_CLOSED)
"""In this order on a place."""
AGAIN_S = {FIRE_ALARM.id: 60.0}
"""Rule -> seconds after which it is raised again though somebody ended it and its cause lasts; others never are."""

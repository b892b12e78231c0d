"""Words of IMDF 1.0 (OGC 20-094, "Categories") and ours for them."""

EXTENSION = "imdf:extension:mallflow:plan#1.0.0"
"""Named in the manifest where features carry our own properties, so that a plan comes back whole."""
OWN = "mallflow"
"""The key of those properties."""

WALKED = {
    "walkway": "walkway", "walkway.island": "walkway", "movingwalkway": "walkway", "ramp": "walkway",
    "footbridge": "walkway", "unenclosedarea": "walkway", "openairwalk": "walkway", "terrace": "walkway",
    "platform": "walkway", "parking": "walkway", "road": "walkway", "unspecified": "walkway",
    "lobby": "concourse",
    "stairs": "stair", "steps": "stair", "escalator": "escalator", "elevator": "lift",
    "foodservice": "food_court", "waitingroom": "queue", "lounge": "seating", "restroom": "restroom",
    "auditorium": "event", "movietheater": "event", "theater": "event", "recreation": "event", "fieldofplay": "event",
    "library": "event", "fitnessroom": "event",
    "nonpublic": "staff", "office": "staff", "storage": "staff", "kitchen": "staff", "serverroom": "staff",
    "mailroom": "staff", "laboratory": "staff", "conferenceroom": "staff", "huddleroom": "staff", "phoneroom": "staff",
    "classroom": "staff", "privatelounge": "staff", "firstaid": "staff", "room": "staff",
    "shower": "restroom", "mothersroom": "restroom", "smokingarea": "seating",
}  # fmt: skip
"""Category of a unit -> ours; more exact ones ("restroom.male") count as what stands before the last dot."""

LET = frozenset({"room", "unspecified", "retail"})
"""Units that are shops as soon as somebody occupies them."""

SOLID = {
    "brick": "wall", "concrete": "wall", "drywall": "wall", "glass": "wall", "wood": "wall", "column": "column",
    "structure": "structure", "opentobelow": "void", "vegetation": "planter",
}  # fmt: skip
"""Category of a unit nobody walks on -> our kind of fixture."""

UNIT_OF = {
    "concourse": "walkway", "atrium": "lobby", "walkway": "walkway", "queue": "waitingroom", "stair": "stairs",
    "escalator": "escalator", "lift": "elevator", "shop": "room", "food_court": "foodservice", "restroom": "restroom",
    "entrance": "lobby", "event": "recreation", "seating": "lounge", "staff": "nonpublic", "popup": "unenclosedarea",
}  # fmt: skip
"""Our category -> that of the unit which it is written as."""


def category_of(unit: str, *, occupied: bool) -> str | None:
    """Return our category of a unit's; None for a word unknown here."""
    if occupied and unit in LET:
        return "shop"
    while unit not in WALKED and "." in unit:
        unit = unit.rpartition(".")[0]
    return WALKED.get(unit)

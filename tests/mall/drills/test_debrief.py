"""Expected against raised, by hand."""

from typing import Any

import pytest

from mall.drills.debrief import Minutes, debrief
from mall.drills.script import Script
from mall.models import Advisory

T0 = 1_800_000_000.0


def script(**expect: Any) -> Script:
    words = {"en": "x", "ja": "x"}
    return Script.model_validate(
        {
            "id": "x", "title": words, "teaches": words, "asks": words, "lasts_s": 100, "places": {"p": {"zone": "z"}},
            "expect": [{"rules": ["stalled"], "place": "p", "severity": "warn", "by_s": 60} | expect],
        }
    )  # fmt: skip


def advisory(severity: str = "warn", *, rule: str = "stalled", place: str = "z", **more: Any) -> Advisory:
    row = {
        "id": f"{rule}:{place}:1", "rule": rule, "place": place, "level": "1f", "severity": severity, "status": "new",
        "raised_at": T0, "updated_at": T0, "facts": {},
    }  # fmt: skip
    return Advisory(**(row | more))


RAISED = advisory()
LOST = advisory(rule="camera-lost", place="c1", facts={"zones": ["z"]})
OVER = advisory(status="resolved", resolved_at=T0 + 9.0)


@pytest.mark.parametrize(
    ("notes", "expect", "lasted", "met"),
    [
        ([(30.0, RAISED)], {}, 100.0, True),
        ([(61.0, RAISED)], {}, 100.0, False),
        ([], {}, 100.0, False),
        ([], {}, 50.0, None),
        ([(30.0, RAISED)], {}, 40.0, True),
        ([(30.0, advisory("watch"))], {}, 100.0, False),
        ([(20.0, advisory("watch")), (40.0, advisory("act"))], {}, 100.0, True),
        ([(20.0, advisory("watch")), (70.0, advisory("act"))], {}, 100.0, False),
        ([(30.0, advisory(rule="critical"))], {}, 100.0, False),
        ([(30.0, advisory(place="y"))], {}, 100.0, False),
        ([(30.0, LOST)], {"rules": ["camera-lost"]}, 100.0, True),
        ([(30.0, RAISED), (50.0, OVER)], {}, 100.0, True),
        ([(30.0, RAISED), (50.0, OVER)], {"stays": True}, 100.0, False),
        ([(30.0, RAISED), (50.0, RAISED)], {"stays": True}, 100.0, True),
    ],
)  # fmt: skip
def test_an_expectation_is_met_in_time_at_its_place_and_severity(
    notes: list[tuple[float, Advisory]], expect: dict[str, Any], lasted: float, met: bool | None
) -> None:
    minutes = Minutes()
    for at_s, each in notes:
        minutes.note([each], at_s)
    found = debrief(script(**expect), {"p": "z"}, minutes, lasted_s=lasted)
    assert (found["expected"][0]["met"], found["passed"]) == (met, met)


def test_answers_are_told_with_their_times_and_what_was_chosen() -> None:
    minutes = Minutes()
    minutes.note([RAISED], 30.0)
    answered = advisory(
        status="in_progress", acknowledged_by="console:mori", acknowledged_at=T0 + 12.0, started_at=T0 + 20.0,
        chosen={"key": "B", "title": {"en": "Open the gate"}},
    )  # fmt: skip
    minutes.note([answered, advisory(rule="critical", place="y")], 60.0)
    told = debrief(script(), {"p": "z"}, minutes, lasted_s=100.0)["raised"]
    assert [(row["rule"], row["is_expected"], row["at_s"]) for row in told] == [
        ("stalled", True, 30.0), ("critical", False, 60.0),
    ]  # fmt: skip
    mine = told[0]
    assert (mine["answered_s"], mine["answered_by"], mine["started_s"], mine["chosen"]) == (
        12.0,
        "console:mori",
        20.0,
        "B",
    )
    assert mine["chosen_title"] == {"en": "Open the gate"}


def test_a_first_answer_stays_told_when_the_advisory_gets_worse_and_asks_anew() -> None:
    minutes = Minutes()
    minutes.note([advisory(acknowledged_by="console:mori", acknowledged_at=T0 + 12.0)], 30.0)
    minutes.note([advisory(severity="clear", acknowledged_by=None, acknowledged_at=None)], 60.0)
    [mine] = debrief(script(), {"p": "z"}, minutes, lasted_s=100.0)["raised"]
    assert (mine["answered_s"], mine["answered_by"], mine["severity"]) == (12.0, "console:mori", "clear")


@pytest.mark.parametrize(
    ("noted", "lasted", "met"),
    [([], 100.0, True), ([], 59.0, None), ([(RAISED, 30.0)], 100.0, False), ([(RAISED, 5.0)], 100.0, True),
     ([(RAISED, 61.0)], 100.0, True)],
)  # fmt: skip
def test_what_must_not_come_is_missed_where_it_comes(noted: Any, lasted: float, met: bool | None) -> None:
    minutes = Minutes()
    for each, at_s in noted:
        minutes.note([each], at_s)
    absent = script(absent=True, from_s=10, by_s=60)
    assert debrief(absent, {"p": "z"}, minutes, lasted_s=lasted)["expected"][0]["met"] is met

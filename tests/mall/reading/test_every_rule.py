"""Every rule there is has a test that raises and ends it through the whole engine, at seconds that were worked out."""

import inspect

from mall.advisories.memory_rule import MEMORY_STOPPED
from mall.advisories.rules import RULES
from mall.advisories.rules_reported import REPORTED_RULES
from tests.mall.reading import test_rules_of_crowds as crowds
from tests.mall.reading import test_rules_of_use as use

PLAYED = {
    "stalled": crowds.test_density,
    "critical": crowds.test_critical,
    "critical-waiting": crowds.test_critical_where_people_wait,
    "escalator-landing": crowds.test_escalator_landing,
    "density-walkway": crowds.test_density,
    "density-queue": crowds.test_density,
    "density-stair": crowds.test_density,
    "density-escalator": crowds.test_density,
    "time-to-limit": crowds.test_time_to_limit,
    "blocked-exit": crowds.test_blocked_exit,
    "counter-flow": crowds.test_counter_flow,
    "counter-flow-stair": crowds.test_counter_flow,
    "utilisation": use.test_utilisation,
    "level-capacity": use.test_level_capacity,
    "queue-wait": use.test_queue_wait,
    "balance": use.test_what_does_not_add_up,
    "level-unbalanced": use.test_what_does_not_add_up,
    "level-crowded": use.test_five_zones_are_one_level,
    "level-full": use.test_five_zones_are_one_level,
    "forecast-full": use.test_forecasts,
    "level-filling": use.test_forecasts,
    "camera-lost": use.test_lost_cameras,
    "level-dark": use.test_lost_cameras,
    "sensor-limit": use.test_kits,
    "sensor-silent": use.test_kits,
    "incident": use.test_reports,
    "fire-alarm": use.test_reports,
    "exit-closed": use.test_reports,
    "memory-stopped": use.test_memory_stopped,
}


def test_the_table_has_every_rule_and_no_other() -> None:
    assert set(PLAYED) == {rule.id for rule in (*RULES, *REPORTED_RULES, MEMORY_STOPPED)}


def test_each_test_plays_its_rule() -> None:
    for rule, test in PLAYED.items():
        marks = [mark.args[1] for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
        cases = {value for rows in marks for row in rows for value in row if isinstance(value, str)}
        source = inspect.getsource(test)
        assert rule in cases or f'"{rule}"' in source, rule
        assert "is_when(play.turns[" in source, rule
        assert "None" in source + str(marks) or "over" in source, f"{rule}: and its end"

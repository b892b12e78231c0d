"""The table in docs/rules.md says what the rules are."""

import pytest

from mall.advisories.rule import Rule
from mall.advisories.rules import RULES
from mall.config import PROJECT_DIR

TEXT = (PROJECT_DIR / "docs" / "rules.md").read_text(encoding="utf-8")


def row_of(rule: Rule) -> str:
    """Return the row that a rule has in the table."""
    limits = " · ".join(f"{limit.severity} {limit.value:g}" for limit in rule.limits)
    conditions = " · ".join(
        f"{each.key} {each.value:g}" + (f" {each.unit}" if each.unit else "") for each in rule.conditions
    )
    unit = rule.unit or "–"
    return f"| `{rule.id}` | {limits} | {unit} | {conditions or '–'} | {rule.on_delay_s:g} / {rule.off_delay_s:g} |"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_stands_in_the_guide_with_its_figures(rule: Rule) -> None:
    assert row_of(rule) in TEXT


def test_the_guide_has_no_rule_that_there_is_not() -> None:
    named = {line.split("`")[1] for line in TEXT.splitlines() if line.startswith("| `") and line.count("|") == 6}
    assert named == {rule.id for rule in RULES}

"""The rule on what is forecast: a place that will likely be full within the hour."""

from mall.advisories.rule import OWN, SECONDS, SHARE, Condition, Limit, Rule

# Judged by what is likely, not by the upper end of the interval: a warning an hour ahead, and no danger by itself.
FORECAST_FULL = Rule(
    "forecast-full", "forecast", SECONDS, (
        Limit("watch", 3600.0, f"an hour to staff, guide or open a way before it is full; {OWN}"),
    ), on_delay_s=120.0, off_delay_s=300.0, is_falling=True, is_comfort=True, conditions=(
        Condition("least_people", 10.0, SHARE, f"a place for fewer people is not forecast; {OWN}"),
    ),
)  # fmt: skip

"""Set limits of a rule in the site file: checked as at a start, written down first, and only over the version seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mall.advisories.limits import with_own
from mall.advisories.roles import roles_of
from mall.advisories.rule import Rule
from mall.advisories.rules import RULES, rules_for, with_limits
from mall.config import Site, file_version
from mall.errors import SaidError, SiteError, Why
from mall.models import SEVERITIES
from mall.quantities import quantity
from mall.setup.files import SITE_FILE
from mall.setup.saving import Rewrite, Saver
from mall.setup.toml_edit import with_limits_table
from mall.setup.words import SetupError

Written = Mapping[str, float | str]


class Audit(Protocol):
    """Where it is written down what was done."""

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append what happened."""
        ...


@dataclass(frozen=True, slots=True)
class LimitsAsked:
    """Limits as somebody wrote them, of a rule everywhere or at one zone; ``version`` is the site file's they saw."""

    rule: str
    zone: str | None
    limits: Written
    version: str
    who: str
    why: str

    @property
    def key(self) -> str:
        """Return the key of the table."""
        return self.rule if self.zone is None else f"{self.rule}.{self.zone}"


@dataclass(frozen=True, slots=True)
class LimitsSaved:
    """What holds now: key -> number before and after for what changed, and the version of the site file."""

    version: str
    before: Mapping[str, float | None]
    after: Mapping[str, float]


class LimitsDesk:
    """Writes limits into one site.

    Args:
        folder: of the site.
        state: the state folder; its lock and its steps are those of the setup page.
        audit: the store.

    """

    def __init__(self, folder: Path, state: Path, audit: Audit) -> None:
        self._path, self._audit = folder.resolve() / SITE_FILE, audit
        self._saver = Saver(folder, state / "setup", self._note)

    def save(self, asked: LimitsAsked) -> LimitsSaved:
        """Write limits; keys that say what would hold without them are taken away.

        Raises:
            SetupError: ``unknown``, ``changed``, ``invalid`` with the place, or ``read-only``; nothing was written.
            StoreError: it cannot be written down; nothing was written.

        """
        saved = LimitsSaved(asked.version, {}, {})

        def change(site: Site, text: str) -> Rewrite | None:
            nonlocal saved
            if file_version(text.encode()) != asked.version:
                raise SetupError("changed")
            try:
                entries, before, after = _changes(site, asked)
                changed = with_limits_table(text, asked.key, entries) if entries else text
            except (SiteError, ValueError) as exc:
                why = exc.why if isinstance(exc, SaidError) else None
                raise SetupError("invalid", why=why, reason=str(exc)) from exc
            saved = LimitsSaved(file_version(changed.encode()), before, after)
            return None if changed == text else _rewrite(asked, changed, saved)

        self._saver.rewrite(change, who=asked.who)
        return saved

    def _note(self, who: str, what: str, **more: object) -> None:
        self._audit.append_audit({"who": who, "what": what, **more})


def _rewrite(asked: LimitsAsked, text: str, saved: LimitsSaved) -> Rewrite:
    told = ", ".join(f"{key} {_told(saved.before[key])} → {_told(value)}" for key, value in saved.after.items())
    more = {"rule": asked.rule, "zone": asked.zone, "why": asked.why, "before": saved.before, "after": saved.after}
    return Rewrite(text, "limits changed", f"limits.{asked.key}: {told}", more)


def _told(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _changes(
    site: Site, asked: LimitsAsked
) -> tuple[dict[str, float | str | None], dict[str, float | None], dict[str, float]]:
    """Return what to write (None: take away), and what holds before and after; ValueError names the place."""
    without, now = _rules(site, asked)
    with_own(now, asked.limits, asked.key)
    own = site.file.limits.get(asked.key, {})
    entries: dict[str, float | str | None] = {}
    for key, written in asked.limits.items():
        value = quantity(written)
        if value == value_of(without, key):
            entries |= {key: None} if key in own else {}
        elif own.get(key) != value:
            entries[key] = _plain(written)
    before = {key: value_of(now, key) for key in entries}
    return entries, before, {key: float(quantity(asked.limits[key])) for key in entries}


def _rules(site: Site, asked: LimitsAsked) -> tuple[Rule, Rule]:
    """Return the rule as it would be without a table of this key, and as it is."""
    limits = site.file.limits
    without = next((rule for rule in RULES if rule.id == asked.rule), None)
    if without is None:
        why = Why("rule_unknown", f"There is no rule {asked.rule}.", {"rule": asked.rule})
        raise SetupError("unknown", why=why, what=f"rule {asked.rule}")
    if asked.zone is None:
        return without, with_limits(without, limits, without.id)
    zone = next((zone for zone in site.plan.zones if zone.id == asked.zone), None)
    judging = () if zone is None else rules_for(zone, limits, roles_of(site.plan).of(zone.id))
    now = next((rule for rule in judging if rule.id == asked.rule), None)
    if now is None:
        text = f"There is no zone {asked.zone} of rule {asked.rule}."
        why = Why("rule_zone_unknown", text, {"rule": asked.rule, "zone": asked.zone})
        raise SetupError("unknown", why=why, what=f"zone {asked.zone} of rule {asked.rule}")
    return with_limits(without, limits, without.id), now


def value_of(rule: Rule, key: str) -> float | None:
    """Return the number that a key of ``site.toml`` stands for; None for a severity that the rule has not."""
    if key in SEVERITIES:
        return next((limit.value for limit in rule.limits if limit.severity == key), None)
    if key in ("on_delay_s", "off_delay_s", "hysteresis"):
        return float(getattr(rule, key))
    return rule[key]


def _plain(written: float | str) -> float | str:
    """Return a whole number without its point, as people write it."""
    return int(written) if isinstance(written, float) and written.is_integer() else written

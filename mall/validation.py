"""Everything about a site that can be wrong is found here, before any process of it starts."""

from pathlib import Path

from mall.advisories.limits import check_number
from mall.advisories.roles import roles_of
from mall.advisories.rule import Rule
from mall.advisories.rules import RULES, Limits, rules_for, with_limits
from mall.config import Drafts, Site, load_site
from mall.errors import AddressError, SiteError
from mall.notify.addresses import check_url


def load_valid_site(folder: Path, *, drafts: Drafts | None = None) -> Site:
    """Read a site folder, with drafts in place of some of its files, and check all that its own file says.

    Raises:
        SiteError, AddressError: with file, key and reason, if anything in it is wrong.

    """
    site = load_site(folder.resolve(), drafts=drafts)
    validate_site(site)
    return site


def validate_site(site: Site) -> None:
    """Refuse limits of no rule or zone, limits that make no ladder, and a public address that is none."""
    try:
        for key, own in site.file.limits.items():
            _check_table(site, key, own)
        _check_ladders(site, site.file.limits)
        _check_channels(site)
    except ValueError as exc:
        raise SiteError(f"{site.folder / 'site.toml'}: {exc}") from exc
    if site.file.public.bind is not None:
        public_address(site)


def public_address(site: Site) -> tuple[str, int]:
    """Return host and port of the public listener."""
    bind = site.file.public.bind or ""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise AddressError(f"{site.folder / 'site.toml'}: public.bind: expected host:port, got {bind!r}")
    return host.strip("[]"), int(port)


def _check_table(site: Site, key: str, own: dict[str, float]) -> None:
    rules = {rule.id: rule for rule in RULES}
    name, _, zone = key.partition(".")
    if key in {zone.id for zone in site.plan.zones} and set(own) == {"public"}:
        if own["public"] not in (0, 1):
            raise ValueError(f"limits.{key}.public: expected 0 or 1, got {own['public']:g}")
        return
    if name not in rules:
        raise ValueError(f"limits.{key}: no such rule (rules: {', '.join(rules)})")
    if zone:
        _check_zone(site, key, rules[name], zone)
    for word, value in own.items():
        check_number(rules[name], f"limits.{key}.{word}", word, value)


def _check_zone(site: Site, key: str, rule: Rule, zone_id: str) -> None:
    zone = next((zone for zone in site.plan.zones if zone.id == zone_id), None)
    if zone is None:
        raise ValueError(f"limits.{key}: no zone {zone_id!r} in the plan")
    if rule.id not in {own.id for own in rules_for(zone, {}, roles_of(site.plan).of(zone.id))}:
        raise ValueError(f"limits.{key}: rule {rule.id!r} does not judge zone {zone_id!r} ({zone.category})")


def _check_channels(site: Site) -> None:
    """Raise ValueError for an address that no webhook may reach, and for a self-test without anything to test."""
    for channel in site.file.notify:
        if channel.kind == "email":
            continue
        try:
            check_url(channel.url, site.file.alarms.hosts)
        except ValueError as exc:
            raise ValueError(f"notify ({channel.id}).url: {exc}") from exc
    if site.file.alarms.self_test_at is not None and not site.file.notify:
        raise ValueError("alarms.self_test_at: there is no [[notify]] to test")


def _check_ladders(site: Site, limits: Limits) -> None:
    """Raise ValueError where limits of a rule, the site's and the built-in ones together, do not rise."""
    for rule in RULES:
        with_limits(rule, limits, rule.id)
    roles = roles_of(site.plan)
    for zone in site.plan.zones:
        rules_for(zone, limits, roles.of(zone.id))

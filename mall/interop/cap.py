"""Advisories as messages of the Common Alerting Protocol 1.2 (OASIS CAP-V1.2, 1 July 2010)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from mall.advisories.desk import SELF_TEST
from mall.models import Advisory, Severity

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
EXPIRES_S = 24 * 3600.0
RESTRICTION = "The operator of the mall and those it names"
Ring = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What CAP calls an advisory of one severity."""

    severity: str
    urgency: str
    response: str


MAPPED: Mapping[Severity, Mapped] = {
    "watch": Mapped("Minor", "Future", "Monitor"),
    "warn": Mapped("Moderate", "Expected", "Prepare"),
    "act": Mapped("Severe", "Immediate", "Execute"),
    "clear": Mapped("Extreme", "Immediate", "Evacuate"),
}
"""Severity -> CAP's words; our own choice within the meanings of CAP-V1.2 §3.2.2."""
OVER = Mapped("Minor", "Past", "AllClear")
CATEGORIES: Mapping[str, str] = {
    "sensor-limit": "Env", "sensor-silent": "Infra", "camera-lost": "Infra", "level-dark": "Infra",
    "fire-alarm": "Fire", "self-test": "Other", "channel-failed": "Infra", "memory-stopped": "Infra",
}  # fmt: skip
"""Rule -> CAP's category; every other rule is of ``Safety``."""
INSTRUCTIONS: Mapping[Severity, Mapping[str, str]] = {
    "watch": {"en": "Keep the place in view.", "ja": "現場の状況を注視。"},
    "warn": {"en": "Look at the place and make ready to act.", "ja": "現場を確認し、対応を準備。"},
    "act": {"en": "Act now, as the control room says.", "ja": "直ちに対応：管制室の指示で混雑を緩和。"},
    "clear": {"en": "Clear the area as the control room says.", "ja": "管制室の指示により区域から退避。"},
}  # fmt: skip
TAGS = {"en": "en-GB", "ja": "ja-JP"}
OVER_TEXT = {"en": "It is over; no action is needed.", "ja": "解消。対応は不要。"}


@dataclass(frozen=True, slots=True)
class CapWords:
    """One language (``en`` or ``ja``) of a message: headline, description, and what the place is called."""

    language: str
    headline: str
    description: str
    place: str


@dataclass(frozen=True, slots=True)
class CapSender:
    """Who sends: the site's id and name, whom to ask, and the time zone of its times."""

    site: str
    name: str
    contact: str
    timezone: ZoneInfo

    def identifier(self, advisory_id: str, version: int) -> str:
        """Return the id of a message: no space, comma, ``<`` or ``&``, as the standard demands."""
        return quote(f"{self.site}:{advisory_id}:{version}", safe=":/.-_")

    @property
    def id(self) -> str:
        """Return what the standard calls the sender."""
        return f"mallflow.{self.site}"

    def time(self, at: float) -> str:
        """Return a time as the standard writes it: whole seconds, and -00:00 for UTC."""
        text = datetime.fromtimestamp(at, self.timezone).isoformat(timespec="seconds")
        return text.removesuffix("+00:00") + "-00:00" if text.endswith("+00:00") else text


def cap_message(
    advisory: Advisory,
    sender: CapSender,
    words: Sequence[CapWords],
    *,
    rings: Sequence[Ring] = (),
    sent: Sequence[tuple[int, float]] = (),
) -> bytes:
    """Return an advisory as a CAP 1.2 message in UTF-8.

    Args:
        advisory: as it is now.
        sender: who sends.
        words: one entry a language.
        rings: closed outlines of the area, (longitude, latitude) in degrees; none where the plan has no origin.
        sent: (version, updated_at) of the messages of this advisory that went before.

    """
    alert = ET.Element("alert", xmlns=NAMESPACE)
    before = [(version, at) for version, at in sent if version < advisory.version]
    status = status_of(advisory)
    kind = "Cancel" if advisory.is_over and before else "Update" if before else "Alert"
    _put(alert, "identifier", sender.identifier(advisory.id, advisory.version))
    _put(alert, "sender", sender.id)
    _put(alert, "sent", sender.time(advisory.updated_at))
    _put(alert, "status", status)
    _put(alert, "msgType", kind)
    _put(alert, "scope", "Restricted")
    _put(alert, "restriction", RESTRICTION)
    if status != "Actual":
        _put(alert, "note", f"This is {'a test' if status == 'Test' else 'an exercise'}; nothing has happened.")
    if before:
        of = (f"{sender.id},{sender.identifier(advisory.id, version)},{sender.time(at)}" for version, at in before)
        _put(alert, "references", " ".join(of))
    for one in words:
        _add_info(alert, advisory, sender, one, rings)
    ET.indent(alert)
    return bytes(ET.tostring(alert, encoding="utf-8", xml_declaration=True))


def status_of(advisory: Advisory) -> str:
    """Return ``Actual``, ``Exercise`` or, for the daily self-test, ``Test``."""
    return "Test" if advisory.rule == SELF_TEST else "Exercise" if advisory.exercise else "Actual"


def certainty_of(advisory: Advisory) -> str:
    """Return ``Observed``, or ``Likely`` where only the upper end of a band or an unproven detector says so."""
    facts = advisory.facts
    value, limit = facts.get("value"), facts.get("limit")
    below = isinstance(value, int | float) and isinstance(limit, int | float) and value < limit
    below = below and facts.get("side") != "low"
    return "Likely" if below or facts.get("unproven") or facts.get("saturated") else "Observed"


def _add_info(alert: ET.Element, advisory: Advisory, sender: CapSender, words: CapWords, rings: Sequence[Ring]) -> None:
    mapped = OVER if advisory.is_over else MAPPED[advisory.severity]
    info = ET.SubElement(alert, "info")
    _put(info, "language", TAGS.get(words.language, words.language))
    _put(info, "category", CATEGORIES.get(advisory.rule, "Safety"))
    _put(info, "event", advisory.rule)
    _put(info, "responseType", mapped.response)
    _put(info, "urgency", mapped.urgency)
    _put(info, "severity", mapped.severity)
    _put(info, "certainty", certainty_of(advisory))
    _put(info, "onset", sender.time(advisory.raised_at))
    _put(info, "expires", sender.time(advisory.updated_at + EXPIRES_S))
    _put(info, "senderName", sender.name)
    _put(info, "headline", words.headline)
    _put(info, "description", words.description)
    _put(info, "instruction", instruction(advisory, words.language))
    if sender.contact:
        _put(info, "contact", sender.contact)
    for name in ("severity", "status", "raised_count"):
        parameter = ET.SubElement(info, "parameter")
        _put(parameter, "valueName", f"mallflow:{name}")
        _put(parameter, "value", str(getattr(advisory, name)))
    area = ET.SubElement(info, "area")
    _put(area, "areaDesc", words.place)
    for ring in rings:
        _put(area, "polygon", " ".join(f"{lat:.7f},{lon:.7f}" for lon, lat in ring))


def instruction(advisory: Advisory, language: str) -> str:
    """Return what to do: the steps of the option that was chosen, else what its severity asks for."""
    if advisory.is_over:
        return OVER_TEXT.get(language, OVER_TEXT["en"])
    steps = (advisory.chosen or {}).get("steps") or ()
    told = [step.get(language) or step.get("en") or "" for step in steps if isinstance(step, Mapping)]
    words = INSTRUCTIONS[advisory.severity]
    return " ".join(filter(None, told)) or words.get(language, words["en"])


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = "".join(mark if _is_xml(mark) else "\ufffd" for mark in text)


def _is_xml(mark: str) -> bool:
    """Tell whether XML 1.0 may hold a character."""
    return mark in "\t\n\r" or "\x20" <= mark <= "\ud7ff" or "\ue000" <= mark <= "\ufffd" or mark >= "\U00010000"

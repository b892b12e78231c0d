"""A message in the form its channel takes: JSON for a webhook, CAP 1.2, or a mail."""

from dataclasses import asdict, dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import quote

import numpy as np

from gis.local_frame import LocalFrame
from mall.advisories.life import name_of
from mall.advisories.places import labels_of, zones_of
from mall.advisories.wording import text
from mall.config import Site
from mall.interop.cap import CapSender, CapWords, Ring, cap_message, instruction, status_of
from mall.models import Advisory, pack
from mall.notify.notices import Message
from mall.notify.outgoing import KEPT_BACK, STAFF, outgoing
from mall.site_alarms import NotifySection

KIND_WORDS: dict[str, dict[str, str]] = {
    "alert": {"en": "new", "ja": "新規"},
    "worse": {"en": "worse", "ja": "悪化"},
    "update": {"en": "changed", "ja": "変更"},
    "escalation": {"en": "not acknowledged", "ja": "未確認・上位通知"},
    "end": {"en": "over", "ja": "解消"},
}
SEVERITY_WORDS: dict[str, dict[str, str]] = {
    "watch": {"en": "watch", "ja": "注視"},
    "warn": {"en": "warn", "ja": "警戒"},
    "act": {"en": "act", "ja": "対応"},
    "clear": {"en": "clear the area", "ja": "区域退避"},
}
MARKS = {
    "Actual": {"en": "", "ja": ""},
    "Exercise": {"en": "EXERCISE ", "ja": "EXERCISE 訓練 "},
    "Test": {"en": "TEST ", "ja": "TEST 試験 "},
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body and its media type."""

    body: bytes
    media_type: str


def as_json(site: Site, message: Message, channel: NotifySection) -> Rendered:
    """Return the body of a webhook."""
    advisory = outgoing(message.of, names=channel.names)
    told = {key: value for key, value in asdict(advisory).items() if key not in KEPT_BACK}
    row = {
        "id": message.id, "site": site.id, "kind": message.kind, "status": status_of(advisory),
        "queued_at": message.queued_at, "advisory": told, **text(advisory, labels_of(site)),
    }  # fmt: skip
    return Rendered(pack(row), "application/json")


def as_cap(site: Site, advisory: Advisory, sent: tuple[tuple[int, float], ...], languages: tuple[str, ...]) -> Rendered:
    """Return an advisory as CAP 1.2; ``sent`` are the (version, updated_at) of the messages before."""
    file = site.file
    sender = CapSender(site.id, file.site.name, file.site.operator, site.timezone)
    words = [_cap_words(site, advisory, language) for language in languages]
    body = cap_message(advisory, sender, words, rings=rings_of(site, advisory), sent=sent)
    return Rendered(body, "application/cap+xml")


def as_mail(site: Site, message: Message, channel: NotifySection, sender: str) -> EmailMessage:
    """Return a mail: subject in the first language, the body in each."""
    advisory, languages = outgoing(message.of, names=channel.names), languages_of(site, channel)
    words, status = text(advisory, labels_of(site)), status_of(advisory)
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, ", ".join(channel.to)
    first = languages[0]
    mark, severity = MARKS[status][first], SEVERITY_WORDS[advisory.severity][first]
    mail["Subject"] = f"{mark}[{severity}] {_line(words['title'][first])} ({KIND_WORDS[message.kind][first]})"
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.queued_at, site.timezone))
    mail["Message-ID"] = f"<{quote(f'{site.id}/{message.id}', safe='/.-_')}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    parts = [_mail_text(site, advisory, message.kind, language, words) for language in languages]
    mail.set_content("\n\n".join(parts))
    return mail


def languages_of(site: Site, channel: NotifySection) -> tuple[str, ...]:
    """Return the languages of a channel: its own, else the site's."""
    return channel.languages or site.file.site.languages


def rings_of(site: Site, advisory: Advisory) -> list[Ring]:
    """Return the outlines of an advisory's zones as (longitude, latitude) in degrees; none without ``plan.origin``."""
    plan = site.file.plan
    if plan.origin is None:
        return []
    frame = LocalFrame(plan.origin, plan.rotation_deg)
    outlines = [np.asarray(site.plan.zone(zone).polygon.exterior.coords)[:, :2] for zone in zones_of(advisory, site)]
    return [[(float(lon), float(lat)) for lon, lat in frame.to_degrees(outline)] for outline in outlines]


def place_name(site: Site, advisory: Advisory, language: str) -> str:
    """Return what the place of an advisory is called: its zones and their level, else the site's name."""
    labels = labels_of(site)
    names = [_named(labels["zone"].get(zone, {}), zone, language) for zone in zones_of(advisory, site)]
    level = _named(labels["level"].get(advisory.level, {}), "", language)
    return ", ".join(filter(None, [*names, level])) or site.file.site.name


def _named(labels: dict[str, str], default: str, language: str) -> str:
    return labels.get(language) or labels.get("") or default


def _cap_words(site: Site, advisory: Advisory, language: str) -> CapWords:
    words, mark = text(advisory, labels_of(site)), MARKS[status_of(advisory)][language]
    title, why = words["title"][language], words["why"][language]
    return CapWords(language, mark + title, why, place_name(site, advisory, language))


def _mail_text(site: Site, advisory: Advisory, kind: str, language: str, words: dict[str, dict[str, str]]) -> str:
    at = datetime.fromtimestamp(advisory.updated_at, site.timezone).strftime("%Y-%m-%d %H:%M:%S")
    rows = [
        f"{MARKS[status_of(advisory)][language]}{words['title'][language]}",
        f"{SEVERITY_WORDS[advisory.severity][language]} · {KIND_WORDS[kind][language]} · {at}",
        words["why"][language],
        instruction(advisory, language),
    ]
    if advisory.acknowledged_by == STAFF:
        rows.append({"en": "Acknowledged", "ja": "確認済み"}[language])
    elif advisory.acknowledged_by:
        rows.append(f"{ {'en': 'Acknowledged by', 'ja': '確認'}[language] } {name_of(advisory.acknowledged_by)}")
    return "\n".join(rows)


def _line(words: str) -> str:
    return " ".join(words.split())

"""What is told outside of an advisory, to whom and when. Pure: what was told before, and the advisory, decide.

Of a new advisory every channel of its severity hears; of one that worsened, everybody again; of an escalated one the
channels for escalations, or all where there are none; of its end whoever heard of it. In between only systems hear
(webhooks, CAP): a mail for every step would be read by nobody. While it is silenced nothing but its end is told.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from mall.advisories.desk import SELF_TEST
from mall.models import SEVERITIES, Advisory, known_fields, pack
from mall.notify.outgoing import outgoing
from mall.site_alarms import NotifySection

Kind = Literal["alert", "worse", "update", "escalation", "end"]
LOUD: frozenset[Kind] = frozenset({"alert", "worse", "escalation", "end"})


@dataclass(frozen=True, slots=True)
class Mark:
    """What was told of an advisory: how it was, to which channels, and in which versions, (version, updated_at).

    ``heard`` are the versions that each channel was told; ``escalated_at`` is the escalation that was told.
    """

    severity: str
    status: str
    told: tuple[str, ...] = ()
    sent: tuple[tuple[int, float], ...] = ()
    heard: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    escalated_at: float | None = None
    is_over: bool = False

    def before(self, channel: str) -> tuple[tuple[int, float], ...]:
        """Return the versions that a channel was told; of a mark of an earlier release all that were told to any."""
        return self.heard.get(channel, self.sent if channel in self.told and not self.heard else ())

    def to_json(self) -> bytes:
        """Pack."""
        return pack(asdict(self))

    @classmethod
    def from_json(cls, text: bytes) -> "Mark":
        """Unpack."""
        row = json.loads(text)
        heard = {str(channel): _versions(rows) for channel, rows in row.get("heard", {}).items()}
        told = {"told": tuple(row.get("told", ())), "sent": _versions(row.get("sent", ())), "heard": heard}
        return cls(**known_fields(cls, row) | told)


@dataclass(frozen=True, slots=True)
class Message:
    """One advisory as it was, on its way to one channel; ``id`` stays the same however often it is tried.

    Attributes:
        advisory: its fields as the channel is told them; sent: (version, updated_at) of its messages before.
        attempts: how often it was tried in vain, last for the reason ``error``; next_at: not before.

    """

    id: str
    channel: str
    kind: Kind
    advisory: dict[str, Any]
    queued_at: float
    sent: tuple[tuple[int, float], ...] = ()
    attempts: int = 0
    next_at: float = 0.0
    error: str = ""

    @property
    def of(self) -> Advisory:
        """Return the advisory as it was."""
        return Advisory.from_json(pack(self.advisory))

    def to_json(self) -> bytes:
        """Pack."""
        return pack(asdict(self))

    @classmethod
    def from_json(cls, text: bytes) -> "Message":
        """Unpack."""
        row = json.loads(text)
        found = cls(**known_fields(cls, row) | {"sent": _versions(row.get("sent", ()))})
        if found.of.version < 1:  # what cannot be told must not wait
            raise ValueError(f"a message of no advisory: {found.id}")
        return found


def _versions(rows: Iterable[Sequence[float]]) -> tuple[tuple[int, float], ...]:
    return tuple((int(version), float(at)) for version, at in rows)


def notices_of(
    advisory: Advisory, mark: Mark | None, channels: Sequence[NotifySection], now: float
) -> tuple[Mark, list[Message]] | None:
    """Return what to tell now and what is told with it; None where there is nothing new."""
    kind = _kind(advisory, mark, now)
    if kind is None:
        return None
    before = Mark(advisory.severity, advisory.status) if mark is None or kind == "alert" else mark
    hear = [channel for channel in channels if _hears(channel, kind, advisory, before, channels)]
    told = {names: asdict(outgoing(advisory, names=names)) for names in {channel.names for channel in hear}}
    messages = [Message(_message_id(advisory, c.id), c.id, kind, told[c.names], now, before.before(c.id)) for c in hear]
    version = (advisory.version, advisory.updated_at)
    after = replace(
        before, severity=advisory.severity, status=advisory.status, is_over=advisory.is_over,
        told=tuple(dict.fromkeys([*before.told, *(channel.id for channel in hear)])),
        sent=(*before.sent, version) if hear else before.sent,
        heard={**before.heard, **{channel.id: (*before.before(channel.id), version) for channel in hear}},
        escalated_at=advisory.escalated_at,
    )  # fmt: skip
    return after, messages


def _message_id(advisory: Advisory, channel: str) -> str:
    return f"{advisory.id}:{advisory.version}:{channel}"


def _kind(advisory: Advisory, mark: Mark | None, now: float) -> Kind | None:
    if advisory.is_over:
        return None if mark is None or mark.is_over else "end"
    if mark is not None and advisory.is_silent(now):
        return None
    if mark is None or mark.is_over:  # it is new, or has come back
        return "alert"
    if SEVERITIES.index(advisory.severity) > _rank(mark.severity):
        return "worse"
    if advisory.escalated_at not in (None, mark.escalated_at):
        return "escalation"
    return None if (advisory.severity, advisory.status) == (mark.severity, mark.status) else "update"


def _rank(severity: str) -> int:
    return next((rank for rank, known in enumerate(SEVERITIES) if known == severity), -1)


def _hears(
    channel: NotifySection, kind: Kind, advisory: Advisory, mark: Mark, channels: Sequence[NotifySection]
) -> bool:
    if kind not in LOUD and channel.kind == "email":
        return False
    if advisory.rule == SELF_TEST:
        return kind == "alert" or channel.kind != "email"
    if channel.id in mark.told and kind != "escalation":
        return True
    if kind == "end":
        return False
    is_next = channel.escalation or not any(other.escalation for other in channels)
    due = is_next if kind == "escalation" else not channel.escalation
    return due and advisory.severity in channel.severities

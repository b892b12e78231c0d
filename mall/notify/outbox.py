"""The outbox: what is to be told waits in the store until it was taken, so that a crash loses nothing.

A message is tried at least once; a receiver that gets it twice knows it by its id. The leader alone keeps an outbox.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Protocol

import structlog

from mall.models import Advisory, known_fields, pack
from mall.notify.notices import Mark, Message, notices_of
from mall.site_alarms import NotifySection
from mall.store.records import readable

MOST_QUEUED = 500  # messages of a channel that wait; beyond them the oldest is left out, and counted
GIVE_UP_S = 24 * 3600.0
LONGEST_PAUSE_S = 300.0
PRUNE_EVERY_S = 3600.0

_log = structlog.get_logger(__name__)


class NoticeStore(Protocol):
    """What the outbox needs of the store."""

    def queue_notices(self, advisory_id: str, mark: bytes, messages: dict[str, bytes]) -> None:
        """Note what was told of an advisory and queue its messages."""

    def notice_marks(self) -> dict[str, bytes]:
        """Return what was told of every advisory."""

    def drop_marks(self, advisory_ids: Iterable[str]) -> None:
        """Forget what was told."""

    def queued_messages(self) -> dict[str, bytes]:
        """Return the messages that wait."""

    def put_message(self, message_id: str, body: bytes) -> None:
        """Replace a message that waits."""

    def drop_messages(self, message_ids: Iterable[str]) -> None:
        """Take messages out."""

    def write_channel(self, channel: str, body: bytes) -> None:
        """Replace how a channel does."""

    def read_channels(self) -> dict[str, bytes]:
        """Return how every channel does."""

    def read_advisory(self, advisory_id: str) -> Advisory | None:
        """Return one advisory."""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel does.

    Attributes:
        ok_at, failed_at: when it last took a message, and when it last did not, for the reason ``error``.
        failures: attempts in vain since it last took one; lost: messages left out or given up since the beginning.
        tested_at: when the last self-test ended; test_error: why the channel did not pass it, "" where it did.

    """

    ok_at: float | None = None
    failed_at: float | None = None
    error: str = ""
    failures: int = 0
    lost: int = 0
    tested_at: float | None = None
    test_error: str = ""

    def to_json(self) -> bytes:
        """Pack."""
        return pack(asdict(self))

    @classmethod
    def from_json(cls, text: bytes) -> "ChannelState":
        """Unpack."""
        return cls(**known_fields(cls, json.loads(text)))


def read_messages(store: NoticeStore) -> dict[str, Message]:
    """Return the messages that wait; one that cannot be read is left out and said."""
    texts = store.queued_messages().items()
    read = {key: readable("message", key, partial(Message.from_json, text)) for key, text in texts}
    return {key: message for key, message in read.items() if message is not None}


def read_states(store: NoticeStore) -> dict[str, ChannelState]:
    """Return how every channel does; a record that cannot be read is left out and said."""
    texts = store.read_channels().items()
    read = {key: readable("channel", key, partial(ChannelState.from_json, text)) for key, text in texts}
    return {key: state for key, state in read.items() if state is not None}


class Outbox:
    """Queues what is to be told, hands out what is due, and books how it went."""

    def __init__(self, store: NoticeStore, channels: Sequence[NotifySection]) -> None:
        self._store = store
        self._channels = channels
        self._marks: dict[str, Mark] = {}
        self._messages: dict[str, Message] = {}
        self.states: dict[str, ChannelState] = {}
        self._pruned_at: float | None = None

    def load(self) -> None:
        """Read what an earlier leader left; messages of channels that the site no longer has are dropped."""
        known = {channel.id for channel in self._channels}
        found = read_messages(self._store)
        self._messages = {key: message for key, message in found.items() if message.channel in known}
        self._store.drop_messages(self._store.queued_messages().keys() - self._messages.keys())
        marks = self._store.notice_marks().items()
        read = {key: readable("notice", key, partial(Mark.from_json, text)) for key, text in marks}
        self._marks = {key: mark for key, mark in read.items() if mark is not None}
        states = read_states(self._store)
        self.states = {key: states.get(key, ChannelState()) for key in known}

    def look(self, active: Sequence[Advisory], now: float) -> None:
        """Queue what is new of the open advisories, and the end of those that were told of and are over."""
        found = {advisory.id for advisory in active}
        for advisory in active:
            self._tell(advisory, now)
        for advisory_id in [key for key, mark in self._marks.items() if not mark.is_over and key not in found]:
            gone = self._store.read_advisory(advisory_id)
            if gone is None:
                self._forget([advisory_id])
            else:
                self._tell(gone, now)
        self._prune(now)

    def due(self, channel: str, now: float) -> list[Message]:
        """Return a channel's messages whose turn it is, oldest first, one an advisory: the next waits for the first."""
        waiting = sorted((m for m in self._messages.values() if m.channel == channel), key=_age_order)
        first: dict[str, Message] = {}
        for message in waiting:
            first.setdefault(message.advisory["id"], message)
        return [message for message in first.values() if message.next_at <= now]

    def waits_for(self, advisory_id: str) -> dict[str, str]:
        """Return channel -> its last error, of the channels that have not taken an advisory's messages yet."""
        return {m.channel: m.error for m in self._messages.values() if m.advisory["id"] == advisory_id}

    def taken(self, message: Message, now: float) -> None:
        """Book that a receiver took a message."""
        self._drop([message])
        self._book(message.channel, ok_at=now, failures=0, error="")

    def refused(self, message: Message, error: str, now: float) -> None:
        """Book that it did not, and when to try again; after a day it is given up."""
        state = self.states[message.channel]
        if state.failures == 0:
            _log.warning("channel does not take messages", channel=message.channel, reason=error)
        pause = min(2.0**message.attempts, LONGEST_PAUSE_S)
        tried = replace(message, attempts=message.attempts + 1, next_at=now + pause, error=error)
        if message.id not in self._messages:
            return
        if now - message.queued_at >= GIVE_UP_S:
            self._lose([message])
        else:
            self._store.put_message(tried.id, tried.to_json())
            self._messages[tried.id] = tried
        self._book(message.channel, failed_at=now, failures=state.failures + 1, error=error)

    def has_told(self, advisory_id: str) -> bool:
        """Tell whether an advisory was queued."""
        return advisory_id in self._marks

    def cancel(self, advisory_id: str) -> None:
        """Take an advisory's messages out: the self-test is over, whoever has not heard of it."""
        self._drop([m for m in self._messages.values() if m.advisory["id"] == advisory_id])

    def book_test(self, errors: dict[str, str], now: float) -> None:
        """Book what the self-test found: channel -> why it did not pass."""
        for channel in self.states:
            self._book(channel, tested_at=now, test_error=errors.get(channel, ""))

    def _tell(self, advisory: Advisory, now: float) -> None:
        found = notices_of(advisory, self._marks.get(advisory.id), self._channels, now)
        if found is None:
            return
        mark, messages = found
        self._store.queue_notices(advisory.id, mark.to_json(), {m.id: m.to_json() for m in messages})
        self._marks[advisory.id] = mark
        self._messages |= {m.id: m for m in messages if m.id not in self._messages}
        for channel in {m.channel for m in messages}:
            waiting = sorted((m for m in self._messages.values() if m.channel == channel), key=_age_order)
            self._lose(waiting[: max(len(waiting) - MOST_QUEUED, 0)])

    def _lose(self, messages: Sequence[Message]) -> None:
        if messages:
            channel = messages[0].channel
            _log.warning("messages given up", channel=channel, count=len(messages))
            self._drop(messages)
            self._book(channel, lost=self.states[channel].lost + len(messages))

    def _drop(self, messages: Sequence[Message]) -> None:
        ids = [message.id for message in messages]
        self._store.drop_messages(ids)
        for message_id in ids:
            self._messages.pop(message_id, None)

    def _book(self, channel: str, **changes: object) -> None:
        self.states[channel] = replace(self.states[channel], **changes)  # type: ignore[arg-type]
        self._store.write_channel(channel, self.states[channel].to_json())

    def _forget(self, advisory_ids: Sequence[str]) -> None:
        self._store.drop_marks(advisory_ids)
        for advisory_id in advisory_ids:
            self._marks.pop(advisory_id, None)

    def _prune(self, now: float) -> None:
        """Forget, once an hour, what was told of advisories that are no longer kept."""
        if self._pruned_at is not None and 0.0 <= now - self._pruned_at < PRUNE_EVERY_S:
            return
        self._pruned_at = now
        over = [key for key, mark in self._marks.items() if mark.is_over]
        self._forget([key for key in over if self._store.read_advisory(key) is None])


def _age_order(message: Message) -> tuple[float, str]:
    return message.queued_at, message.id

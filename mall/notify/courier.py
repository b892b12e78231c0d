"""A thread a channel: a receiver that hangs holds up nobody but itself, and never the engine."""

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from mall.errors import NotifyError
from mall.notify.notices import Message
from mall.notify.sending import Send

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it went with a message; ``error`` is empty where it was taken."""

    message: Message
    error: str = ""


class Courier:
    """Carries the messages of one channel, one batch at a time; what it brings back is read by its owner."""

    def __init__(self, name: str, send: Send) -> None:
        self._send = send
        self._batches: queue.SimpleQueue[Sequence[Message] | None] = queue.SimpleQueue()
        self._back: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        self._free = threading.Event()
        self._free.set()
        self._thread = threading.Thread(target=self._run, name=f"notify {name}", daemon=True)
        self._thread.start()

    @property
    def is_free(self) -> bool:
        """Tell whether it can be given messages."""
        return self._free.is_set()

    def give(self, messages: Sequence[Message]) -> None:
        """Send messages in this order; after the first that is not taken the rest are left for another time."""
        if messages:
            self._free.clear()
            self._batches.put(messages)

    def brought(self) -> list[Delivery]:
        """Return how it went with the messages tried since the last call."""
        found = []
        while True:
            try:
                found.append(self._back.get_nowait())
            except queue.Empty:
                return found

    def close(self) -> None:
        """End after what is on its way; nobody waits for it."""
        self._batches.put(None)

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            for message in batch:
                error = self._try(message)
                self._back.put(Delivery(message, error))
                if error:
                    break
            self._free.set()

    def _try(self, message: Message) -> str:
        try:
            self._send(message)
        except NotifyError as exc:
            return str(exc)
        except Exception as exc:
            _log.exception("a message could not be sent", channel=message.channel)
            return type(exc).__name__
        return ""

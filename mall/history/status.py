"""What the engine's side says of the memory, every few seconds: alive, up to where, and what is wrong."""

import json
from dataclasses import asdict, dataclass

from mall.models import known_fields, pack

SILENT_AFTER_S = 20.0
Problem = str


@dataclass(frozen=True, slots=True)
class HistoryStatus:
    """The state of the memory.

    Attributes:
        folder: id of the folder that is written; at: UTC seconds of the store's clock.
        newest: start of the newest minute in the files, None before the first.
        problem: "" or what stops it: ``disk-full``, ``write-failed`` or ``working`` where one pass takes very long.
        reason: the same in one line for people; damaged: names of the files that were set aside.

    """

    folder: str | None
    at: float
    newest: int | None = None
    problem: Problem = ""
    reason: str = ""
    damaged: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """Pack."""
        return pack(asdict(self))

    @classmethod
    def from_json(cls, text: bytes | str) -> "HistoryStatus":
        """Unpack what ``to_json`` wrote."""
        row = json.loads(text)
        row["damaged"] = tuple(row.get("damaged") or ())
        return cls(**known_fields(cls, row))


def trouble(status: HistoryStatus | None, now: float) -> list[str]:
    """Return what is degraded in the memory, a line each; nothing where nobody keeps one."""
    if status is None:
        return []
    if now - status.at > SILENT_AFTER_S:
        return ["history: its writer does not answer; the last 48 h are in the store"]
    lines = [f"history: {status.reason}; the last 48 h are in the store"] if status.problem else []
    return lines + [f"history: damaged file set aside: {name}" for name in status.damaged]

"""Who did what and why: one entry, into the store where one runs, else into a file of the state folder.

::

    with open_audit(state_dir, site_id, redis_url) as book:        # a command without a store of its own
        audit(book, who="森", why="new lights in the atrium", what="distillation frames kept", cameras=["atrium"])
    audit(store, who=..., why=..., what="setup still", camera="atrium")      # a process that has a store

Either way an entry is never changed and never ends, and carries the hash of the one before it.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from mall.errors import StoreError
from mall.models import pack
from mall.store import checks
from mall.store.embedded import running_address
from mall.store.opening import opened_store

AUDIT_FILE = "audit.jsonl"
Head: TypeAlias = tuple[int, str]
"""Number of a line, from 1, and its SHA-256."""
LONGEST_TEXT = 500  # characters of a name or a reason


class AuditBook(Protocol):
    """Where entries go: a ``Store``, or an ``AuditFile``."""

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append an entry and return its id."""

    def read_audit(self, count: int) -> list[dict[str, Any]]:
        """Return the last ``count`` entries, oldest first, each with its ``id``, ``at`` (UTC seconds) and ``prev``."""

    def audit_break(self) -> str | None:
        """Return the id of the first entry that does not carry its predecessor's hash, or None."""


def audit(book: AuditBook, *, who: str, why: str, what: str, **more: Any) -> str:
    """Append who did what and why, and return the entry's id.

    Args:
        book: a store or a file.
        who, why: as given by a person; neither may be empty.
        what: a few fixed words that entries are searched by.
        more: further fields, in JSON's types; never a picture or a person's position.

    Raises:
        ValueError: who or why is empty or longer than 500 characters, or a field has a reserved name.
        StoreError: it was not written; then do not do what was to be told of.

    """
    for name, text in (("who", who), ("why", why)):
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise ValueError(f"{name}: expected 1 to {LONGEST_TEXT} characters, got {len(text.strip())}")
    return book.append_audit({"who": who.strip(), "why": why.strip(), "what": what, **more})


@contextmanager
def open_audit(state_dir: Path, site_id: str, redis_url: str | None = None) -> Iterator[AuditBook]:
    """Open the audit of a site: the store given, else that of the stack that holds the state folder, else a file there.

    Args:
        state_dir: the state folder, which exists.
        site_id: the mall.
        redis_url: the store's address, None where none is configured.

    Raises:
        AddressError: the store given does not answer.

    """
    address = redis_url or running_address(state_dir)
    if address is None:
        yield AuditFile(state_dir / AUDIT_FILE)
        return
    with opened_store(address, site_id, named="the store of the audit does not answer") as store:
        yield store


class AuditFile:
    """An audit of JSON lines: ``prev`` of each is the SHA-256 of the whole line before it; safe between processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append an entry, on the disk when this returns.

        Raises:
            StoreError: it cannot be written.
            ValueError: the entry uses one of the names ``id``, ``at``, ``prev``.

        """
        if taken := checks.AUDIT_NAMES & entry.keys():
            raise ValueError(f"an audit entry cannot have the names {sorted(taken)}")
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                return self._append(file, entry)
            finally:
                os.close(file)
        except OSError as exc:
            raise StoreError(f"{self._path}: {exc.strerror}") from exc

    def _append(self, file: int, entry: Mapping[str, Any]) -> str:
        before, head = self._path.read_bytes(), self._head()
        # A line that a power cut left half written stays as it is, is hashed as it is, and shows as a break.
        mend = b"\n" if before and not before.endswith(b"\n") else b""
        lines = before.splitlines()
        entry_id = f"{len(lines) + 1}-0"
        # On from what was written last, whatever stands at the end by now: a cut or forged end shows for good.
        found = (len(lines), _hash_after(lines))
        prev = head[-1][1] if head and found not in head else found[1]
        line = pack({"id": entry_id, "at": time.time(), "prev": prev, **entry})
        done = (len(lines) + 1, hashlib.sha256(line).hexdigest())
        self._write_head([found, done])
        text = mend + line + b"\n"
        while text:
            text = text[os.write(file, text) :]
        os.fsync(file)
        self._write_head([done])
        return entry_id

    @property
    def _head_path(self) -> Path:
        return self._path.with_suffix(".head")

    def _head(self) -> list[Head]:
        """Return the line that was written last; while one is written also the one before, maybe the last yet."""
        try:
            words = self._head_path.read_text("ascii").split()
        except FileNotFoundError:
            return []
        return [(int(number), digest) for number, digest in zip(words[::2], words[1::2], strict=True)]

    def _write_head(self, heads: list[Head]) -> None:
        beside = self._head_path.with_suffix(".head.new")
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, " ".join(f"{number} {digest}" for number, digest in heads).encode())
            os.fsync(file)
        finally:
            os.close(file)
        beside.replace(self._head_path)

    def read_audit(self, count: int) -> list[dict[str, Any]]:
        """Return the last entries; what is no entry is left out."""
        rows = [row for row in map(_row_of, self._lines()) if row is not None]
        return rows[max(len(rows) - count, 0) :] if count > 0 else []

    def audit_break(self) -> str | None:
        """Return the id of the first entry that is not what it was, or None.

        That is the first which does not carry its predecessor's hash; where the line written last is known, also that
        one where it is gone or another, and the first after it.
        """
        lines, expected = self._lines(), checks.FIRST_PREV
        for number, line in enumerate(lines, 1):
            row = _row_of(line)
            if row is None or row.get("prev") != expected:
                return f"{number}-0"
            expected = hashlib.sha256(line).hexdigest()
        heads = self._head()
        if not heads or (len(lines), expected) in heads:
            return None
        number, digest = heads[0]
        is_there = len(lines) > number and hashlib.sha256(lines[number - 1]).hexdigest() == digest
        return f"{number + 1 if is_there else min(len(lines) + 1, number)}-0"

    def _lines(self) -> list[bytes]:
        try:
            return self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise StoreError(f"{self._path}: {exc.strerror}") from exc


def _hash_after(lines: list[bytes]) -> str:
    return hashlib.sha256(lines[-1]).hexdigest() if lines else checks.FIRST_PREV


def _row_of(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None

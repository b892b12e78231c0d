"""Tampering with the audit, in the file, the memory twin and the store: each kind is named at its number."""

import json
import uuid
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mall.audit_command import print_audit
from mall.store import MemoryStore, open_store
from mall.store.audit import AUDIT_FILE, AuditFile
from mall.store.checks import AuditRow, audit_digest
from mall.store.client import Link
from mall.store.embedded import EmbeddedStore
from mall.store.keys import Keys
from tests.mall.web.small_site import write_site

Rows = list[AuditRow]


def changed(number: int) -> Callable[[Rows], Rows]:
    def spoil(rows: Rows) -> Rows:
        entry_id, prev, body = rows[number - 1]
        return [*rows[: number - 1], (entry_id, prev, body.replace(b"mori", b"sato")), *rows[number:]]

    return spoil


def forged(rows: Rows) -> Rows:
    """Append an entry that carries the right hash: whoever can write can calculate."""
    entry_id, prev, body = rows[-1]
    return [*rows, (later(entry_id), audit_digest(prev, body), body.replace(b"mori", b"nobody"))]


def later(entry_id: str) -> str:
    first, _, _ = entry_id.partition("-")
    return f"{int(first) + 1}-0"


def swapped(rows: Rows) -> Rows:
    second, third = rows[1:3]
    return [rows[0], (second[0], *third[1:]), (third[0], *second[1:]), *rows[3:]]


# What was done to five entries, and the number of the first that is not what it was (6: one after the last). Of an end
# that was cut off the last is told: ids of a store are times and do not count.
TAMPERED: list[tuple[str, Callable[[Rows], Rows], int]] = [
    ("first changed", changed(1), 2), ("changed", changed(3), 4), ("last changed", changed(5), 5),
    ("first deleted", lambda rows: rows[1:], 2), ("deleted", lambda rows: [*rows[:2], *rows[3:]], 4),
    ("last deleted", lambda rows: rows[:4], 5), ("two last deleted", lambda rows: rows[:3], 5),
    ("all deleted", lambda _: [], 5), ("swapped", swapped, 2), ("forged", forged, 6),
    ("last put twice", lambda rows: [*rows, (later(rows[-1][0]), *rows[-1][1:])], 6),
]  # fmt: skip
NAMES = [case[0] for case in TAMPERED]
CASES = pytest.mark.parametrize(("spoil", "number"), [case[1:] for case in TAMPERED], ids=NAMES)


class Tampered:
    """Five entries in a store, and what is behind it."""

    def __init__(self, store: Any, read: Callable[[], Rows], write: Callable[[Rows], None]) -> None:
        self.store, self._read, self._write = store, read, write
        self.ids = [store.append_audit({"who": f"mori {n}", "what": "test"}) for n in range(5)]

    def spoil(self, spoil: Callable[[Rows], Rows]) -> None:
        """Change what is stored."""
        self._write(spoil(self._read()))


@pytest.fixture(params=["memory", "server"])
def book(request: pytest.FixtureRequest) -> Iterator[Tampered]:
    if request.param == "memory":
        memory = MemoryStore()
        yield Tampered(memory, lambda: list(memory._audit), lambda rows: setattr(memory, "_audit", rows))
        return
    server: EmbeddedStore = request.getfixturevalue("store_server")
    site = f"t-{uuid.uuid4().hex[:8]}"
    store, link, key = open_store(server.url, site), Link(server.url), Keys(site).of_site("audit")

    def read() -> Rows:
        entries = [(entry, *fields.values()) for entry, fields in link.do("XRANGE", key, "-", "+")]
        return [(entry.decode(), prev.decode(), body) for entry, prev, body in entries]

    def write(rows: Rows) -> None:
        link.do("DEL", key)
        for entry_id, prev, body in rows:
            link.do("XADD", key, entry_id, "prev", prev, "body", body)

    yield Tampered(store, read, write)
    link.close()
    store.close()


@CASES
def test_in_a_store(book: Tampered, spoil: Callable[[Rows], Rows], number: int) -> None:
    assert book.store.audit_break() is None
    book.spoil(spoil)
    assert book.store.audit_break() == [*book.ids, later(book.ids[-1])][number - 1]


@CASES
def test_what_goes_on_after_it_hides_nothing(book: Tampered, spoil: Callable[[Rows], Rows], number: int) -> None:
    del number
    book.spoil(spoil)
    book.store.append_audit({"who": "abe", "what": "later"})
    assert book.store.audit_break() is not None


def test_a_store_of_an_earlier_release_is_whole_and_goes_on(store_server: EmbeddedStore) -> None:
    site = f"t-{uuid.uuid4().hex[:8]}"
    store, link = open_store(store_server.url, site), Link(store_server.url)
    for n in range(3):
        store.append_audit({"n": n})
    link.do("DEL", Keys(site).of_site("audit-head"))
    assert store.audit_break() is None
    store.append_audit({"n": 3})
    assert store.audit_break() is None
    assert link.do("GET", Keys(site).of_site("audit-head")) is not None
    link.close()
    store.close()


# In a file lines have numbers. The forger is right about the hash; what was cut off is named at its number.
LINES: list[tuple[str, Callable[[list[bytes]], list[bytes]], str]] = [
    ("changed", lambda lines: [*lines[:2], lines[2].replace(b"mori", b"sato"), *lines[3:]], "4-0"),
    ("last changed", lambda lines: [*lines[:4], lines[4].replace(b"mori", b"sato")], "5-0"),
    ("deleted", lambda lines: [*lines[:2], *lines[3:]], "3-0"),
    ("swapped", lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "2-0"),
    ("last deleted", lambda lines: lines[:4], "5-0"),
    ("two last deleted", lambda lines: lines[:3], "4-0"),
    ("all deleted", lambda _: [], "1-0"),
    ("forged", lambda lines: [*lines, forged_line(lines)], "6-0"),
]  # fmt: skip


def forged_line(lines: list[bytes]) -> bytes:
    return json.dumps({"id": "6-0", "at": 1.0, "prev": sha256(lines[-1]).hexdigest(), "who": "nobody"}).encode()


@pytest.mark.parametrize(("spoil", "named"), [case[1:] for case in LINES], ids=[case[0] for case in LINES])
def test_in_a_file_and_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    spoil: Callable[[list[bytes]], list[bytes]], named: str,
) -> None:  # fmt: skip
    site, state = tmp_path / "site", tmp_path / "state"
    site.mkdir()
    state.mkdir()
    write_site(site)
    monkeypatch.setenv("MALL_STATE", str(state))
    book = AuditFile(state / AUDIT_FILE)
    for n in range(5):
        book.append_audit({"who": f"mori {n}"})
    assert print_audit(site, None, 9) == 0
    path = state / AUDIT_FILE
    path.write_bytes(b"".join(line + b"\n" for line in spoil(path.read_bytes().splitlines())))
    assert print_audit(site, None, 9) == 1
    assert f"audit broken at {named}" in capsys.readouterr().err
    book.append_audit({"who": "abe"})  # what goes on after it hides nothing
    assert print_audit(site, None, 9) == 1


@pytest.mark.parametrize("is_written", [False, True])
def test_a_crash_in_the_middle_of_an_entry_is_no_tampering(tmp_path: Path, is_written: bool) -> None:
    path = tmp_path / AUDIT_FILE
    book = AuditFile(path)
    for n in range(3):
        book.append_audit({"n": n})
    lines = path.read_bytes().splitlines(keepends=True)
    heads = [(n + 1, sha256(line.rstrip(b"\n")).hexdigest()) for n, line in enumerate(lines)]
    path.with_suffix(".head").write_text(" ".join(f"{n} {digest}" for n, digest in heads[1:]))
    path.write_bytes(b"".join(lines[: 3 if is_written else 2]))
    assert book.audit_break() is None
    book.append_audit({"n": 9})
    assert book.audit_break() is None
    assert len(book.read_audit(9)) == (4 if is_written else 3)

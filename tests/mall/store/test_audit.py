"""The audit's door: the same behaviour over every store and over the file that stands in for one."""

import json
import multiprocessing
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from mall.errors import AddressError, StoreError
from mall.store import MemoryStore, open_store
from mall.store.audit import AUDIT_FILE, AuditBook, AuditFile, audit, open_audit
from mall.store.embedded import EmbeddedStore, running_address


@pytest.fixture(params=["memory", "server", "cluster", "file"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AuditBook]:
    if request.param == "file":
        yield AuditFile(tmp_path / AUDIT_FILE)
        return
    if request.param == "memory":
        yield MemoryStore()
        return
    place = request.getfixturevalue({"server": "store_server", "cluster": "cluster_url"}[request.param])
    store = open_store(place.url if isinstance(place, EmbeddedStore) else place, f"t-{uuid.uuid4().hex[:8]}")
    yield store
    store.close()


class TestEveryBook:
    def test_entries_come_back_in_order_and_chained(self, book: AuditBook) -> None:
        assert book.read_audit(5) == []
        assert book.audit_break() is None
        ids = [audit(book, who=" 森 ", why="new lights", what="setup still", camera=f"c{n}") for n in range(4)]
        got = book.read_audit(3)
        assert [row["id"] for row in got] == ids[1:]
        assert [(row["who"], row["why"], row["what"], row["camera"]) for row in got] == [
            ("森", "new lights", "setup still", f"c{n}") for n in (1, 2, 3)
        ]
        assert len({row["prev"] for row in book.read_audit(9)}) == 4
        assert all(row["at"] > 1.6e9 for row in got)
        assert book.read_audit(0) == []
        assert book.audit_break() is None

    @pytest.mark.parametrize(("who", "why", "named"), [("", "x", "who"), ("x", " \t", "why"), ("x", "y" * 501, "why")])
    def test_nobody_and_no_reason_are_refused(self, book: AuditBook, who: str, why: str, named: str) -> None:
        with pytest.raises(ValueError, match=named):
            audit(book, who=who, why=why, what="setup still")
        assert book.read_audit(9) == []

    @pytest.mark.parametrize("name", ["id", "at", "prev"])
    def test_reserved_names_are_refused(self, book: AuditBook, name: str) -> None:
        with pytest.raises(ValueError, match=name):
            book.append_audit({name: "x"})
        assert book.read_audit(9) == []


class TestFile:
    def test_prev_is_the_hash_of_the_line_before(self, tmp_path: Path) -> None:
        book = AuditFile(tmp_path / AUDIT_FILE)
        for n in range(3):
            audit(book, who="a", why="b", what="c", n=n)
        lines = (tmp_path / AUDIT_FILE).read_bytes().splitlines()
        expected = ["0" * 64, *(sha256(line).hexdigest() for line in lines[:2])]
        assert [json.loads(line)["prev"] for line in lines] == expected
        assert (tmp_path / AUDIT_FILE).stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        ("spoil", "broken"),
        [
            (lambda lines: [lines[0].replace(b'"n":0', b'"n":9'), *lines[1:]], "2-0"),  # changed
            (lambda lines: lines[1:], "1-0"),  # the first cut off
            (lambda lines: [lines[0], *lines[2:]], "2-0"),  # one taken out
            (lambda lines: [*lines[:3], lines[3][:20]], "4-0"),  # the last half written
            (lambda lines: [*lines[:2], b"nonsense", *lines[2:]], "3-0"),
        ],
    )
    def test_what_was_touched_shows(self, tmp_path: Path, spoil: object, broken: str) -> None:
        path = tmp_path / AUDIT_FILE
        book = AuditFile(path)
        for n in range(4):
            audit(book, who="a", why="b", what="c", n=n)
        path.write_bytes(b"\n".join(spoil(path.read_bytes().splitlines())))  # type: ignore[operator]
        assert book.audit_break() == broken

    def test_after_a_half_written_line_the_next_stands_alone(self, tmp_path: Path) -> None:
        path = tmp_path / AUDIT_FILE
        book = AuditFile(path)
        audit(book, who="a", why="b", what="c", n=0)
        path.write_bytes(path.read_bytes() + b'{"id":"2-0","at')
        audit(book, who="a", why="b", what="c", n=2)
        assert [row["n"] for row in book.read_audit(9)] == [0, 2]
        assert book.audit_break() == "2-0"

    def test_processes_that_write_at_once_keep_the_chain(self, tmp_path: Path) -> None:
        with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
            list(pool.map(_append_ten, [tmp_path / AUDIT_FILE] * 4))
        book = AuditFile(tmp_path / AUDIT_FILE)
        assert len(book.read_audit(999)) == 40
        assert book.audit_break() is None

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="nowhere"):
            audit(AuditFile(tmp_path / "nowhere" / AUDIT_FILE), who="a", why="b", what="c")


def _append_ten(path: Path) -> None:
    for n in range(10):
        audit(AuditFile(path), who="a", why="b", what="c", n=n, pid=os.getpid())


class TestOpening:
    def test_without_a_store_it_is_a_file_of_the_state_folder(self, tmp_path: Path) -> None:
        with open_audit(tmp_path, "m1") as book:
            audit(book, who="a", why="b", what="c")
        assert AuditFile(tmp_path / AUDIT_FILE).read_audit(1)[0]["who"] == "a"

    def test_a_running_stack_is_found_by_its_state_folder(self, tmp_path: Path) -> None:
        with EmbeddedStore(tmp_path) as server:
            assert running_address(tmp_path) == server.url
            with open_audit(tmp_path, "m1") as book:
                audit(book, who="a", why="b", what="c")
            store = open_store(server.url, "m1")
            assert [row["who"] for row in store.read_audit(9)] == ["a"]
            store.close()
        assert not (tmp_path / AUDIT_FILE).exists()

    def test_a_stack_that_ended_leaves_the_file(self, tmp_path: Path) -> None:
        with EmbeddedStore(tmp_path):
            pass
        assert running_address(tmp_path) is None
        with open_audit(tmp_path, "m1") as book:
            assert isinstance(book, AuditFile)

    def test_a_dead_socket_is_nobody(self, tmp_path: Path) -> None:
        (tmp_path / "store").mkdir()
        (tmp_path / "store" / "socket-folder").write_text(str(tmp_path))
        (tmp_path / "s").touch()
        assert running_address(tmp_path) is None

    def test_a_store_that_was_named_and_is_silent_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(AddressError), open_audit(tmp_path, "m1", f"unix://{tmp_path}/nobody"):
            pass
        assert not (tmp_path / AUDIT_FILE).exists()

"""What only a real server shows: addresses, trimming, time-outs, its start and end, who holds the state."""

import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mall.errors import AddressError, StateLockedError, StoreError, StoreFullError
from mall.store import MemoryStore, open_store, redis_levels
from mall.store.client import Link, place_of
from mall.store.embedded import EmbeddedStore
from mall.store.keys import Keys
from mall.store.state import lock_state
from tests.mall.store.test_contract import wait_until
from tests.mall.store_samples import frame, snapshot


@contextmanager
def setting(url: str, name: str, value: str) -> Iterator[None]:
    link = Link(url)
    before = link.do("CONFIG", "GET", name)
    link.do("CONFIG", "SET", name, value)
    yield
    link.do("CONFIG", "SET", name, before[name] if isinstance(before, dict) else before[1])
    link.close()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "place"),
        [
            ("redis://:secret@10.0.0.1:6379/0", "10.0.0.1:6379"),
            ("rediss://user:se@cret@store.example:6380", "store.example:6380"),
            ("unix:///run/store.sock", "/run/store.sock"),
            ("redis+sentinel://:secret@a:1,b:2/main", "a:1,b:2"),
            ("redis://", "(no host)"),
        ],
    )
    def test_place_has_no_password(self, url: str, place: str) -> None:
        assert place_of(url) == place

    @pytest.mark.parametrize(
        "url",
        [
            "redis://:secret@127.0.0.1:{port}/0",
            "rediss://:secret@127.0.0.1:{port}",
            "redis+sentinel://:secret@127.0.0.1:{port}/main",
            "redis+cluster://:secret@127.0.0.1:{port}",
        ],
    )
    def test_nobody_there(self, url: str, free_port: int) -> None:
        with pytest.raises(AddressError) as caught:
            open_store(url.format(port=free_port), "m1")
        text = str(caught.value)
        assert f"127.0.0.1:{free_port}" in text
        assert "secret" not in text
        assert "\n" not in text

    @pytest.mark.parametrize(
        "url",
        ["", "localhost:6379", "http://:secret@h:1", "redis+sentinel://:secret@h:1", "redis://:secret@h:port/0"],
    )
    def test_no_address(self, url: str) -> None:
        with pytest.raises(AddressError) as caught:
            open_store(url, "m1")
        assert "secret" not in str(caught.value)

    def test_missing_socket(self, tmp_path: Path) -> None:
        with pytest.raises(AddressError, match="nothing-here"):
            open_store(f"unix://{tmp_path}/nothing-here", "m1")

    def test_twin(self) -> None:
        assert isinstance(open_store("memory://", "m1"), MemoryStore)

    def test_evicting_server_is_refused(self, store_server: EmbeddedStore) -> None:
        with (
            setting(store_server.url, "maxmemory-policy", "allkeys-lru"),
            pytest.raises(AddressError, match="allkeys-lru"),
        ):
            open_store(store_server.url, "m1")


class TestServer:
    def test_points_are_trimmed(self, store_server: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(redis_levels, "POINTS_TRIM_S", 0.2)
        site = f"t-{uuid.uuid4().hex[:8]}"
        store, link = open_store(store_server.url, site), Link(store_server.url)
        points = Keys(site).of_level("1f", "pts")
        store.publish_points(frame(seq=1))
        seqs = iter(range(2, 10_000))
        # Others go on writing: the first frame must go all the same.
        wait_until(lambda: store.publish_points(frame("c2", next(seqs))) and store.read_points("1f")[0][1].seq != 1)
        wait_until(lambda: link.do("EXISTS", points) == 0)  # nobody writes: the whole stream ends
        assert store.last_seq("c1") == 1
        store.close()
        link.close()

    def test_clock_set_back_keeps_points_flowing(self, store_server: EmbeddedStore) -> None:
        site = f"t-{uuid.uuid4().hex[:8]}"
        store, link = open_store(store_server.url, site), Link(store_server.url)
        future = int((store.time() + 3600) * 1000)
        # What a clock an hour ahead left behind.
        link.do("XADD", Keys(site).of_level("1f", "pts"), f"{future}-0", "at", "0", "frame", frame().to_json())
        store.publish_points(frame(seq=2))
        assert [got.seq for _, got in store.read_points("1f", f"{future}-0")] == [2]
        store.close()
        link.close()

    def test_full_memory_keeps_what_is_there(self, store_server: EmbeddedStore) -> None:
        store = open_store(store_server.url, f"t-{uuid.uuid4().hex[:8]}")
        store.write_snapshot(snapshot(1), line_delta={"door": (1, 1)}, token=None)
        with setting(store_server.url, "maxmemory", "1mb"):
            share = store.memory_share()
            assert share is not None
            assert share > 1
            for write in (
                lambda: store.write_snapshot(snapshot(2), line_delta={"door": (1, 1)}, token=None),
                lambda: store.publish_points(frame()),
                lambda: store.append_audit({"n": 1}),
                lambda: store.append_minute("1f", 60, []),
            ):
                with pytest.raises(StoreFullError):
                    write()
            assert store.line_totals() == {"door": (1, 1)}
        assert store.write_snapshot(snapshot(2), line_delta={"door": (1, 1)}, token=None)
        assert store.line_totals() == {"door": (2, 2)}
        assert store.publish_points(frame())
        store.close()

    def test_forgotten_scripts_are_sent_again(self, store_server: EmbeddedStore) -> None:
        store, link = open_store(store_server.url, f"t-{uuid.uuid4().hex[:8]}"), Link(store_server.url)
        assert store.publish_points(frame(seq=1))
        link.do("SCRIPT", "FLUSH")
        assert store.publish_points(frame(seq=2))
        store.close()
        link.close()

    def test_malls_do_not_see_each_other(self, store_server: EmbeddedStore) -> None:
        one, other = (open_store(store_server.url, f"t-{uuid.uuid4().hex[:8]}") for _ in range(2))
        one.publish_points(frame())
        assert one.acquire_lead("a", 30)
        assert other.acquire_lead("b", 30)
        assert other.read_points("1f") == []
        one.close()
        other.close()


class TestEmbedded:
    def test_state_is_private_and_outlives_the_server(self, tmp_path: Path) -> None:
        for count in (1, 2):
            with EmbeddedStore(tmp_path) as server:
                socket_path = Path(server.url.removeprefix("unix://"))
                assert len(str(socket_path)) <= 104
                assert socket_path.parent.stat().st_mode & 0o077 == 0
                assert (tmp_path / "store").stat().st_mode & 0o077 == 0
                store = open_store(server.url, "m1")
                store.write_snapshot(snapshot(count), line_delta={"door": (1, 0)}, token=None)
                assert store.line_totals() == {"door": (count, 0)}
                store.close()
            assert not server.is_running()
            assert not socket_path.parent.exists()

    def test_second_server_on_the_same_state(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mall.store.embedded.STOP_TIMEOUT_S", 0.1)
        with EmbeddedStore(tmp_path), pytest.raises(StateLockedError, match="store"):
            EmbeddedStore(tmp_path)

    def test_long_folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        deep = tmp_path / ("é ü'" * 20) / ("x" * 60)
        deep.mkdir(parents=True)
        monkeypatch.setattr("tempfile.tempdir", str(deep))
        with EmbeddedStore(deep) as server:
            assert len(server.url) < 120
            open_store(server.url, "m1").close()

    def test_damaged_state_is_told(self, tmp_path: Path) -> None:
        folder = tmp_path / "store" / "appendonlydir"
        folder.mkdir(parents=True)
        (folder / "appendonly.aof.manifest").write_text("not a manifest\n")
        with pytest.raises(AddressError, match=r"server\.log"):
            EmbeddedStore(tmp_path)


class TestState:
    def test_second_stack_is_told_who_holds_it(self, tmp_path: Path) -> None:
        state = tmp_path / "state"
        with lock_state(state, port=8050):
            assert state.stat().st_mode & 0o777 == 0o700
            with pytest.raises(StateLockedError, match=f"process {os.getpid()}, port 8050"):
                lock_state(state)
        lock_state(state).release()

    def test_killed_holder_gives_it_back(self, tmp_path: Path) -> None:
        code = f"from mall.store.state import lock_state\nfrom pathlib import Path\nlock_state(Path({str(tmp_path)!r}))"
        code += "\nprint('held', flush=True)\ninput()"
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            with pytest.raises(StateLockedError, match=f"process {holder.pid}"):
                lock_state(tmp_path)
            holder.kill()
        lock_state(tmp_path).release()


def test_store_error_is_one_tree() -> None:
    assert issubclass(StoreFullError, StoreError)

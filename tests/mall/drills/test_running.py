"""A drill beside a running mall: what is real stays untouched, the book and the audit say what was done."""

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from mall.child import ChildSpec
from mall.drills.book import Book, Run, ask, ask_to_stop, change, read_book, update
from mall.drills.keeper import DrillKeeper
from mall.drills.running import Player, serve_drill
from mall.errors import AddressError
from mall.models import PointFrame
from mall.store import MemoryStore, Store, open_store
from mall.store.client import Link
from mall.store.embedded import EmbeddedStore
from mall.store.opening import open_exercise
from tests.mall.drills.hall import site, with_script
from tests.mall.store_samples import advisory, frame, snapshot
from tests.store_kinds import store_of

NOW = 1_800_000_000.0


def a_run(**more: object) -> Run:
    row = {"id": "r1", "drill": "full-hall", "by": "console:mori", "why": "try", "condition": "asked", "asked_at": NOW}
    return Run(**(row | more))  # type: ignore[arg-type]


@pytest.fixture(params=["memory", "server"])
def shelf(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from store_of(request)


class TestBook:
    def test_of_two_who_ask_one_begins(self, shelf: Store) -> None:
        assert ask(shelf, a_run(), NOW) is not None
        assert ask(shelf, a_run(id="r2", by="console:abe"), NOW + 1.0) is None
        opened = read_book(shelf).open
        assert opened is not None
        assert (opened.id, opened.by) == ("r1", "console:mori")
        assert [row["what"] for row in shelf.read_audit(9)] == ["drill asked for"]

    def test_two_at_once_never_both_begin(self, shelf: Store) -> None:
        answers: list[Run | None] = []
        threads = [
            threading.Thread(target=lambda i=i: answers.append(ask(shelf, a_run(id=f"r{i}"), NOW))) for i in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(answer is not None for answer in answers) == 1
        assert len(read_book(shelf).runs) == 1

    def test_what_nobody_plays_is_lost_and_makes_way(self, shelf: Store) -> None:
        ask(shelf, a_run(), NOW)
        assert ask(shelf, a_run(id="r2"), NOW + 600.0) is not None
        assert [(run.id, run.condition) for run in read_book(shelf).runs] == [("r2", "asked"), ("r1", "failed")]

    def test_a_stop_asked_for_is_not_overwritten_by_a_sign_of_life(self, shelf: Store) -> None:
        ask(shelf, a_run(), NOW)
        update(shelf, "r1", condition="running", heard_at=NOW)
        stopped = ask_to_stop(shelf, "console:abe", NOW + 1.0)
        assert stopped is not None
        assert update(shelf, "r1", condition="running", heard_at=NOW + 2.0).condition == "stopping"  # type: ignore[union-attr]
        assert read_book(shelf).open.stopped_by == "console:abe"  # type: ignore[union-attr]

    def test_nothing_to_stop(self, shelf: Store) -> None:
        assert ask_to_stop(shelf, "console:abe", NOW) is None
        assert shelf.read_audit(9) == []

    @pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'{"runs": 3}', b'{"runs": [{"id": 1}]}'])
    def test_an_unreadable_book_is_an_empty_one(self, text: bytes) -> None:
        store = MemoryStore()
        store.swap_drills(text, None)
        assert read_book(store) == Book()
        assert ask(store, a_run(), NOW) is not None

    def test_only_the_last_twenty_are_kept(self, shelf: Store) -> None:
        for i in range(25):
            change(shelf, lambda book, i=i: book.with_run(a_run(id=f"r{i}", condition="ended")))  # type: ignore[misc]
        assert [run.id for run in read_book(shelf).runs] == [f"r{i}" for i in range(24, 4, -1)]

    def test_unknown_keys_of_a_newer_release_are_passed_over(self) -> None:
        store = MemoryStore()
        row = b'{"id":"r1","drill":"x","by":"b","why":"w","condition":"ended","asked_at":1.0,"mood":"good"}'
        store.swap_drills(b'{"runs":[' + row + b"]}", None)
        assert read_book(store).runs[0].id == "r1"


def test_a_drill_leaves_all_that_is_real_untouched(tmp_path: Path) -> None:
    mall, exercise = MemoryStore(), MemoryStore()
    mall.publish_points(frame(people=3))
    mall.write_snapshot(snapshot(), line_delta={"door": (1, 2)}, token=None)
    mall.put_advisory(advisory(1), None)
    run = ask(mall, a_run(), mall.time())
    assert run is not None
    before = _real(mall)
    Player(site(with_script(tmp_path, lasts=20)), mall, exercise, run, pause=lambda _: None).play(threading.Event())
    assert _real(mall) == before
    assert exercise.read_live("1f")["hall"].people == pytest.approx(2.4 * 120, abs=3)
    [over] = read_book(mall).runs
    assert over.condition == "ended"
    assert over.debrief is not None
    assert over.debrief["lasted_s"] == 20.0
    assert [(row["who"], row["what"]) for row in mall.read_audit(9)] == [
        ("console:mori", "drill asked for"), ("console:mori", "drill began"), ("console:mori", "drill ended"),
    ]  # fmt: skip


def _real(store: MemoryStore) -> tuple[object, ...]:
    points = [(entry, point.to_json()) for entry, point in store.read_points("1f")]
    minutes = store.read_minutes("1f", 0.0, 1e12)
    live = {level: store.read_live(level) for level in ("1f", "2f")}
    return points, live, store.line_totals(), store.read_totals(), store.advisories(), minutes, store.read_public()


def test_a_drill_that_cannot_be_played_fails_with_its_reason(tmp_path: Path) -> None:
    mall = MemoryStore()
    run = ask(mall, a_run(drill="crowd-at-landing"), mall.time())
    assert run is not None
    Player(site(tmp_path), mall, MemoryStore(), run).play(threading.Event())
    [over] = read_book(mall).runs
    assert (over.condition, over.reason) == ("failed", "the plan has no such place: landing")


def test_people_stop_a_drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mall.drills.running.TELL_EVERY_S", 0.0)
    mall = MemoryStore()
    run = ask(mall, a_run(), mall.time())
    assert run is not None
    steps: list[float] = []

    def pause(seconds: float) -> None:
        steps.append(seconds)
        if len(steps) == 3:
            ask_to_stop(mall, "console:abe", mall.time())

    Player(site(with_script(tmp_path, lasts=1800)), mall, MemoryStore(), run, pause=pause).play(threading.Event())
    [over] = read_book(mall).runs
    assert (over.condition, over.stopped_by) == ("stopped", "console:abe")
    assert over.debrief is not None
    assert over.debrief["passed"] is None
    assert mall.read_audit(9)[-1]["who"] == "console:abe"


def test_the_exercise_has_keys_of_its_own_which_are_forgotten(store_server: EmbeddedStore) -> None:
    name = f"t-{uuid.uuid4().hex[:8]}"
    mall, exercise = open_store(store_server.url, name), open_exercise(store_server.url, name)
    for store in (mall, exercise):
        store.publish_points(frame())
        store.write_snapshot(snapshot(), line_delta={"door": (1, 2)}, token=None)
        store.put_advisory(advisory(1), None)
        store.append_audit({"what": "x"})
    link = Link(store_server.url)
    kept = sorted(link.keys_like(f"mall:{{{name}[:}}]*"))
    assert exercise.forget_exercise() > 4
    assert exercise.advisories() == []
    assert exercise.read_snapshot("1f") is None
    assert sorted(link.keys_like(f"mall:{{{name}*")) == kept
    assert len(mall.advisories()) == 1
    with pytest.raises(ValueError, match="not the store of an exercise"):
        mall.forget_exercise()  # type: ignore[attr-defined]
    for closing in (mall, exercise, link):
        closing.close()


def test_a_process_that_finds_its_drill_begun_says_that_it_died(tmp_path: Path, store_server: EmbeddedStore) -> None:
    mall = open_store(store_server.url, "hall")
    now = mall.time()
    ask(mall, a_run(asked_at=now), now)
    update(mall, "r1", condition="running", began_at=now, heard_at=now)
    serve_drill(site(with_script(tmp_path, lasts=20)), store_server.url, threading.Event())
    [over] = read_book(mall).runs
    assert (over.condition, over.reason) == ("failed", "its process ended")
    mall.close()


def test_a_drill_runs_beside_the_mall_in_its_own_time(tmp_path: Path, store_server: EmbeddedStore) -> None:
    mall = open_store(store_server.url, "hall")
    for run in read_book(mall).runs:
        update(mall, run.id, condition="ended")
    ask(mall, a_run(id="r7", asked_at=mall.time()), mall.time())
    began = time.monotonic()
    serve_drill(site(with_script(tmp_path, lasts=2)), store_server.url, threading.Event())
    assert time.monotonic() - began >= 1.5
    over = read_book(mall).runs[0]
    assert (over.id, over.condition) == ("r7", "ended")
    assert over.places == {"hall": "hall"}
    exercise = open_exercise(store_server.url, "hall")
    assert exercise.read_live("1f")["hall"].people == 288
    assert mall.read_live("1f") == {}
    for closing in (mall, exercise):
        closing.close()


def test_a_store_in_memory_has_no_exercise_beside_it() -> None:
    with pytest.raises(AddressError, match="share"):
        open_exercise("memory://", "hall")


def test_the_keeper_starts_a_process_once_for_what_is_asked_for() -> None:
    mall = MemoryStore()
    started: list[ChildSpec] = []

    def start(spec: ChildSpec) -> bool:
        started.append(spec)
        return True

    keeper = DrillKeeper(mall, start, ("app.py", "drill", "--serve"))
    keeper.look()
    assert not started
    ask(mall, a_run(), NOW)
    for _ in range(3):
        keeper._due = 0.0
        keeper.look()
    assert [(spec.name, spec.role, spec.argv[-1]) for spec in started] == [("drill", "drill", "--serve")]


def test_frames_of_an_exercise_are_simulated_and_placed(tmp_path: Path) -> None:
    exercise, mall = MemoryStore(), MemoryStore()
    run = ask(mall, a_run(), mall.time())
    assert run is not None
    seen: list[PointFrame] = []
    player = Player(
        site(with_script(tmp_path, lasts=2)), mall, exercise, run,
        pause=lambda _: seen.extend(each for _, each in exercise.read_points("1f")),
    )  # fmt: skip
    player.play(threading.Event())
    assert exercise.read_statuses()["c1"].source == "simulated"
    assert all(len(each.xy) == each.people == 288 for each in seen)

"""The folder of pictures: private, outside the site, deleted at the end, on an error, and at the next start."""

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from mall.distilling.work_folder import HOME, LIFE_S, WorkFolder, drop_leftovers
from mall.errors import SiteError, StateLockedError


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def left(state: Path, key: str) -> Path:
    """Leave a run as one that was interrupted does."""
    with pytest.raises(KeyboardInterrupt):
        fail(state, key, KeyboardInterrupt())
    return state / HOME / key


def fail(state: Path, key: str, error: BaseException) -> None:
    with WorkFolder(state, state.parent / "site", key) as work:
        (work.path / "picture.png").write_bytes(b"x")
        raise error


def _work(state: Path, pipe: Connection) -> None:
    with WorkFolder(state, state.parent / "site", "a") as work:
        (work.path / "picture.png").write_bytes(b"x")
        pipe.send("ready")
        pipe.recv()


def test_it_is_private_and_goes_with_the_run(state: Path) -> None:
    with WorkFolder(state, state.parent / "site", "a") as work:
        assert not work.is_resumed
        assert work.path.is_relative_to(state)
        assert all(folder.stat().st_mode & 0o077 == 0 for folder in (work.path, work.path.parent))
        (work.path / "picture.png").write_bytes(b"x")
    assert not work.path.exists()


@pytest.mark.parametrize("error", [ValueError("x"), SiteError("x"), OSError(28, "No space left")])
def test_it_goes_with_an_error_too(state: Path, error: Exception) -> None:
    with pytest.raises(type(error)):
        fail(state, "a", error)
    assert not (state / HOME / "a").exists()


def test_the_same_run_goes_on_with_what_an_interrupted_one_left(state: Path) -> None:
    left(state, "a")
    with WorkFolder(state, state.parent / "site", "a") as work:
        assert work.is_resumed
        assert (work.path / "picture.png").read_bytes() == b"x"


def test_another_run_deletes_it_first(state: Path) -> None:
    folder = left(state, "a")
    with WorkFolder(state, state.parent / "site", "b") as work:
        assert not work.is_resumed
        assert not folder.exists()


def test_after_a_day_nothing_is_gone_on_with(state: Path) -> None:
    folder = left(state, "a")
    before = time.time() - LIFE_S - 60
    os.utime(folder / "begun", (before, before))
    with WorkFolder(state, state.parent / "site", "a") as work:
        assert not work.is_resumed
        assert not (work.path / "picture.png").exists()


def test_leftovers_are_dropped_at_the_next_start(state: Path) -> None:
    folders = [left(state, "a"), state / HOME / "b"]
    folders[1].mkdir()
    assert drop_leftovers(state) == 2
    assert not any(folder.exists() for folder in folders)
    assert drop_leftovers(state) == 0


def test_without_a_folder_there_is_nothing_to_drop(tmp_path: Path) -> None:
    assert drop_leftovers(tmp_path / "nowhere") == 0


def test_a_run_that_is_under_way_is_left_alone_until_it_dies(state: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_work, args=(state, theirs))
    process.start()
    assert ours.poll(60)
    folder = state / HOME / "a"
    assert drop_leftovers(state) == 0
    assert (folder / "picture.png").exists()
    with pytest.raises(StateLockedError, match="under way"):
        WorkFolder(state, state.parent / "site", "a")
    process.kill()
    process.join()
    assert (folder / "picture.png").exists(), "killed: nothing could delete it"
    assert drop_leftovers(state) == 1
    assert not folder.exists()


@pytest.mark.parametrize("inside", ["", "state", "a/b"])
def test_a_state_folder_in_the_site_is_refused(tmp_path: Path, inside: str) -> None:
    state = tmp_path / inside
    state.mkdir(parents=True, exist_ok=True)
    with pytest.raises(SiteError, match="MALL_STATE"):
        WorkFolder(state, tmp_path, "a")
    assert not (state / HOME).exists()

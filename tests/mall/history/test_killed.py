"""A writer that is killed between any two of its steps: the next one makes every file whole, no minute lost or doubled.

Here a step raises what nothing catches, which leaves what a kill leaves; tests/faults kills real processes.
"""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.mall.history.scene import DAY, START, Mall
from tests.mall.history.test_archive import assert_whole, quarters_by_hand, quarters_kept

STEPS = ("open", "write", "fsync", "replace", "close")


class Killed(BaseException):
    """As a signal would: no handler of errors sees it."""


class KillAt:
    """Stands in for steps of the operating system, and kills before the nth of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, n: int | None) -> None:
        self.n, self.done, self.is_dead = n, 0, False
        for name in STEPS:
            monkeypatch.setattr(os, name, self._step(getattr(os, name)))

    def _step(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **more: Any) -> Any:
            if real.__name__ != "close" and not self.is_dead:
                self.done += 1
                if self.done == self.n:
                    self.is_dead = True
                    raise Killed
            if self.is_dead and real.__name__ != "close":  # the dead do nothing more
                raise Killed
            return real(*args, **more)

        return step


def kill_at(patched: pytest.MonkeyPatch, n: int, work: Callable[[], object]) -> None:
    KillAt(patched, n)
    work()


def prepared(folder: Path) -> Mall:
    folder.mkdir()
    mall = Mall(folder, START + DAY - 20 * 60)
    mall.live(15)
    mall.work.turn()
    mall.live(10)  # over midnight: two files of minutes, and a day to close
    return mall


def steps_of(folder: Path) -> int:
    mall = prepared(folder)
    with pytest.MonkeyPatch.context() as patched:
        watch = KillAt(patched, None)
        mall.work.turn()
    return watch.done


def test_killed_at_every_step(tmp_path: Path) -> None:
    count = steps_of(tmp_path / "whole")
    assert count >= 15  # lock; twice minutes, once quarter-hours: open, write, sync, rename, sync of the folder
    for n in range(1, count + 1):
        mall = prepared(tmp_path / f"killed-{n}")
        with pytest.MonkeyPatch.context() as patched, pytest.raises(Killed):
            kill_at(patched, n, mall.work.turn)
        for path in mall.root.glob("*/*.parquet"):
            pq.read_table(path)  # whole, whether old or new
        mall.begin()
        mall.work.turn()
        assert mall.work.problem == ("", "")
        assert list(mall.root.glob("**/.*")) == []
        assert date(2026, 11, 21) in mall.folder.files("minutes")
        assert_whole(mall)
        assert quarters_kept(mall, "hall") == quarters_by_hand(mall, "hall")

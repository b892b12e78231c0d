"""The memory's writer killed for real at every step, and a disk that is really full."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.mall.history.scene import DAY, START, Mall
from tests.mall.history.test_archive import assert_whole

pytestmark = pytest.mark.fault

KILLED = """
import os, sys
from pathlib import Path
from tests.mall.history.scene import DAY, START, Mall
mall = Mall(Path(sys.argv[1]), START + DAY - 20 * 60)
mall.live(15)
mall.work.turn()
mall.live(10)
steps = 0
def dying(real):
    def step(*args, **more):
        global steps
        steps += 1
        if steps == int(sys.argv[2]):
            os._exit(9)
        return real(*args, **more)
    return step
for name in ("open", "write", "fsync", "replace"):
    setattr(os, name, dying(getattr(os, name)))
mall.work.turn()
os._exit(0)
"""


def test_killed_at_every_step(tmp_path: Path) -> None:
    for n in range(1, 100):
        folder = tmp_path / str(n)
        folder.mkdir()
        code = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(n)], check=False, timeout=60).returncode
        if code == 0:
            break
        assert code == 9
        for path in folder.glob("history/*/*.parquet"):
            pq.read_table(path)
        mall = Mall(folder, START + DAY - 20 * 60)
        mall.live(25)
        mall.work.turn()
        assert_whole(mall)
    assert 15 <= n < 99


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk], check=False).returncode
    ):
        pytest.skip("a disk of one's own needs root")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_damages_nothing_and_ends_by_itself(small_disk: Path) -> None:
    mall = Mall(small_disk)
    mall.live(60)
    mall.work.turn()
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"):
        fill(filler)
    mall.live(60)
    mall.work.turn()
    assert mall.work.problem[0] == "disk-full"  # it really was
    for path in mall.folder.files("minutes").values():
        assert pq.read_table(path).num_rows == 60 * 4
    filler.unlink()
    mall.work.turn()
    assert mall.work.problem == ("", "")
    assert_whole(mall)

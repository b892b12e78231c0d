"""The same against a real server: what the store packs and expires is what the files and answers have."""

import uuid
from pathlib import Path

from mall.history.files import HistoryFolder
from mall.history.joined import JoinedHistory
from mall.history.keeper import Work
from mall.models import MinuteRow
from mall.store import open_store
from mall.store.embedded import EmbeddedStore
from tests.mall.history.scene import drawn_rows
from tests.mall.history.test_archive import highest
from tests.mall.web.small_site import write_site


def test_minutes_pass_from_the_server_into_files_and_are_told_once(store_server: EmbeddedStore, tmp_path: Path) -> None:
    site = write_site(tmp_path)
    store = open_store(store_server.url, f"t-{uuid.uuid4().hex[:8]}")
    end = int(store.time() // 60) * 60 - 60
    starts = range(end - 40 * 60, end, 60)
    folder = HistoryFolder(tmp_path / "history")
    work = Work(site, store, folder)
    for start in starts:
        store.append_minute("1f", start, drawn_rows(start))
        if start == starts[25]:
            work.turn()
    assert work.newest == starts[25]
    history = JoinedHistory(site, store, folder.root)
    told = history.zone_minutes(["hall"], starts[0], end + 60)
    rows: list[tuple[int, MinuteRow]] = [
        (start, row) for start in starts for row in drawn_rows(start) if row.zone == "hall"
    ]
    assert [(r.at, r.people_mean, r.people_max, r.count_in, r.count_out, r.coverage) for r in told] == [
        (at, r.people_mean, highest(r), r.count_in, r.count_out, round(r.coverage, 4)) for at, r in rows
    ]
    store.close()

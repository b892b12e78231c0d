"""``/api/v1/history``: the past as JSON and as a table, bounded, with origin, and honest about what is missing."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from mall.history.status import HistoryStatus
from mall.models import MinuteRow
from mall.views.history import borders_of, density_of
from mall.web.api import install_errors
from mall.web.history_api import history_router, history_trouble, plain
from tests.mall.history.scene import START, Mall, in_zone
from tests.mall.history.test_steps import quarter
from tests.mall.web.client import AppClient


class Stand:
    def __init__(self, folder: Path) -> None:
        self.mall = Mall(folder)
        app = FastAPI()
        install_errors(app)
        app.include_router(history_router(self.mall.site, self.mall.store, self.mall.root))
        self.client = AppClient(app)

    def get(self, zones: str = "hall", more: str = "", since: object = START, until: object = START + 7200) -> Any:
        return self.client.get(f"/api/v1/history?zones={zones}&since={since}&until={until}{more}")


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    made = Stand(tmp_path)
    made.mall.live(70)
    made.mall.work.turn()
    made.mall.live(20)
    made.mall.clock.pass_s(20)
    return made


def test_minutes_of_files_and_store_come_with_density_and_origin(stand: Stand) -> None:
    stand.mall.store.write_history_status(HistoryStatus(stand.mall.folder.id(), stand.mall.clock.now).to_json())
    answer = stand.get(more="&step=1m")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["archive"], body["left_out"], body["origins"]) == ("here", [], ["recorded"])
    mine = in_zone(stand.mall.written, "hall", START, START + 7200)
    assert [(row["at"], row["people_mean"], row["count_in"]) for row in body["rows"]] == [
        (at, row.people_mean, row.count_in) for at, row in mine
    ]
    area = stand.mall.site.plan.area_m2("hall")
    for row, (_, minute) in zip(body["rows"], mine, strict=True):
        if minute.people_mean is None or minute.coverage < 0.05:
            assert (row["density"], row["los"]) == (None, None)
        else:
            assert row["density"] == pytest.approx(minute.people_mean / (area * minute.coverage), abs=1e-3)
            assert row["los"] in "ABCDEF"


@pytest.mark.parametrize(("step", "count"), [("15m", 6), ("1h", 2), ("1d", 1)])
def test_longer_steps(stand: Stand, step: str, count: int) -> None:
    body = stand.get(more=f"&step={step}").json()
    assert len(body["rows"]) == count
    assert body["archive"] == "absent"


def test_instants_may_be_written_with_an_offset(stand: Stand) -> None:
    as_text = stand.get(since="2026-11-21T09:00:00%2B09:00", until="2026-11-21T02:00:00Z").json()
    assert as_text["rows"] == stand.get().json()["rows"]


def test_a_table_for_spreadsheets(stand: Stand) -> None:
    answer = stand.get(zones="hall,books", more="&format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = stand.get(zones="hall,books").json()["rows"]
    assert [(row["zone"], int(row["at"])) for row in rows] == [(row["zone"], row["at"]) for row in told]
    assert all(
        row["people_mean"] == ("" if of["people_mean"] is None else str(of["people_mean"]))
        for row, of in zip(rows, told, strict=True)
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert plain(text) == f"'{text}"
    assert plain(-1.5) == -1.5


@pytest.mark.parametrize(
    ("zones", "more", "since", "until", "status", "said"),
    [
        ("nowhere", "", START, START + 60, 404, "name 1"),
        ("line:none", "", START, START + 60, 404, "name 1"),
        ("", "", START, START + 60, 422, "zones"),
        ("hall", "", START, START, 422, "until"),
        ("hall", "&step=1m", START, START + 60 * 60_001, 422, "larger steps"),
        ("hall", "&step=2m", START, START + 60, 422, "step"),
        ("hall", "", "nan", START, 422, "since"),
        ("hall", "", "yesterday", START, 422, "since"),
        ("hall", "", "2026-11-21T09:00:00", START + 60, 422, "since"),
        ("hall", "", "1e400", START, 422, "since"),
    ],
)
def test_wrong_requests_are_refused_by_name(
    stand: Stand, zones: str, more: str, since: object, until: object, status: int, said: str
) -> None:  # fmt: skip
    answer = stand.get(zones, more, since, until)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_a_damaged_file_is_named_and_the_rest_is_told(stand: Stand) -> None:
    for path in stand.mall.folder.files("minutes").values():
        path.write_bytes(b"PAR1....PAR1")
    body = stand.get(more="&step=1m").json()
    assert body["left_out"] == ["2026-11-21.parquet"]
    assert len(body["rows"]) == 90  # the store still has them


def test_health_tells_what_is_wrong_with_the_memory(stand: Stand) -> None:
    store, now = stand.mall.store, stand.mall.clock.now
    assert history_trouble(store) == []
    store.write_history_status(HistoryStatus("f", now, problem="disk-full", reason="No space left").to_json())
    assert history_trouble(store) == ["history: No space left; the last 48 h are in the store"]
    store.write_history_status(b"no status at all")
    assert history_trouble(store) == []


def test_density_is_of_the_ground_seen_while_it_was_watched() -> None:
    row = quarter(START, 4.0, 1, 0.8)  # 10 m², all of it seen in the 80 % of the time that was watched
    assert density_of(row) == pytest.approx(0.4)
    assert density_of(quarter(START, None)) is None


def test_borders_of_a_zone_are_those_whose_moves_are_kept(stand: Stand) -> None:
    found = borders_of(stand.mall.site, ["hall", "line:door"])
    assert set(found) == {"hall"}
    assert {"move:>hall", "move:books>hall", "move:hall>plaza"} <= set(found["hall"])


def test_minutes_and_quarter_hours_tell_the_stay_of_their_last_fifteen_minutes(stand: Stand) -> None:
    mall = stand.mall
    moves = borders_of(mall.site, ["hall"])["hall"]
    assert moves
    begin = -(-int(mall.clock.now) // 900) * 900
    mall.clock.pass_s(begin - mall.clock.now)
    for minute in range(30):
        rows = [MinuteRow("hall", 6.0, 7, 1.0, None, None), *(MinuteRow(name, None, 0, 1.0, 2, 2) for name in moves)]
        mall.clock.pass_s(60)
        assert mall.store.append_minute("1f", begin + 60 * minute, rows)
    mall.clock.pass_s(20)
    dwell_s = 6.0 * 60 / (2 * len(moves))  # people / arrivals a minute, in seconds
    told = {
        step: {
            row["at"]: row["dwell_mean_s"]
            for row in stand.get("hall", f"&step={step}", begin, begin + 1800).json()["rows"]
        }
        for step in ("1m", "15m")
    }
    assert told["15m"] == {begin: pytest.approx(dwell_s, abs=0.1), begin + 900: pytest.approx(dwell_s, abs=0.1)}
    assert told["1m"][begin + 1740] == pytest.approx(dwell_s, abs=0.1)
    assert told["1m"][begin + 600] is None, "eleven of fifteen minutes are not enough"
    table = stand.get("hall", "&step=1m&format=csv", begin + 1740, begin + 1800).text
    assert next(iter(csv.DictReader(io.StringIO(table))))["dwell_mean_s"] == f"{dwell_s:.1f}"

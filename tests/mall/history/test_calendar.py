"""Days of 23, 24 and 25 hours and the leap day, through store, files and interface, recounted minute by minute."""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from mall.models import MinuteRow
from mall.web.api import install_errors
from mall.web.history_api import history_router
from tests.mall.history.scene import Mall
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import SITE, write_site

HALF_DAY = 43_200


class Lived(Mall):
    """A mall in a time zone, in which the people of a minute follow from its number."""

    def __init__(self, folder: Path, zone: str, since: int) -> None:
        super().__init__(folder, since)
        assert "Asia/Tokyo" in SITE
        self.site = write_site(folder / "site", toml=SITE.replace("Asia/Tokyo", zone))
        self.begin()

    def live_until(self, until: int) -> None:
        while self.clock.now < until:
            start = int(self.clock.now)
            rows = [MinuteRow("hall", float(people(start)), people(start) + 2, 1.0, came(start), 1)]
            self.clock.pass_s(60)
            assert self.store.append_minute("1f", start, rows)
            if start % HALF_DAY == 0:
                self.work.turn()


def people(start: int) -> int:
    return start // 60 % 37


def came(start: int) -> int:
    return start // 60 % 11


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("zone", "since", "until", "day", "hours"),
    [
        ("Europe/Berlin", "2027-03-27T22:30", "2027-03-28T22:30", "2027-03-28", 23),
        ("Europe/Berlin", "2026-10-24T21:30", "2026-10-25T23:30", "2026-10-25", 25),
        ("Asia/Tokyo", "2028-02-28T14:30", "2028-02-29T15:30", "2028-02-29", 24),
    ],
)
def test_days_and_hours_are_the_recount_of_their_minutes(
    tmp_path: Path, zone: str, since: str, until: str, day: str, hours: int
) -> None:
    mall = Lived(tmp_path, zone, at(since))
    mall.live_until(at(until))
    mall.clock.pass_s(20.0)
    rows = {step: ask(mall, at(since), at(until), step) for step in ("1m", "1h", "1d")}
    local = ZoneInfo(zone)
    minutes = range(at(since), at(until), 60)
    assert [row["at"] for row in rows["1m"]] == list(minutes), "no minute lost or doubled"
    by_day: dict[str, list[int]] = defaultdict(list)
    for minute in minutes:
        by_day[datetime.fromtimestamp(minute, local).date().isoformat()].append(minute)
    told = {datetime.fromtimestamp(row["at"], local).date().isoformat(): row for row in rows["1d"]}
    assert list(told) == list(by_day)
    assert len(by_day[day]) == hours * 60
    for name, those in by_day.items():
        assert told[name]["count_in"] == sum(map(came, those)), name
        assert told[name]["people_mean"] == pytest.approx(sum(map(people, those)) / len(those), abs=0.01)
        assert told[name]["people_max"] == max(map(people, those)) + 2
        assert told[name]["watched"] == pytest.approx(1.0, abs=0.001)
    assert sum(row["count_in"] for row in rows["1h"]) == sum(map(came, minutes))
    assert len({row["at"] for row in rows["1h"]}) == len(rows["1h"])


def ask(mall: Mall, since: int, until: int, step: str) -> list[dict[str, Any]]:
    app = FastAPI()
    install_errors(app)
    app.include_router(history_router(mall.site, mall.store, mall.root))
    answer = AppClient(app).get(f"/api/v1/history?zones=hall&since={since}&until={until}&step={step}")
    assert answer.status_code == 200
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return rows

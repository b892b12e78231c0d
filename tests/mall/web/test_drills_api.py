"""The drills over the interface, and the exercise apart from the mall under ``/drill``."""

from pathlib import Path
from typing import Any

import pytest

from mall.drills.book import read_book, update
from mall.models import MinuteRow
from mall.store import MemoryStore
from mall.web.application import create_app
from tests.mall.drills.hall import site, with_script
from tests.mall.store_samples import advisory
from tests.mall.web.client import AppClient

ORDER = {"drill": "full-hall", "by": "console:mori", "why": "monthly"}


class Desk:
    """A mall with one drill of its own, its interface, and the stores of the mall and of the exercise."""

    def __init__(self, folder: Path, *, lasts: float = 20) -> None:
        self.store, self.exercise = MemoryStore(), MemoryStore()
        self.site = site(with_script(folder, lasts=lasts))
        self.client = AppClient(create_app(self.site, self.store, {}, exercise=self.exercise))

    def order(self, **changes: Any) -> Any:
        return self.client.post("/api/v1/drills", json=ORDER | changes)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_library_tells_what_can_be_played_here_and_why_the_rest_cannot(desk: Desk) -> None:
    rows = {row["id"]: row for row in desk.client.get("/api/v1/drills").json()["library"]}
    mine = rows["full-hall"]
    assert (mine["people"], mine["places"], mine["why_not"]) == (288, {"hall": "hall"}, None)
    assert rows["crowd-at-landing"]["why_not"]["en"] == "the plan has no such place: landing"
    assert set(rows["crowd-at-landing"]["why_not"]) == {"en", "ja"}


def test_a_drill_is_asked_for_once_shown_and_stopped(desk: Desk) -> None:
    assert desk.client.get("/api/v1/drills/open").json()["open"] is None
    asked = desk.order()
    assert (asked.status_code, asked.json()["condition"]) == (201, "asked")
    second = desk.order(by="console:abe")
    assert (second.status_code, second.json()["detail"]) == (409, "A drill runs already, started by mori.")
    assert desk.client.get("/api/v1/drills/open").json()["open"]["id"] == asked.json()["id"]
    stopped = desk.client.request("DELETE", "/api/v1/drills", params={"by": "console:abe"})
    assert (stopped.status_code, stopped.json()["condition"]) == (200, "stopping")
    update(desk.store, asked.json()["id"], condition="stopped", ended_at=desk.store.time())
    after = desk.client.get("/api/v1/drills").json()
    assert after["open"] is None
    assert [run["stopped_by"] for run in after["past"]] == ["console:abe"]
    assert desk.client.request("DELETE", "/api/v1/drills", params={"by": "console:abe"}).status_code == 404
    assert [row["what"] for row in desk.store.read_audit(9)] == ["drill asked for", "drill asked to stop"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"drill": "nothing"}, 404), ({"drill": "crowd-at-landing"}, 422), ({"by": "mori"}, 422),
        ({"by": "console:"}, 422), ({"why": ""}, 422), ({"why": " "}, 422), ({"why": "x" * 10_000}, 422),
        ({"speed": 3}, 422), ({"drill": None}, 422), ({"hour": 3600.0}, 422),
        ({"drill": "past-hour"}, 422), ({"drill": "past-hour", "hour": 3600.0}, 404),
        ({"drill": "past-hour", "hour": 3600.0, "minutes": 0}, 422), ({"drill": "../../etc/passwd"}, 404),
    ],
)  # fmt: skip
def test_a_wrong_order_is_refused_and_begins_nothing(desk: Desk, changes: dict[str, Any], status: int) -> None:
    answer = desk.order(**changes)
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)
    assert read_book(desk.store).runs == ()
    assert desk.store.read_audit(9) == []


def test_a_wrong_file_of_the_sites_own_drills_is_named(desk: Desk) -> None:
    (desk.site.folder / "drills" / "broken.toml").write_text("id = 3", encoding="utf-8")
    answer = desk.client.get("/api/v1/drills")
    assert answer.status_code == 422
    assert "broken.toml" in answer.json()["detail"]


def test_the_exercise_and_the_mall_never_show_each_other(desk: Desk) -> None:
    played = advisory(1).changed(exercise=True)
    desk.exercise.put_advisory(played, None)
    step = f"/api/v1/advisories/{played.id}/acknowledge"
    assert desk.client.post(step, json={"by": "console:mori"}).status_code == 404
    done = desk.client.post(f"/drill{step}", json={"by": "console:mori"})
    assert done.status_code == 200
    assert desk.store.advisories() == []
    assert desk.store.read_audit(9) == []
    kept = desk.exercise.read_advisory(played.id)
    assert kept is not None
    assert kept.acknowledged_by == "console:mori"


@pytest.mark.parametrize("path", ["/drill/setup", "/drill/api/v1/ingest/kit", "/drill/embed/state.json", "/drill/"])
def test_the_exercise_has_no_pages_sensors_or_public(desk: Desk, path: str) -> None:
    assert desk.client.get(path).status_code == 404


def test_without_a_store_for_it_there_is_no_exercise(tmp_path: Path) -> None:
    client = AppClient(create_app(site(tmp_path), MemoryStore(), {}))
    assert client.get("/drill/api/v1/site").status_code == 404


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}])
def test_the_exercise_is_guarded_as_the_mall_is(desk: Desk, headers: dict[str, str]) -> None:
    assert desk.client.get("/drill/api/v1/site", headers=headers).status_code in {403, 421}


def test_the_page_is_there_with_its_words(desk: Desk) -> None:
    page = desk.client.get("/drills")
    assert page.status_code == 200
    for words in ("drills.js", "drills_view.js", "drill.teaches", 'id="order"'):
        assert words in page.text


def test_an_hour_that_is_kept_is_told_and_asked_for(desk: Desk) -> None:
    start = (desk.store.time() // 3600 - 2) * 3600
    for minute in range(60):
        desk.store.append_minute("1f", int(start) + 60 * minute, [MinuteRow("hall", 20.0, 25, 1.0, 0, 0)])
    assert desk.client.get("/api/v1/drills").json()["hours"] == [start]
    asked = desk.order(drill="past-hour", hour=start, minutes=15)
    assert asked.status_code == 201, asked.text
    run = read_book(desk.store).open
    assert run is not None
    assert (run.drill, run.hour, run.minutes, run.lasts_s) == ("past-hour", start, 15, 900.0)


def test_a_drill_whose_process_was_killed_is_told_as_failed_and_another_may_begin(desk: Desk) -> None:
    asked = desk.order().json()
    silent = desk.store.time() - 11.0
    update(desk.store, asked["id"], condition="running", began_at=silent, heard_at=silent)
    told = desk.client.get("/api/v1/drills").json()
    assert told["open"] is None
    assert [(run["condition"], run["reason"]) for run in told["past"]] == [("failed", "no process plays it")]
    assert desk.order(by="console:abe").status_code == 201

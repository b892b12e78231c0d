"""The options of an advisory over the interface, and choosing one."""

from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import APIRouter, FastAPI

from mall.web.api import install_errors
from mall.web.options_api import add_options
from tests.mall.options.advising import ADVISORY, Mall
from tests.mall.web.client import AppClient


class Desk(Mall):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        app, router = FastAPI(), APIRouter()
        install_errors(app)
        add_options(router, self.store)
        app.include_router(router)
        self.client = AppClient(app)
        self.at = f"/api/v1/advisories/{quote(ADVISORY.id)}"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.raise_advisory()
    made.count_minutes()
    made.tick()
    return made


def test_options_are_told_whole(desk: Desk) -> None:
    desk.clock.now += 4.0
    row = desk.client.get(f"{desk.at}/options").json()
    assert (row["advisory"], row["version"], row["age_s"], row["place"]) == (ADVISORY.id, 1, 4.0, "landing")
    best = row["options"][0]
    assert best["title"]["ja"] == "乗り場前へ流入するescを停止"
    assert best["prediction"]["minutes"] == list(range(16))
    assert best["drawing"]["1f"][0][0] == [2.0, 5.0]
    assert best["plan_changes"] == [{"item": "esc", "passage": {"mode": "stopped", "towards": None}}]
    assert best["worked_before"] == {"n": 0, "worked": 0, "mean_error": None}


def test_an_option_is_chosen_once(desk: Desk) -> None:
    body = {"option": "A", "by": "console:Aiko", "version": 1, "kind": "stop_escalator"}
    first, second = desk.client.post(f"{desk.at}/choose", json=body), desk.client.post(f"{desk.at}/choose", json=body)
    assert first.status_code == 200
    assert first.json()["chosen"]["kind"] == "stop_escalator"
    assert first.json()["plan_changes"][0]["item"] == "esc"
    assert second.status_code == 409
    assert second.json()["detail"] == "This advisory was given an option by Aiko meanwhile; look at it again."
    assert (second.json()["changed_by"], second.json()["advisory"]["status"]) == ("console:Aiko", "in_progress")


def test_the_set_that_was_looked_at_is_chosen_from_and_only_the_newest_is_told(desk: Desk) -> None:
    seen = desk.client.get(f"{desk.at}/options").json()
    desk.people = None
    desk.tick(31.0)
    now = desk.client.get(f"{desk.at}/options").json()
    assert (now["options"][0]["kind"], "before" in now) == ("move_popup", False)
    body = {"option": "A", "by": "console:Aiko", "version": 1, "set_at": seen["at"]}
    answer = desk.client.post(f"{desk.at}/choose", json=body)
    assert (answer.status_code, answer.json()["chosen"]["kind"]) == (200, "stop_escalator")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"option": "E"}, 422), ({"by": "Aiko"}, 422), ({"version": "x"}, 422), ({"more": 1}, 422),
        ({"version": 7}, 409), ({"kind": "message"}, 409),
    ],
)  # fmt: skip
def test_a_wrong_choice_is_refused(desk: Desk, change: dict[str, object], code: int) -> None:
    body = {"option": "A", "by": "console:Aiko", "version": 1, "kind": "stop_escalator"} | change
    assert desk.client.post(f"{desk.at}/choose", json=body).status_code == code
    assert desk.store.read_advisory(ADVISORY.id) == ADVISORY


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    assert desk.client.get("/api/v1/advisories/none/options").status_code == 404
    desk.clock.now += 181.0
    assert desk.client.get(f"{desk.at}/options").status_code == 404
